//! The verbs: what a timer, a person or a job asks the library to do.
//!
//! Every verb is plan, then act: [`plan`](mod@plan) decides what to ask for one listing (pure),
//! `listing` asks and hands the answer to `commit`, [`run`](mod@run) does so for many listings at
//! once, bounded, and reports. [`manifest`] shows and rebuilds the overview; [`universes`] finds
//! out which listings a universe has. [`chunked`] is a run in parts on many machines, which
//! [`publish`] ends; [`health`] looks whether all is well.

mod assemble;
pub mod backfill;
pub mod chunked;
mod commit;
mod context;
pub mod daily_update;
pub mod health;
mod inspection;
mod listing;
pub mod manifest;
pub mod plan;
pub mod publish;
pub mod run;
pub mod universe_refresh;
pub mod universes;

pub use assemble::{AssembleError, Assembled, Choices, Effects, Vendor, assemble, sources, yahoo};
pub use commit::CommitError;
pub use context::{Context, RunObserver, Silent, StopSignal, Stopper};
pub use run::{OperationError, RunPlan, WorkOrder};
