//! `_symbol.json`, the commit record of one listing: what the lake promises to hold.
//!
//! Rows become part of the lake when the record that names their file's hash is written. The
//! `watch` part is working memory between runs; it promises nothing and is empty for a listing of
//! which nothing is to be said.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::judged::JudgedEvent;
use crate::remarks::Remark;
use crate::schema::SCHEMA_VERSION;
use crate::sources::{ConfirmedRun, SourceRun};
use quantx_market::{Action, ActionSet, Date, SessionRange};

/// The commit record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitRecord {
    /// Schema version of the program that wrote what the record promises; files that are as they were
    /// before may be of an older one.
    pub schema: u32,
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// Quoted unit as the vendor spells it; `None` if the vendor never named one.
    pub currency: Option<String>,
    /// One quoted unit in major units.
    pub unit_scale: f64,
    /// First date the vendor has for the listing.
    pub first_trade: Option<Date>,
    /// History before this date was never asked for.
    pub asked_from: Date,
    /// Splits, dividends and capital gains up to the last stored session, ascending: what is applied.
    pub actions: Vec<Action>,
    /// Dividends and capital gains that are not applied as the vendor sends them, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judged: Vec<JudgedEvent>,
    /// The files.
    pub years: BTreeMap<i16, YearEntry>,
    /// Which rows are not of the usual vendor, ascending and apart from each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceRun>,
    /// Which rows other vendors confirmed, ascending and apart from each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<ConfirmedRun>,
    /// Working memory.
    #[serde(default, skip_serializing_if = "Watch::is_empty")]
    pub watch: Watch,
    /// Counts the writes of this record, announcements included: no state of it ever comes back, so
    /// that a store whose tags are hashes cannot mistake a later record for the one that was read.
    pub revision: u64,
    /// When the run that wrote the record began; it never goes back.
    pub updated: Timestamp,
}

/// One year file as committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearEntry {
    /// Number of rows.
    pub rows: usize,
    /// First session.
    pub first: Date,
    /// Last session.
    pub last: Date,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
}

/// The part of a commit record that the tables for reading are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommittedFiles {
    /// As in the record.
    pub actions: Vec<Action>,
    /// Year → SHA-256 of its file.
    pub years: BTreeMap<i16, String>,
}

impl From<&CommitRecord> for CommittedFiles {
    fn from(record: &CommitRecord) -> Self {
        let years = record.years.iter();
        Self {
            actions: record.actions.clone(),
            years: years
                .map(|(year, entry)| (*year, entry.sha256.clone()))
                .collect(),
        }
    }
}

/// What a listing's next runs must look at again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Sessions without a row that the vendor was asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holes: BTreeMap<Date, Hole>,
    /// Changes of final facts, seen once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// Years whose files are being rewritten, or were when a writer disappeared: whoever reads the
    /// record reads all years and makes sure of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub rewriting: BTreeSet<i16>,
    /// SHA-256 of the rows put into quarantine last: the same rows are not put there twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<String>,
    /// Whether people decided about refused rows of the listing: commits read what they decided only
    /// where it says so, and where there is no record. Once set it stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decided: bool,
    /// What runs said of the listing and nothing has settled, ascending by date: news on the first
    /// day, standing afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
}

/// A session the vendor had no usable row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hole {
    /// On how many different days it was asked for.
    pub asks: u32,
    /// The last of them, in the exchange's time zone.
    pub last_asked: Date,
    /// What became of a row that the vendor did have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<HoleRow>,
}

/// Why a row of the vendor did not become one of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoleRow {
    /// It is in quarantine and nobody has decided: there was a session, and its row is missing.
    Refused,
    /// A person rejected it: nobody waits for it.
    Rejected,
    /// There is none: the exchange itself says that the listing was halted or suspended.
    Halted,
}

impl Hole {
    /// Whether it was asked for the first time on `today`.
    pub fn is_new(&self, today: Date) -> bool {
        self.asks <= 1 && self.last_asked == today
    }

    /// Whether it no longer counts as missing: a person or the exchange has said why, or the vendor was asked for it on
    /// `hole_asks` days and never had a row.
    pub fn is_excused(&self, hole_asks: u32) -> bool {
        match self.row {
            Some(HoleRow::Refused) => false,
            Some(HoleRow::Rejected | HoleRow::Halted) => true,
            None => self.asks >= hole_asks,
        }
    }
}

/// A change of a final fact that one fetch claims; a second one on another day makes it true.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "claim", rename_all = "snake_case")]
pub enum Pending {
    /// Other prices for a stored session: open, high, low, close; null where the fetch had none.
    Prices {
        date: Date,
        prices: [Option<f64>; 4],
        seen_on: Date,
    },
    /// A stored action is no longer in the vendor's answer.
    Vanished { action: Action, seen_on: Date },
}

impl Pending {
    /// The date that must be inside the next window.
    pub fn date(&self) -> Date {
        match self {
            Self::Prices { date, .. } => *date,
            Self::Vanished { action, .. } => action.ex_date,
        }
    }

    /// Whether both claim something of the same fact; what they claim may differ.
    pub(crate) fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Prices { date, .. }, Self::Prices { date: other, .. }) => date == other,
            (Self::Vanished { action, .. }, Self::Vanished { action: other, .. }) => {
                action == other
            }
            _ => false,
        }
    }
}

impl Watch {
    /// Whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why bytes are not a commit record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not JSON, or not of the record's shape.
    #[error("not a commit record")]
    Json(#[from] serde_json::Error),
    /// Written by a newer version of this program.
    #[error(
        "schema version {found} is newer than {SCHEMA_VERSION}, the newest this program reads; upgrade it"
    )]
    NewerSchema { found: u32 },
    /// The record of another listing.
    #[error("record is of {found}, not of {expected}")]
    WrongListing { found: String, expected: String },
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl CommitRecord {
    /// Parses `bytes`.
    ///
    /// # Errors
    /// [`RecordError`]; a newer schema is an error of its own.
    pub fn parse(bytes: &[u8], expected_symbol: &str) -> Result<Self, RecordError> {
        let Version { schema } = serde_json::from_slice(bytes)?;
        if schema > SCHEMA_VERSION {
            return Err(RecordError::NewerSchema { found: schema });
        }
        let record: Self = serde_json::from_slice(bytes)?;
        if record.symbol != expected_symbol {
            return Err(RecordError::WrongListing {
                found: record.symbol,
                expected: expected_symbol.to_owned(),
            });
        }
        Ok(record)
    }

    /// The record's bytes: equal records have equal bytes.
    ///
    /// # Errors
    /// Only if a number in it is not finite, which no constructor allows.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Whether everything is equal but the count and the time of writing, and the schema version: a
    /// record of an older one is written anew with its first change, and not for the version alone.
    pub fn same_content(&self, other: &Self) -> bool {
        Self {
            schema: other.schema,
            revision: other.revision,
            updated: other.updated,
            ..self.clone()
        } == *other
    }

    /// The actions as a set.
    pub fn action_set(&self) -> ActionSet {
        self.actions.iter().copied().collect()
    }

    /// Last stored session's date.
    pub fn last(&self) -> Option<Date> {
        self.years.values().next_back().map(|year| year.last)
    }

    /// First stored session's date.
    pub fn first(&self) -> Option<Date> {
        self.years.values().next().map(|year| year.first)
    }

    /// Number of rows in all years.
    pub fn rows(&self) -> usize {
        self.years.values().map(|year| year.rows).sum()
    }

    /// Last stored date in the years before `year`.
    pub fn last_before(&self, year: i16) -> Option<Date> {
        let earlier = self.years.range(..year).next_back();
        earlier.map(|(_, entry)| entry.last)
    }

    /// First date on which the listing is expected to have rows.
    pub fn expected_from(&self) -> Date {
        match (self.first_trade, self.first()) {
            (Some(first_trade), _) => first_trade.max(self.asked_from),
            (None, Some(first)) => first.max(self.asked_from),
            (None, None) => self.asked_from,
        }
    }

    /// Dates from which rows are promised or known to be missing, up to the last stored one.
    pub fn covered(&self) -> Option<SessionRange> {
        self.last()
            .map(|last| SessionRange::inclusive(self.asked_from, last))
    }
}

#[cfg(test)]
mod tests;
