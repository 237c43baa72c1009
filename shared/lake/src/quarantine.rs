//! Refused rows as people look at them: one entry per session and values, however many runs refused
//! it. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::RunId;
use super::basis::RefusedRow;
use super::codec::sha256_hex;
use super::decisions::{Decision, Decisions, Resolution};
use super::overlap::{AGREE, agree};
use quantx_market::{Action, ActionKind, Bar, BarFault, Date, TradingDate, known_prices};

impl RefusedRow {
    /// Whether both are the same word of the vendor: same session, prices that are one price, and
    /// the same volume where a rule about volumes refused one of them. A volume that was restated
    /// makes no other row else, and neither does the rule.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let volume_counts = self.is_about_volume() || other.is_about_volume();
        self.date == other.date
            && self.agrees_in_prices(other.prices)
            && (!volume_counts || self.volume == other.volume)
    }

    pub(crate) fn agrees_in_prices(&self, prices: [Option<f64>; 4]) -> bool {
        let alike = |(one, other): (Option<f64>, Option<f64>)| match (one, other) {
            (Some(one), Some(other)) => one == other || ((one - other) / other).abs() <= AGREE,
            (one, other) => one == other,
        };
        self.prices.into_iter().zip(prices).all(alike)
    }

    /// A rule about volumes has `volume` in its name.
    pub(crate) fn is_about_volume(&self) -> bool {
        self.rule.contains("volume")
    }

    /// A rule about a stored row that the vendor contradicts begins with `correction`.
    pub(crate) fn is_about_stored(&self) -> bool {
        self.rule.starts_with("correction")
    }

    /// The row as a bar of `session`. How far open and close are outside low..high is not asked: that
    /// is for a person to say.
    ///
    /// # Errors
    /// [`BarFault`]: what no row of the lake may be.
    pub fn bar(&self, session: TradingDate) -> Result<Bar, BarFault> {
        Bar::new(session, known_prices(self.prices), self.volume)
    }
}

/// The short name of an entry, 12 hexadecimal digits of a hash over listing, session and values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(String);

impl EntryId {
    const LEN: usize = 12;

    fn of(symbol: &str, row: &RefusedRow) -> Self {
        let mut text = format!("{symbol}\n{}\n", row.date);
        let volume = row.volume.filter(|_| row.is_about_volume());
        for value in row.prices.into_iter().chain([volume]) {
            let bits = value.map(|value| value.to_bits().to_string());
            text.push_str(&bits.unwrap_or_default());
            text.push('\n');
        }
        Self::short(&text)
    }

    /// The name of a cash event as the vendor sends it.
    pub(crate) fn of_event(symbol: &str, vendor: &Action) -> Self {
        let kind = match vendor.kind {
            ActionKind::Split { .. } => "split",
            ActionKind::Dividend { .. } => "dividend",
            ActionKind::CapitalGain { .. } => "capital_gain",
        };
        let amount = vendor.kind.cash().unwrap_or_default().to_bits();
        Self::short(&format!("{symbol}\n{}\n{kind}\n{amount}\n", vendor.ex_date))
    }

    fn short(text: &str) -> Self {
        let hash = sha256_hex(text.as_bytes());
        Self(hash.chars().take(Self::LEN).collect())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
            None if stored.is_some() && !self.current && !self.row.is_about_stored() => {
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
        let about_volume = self.row.is_about_volume();
        let same_volume =
            |bar: &Bar| !about_volume || bar.volume.is_none() || bar.volume == stored.volume;
        let bar = self.row.bar(stored.date);
        bar.is_ok_and(|bar| agree(&bar, stored) && same_volume(&bar))
    }
}

#[cfg(test)]
#[path = "quarantine_tests.rs"]
mod tests;
