//! Refused rows as people look at them: one entry per session and values, however many runs refused
//! it. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::RunId;
use crate::codec::sha256_hex;
use crate::decisions::{Decision, Decisions, EntryId, Resolution};
use crate::refusal::RefusedRow;
use crate::same_bar::agree;
use quantx_market::{Bar, Date, InstrumentKind};

/// One quarantine file.
#[derive(Debug, Clone, PartialEq)]
pub struct QuarantineFile {
    /// The run that wrote it.
    pub run: RunId,
    /// What it refused.
    pub rows: Vec<RefusedRow>,
}

/// A session and values that were refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// The row as it was refused last.
    pub row: RefusedRow,
    /// The runs that refused it, in order of time.
    pub runs: Vec<RunId>,
    /// Whether the newest run that refused anything refused it, as far as the record knows.
    pub current: bool,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// Nobody has decided.
    Open,
    /// Released, and not in the lake: a crash came in between.
    Unfinished,
    /// Released, and in the lake.
    Released,
    /// Rejected.
    Rejected,
    /// Nobody had to decide: a later fetch confirmed it, the lake holds it.
    Taken,
    /// Nobody had to decide: the lake got another row for the session later.
    Overtaken,
    /// Nobody had to decide: an event whose right amount is proven.
    Corrected,
}

impl ReviewStatus {
    /// Whether a person has something to do.
    pub fn is_open(self) -> bool {
        match self {
            Self::Open | Self::Unfinished => true,
            Self::Released | Self::Rejected | Self::Taken | Self::Overtaken | Self::Corrected => {
                false
            }
        }
    }

    /// Name as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unfinished => "unfinished",
            Self::Released => "released",
            Self::Rejected => "rejected",
            Self::Taken => "taken",
            Self::Overtaken => "overtaken",
            Self::Corrected => "corrected",
        }
    }
}

/// The entries of a listing's quarantine files, by session, and of one session in order of time.
/// `quarantined` is the record's hash of the rows refused last.
pub fn entries(
    symbol: &str,
    mut files: Vec<QuarantineFile>,
    quarantined: Option<&str>,
) -> Vec<Entry> {
    files.sort_by_cached_key(|file| (file.run.at(), file.run.to_string()));
    let newest = files.len().checked_sub(1);
    // By session, or a listing that was held for a year is compared with itself.
    let mut entries: BTreeMap<Date, Vec<Entry>> = BTreeMap::new();
    for (at, file) in files.into_iter().enumerate() {
        let current = Some(at) == newest && quarantined == rows_hash(&file.rows).as_deref();
        for row in file.rows {
            let of_session = entries.entry(row.date).or_default();
            let known = of_session
                .iter_mut()
                .find(|entry| entry.row.says_the_same(&row));
            if let Some(entry) = known {
                if entry.runs.last() != Some(&file.run) {
                    entry.runs.push(file.run.clone());
                }
                entry.current |= current;
                entry.row = row;
            } else {
                of_session.push(Entry {
                    id: EntryId::of(symbol, &row),
                    row,
                    runs: vec![file.run.clone()],
                    current,
                });
            }
        }
    }
    entries.into_values().flatten().collect()
}

/// The hash by which a record knows the rows refused last.
pub(crate) fn rows_hash(rows: &[RefusedRow]) -> Option<String> {
    let bytes = serde_json::to_vec(rows).ok()?;
    (!rows.is_empty()).then(|| sha256_hex(&bytes))
}

impl Entry {
    /// How the entry stands, given the decisions and the stored row of its session.
    pub fn status(&self, decisions: &Decisions, stored: Option<&Bar>) -> ReviewStatus {
        match decisions.about(&self.row) {
            Some(decision) => self.decided(decision, decisions, stored),
            None if self.is_stored_as(stored) => ReviewStatus::Taken,
            None if stored.is_some() && !self.current && !self.row.rule.is_correction() => {
                ReviewStatus::Overtaken
            }
            None => ReviewStatus::Open,
        }
    }

    fn decided(
        &self,
        decision: &Decision,
        decisions: &Decisions,
        stored: Option<&Bar>,
    ) -> ReviewStatus {
        if decision.resolution == Resolution::Rejected {
            return ReviewStatus::Rejected;
        }
        let newest = decisions.release_of(self.row.date);
        let is_newest = newest.is_some_and(|newest| newest.row.says_the_same(&self.row));
        match (is_newest, self.is_stored_as(stored)) {
            (true, true) => ReviewStatus::Released,
            (true, false) => ReviewStatus::Unfinished,
            (false, _) => ReviewStatus::Overtaken,
        }
    }

    /// Whether `stored` is this very row.
    pub fn is_stored_as(&self, stored: Option<&Bar>) -> bool {
        let Some(stored) = stored else { return false };
        let about_volume = self.row.rule.is_about_volume();
        let same_volume =
            |bar: &Bar| !about_volume || bar.volume.is_none() || bar.volume == stored.volume;
        // What is stored was judged by the rules of its kind: here any price may be one.
        let bar = self.row.bar(InstrumentKind::Future, stored.date);
        bar.is_ok_and(|bar| agree(&bar, stored) && same_volume(&bar))
    }
}

#[cfg(test)]
mod tests;
