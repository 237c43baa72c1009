//! What work used, counted once: by vendors, by stores, and by those who bill for a store. Pure.
//!
//! ```
//! use quantx_usage::VendorUsage;
//!
//! let at = |requests| VendorUsage { requests, ..VendorUsage::default() };
//! let (before, after) = (at(10), at(12));
//! assert_eq!((after - before).requests, 2);
//! assert_eq!([at(1), at(2)].into_iter().sum::<VendorUsage>(), at(3));
//! ```

mod counts;

pub use counts::{BilledUsage, StoreUsage, VendorUsage};
