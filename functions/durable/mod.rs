//! The Durable Functions protocol: a workflow is run from its history, one turn at a time.
//!
//! The host posts the whole history of an instance; the answer is what the workflow asks for
//! next. Nothing is kept between turns and nothing is read but the request, so a turn may be
//! repeated, on any machine, with the same answer.
//!
//! In reading order: `wire` has the messages, `history` what a request means, `action` and
//! `timers` what an answer asks for, `requests` the workflow's side of a turn, `replay` the turn
//! itself; `replayer` keeps a turn from harming the process. How the host behaves is in
//! `docs/host-contract.md`.

mod action;
mod failure;
mod history;
mod replay;
mod replayer;
mod requests;
mod timers;
pub mod wire;

pub use replayer::{Limits, Replayer, RequestError};
pub use timers::TimerBounds;

#[cfg(test)]
mod tests;
