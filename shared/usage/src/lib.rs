//! What work used, counted once: by vendors, by stores, and by those who bill for a store. Pure.

mod counts;

pub use counts::{BilledUsage, StoreUsage, VendorUsage};
