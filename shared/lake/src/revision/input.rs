use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::codec::StoredYear;
use crate::decisions::Decisions;
use crate::judged::JudgedEvent;
use crate::record::CommitRecord;
use crate::remarks::Remark;
use quantx_calendar::Calendar;
use quantx_market::{Date, Listing, SessionRange};

/// One year file as it lies in the store.
#[derive(Debug, Clone)]
pub struct BaseYear {
    /// Its rows.
    pub rows: StoredYear,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// What a revision starts from.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// The commit record, if the listing has one.
    pub record: Option<CommitRecord>,
    /// The year files read: all of the record's from some year on, and strays found on the way.
    pub years: BTreeMap<i16, BaseYear>,
}

/// What is known of a fetch.
#[derive(Debug, Clone, Copy)]
pub struct RevisionContext<'a> {
    /// Whose.
    pub listing: &'a Listing,
    /// Sessions of its exchange.
    pub calendar: &'a Calendar,
    /// Dates asked for and allowed to be stored.
    pub window: SessionRange,
    /// Quoted unit of the answer.
    pub currency: &'a str,
    /// One quoted unit in major units.
    pub unit_scale: f64,
    /// First date the vendor has.
    pub first_trade: Option<Date>,
    /// Events of the fetch that are not applied as sent: its actions are what is applied.
    pub judged: &'a [JudgedEvent],
    /// What is said of the fetch's rows and of the answer as a whole.
    pub remarks: &'a [Remark],
    /// What people decided about refused rows.
    pub decisions: &'a Decisions,
    /// zstd level of new files.
    pub compression_level: i32,
    /// The run's idea of now.
    pub now: Timestamp,
    /// The exchange's date of `now`.
    pub today: Date,
}
