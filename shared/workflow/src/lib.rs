//! Long jobs written once as plain `async` code, run by any driver.
//!
//! A workflow is an `async fn(Context, Input) -> Result<Output, Failure>`. It does no I/O itself:
//! whatever touches the world is an activity, asked for through [`Context`]. Two drivers answer:
//! [`LocalRunner`] here, for the command line and for tests, and the replayer of the Functions
//! app, which runs the workflow again from its recorded history at every turn.
//!
//! The second driver is why a workflow must be deterministic. The same answers in the same order
//! must lead to the same requests in the same order:
//!
//! - the time is [`Context::now`], never a clock; no randomness, environment, files or network;
//! - it awaits what [`Context`] hands out, and combinations of that ([`all`], [`any`], [`race`],
//!   [`bounded`]), nothing else; the `select!` macros draw lots and must not be used;
//! - a deadline has passed when its timer fired; [`Context::now`] may still be up to a second
//!   before it, because the host fires timers early.
//!
//! Requests are numbered when they are made, not when they are awaited.

mod combine;
mod context;
mod driver;
mod envelope;
mod failure;
mod local;
mod mailbox;
mod registry;
mod retry;

pub use combine::{all, any, bounded, in_order, race};
pub use context::{CANCEL, Context};
pub use driver::{Child, Driver, OutgoingEvent, Reply};
pub use envelope::{decode_answer, encode_answer};
pub use failure::{Failure, kind};
pub use futures::future::Either;
pub use local::{Activities, LocalRunner, Sleeper};
pub use mailbox::{Mailbox, NextEvent, RaisedEvent};
pub use registry::Workflows;
pub use retry::RetryPolicy;

#[cfg(test)]
mod tests;
