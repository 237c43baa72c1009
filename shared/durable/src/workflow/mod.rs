//! What the author of a workflow writes against.

mod combine;
mod context;
mod registry;
mod retry;

pub use combine::{all, bounded, race};
pub use context::{CANCEL, Context};
pub use registry::Workflows;
pub use retry::RetryPolicy;
