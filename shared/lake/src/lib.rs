//! The lake of daily bars: the name and the bytes of every stored object, and the rules by which a
//! fetch changes them. Pure: bytes in, bytes out.
//!
//! ```
//! use quantx_lake::LakeKey;
//! use quantx_lake::merge::{History, MergeContext, Word, merge};
//! use quantx_lake::basis::Fetched;
//! use quantx_market::SessionRange;
//!
//! // Every object has one path, and every path of the lake one object.
//! let path = "data/exchange=us/ticker=AAPL/year=2012/data.parquet";
//! let key = LakeKey::parse(path)?;
//! assert_eq!(key.path(), path);
//!
//! // A fetch that brought nothing changes nothing.
//! let (from, until) = ("2012-01-03".parse()?, "2012-12-31".parse()?);
//! let context = MergeContext { window: SessionRange::new(from, until), pending: &[], today: until, word: Word::default() };
//! let merged = merge(&History::default(), &Fetched::default(), context);
//! assert_eq!(merged.history, History::default());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In reading order: [`LakeKey`] names every object; [`schema`] and [`codec`] are the files;
//! [`basis`] makes final rows of a vendor's answer; [`adjust`] derives the adjusted columns;
//! [`merge`] joins stored and fetched history; [`refusal`] is what may not be stored, [`quarantine`]
//! how it is reviewed and [`decisions`] what people decided; [`judged`] are events that are not
//! applied as sent; [`remarks`] are findings of earlier runs that are not settled; [`record`] is the
//! commit record, [`sources`] which vendor's rows it promises; [`revision`] is everything a fetch changes, ready to be written; [`gaps`] finds
//! what is missing and [`coverage`] names it; [`manifest`] is the overview; [`proof`] proves all of it
//! again; [`panel`] are the tables for reading, [`delta`] those that remember every version, and
//! [`adjusted`] rows on the basis that a reader wants.

pub mod adjust;
pub mod adjusted;
pub mod basis;
pub mod codec;
pub mod coverage;
pub mod decisions;
pub mod delta;
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
pub mod panel;
mod parquet;
pub mod proof;
pub mod quarantine;
pub mod record;
pub mod refusal;
pub mod remarks;
pub mod revision;
mod run_id;
mod same_bar;
pub mod schema;
mod seal;
mod shape;
pub mod sources;

pub use key::{EvidenceOf, KeyError, LakeKey, LakePrefix, SiteFile};
pub use run_id::{RunId, RunIdError};
pub use shape::{TableShape, shape_of};
