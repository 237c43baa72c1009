//! What work used, counted once: by vendors, by stores, and by those who bill for a store. Counters
//! only grow; subtract an earlier count to get that of a span. Pure.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// One counter, or a group of counters that not every source has.
trait Count {
    fn plus(self, other: Self) -> Self;
    fn since(self, earlier: Self) -> Self;
}

impl Count for u64 {
    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn since(self, earlier: Self) -> Self {
        self.saturating_sub(earlier)
    }
}

impl Count for Option<BilledUsage> {
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        }
    }

    fn since(self, earlier: Self) -> Self {
        self.map(|now| now - earlier.unwrap_or_default())
    }
}

/// Sums and spans of a struct of counters.
macro_rules! counters {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl Add for $name {
            type Output = Self;

            fn add(self, other: Self) -> Self {
                Self { $($field: Count::plus(self.$field, other.$field)),+ }
            }
        }

        impl Sub for $name {
            type Output = Self;

            /// The span since `earlier`.
            fn sub(self, earlier: Self) -> Self {
                Self { $($field: Count::since(self.$field, earlier.$field)),+ }
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
                counts.fold(Self::default(), Add::add)
            }
        }
    };
}

/// What asking a vendor cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorUsage {
    /// HTTP requests sent, retries included.
    pub requests: u64,
    /// Requests that were a second or later attempt.
    pub retries: u64,
    /// Answers that said "too many requests".
    pub throttled: u64,
    /// Milliseconds workers spent waiting for the token bucket or for a pause to end, summed.
    pub throttle_wait_ms: u64,
    /// Body bytes received, after decompression.
    pub bytes: u64,
}

counters!(VendorUsage {
    requests,
    retries,
    throttled,
    throttle_wait_ms,
    bytes
});

/// Calls of a store, each counted when it is made (a store bills failures too), and what came of
/// them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreUsage {
    /// Calls of `get`.
    pub reads: u64,
    /// Calls of `put`.
    pub writes: u64,
    /// Content received.
    pub bytes_read: u64,
    /// Content stored.
    pub bytes_written: u64,
    /// Calls of `list`.
    #[serde(default)]
    pub lists: u64,
    /// Calls of `delete`.
    #[serde(default)]
    pub deletes: u64,
    /// Writes and deletes refused because another writer was first.
    #[serde(default)]
    pub conflicts: u64,
    /// Objects created or replaced. No report shows it.
    #[serde(skip)]
    pub objects_written: u64,
    /// Requests of a store that bills them, tries included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed: Option<BilledUsage>,
}

counters!(StoreUsage {
    reads,
    writes,
    bytes_read,
    bytes_written,
    lists,
    deletes,
    conflicts,
    objects_written,
    billed,
});

impl StoreUsage {
    /// The calls as a store bills them, as if none was tried twice.
    pub fn as_billed(self) -> BilledUsage {
        BilledUsage {
            writes: self.writes,
            reads: self.reads,
            lists: self.lists,
            others: 0,
            deletes: self.deletes,
            bytes_out: self.bytes_written,
            bytes_in: self.bytes_read,
        }
    }
}

/// Requests that were sent, tries included, in the classes in which Azure bills them, and the
/// content that travelled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledUsage {
    /// Puts of blobs, blocks and block lists.
    pub writes: u64,
    /// Blobs asked for, also those that were unchanged or missing.
    pub reads: u64,
    /// Pages of listings, and creations of the container.
    pub lists: u64,
    /// All other requests that cost something, such as properties.
    pub others: u64,
    /// Deletes, which are free.
    pub deletes: u64,
    /// Content sent; it comes in for nothing.
    pub bytes_out: u64,
    /// Content received: egress, where it leaves the region.
    pub bytes_in: u64,
}

counters!(BilledUsage {
    writes,
    reads,
    lists,
    others,
    deletes,
    bytes_out,
    bytes_in
});

impl BilledUsage {
    /// All requests, free ones too.
    pub fn operations(&self) -> u64 {
        self.writes + self.reads + self.lists + self.others + self.deletes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_what_came_after_the_earlier_count_and_spans_add_up() {
        let at = |n: u64| StoreUsage {
            reads: n,
            writes: 2 * n,
            objects_written: n,
            ..StoreUsage::default()
        };
        let spans = [at(3) - at(0), at(7) - at(3)];
        assert_eq!(spans.into_iter().sum::<StoreUsage>(), at(7));
        // A counter that began anew is no debt.
        assert_eq!(at(1) - at(3), StoreUsage::default());
        assert_eq!(at(7).as_billed().operations(), 21);
    }
}
