use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::codec::StoredYear;
use crate::decisions::Decisions;
use crate::judged::JudgedEvent;
use crate::merge::Vote;
use crate::record::CommitRecord;
use crate::remarks::Remark;
use crate::sources::Source;
use quantx_calendar::Calendar;
use quantx_market::{Date, Listing, SessionRange};
use quantx_quality::agreement::{BarSource, Comparison};

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

/// Who answered, and what the witnesses made of it.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The vendor.
    pub source: &'a Source,
    /// How it makes its bars.
    pub bars: BarSource,
    /// When two vendors' values are the same.
    pub comparison: Comparison,
    /// What witnesses say, if any was asked.
    pub testimony: Option<&'a Testimony>,
}

/// What witnesses said of a fetch and decided together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Testimony {
    /// Corrections that they confirm or deny.
    pub vote: Vote,
    /// New sessions of which a value of theirs is stored in place of the vendor's, with whose.
    pub voted: BTreeMap<Date, String>,
    /// Sessions about which they were asked, with those who agree with the row as it is stored.
    pub confirmed: BTreeMap<Date, BTreeSet<String>>,
    /// Sessions without trading, by the exchange's own word.
    pub halted: BTreeSet<Date>,
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
    /// Which vendor answered; `None` where nobody was asked.
    pub answered: Option<Answered<'a>>,
    /// zstd level of new files.
    pub compression_level: i32,
    /// The run's idea of now.
    pub now: Timestamp,
    /// The exchange's date of `now`.
    pub today: Date,
}
