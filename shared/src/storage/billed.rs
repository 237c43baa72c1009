use std::ops::Sub;

use serde::{Deserialize, Serialize};

/// Requests that were sent, tries included, in the classes in which Azure bills them, and the
/// content that travelled. Subtract an earlier count to get that of a span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledRequests {
    /// Puts of blobs, blocks and block lists.
    pub writes: u64,
    /// Blobs asked for, also those that were unchanged or missing.
    pub reads: u64,
    /// Pages of listings, and creations of the container.
    pub lists: u64,
    /// Properties asked for.
    pub others: u64,
    /// Deletes, which are free.
    pub deletes: u64,
    /// Content sent; it comes in for nothing.
    pub bytes_sent: u64,
    /// Content received: egress, where it leaves the region.
    pub bytes_received: u64,
}

impl BilledRequests {
    /// All requests, free ones too.
    pub fn operations(&self) -> u64 {
        self.writes + self.reads + self.lists + self.others + self.deletes
    }
}

impl Sub for BilledRequests {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            writes: self.writes.saturating_sub(earlier.writes),
            reads: self.reads.saturating_sub(earlier.reads),
            lists: self.lists.saturating_sub(earlier.lists),
            others: self.others.saturating_sub(earlier.others),
            deletes: self.deletes.saturating_sub(earlier.deletes),
            bytes_sent: self.bytes_sent.saturating_sub(earlier.bytes_sent),
            bytes_received: self.bytes_received.saturating_sub(earlier.bytes_received),
        }
    }
}
