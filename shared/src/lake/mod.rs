//! What is stored and the rules that keep it right. Pure: bytes in, bytes out.
//!
//! In reading order: [`LakeKey`] names every object; [`schema`] and [`codec`] are the files;
//! [`basis`] makes as-traded rows of a vendor's answer; [`adjust`] derives the adjusted columns;
//! [`merge`] joins stored and fetched history; [`record`] is the commit record; [`revision`] is
//! everything a fetch changes, ready to be written; [`gaps`] finds what is missing; [`manifest`]
//! is the overview; [`panel`] are the tables for reading.

pub mod adjust;
pub mod basis;
pub mod codec;
#[cfg(test)]
mod fixtures;
pub mod gaps;
mod key;
pub mod manifest;
pub mod merge;
mod overlap;
mod pages;
pub mod panel;
pub mod record;
pub mod revision;
mod run_id;
pub mod schema;
mod seal;
mod units;

pub use key::{KeyError, LakeKey, LakePrefix};
pub use run_id::{RunId, RunIdError};
