//! What a run used of vendor, store and time.

use std::ops::{AddAssign, Sub};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::Context;
use quantx_usage::{StoreUsage, VendorUsage};

/// What vendor, store and clock show at one moment; the difference of two is what was used between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    vendor: VendorUsage,
    store: StoreUsage,
    at: Instant,
}

impl Reading {
    /// Now.
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            vendor: context.provider.usage(),
            store: context.store.usage(),
            at: Instant::now(),
        }
    }
}

impl Sub for Reading {
    type Output = Used;

    fn sub(self, before: Self) -> Used {
        Used {
            vendor: self.vendor - before.vendor,
            store: self.store - before.store,
            elapsed_ms: u64::try_from((self.at - before.at).as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// What was used between two readings.
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

/// Measures vendor, store and time of one process. Chunks under way in it at the same time share all
/// three, so each use is counted once, for the chunk that asks first: sums are right, shares are not.
#[derive(Debug)]
pub struct Meter(Mutex<Reading>);

impl Meter {
    /// Measures from now on.
    pub fn new(context: &Context) -> Self {
        Self(Mutex::new(Reading::of(context)))
    }

    /// What was used since the last call.
    pub(crate) fn take(&self, context: &Context) -> Used {
        // Nothing panics while it is held.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, now) = (*last, Reading::of(context));
        *last = now;
        now - before
    }
}
