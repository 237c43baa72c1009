//! A store that fails by plan, and a disk whose power is cut, for tests of what a run leaves behind. In no product.
//!
//! ```
//! use std::io::ErrorKind::StorageFull;
//!
//! use quantx_faulty::{Fault, Faulty};
//! use quantx_lake::LakeKey;
//! use quantx_storage::{LakeStore, MemoryStore, Precondition};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let store = Faulty::new(MemoryStore::new()).fail_writes(1..=1, Fault::Refuse(StorageFull));
//! let put = || store.put(&LakeKey::Manifest, "rows".into(), Precondition::Absent);
//! assert!(put().await.is_err());
//! assert!(put().await.is_ok());
//! # });
//! ```

mod acknowledged;
mod disk;
mod store;

pub use acknowledged::Acknowledged;
pub use disk::{Promise, SimulatedDisk};
pub use store::{Fault, Faulty};
