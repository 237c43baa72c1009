//! What is stored and the rules that keep it right. Pure: bytes in, bytes out.
//!
//! In reading order: [`LakeKey`] names every object; [`schema`] and [`codec`] are the files;
//! [`basis`] makes as-traded rows of a vendor's answer; [`adjust`] derives the adjusted columns;
//! [`merge`] joins stored and fetched history; [`quarantine`] and [`decisions`] are what it refuses
//! and what people say of that; [`judged`] are events that are not applied as sent;
//! [`remarks`] is what runs said and nobody settled; [`record`] is the commit record; [`revision`]
//! is everything a fetch changes, ready to be written; [`gaps`] finds what is missing and [`coverage`]
//! names it; [`manifest`] is the overview; [`proof`] proves all of it again; [`panel`] are
//! the tables for reading.

pub mod adjust;
pub mod basis;
mod claims;
pub mod codec;
pub mod coverage;
pub mod decisions;
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
mod fixtures;
pub mod footer;
pub mod gaps;
pub mod invariants;
pub mod judged;
mod key;
pub mod manifest;
pub mod merge;
mod merge_events;
mod overlap;
pub mod panel;
mod parquet;
pub mod proof;
pub mod quarantine;
mod raw_year;
pub mod record;
pub mod remarks;
pub mod revision;
mod run_id;
pub mod schema;
mod seal;
mod shape;
mod watching;

pub use key::{EvidenceOf, KeyError, LakeKey, LakePrefix};
pub use run_id::{RunId, RunIdError};
pub use shape::{TableShape, shape_of};
