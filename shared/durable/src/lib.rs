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
//! use jiff::Timestamp;
//! use quantx_durable::*;
//!
//! /// Name and types of an activity: the workflow and who registers it cannot disagree.
//! const LENGTH: Activity<String, usize> = Activity::new("length");
//!
//! /// Fans out over all words, waits a minute, and gives the sum.
//! async fn total(context: Context, words: Vec<String>) -> Result<usize, Failure> {
//!     let lengths = words.iter().map(|word| context.activity(LENGTH, word, RetryPolicy::NEVER));
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
//!     fn now(&self) -> Timestamp {
//!         Timestamp::UNIX_EPOCH
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
//! `examples/fulfilment.rs` runs a larger one, with an event, in process and then from the stored turns
//! of an instance. What a workflow must not do is said at [`Context`]; which features of Durable Functions
//! are covered, in the crate's README; how the host behaves, in `docs/host-contract.md` of the repository.

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
