use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::record::CommitRecord;
use quantx_market::Date;

/// What the plan of a repair needs beside the proof.
#[derive(Debug, Clone, Copy)]
pub struct RepairContext {
    /// zstd level of files made again.
    pub compression_level: i32,
    /// The repair's idea of now.
    pub now: Timestamp,
}

/// All that can be done for one listing.
#[derive(Debug, Default)]
pub struct RepairPlan {
    /// Files made again, with the bytes that were committed.
    pub files: BTreeMap<i16, Vec<u8>>,
    /// The record as its files prove it, and how it differs.
    pub record: Option<(CommitRecord, String)>,
    /// Files that nobody committed.
    pub orphans: BTreeSet<i16>,
    /// A commit to be finished.
    pub unfinished: Option<Unfinished>,
    /// Committed years whose rows are right and whose derived columns are not.
    pub rederive: BTreeSet<i16>,
    /// Years whose rows only the vendor can bring again.
    pub lost: BTreeSet<i16>,
    /// Sessions that the vendor was never asked for.
    pub unasked: Vec<Date>,
    /// Events that only the vendor can give again.
    pub events_lost: bool,
    /// Nothing proves what the record was: the years that are left, and where the history began.
    pub record_lost: Option<RecordLost>,
}

/// A commit that did not end.
#[derive(Debug)]
pub struct Unfinished {
    /// The files that are newer than the record, or announced.
    pub years: BTreeSet<i16>,
    /// Last date of a row in them.
    pub last: Option<Date>,
    /// Whether the record has all events that they were derived from.
    pub events: EventsKnown,
}

/// Whether a commit can be finished without the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsKnown {
    /// The record has them.
    All,
    /// Only the vendor knows.
    NotAll,
}

/// What is left of a listing without a record.
#[derive(Debug)]
pub struct RecordLost {
    /// Years whose files are right by themselves.
    pub years: BTreeSet<i16>,
    /// First date to be asked for.
    pub from: Date,
    /// Last date to be stored.
    pub until: Date,
}

impl RepairPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        let Self {
            files,
            record,
            orphans,
            unfinished,
            rederive,
            lost,
            unasked,
            events_lost,
            record_lost,
        } = self;
        files.is_empty()
            && record.is_none()
            && orphans.is_empty()
            && unfinished.is_none()
            && rederive.is_empty()
            && lost.is_empty()
            && unasked.is_empty()
            && !events_lost
            && record_lost.is_none()
    }
}
