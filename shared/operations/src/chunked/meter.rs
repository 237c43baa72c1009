//! What a process used, told by whoever asks next.

use std::ops::AddAssign;
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::{Context, run};
use quantx_usage::{StoreUsage, VendorUsage};

/// Measures vendor, store and time of one process. Chunks under way in it at the same time share all
/// three, so each use is told once, to the chunk that asks first: sums are right, shares are not.
#[derive(Debug)]
pub struct Meter(Mutex<Told>);

#[derive(Debug, Clone, Copy)]
struct Told {
    vendor: VendorUsage,
    store: StoreUsage,
    at: Instant,
}

/// What was used since the last question.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    pub(crate) vendor: VendorUsage,
    pub(crate) store: StoreUsage,
    pub(crate) elapsed_ms: u64,
}

impl AddAssign for Used {
    fn add_assign(&mut self, other: Self) {
        self.vendor += other.vendor;
        self.store += other.store;
        self.elapsed_ms += other.elapsed_ms;
    }
}

impl Meter {
    /// Measures from now on.
    pub fn new(context: &Context) -> Self {
        Self(Mutex::new(now(context)))
    }

    /// What was used since the last call.
    pub(crate) fn take(&self, context: &Context) -> Used {
        // Nothing panics while it is held.
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, now) = (*told, now(context));
        *told = now;
        let mut store = now.store - before.store;
        // The store's own bill is that of all who use it; this is that of the calls measured here.
        store.billed = store.billed.map(|_| store.as_billed());
        Used {
            vendor: now.vendor - before.vendor,
            store,
            elapsed_ms: run::millis(now.at - before.at),
        }
    }
}

fn now(context: &Context) -> Told {
    Told {
        vendor: context.provider.usage(),
        store: context.store.usage(),
        at: Instant::now(),
    }
}
