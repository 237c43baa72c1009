//! The Durable protocol of custom handlers: the messages and what they mean.
//!
//! In reading order: [`wire`] has the messages as bytes, `history` what a request means, `action` what
//! an answer asks for, `failure_details` how failures travel, `envelope` the text of an activity's answer.

mod action;
mod envelope;
mod failure_details;
mod history;
pub mod wire;

pub use envelope::{decode_answer, encode_answer};
pub use history::RequestError;

pub(crate) use action::{Action, Decision};
pub(crate) use envelope::{from_input, from_json, to_json};
pub(crate) use history::{Event, TurnRequest, Work};
