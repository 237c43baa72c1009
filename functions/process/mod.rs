//! The process itself: what it starts with, where work is done and until when, its log, and who ends it.

pub mod config;
pub mod logging;
mod run;
pub mod watchdog;
pub(crate) mod workers;

pub use run::run;
