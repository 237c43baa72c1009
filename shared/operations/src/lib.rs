//! The verbs: what a timer, a person or a job asks the library to do.
//!
//! Every verb is plan, then act: [`plan`](mod@plan) decides what to ask for one listing (pure),
//! `listing` asks and hands the answer to `commit`, [`run`](mod@run) does so for many listings at
//! once, bounded, and reports. [`manifest`] shows and rebuilds the overview; [`coverage`] counts what
//! is there and names what is not; [`quarantine`] shows what was refused and follows what people
//! decide about it; [`universes`] finds out which listings a universe has;
//! [`verify`](mod@verify) proves again what the lake promises; [`compare`] asks other vendors about it.
//! [`chunked`] is a run in parts on many machines; `tables` makes the tables for reading of committed
//! files, and [`known_on`] reads them as they were on a day; `site` makes the status page; [`show`]
//! reads rows for people and other programs;
//! [`health`] looks whether all is well.

mod alerts;
mod apart;
mod assemble;
pub mod calendar;
mod cash_events;
pub mod chunked;
mod commit;
pub mod compare;
mod context;
mod copy;
mod cost;
pub mod coverage;
pub mod doctor;
mod error;
pub mod flags;
pub mod health;
mod heartbeat;
mod inspection;
pub mod known_on;
mod listing;
pub mod manifest;
mod object;
mod outcome;
pub mod plan;
mod preview;
pub mod quarantine;
mod question;
mod quorum;
mod rates;
mod reports;
pub mod run;
mod scope;
#[expect(
    clippy::disallowed_methods,
    reason = "the files of the settings, read when a process starts"
)]
mod settings_files;
pub mod show;
mod site;
mod tables;
pub mod universe_refresh;
pub mod universes;
pub mod vendors;
pub mod verify;

pub use apart::{ApartError, apart};
pub use assemble::{
    AssembleError, Choices, Effects, LakePlace, VendorSetupError, assemble, holds_lake, leftovers,
    open_lake, open_lake_for_copy, sources, vendors,
};
pub use commit::CommitError;
pub use context::{Context, RunObserver, Silent, StopSignal, Stopper};
pub use copy::{CopyError, CopyReport, Differing, copy};
pub use error::OperationError;
pub use preview::{MonthPlan, PlannedListing, PlannedOperations, PlannedVendor, RunPlan, preview};
pub use reports::ReportError;
pub use run::WorkRequest;
pub use scope::Scope;
pub use settings_files::{ConfigFolder, LoadError, environment, load_settings};
