//! Read, merge, commit: how a fetch gets into the lake without a lock.
//!
//! The record, the files it names and the decisions about refused rows are read; [`lake::revision`](quantx_lake::revision)
//! computes what changes; a rewrite of older years is announced in the record; changed files are
//! put on condition that they are as read; the record is put last. Whoever loses a race reads
//! again and merges again. A crash in between leaves files newer than the record: they are whole
//! (each carries a hash of its own rows), so the next run merges them in and commits. Rule:
//! docs/architecture.md, invariants 5 and 6; why the announcement: ADR-0009.

mod evidence;
mod load;
mod request;
mod store;
mod write;

use super::inspection::Interpreted;
use quantx_lake::LakeKey;
use quantx_lake::codec::CodecError;
use quantx_lake::decisions::DecisionsError;
use quantx_lake::merge::Merged;
use quantx_lake::record::{CommitRecord, RecordError};
use quantx_lake::remarks::Remark;
use quantx_lake::revision::RevisionError;
use quantx_market::{RefusedAction, TradingDate};
use quantx_storage::{ETag, StorageError};

pub(crate) use evidence::put_evidence;
pub(crate) use load::{bars, decisions, record, stored};
pub(crate) use request::{CommitOutcome, CommitRequest, Heard, Offer};
pub(crate) use store::{accuse, announce_decisions, commit};

/// A listing's record with the tag to replace it.
pub(crate) type TaggedRecord = (CommitRecord, ETag);

/// What a commit did.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) merged: Merged,
    pub(crate) record: Option<CommitRecord>,
    /// Years whose file was written.
    pub(crate) years_written: Vec<i16>,
    pub(crate) record_written: bool,
    pub(crate) refused_actions: Vec<RefusedAction>,
    /// What stands of the listing now.
    pub(crate) remarks: Vec<Remark>,
    /// Sessions of the window without a row.
    pub(crate) absent: Vec<TradingDate>,
    /// Dates without a row that are sessions, if the approximate calendar is right.
    pub(crate) unsure: Vec<TradingDate>,
    /// The answer as it was merged.
    pub(crate) read: Interpreted,
}

/// Why a fetch is not in the lake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The store failed.
    #[error("{0}")]
    Storage(#[from] StorageError),
    /// The commit record cannot be used; it is left as it is.
    #[error("{key} is unusable; restore it, or move it away and backfill the listing again")]
    Record {
        key: LakeKey,
        #[source]
        source: RecordError,
    },
    /// What people decided about refused rows cannot be read; it is left as it is.
    #[error("{key} is unusable; restore it: without it rejected rows would be stored")]
    Decisions {
        key: LakeKey,
        #[source]
        source: DecisionsError,
    },
    /// A year file cannot be used; it is left as it is.
    #[error(
        "{key} is unusable; restore it, or move the listing's folder away and backfill it again"
    )]
    File {
        key: LakeKey,
        #[source]
        source: CodecError,
    },
    /// The record promises a file that is not there.
    #[error(
        "{key} is missing although the commit record names it; restore it, or move the listing's folder away and backfill it again"
    )]
    MissingFile { key: LakeKey },
    /// The file is of another listing.
    #[error(
        "{key} holds rows of {found}; restore it, or move the listing's folder away and backfill it again"
    )]
    ForeignFile { key: LakeKey, found: String },
    /// The file holds less than the record promises.
    #[error(
        "{key} has {found} rows, the commit record promises {promised}; restore it, or move the listing's folder away and backfill it again"
    )]
    StaleFile {
        key: LakeKey,
        found: usize,
        promised: usize,
    },
    /// What is fetched holds less than the rows that it shall replace.
    #[error(
        "{key}: the vendor brings {found} rows, the commit record promises {promised}; nothing was replaced"
    )]
    WouldLose {
        key: LakeKey,
        found: usize,
        promised: usize,
    },
    /// Other writers were faster every time.
    #[error(
        "other writers changed {key} {attempts} times in a row (limits.commit_attempts); run again"
    )]
    Contended { key: LakeKey, attempts: u32 },
    /// The rows cannot be encoded.
    #[error("rows cannot be encoded")]
    Revision(#[source] RevisionError),
    /// A worker thread ended early.
    #[error("a worker thread ended early")]
    Worker(#[from] tokio::task::JoinError),
}

/// Kinds of [`CommitError`] that another attempt soon will not better.
pub(crate) const LASTING: [&str; 8] = [
    "newer_schema",
    "corrupt_record",
    "corrupt_decisions",
    "corrupt_file",
    "missing_file",
    "foreign_file",
    "would_lose",
    "encoding",
];

impl CommitError {
    /// Short stable name for reports.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Storage(_) => "storage",
            Self::Record { source, .. } => match source {
                RecordError::NewerSchema { .. } => "newer_schema",
                _ => "corrupt_record",
            },
            Self::Decisions { source, .. } => match source {
                DecisionsError::NewerSchema { .. } => "newer_schema",
                _ => "corrupt_decisions",
            },
            Self::File { source, .. } => match source {
                CodecError::NewerSchema { .. } => "newer_schema",
                _ => "corrupt_file",
            },
            Self::MissingFile { .. } => "missing_file",
            Self::ForeignFile { .. } => "foreign_file",
            Self::StaleFile { .. } => "stale_file",
            Self::WouldLose { .. } => "would_lose",
            Self::Contended { .. } => "contended",
            Self::Revision(_) => "encoding",
            Self::Worker(_) => "worker",
        }
    }
}
