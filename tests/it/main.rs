//! Tests across crates, one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy's exception for tests does not reach their helper functions"
)]

mod blob;
mod cases;
mod cli;
mod convergence;
mod delta;
mod delta_checkpoints;
mod faults;
mod functions;
mod instruments;
mod links;
mod processes;
mod providers;
mod publish;
mod quarantine;
mod quiet;
mod schema1;
mod site;
mod sp500;
mod storage;
mod unusual;
mod verify;
mod writers;
