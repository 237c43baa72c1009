//! Universes out of pages, sheets and csv files behind an address.
//!
//! Parsers are pure: bytes in, [`SourceList`] out. Only `web.rs` asks the network.

pub(crate) mod archive;
pub(crate) mod changes;
mod columns;
pub(crate) mod countries;
pub(crate) mod csv_table;
mod dates;
mod error;
pub(crate) mod excel;
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
mod fixtures;
pub(crate) mod hong_kong;
pub(crate) mod html;
mod nikkei;
mod row;
mod text;
mod web;
pub(crate) mod wikipedia;

pub use archive::ArchiveError;
pub use error::SourceError;
pub use row::{SkipReason, SkippedRow, SourceList, SourceRow, UnreadCell};
pub use web::{
    FetchError, RedirectRefusal, SourceBody, SourceClient, SourceClientConfig, SourceKind,
    SourceSetupError,
};
pub(crate) use wikipedia::TableChoice;
