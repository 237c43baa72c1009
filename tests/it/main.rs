//! Tests across crates, one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy's exception for tests does not reach their helper functions"
)]

mod blob;
mod by_date;
mod cases;
mod cli;
mod confusion;
mod convergence;
mod delta;
mod delta_checkpoints;
mod failover;
mod faults;
mod functions;
mod instruments;
mod links;

mod nights;
mod power;
mod processes;
mod providers;
mod publish;
mod quarantine;
mod quiet;
mod quorum;
mod schema1;
mod site;
mod sp500;
mod storage;
mod unusual;
mod vendors;
mod verify;
mod world;
mod writers;
