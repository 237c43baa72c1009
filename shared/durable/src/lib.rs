//! Durable orchestrations for an Azure Functions custom handler written in Rust.
//!
//! Durable Functions run long jobs as *orchestrations*: code that waits for activities, timers and
//! events for hours or days and survives every restart, because it keeps nothing in memory. The host
//! stores the *history* of each *instance* and posts it to the handler turn by turn; the handler runs
//! the code again from the beginning, hands it what the history has, and answers with what it asks for
//! next. A custom handler gets these turns as protobuf messages, and this crate speaks that protocol.
//!
//! - A *workflow* (the orchestrator function) is an `async fn(Context, Input) -> Result<Output, Failure>`.
//!   [`Context`] is all it sees of the world: activities, timers, external events, sub-orchestrations.
//! - [`Replayer`] answers one turn: the text of the `orchestrationTrigger` binding goes in, the text of
//!   `ReturnValue` comes out. An activity's answer is made by [`encode_answer`].
//! - [`LocalRunner`] runs the same workflows within one process, for command lines and for tests.
//!
//! # A workflow
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use futures::future::{BoxFuture, FutureExt};
//! use quantx_durable::{
//!     Activities, Activity, Context, Failure, LocalRunner, RetryPolicy, Sleeper, Workflows, all,
//! };
//!
//! /// Name and types of an activity: the workflow and who registers it cannot disagree.
//! const LENGTH: Activity<String, usize> = Activity::new("length");
//!
//! /// Fans out over all words, waits a minute, and gives the sum.
//! async fn total(context: Context, words: Vec<String>) -> Result<usize, Failure> {
//!     let lengths = words
//!         .iter()
//!         .map(|word| context.activity(LENGTH, word, RetryPolicy::NEVER));
//!     let lengths = all(lengths).await;
//!     context.timer(Duration::from_secs(60)).await;
//!     lengths.into_iter().sum()
//! }
//!
//! /// A time in which every wait is over at once.
//! #[derive(Debug)]
//! struct NoWaits;
//!
//! impl Sleeper for NoWaits {
//!     fn now(&self) -> jiff::Timestamp {
//!         jiff::Timestamp::UNIX_EPOCH
//!     }
//!     fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
//!         std::future::ready(()).boxed()
//!     }
//! }
//!
//! let workflows = Workflows::new().with("total", total);
//! let activities = Activities::new().with(LENGTH, |word: String| async move { Ok(word.len()) });
//! let runner = LocalRunner::new(workflows, activities, Arc::new(NoWaits));
//! let input = r#"["one","three"]"#.to_owned();
//! let output = futures::executor::block_on(runner.run("total", "instance-1", Some(input)))?;
//! assert_eq!(output.as_deref(), Some("8"));
//! # Ok::<(), Failure>(())
//! ```
//!
//! `examples/parcel` runs a larger one, with an event, in process and then from a history.
//!
//! # What a workflow must not do
//!
//! It is run again at every turn, so it must be deterministic: the same answers in the same order lead
//! to the same requests in the same order.
//!
//! - The time is [`Context::now`], never a clock; no randomness, environment, files or network.
//! - It awaits what [`Context`] hands out, and combinations of that ([`all`], [`race`], [`bounded`]),
//!   nothing else. The `select!` macros draw lots and must not be used.
//! - A deadline has passed when its timer fired; [`Context::now`] may still be up to a second before
//!   it, because the host fires timers early.
//!
//! Requests are numbered when they are made, not when they are awaited. Code that breaks these rules
//! fails its instance with [`kind::NON_DETERMINISM`] or [`kind::FOREIGN_AWAIT`], or is handed back to the
//! host; it never harms the process.
//!
//! Which features of Durable Functions are covered is in the crate's README; how the host behaves, and
//! what was recorded of it, in `docs/host-contract.md` of the repository.

mod activity;
mod driver;
mod events;
mod failure;
mod local;
mod protocol;
mod replay;
mod workflow;

pub use activity::{Activities, Activity};
pub use driver::{Child, Driver, OutgoingEvent, Reply};
pub use events::{EventQueue, NextEvent, RaisedEvent};
pub use failure::{Failure, kind};
pub use futures::future::Either;
pub use local::{LocalRunner, Sleeper};
pub use protocol::{RequestError, decode_answer, encode_answer, wire};
pub use replay::{Limits, Replayer, TimerBounds};
pub use workflow::{CANCEL, Context, RetryPolicy, Workflows, all, bounded, race};
