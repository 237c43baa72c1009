//! What a run used of vendor, store and time.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Sub};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use crate::Context;
use quantx_usage::{StoreUsage, VendorUsage};

/// What vendor, store and clock show at one moment; the difference of two is what was used between.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    vendor: VendorUsage,
    vendors: BTreeMap<String, VendorUsage>,
    store: StoreUsage,
    at: Instant,
}

impl Reading {
    /// Now.
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            vendor: context.vendors.usage(),
            vendors: context.vendors.usage_by_name(),
            store: context.store.usage(),
            at: Instant::now(),
        }
    }
}

impl Sub for Reading {
    type Output = Used;

    fn sub(self, before: Self) -> Used {
        let used_since = |(name, now): (String, VendorUsage)| {
            let before = before.vendors.get(&name).copied().unwrap_or_default();
            (name, now - before)
        };
        Used {
            vendor: self.vendor - before.vendor,
            vendors: self.vendors.into_iter().map(used_since).collect(),
            store: self.store - before.store,
            elapsed_ms: u64::try_from((self.at - before.at).as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// What was used between two readings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    /// Of all vendors together.
    pub(crate) vendor: VendorUsage,
    /// Of each, where there are several.
    pub(crate) vendors: BTreeMap<String, VendorUsage>,
    pub(crate) store: StoreUsage,
    pub(crate) elapsed_ms: u64,
}

impl AddAssign for Used {
    fn add_assign(&mut self, other: Self) {
        self.vendor += other.vendor;
        for (name, used) in other.vendors {
            *self.vendors.entry(name).or_default() += used;
        }
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
        let now = Reading::of(context);
        let before = std::mem::replace(&mut *last, now.clone());
        now - before
    }
}
