//! Where the lake's bytes lie: the port, its back ends and its decorators.
//!
//! Every write is conditional, so that two writers lose nothing without a lock of their own: read
//! an object with its [`ETag`], compute, write back on condition that it is still the same. [`update`] is that
//! loop.
//!
//! ```
//! use quantx_lake::LakeKey;
//! use quantx_storage::{Change, LakeStore, MemoryStore, update};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let store = MemoryStore::new();
//! for line in ["AAPL\n", "MSFT\n"] {
//!     update(&store, &LakeKey::Manifest, |found| {
//!         let mut text = found.map_or_else(Vec::new, |object| object.bytes.to_vec());
//!         text.extend(line.as_bytes());
//!         Ok::<_, std::convert::Infallible>(Change::Put(text.into(), ()))
//!     })
//!     .await
//!     .unwrap();
//! }
//! let manifest = store.get(&LakeKey::Manifest).await.unwrap().unwrap();
//! assert_eq!(manifest.bytes, "AAPL\nMSFT\n");
//! # });
//! ```

mod atomic;
pub mod blob;
mod counting;
pub mod disk;
mod error;
mod leftovers;
mod local;
mod memory;
mod object;
mod space;
mod store;
mod update;

pub use counting::Counting;
pub use error::StorageError;
pub use leftovers::{Leftover, LeftoverKind, Leftovers};
pub use local::LocalStore;
pub use memory::MemoryStore;
pub use object::{ETag, ObjectEntry, Precondition, StoredObject};
pub use space::{FreeSpace, free_space};
pub use store::LakeStore;
pub use update::{ATTEMPTS, Change, UpdateError, pause_after, update, update_by};
