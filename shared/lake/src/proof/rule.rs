use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingSeverity {
    /// Something to know; nothing is wrong.
    Note,
    /// Something to be finished or to be looked at; no committed row is known to be lost.
    Warning,
    /// What the lake promises is not there, or not right.
    Damage,
}

impl FindingSeverity {
    /// Name as in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Damage => "damage",
        }
    }
}

/// Declares the rules once: name in reports, severity, and what is wrong.
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $rule:ident = $name:literal, $severity:ident;)+) => {
        /// A rule of the lake that something in it breaks. Names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ProofRule {
            $($(#[doc = $doc])+ $rule,)+
        }

        impl ProofRule {
            /// Every rule, in the order in which they are explained.
            pub const ALL: &[Self] = &[$(Self::$rule),+];

            /// Name as in reports.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$rule => $name),+ }
            }

            /// How bad it is; a row on a date of which the calendar is not sure is only a note.
            pub fn severity(self) -> FindingSeverity {
                match self { $(Self::$rule => FindingSeverity::$severity),+ }
            }

            /// What is wrong, in one sentence.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$rule => concat!($($doc),+).trim_ascii_start()),+ }
            }
        }
    };
}

rules! {
    /// There are year files or a line of the manifest, but no commit record.
    RecordMissing = "record_missing", Damage;
    /// The commit record is not one.
    RecordUnreadable = "record_unreadable", Damage;
    /// The commit record is of another listing.
    RecordOfAnotherListing = "record_of_another_listing", Damage;
    /// A newer program wrote it; this one cannot prove it.
    NewerSchema = "newer_schema", Warning;
    /// The commit record contradicts itself.
    RecordInconsistent = "record_inconsistent", Damage;
    /// A commit began to rewrite older years and did not end; the next run finishes it.
    RewriteUnfinished = "rewrite_unfinished", Warning;
    /// A whole file is newer than its record: a commit did not end; the next run takes it up.
    InterruptedCommit = "interrupted_commit", Warning;
    /// The record names a file that is not there.
    FileMissing = "file_missing", Damage;
    /// The file is cut off or was changed since it was written: its seal is broken.
    FileDamaged = "file_damaged", Damage;
    /// The file is not the one that was committed, and what it holds is wrong.
    FileDiffers = "file_differs", Damage;
    /// The file holds less than the record promises.
    StaleFile = "stale_file", Damage;
    /// The rows are of another listing.
    ForeignFile = "foreign_file", Damage;
    /// No record names the year file.
    OrphanFile = "orphan_file", Damage;
    /// Rows, first or last date of the record are not the file's.
    RecordCounts = "record_counts", Damage;
    /// Columns, types or metadata are not the schema's.
    WrongSchema = "wrong_schema", Damage;
    /// The rows are not those that the file carries a hash of.
    RowsHash = "rows_hash", Damage;
    /// A value is null that must be known.
    NullValue = "null_value", Damage;
    /// A row comes before an earlier date.
    Unordered = "unordered", Damage;
    /// Two rows have one date.
    DuplicateDate = "duplicate_date", Damage;
    /// A row's date is of another year than its file.
    WrongYear = "wrong_year", Damage;
    /// A row's date is no session of the exchange.
    NoSession = "no_session", Damage;
    /// A price is not finite and above zero, or absurdly far from the rows around it.
    ImpossiblePrice = "impossible_price", Damage;
    /// High is below low.
    HighBelowLow = "high_below_low", Damage;
    /// Open or close lies farther outside low and high than new rows may: by the word of a person, or
    /// stored while more was allowed.
    OutsideRange = "outside_range", Note;
    /// The volume is not a count of shares.
    ImpossibleVolume = "impossible_volume", Damage;
    /// A row names another symbol.
    WrongTicker = "wrong_ticker", Damage;
    /// A row names another exchange.
    WrongExchange = "wrong_exchange", Damage;
    /// The file's currency is not the record's.
    Currency = "currency", Damage;
    /// The file's unit scale is not the record's.
    UnitScale = "unit_scale", Damage;
    /// The record's events are not those that the committed files were derived from.
    ActionsHash = "actions_hash", Damage;
    /// `Dividends` is not what the record's events say.
    Dividends = "dividends", Damage;
    /// `Stock Splits` is not what the record's events say.
    StockSplits = "stock_splits", Damage;
    /// `Split Factor` is not what rows and events give.
    SplitFactor = "split_factor", Damage;
    /// `Adj Close` is not what rows and events give.
    AdjClose = "adj_close", Damage;
    /// The derived columns could not be recomputed, because a later year cannot be used.
    NotRecomputed = "not_recomputed", Note;
    /// A session has no row, and the record does not know of the hole.
    SessionMissing = "session_missing", Warning;
    /// The record lists a hole where there is a row, or no session.
    FalseHole = "false_hole", Warning;
    /// The manifest's line is not what the record says.
    ManifestStale = "manifest_stale", Warning;
    /// The manifest is not one; runs cannot end without it.
    ManifestUnreadable = "manifest_unreadable", Damage;
    /// A quarantine file cannot be read; what it was evidence of is lost.
    QuarantineUnreadable = "quarantine_unreadable", Warning;
    /// A report cannot be read.
    ReportUnreadable = "report_unreadable", Warning;
    /// A universe, its metadata or its membership cannot be read; runs cannot use it.
    UniverseUnreadable = "universe_unreadable", Damage;
    /// A table for reading, or the index of the tables, is not there. Nothing of the lake is lost by that,
    /// and a run that is killed while it makes tables ends so.
    TableMissing = "table_missing", Warning;
    /// A table for reading, or the index of the tables, is not as it was made.
    TableDamaged = "table_damaged", Warning;
    /// A table for reading is of other files than committed now; the next run makes it again.
    TableStale = "table_stale", Warning;
    /// A killed writer left a temporary file.
    TemporaryLeft = "temporary_left", Warning;
    /// Something lies among the lake's objects that is none.
    UnknownObject = "unknown_object", Warning;
    /// The exchange is not in the settings, so nothing of it can be proven.
    UnknownExchange = "unknown_exchange", Warning;
    /// The listing was asked for and nothing of it is in the lake.
    NothingStored = "nothing_stored", Note;
    /// The store failed, or the proof ended early: nothing is known of this object.
    NotProven = "not_proven", Warning;
}

impl fmt::Display for ProofRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_one_name_in_code_and_report() {
        let names: BTreeSet<&str> = ProofRule::ALL.iter().map(|rule| rule.as_str()).collect();
        assert_eq!(names.len(), ProofRule::ALL.len());
        for rule in ProofRule::ALL {
            let name = serde_json::to_value(rule).unwrap();
            assert_eq!(name, rule.as_str());
            assert!(rule.explanation().ends_with('.'), "{rule}");
        }
    }
}
