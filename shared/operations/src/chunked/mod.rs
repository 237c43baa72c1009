//! A run in chunks: planned once, worked off chunk by chunk on any number of machines, published
//! at the end.
//!
//! [`request`] is what is wanted, [`plan`] makes the work list out of it and stores it under
//! `runs/<run>/`, [`work`](fn@work) does one chunk, [`publish`](fn@publish) ends the run.
//! [`orchestrate`] is the order in which that happens. Every step may be killed at any moment and
//! repeated: what it had done is found done.

mod activities;
mod chunk;
mod here;
mod memory;
mod orchestrate;
mod planning;
mod progress;
mod publish;
pub mod request;
mod summary;
mod unique;

pub use activities::InProcess;
pub use chunk::{ChunkAnswer, ChunkRequest, work};
pub use here::run_here;
pub use memory::{ChunkListing, ChunkReport, Instructions, WorkList};
pub use orchestrate::{ORCHESTRATOR, PublishAnswer, PublishRequest, orchestrate, workflows};
pub use planning::{PlanRequest, Planned, plan};
pub use progress::{Phase, Progress, Waiting};
pub use publish::publish;
pub use request::{Rehearsal, RunRequest};
pub use summary::{Ended, RunSummary};

use quantx_durable::Activity;

/// The activity that makes the work list.
pub const PLAN: Activity<PlanRequest, Planned> = Activity::new("backfill_plan");
/// The activity that works on one chunk.
pub const CHUNK: Activity<ChunkRequest, ChunkAnswer> = Activity::new("backfill_chunk");
/// The activity that ends a run.
pub const PUBLISH: Activity<PublishRequest, PublishAnswer> = Activity::new("backfill_publish");

#[cfg(test)]
mod tests;
