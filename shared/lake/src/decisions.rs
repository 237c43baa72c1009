//! What people decided about refused rows, and what follows for later merges. Pure.
//!
//! A refused row stays in its quarantine file as evidence. A decision stands beside it: released
//! means that the row is right and belongs into the lake; rejected, that it is wrong and nobody need
//! look at it again. A decision is about a session and its values, not about a run: it holds for
//! every later fetch that brings the same. Why so: ADR-0014.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunId;
use super::basis::{Fetched, RefusedRow};
use super::judged::EventDecision;
use super::merge::{self, History, MergeStats};
use super::overlap;
use super::quarantine::EntryId;
use super::record::Pending;
use super::schema::SCHEMA_VERSION;
use quantx_calendar::Calendar;
use quantx_market::{Bar, BarSeries, Date, SessionRange};

/// `decisions.json` of one listing: what was decided, in order. Nothing in it is ever taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Schema version of the lake it was written for.
    pub schema: u32,
    /// Symbol with suffix.
    pub symbol: String,
    /// About rows, ascending by the order in which they were made.
    pub decisions: Vec<Decision>,
    /// About dividends and capital gains, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventDecision>,
}

/// One decision of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The entry that was decided.
    pub id: EntryId,
    /// What was decided.
    #[serde(rename = "ruling")]
    pub resolution: Resolution,
    /// The row, as the evidence has it.
    pub row: RefusedRow,
    /// The run whose quarantine file is the evidence.
    pub run: RunId,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a person says of a refused row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It is right: it is stored, in place of another row of its session if there is one.
    Released,
    /// It is wrong: it is not stored, and not put into quarantine again.
    Rejected,
}

/// Why bytes are not the decisions of a listing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionsError {
    /// Not JSON, or of another shape.
    #[error("not a list of decisions")]
    Json(#[from] serde_json::Error),
    /// Written by a newer version of this program.
    #[error(
        "schema version {found} is newer than {SCHEMA_VERSION}, the newest this program reads; upgrade it"
    )]
    NewerSchema { found: u32 },
    /// The decisions of another listing.
    #[error("decisions are about {found}, not about {expected}")]
    WrongListing { found: String, expected: String },
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Decisions {
    /// No decision yet.
    pub fn none(symbol: &str) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            symbol: symbol.to_owned(),
            decisions: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Whether nobody decided anything.
    pub fn is_empty(&self) -> bool {
        self.decisions.is_empty() && self.events.is_empty()
    }

    /// Parses `bytes`.
    ///
    /// # Errors
    /// [`DecisionsError`]; a newer schema is told from damage.
    pub fn parse(bytes: &[u8], expected_symbol: &str) -> Result<Self, DecisionsError> {
        let Version { schema } = serde_json::from_slice(bytes)?;
        if schema > SCHEMA_VERSION {
            return Err(DecisionsError::NewerSchema { found: schema });
        }
        let decisions: Self = serde_json::from_slice(bytes)?;
        if decisions.symbol != expected_symbol {
            return Err(DecisionsError::WrongListing {
                found: decisions.symbol,
                expected: expected_symbol.to_owned(),
            });
        }
        Ok(decisions)
    }

    /// Equal decisions have equal bytes.
    ///
    /// # Errors
    /// Only if a number in it is not finite, which no quarantine file can hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DecisionsError> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The newest decision about the values of `row`.
    pub fn about(&self, row: &RefusedRow) -> Option<&Decision> {
        let mut newest_first = self.decisions.iter().rev();
        newest_first.find(|decision| decision.row.says_the_same(row))
    }

    /// Sessions of which somebody released a row.
    pub fn released(&self) -> BTreeSet<Date> {
        let made = self.decisions.iter();
        let released = made.filter(|decision| decision.resolution == Resolution::Released);
        released.map(|decision| decision.row.date).collect()
    }

    /// The newest release of a row of `date`: what the session looks like, by the word of a person.
    pub fn release_of(&self, date: Date) -> Option<&Decision> {
        let mut newest_first = self.decisions.iter().rev();
        newest_first.find(|decision| {
            decision.resolution == Resolution::Released && decision.row.date == date
        })
    }
}

/// What decisions mean for one merge.
#[derive(Debug, Clone, Default)]
pub struct DecisionIndex {
    /// Rows that people released; of several of one session the newest.
    releases: BTreeMap<Date, ReleasedRow>,
    /// Every row that somebody decided about, released ones too, by session.
    decided: BTreeMap<Date, Vec<RefusedRow>>,
}

/// A row that a person called right.
#[derive(Debug, Clone, Copy)]
struct ReleasedRow {
    bar: Bar,
    /// Whether its volume was the question; else the volume follows the vendor.
    with_volume: bool,
}

impl ReleasedRow {
    /// Whether `bar`, of whose volume the vendor knows `volume_unit` shares at a time, is the row.
    fn holds_for(&self, bar: &Bar, volume_unit: f64) -> bool {
        let same_volume = || {
            let newer = merge::newer_volume(self.bar.volume, bar.volume, volume_unit);
            self.bar.volume.is_none() || newer == self.bar.volume
        };
        overlap::agree(&self.bar, bar) && (!self.with_volume || same_volume())
    }

    /// The row to be stored in place of `stored`; `None` where that is it already.
    fn over(&self, stored: &Bar) -> Option<Bar> {
        if !overlap::agree(&self.bar, stored) {
            return Some(self.bar);
        }
        let mut bar = stored.filled_from(&self.bar);
        if self.with_volume {
            bar.volume = self.bar.volume.or(stored.volume);
        }
        (bar != *stored).then_some(bar)
    }

    /// What the vendor says against the word of a person.
    fn contradiction(&self, bar: &Bar) -> RefusedRow {
        let rule = if overlap::agree(&self.bar, bar) {
            "correction_of_released_volume"
        } else {
            "correction_of_released"
        };
        let shares = |bar: &Bar| bar.volume.map_or("unknown".to_owned(), |n| n.to_string());
        let reason = format!(
            "released by hand with close {} and volume {}, the vendor now says {} and {}",
            self.bar.close,
            shares(&self.bar),
            bar.close,
            shares(bar)
        );
        RefusedRow::of_bar(bar, rule, reason)
    }
}

/// A fetch and the stored history after the decisions were followed.
#[derive(Debug)]
pub(crate) struct MergeInput<'a> {
    /// Stored rows, released ones among them.
    pub(crate) stored: Cow<'a, History>,
    /// Whether there are stored rows that nobody released: only those prove a basis.
    pub(crate) has_own_rows: bool,
    /// Fetched rows that may be stored, ascending.
    pub(crate) offered: Vec<Bar>,
    /// Rows for quarantine.
    pub(crate) refused: Vec<RefusedRow>,
    /// Sessions whose rows were left out because a person rejected them.
    pub(crate) rejected: Vec<Date>,
    /// What following the decisions changed in the stored rows.
    pub(crate) stats: MergeStats,
}

impl DecisionIndex {
    /// The rulings for a merge with the rows after `left_out`, the last stored date that was not
    /// read: what lies before is not there to be changed.
    /// A released row whose date is no session of `calendar` has no place in the lake.
    pub fn new(decisions: &Decisions, calendar: &Calendar, left_out: Option<Date>) -> Self {
        let mut releases = BTreeMap::new();
        for decision in &decisions.decisions {
            let is_read = left_out.is_none_or(|left_out| decision.row.date > left_out);
            if decision.resolution == Resolution::Released
                && is_read
                && let Some(session) = calendar.session(decision.row.date)
                && let Ok(bar) = decision.row.bar(session)
            {
                let with_volume = decision.row.is_about_volume();
                releases.insert(decision.row.date, ReleasedRow { bar, with_volume });
            }
        }
        let mut decided: BTreeMap<Date, Vec<RefusedRow>> = BTreeMap::new();
        for Decision { row, .. } in &decisions.decisions {
            decided.entry(row.date).or_default().push(row.clone());
        }
        Self { releases, decided }
    }

    /// Whether somebody released a row of `date`.
    pub(crate) fn is_released(&self, date: Date) -> bool {
        self.releases.contains_key(&date)
    }

    /// Whether nobody needs to look at `row` again.
    pub(crate) fn is_decided(&self, row: &RefusedRow) -> bool {
        self.decided_on(row.date)
            .any(|decided| decided.says_the_same(row))
    }

    fn decided_on(&self, date: Date) -> impl Iterator<Item = &RefusedRow> {
        self.decided.get(&date).into_iter().flatten()
    }

    /// Claims that wait for a second fetch, without those that a person has settled.
    pub(crate) fn open_claims(&self, pending: &[Pending]) -> Vec<Pending> {
        let is_open = |claim: &&Pending| match claim {
            Pending::Prices { date, prices, .. } => {
                !self.is_released(*date) && !self.has_decided_prices(*date, *prices)
            }
            Pending::Vanished { .. } => true,
        };
        pending.iter().filter(is_open).copied().collect()
    }

    fn has_decided_prices(&self, date: Date, prices: [Option<f64>; 4]) -> bool {
        self.decided_on(date)
            .any(|row| row.agrees_in_prices(prices))
    }

    /// Puts released rows among the stored ones and takes decided rows out of the fetch.
    pub(crate) fn follow<'a>(
        &self,
        stored: &'a History,
        fetched: &Fetched,
        window: SessionRange,
    ) -> MergeInput<'a> {
        let inside = fetched.bars.bars().iter();
        let inside = inside.filter(|bar| window.contains(bar.date.date()));
        let refused = fetched.refused.iter();
        let refused = refused.filter(|row| window.contains(row.date));
        let mut input = MergeInput {
            stored: Cow::Borrowed(stored),
            has_own_rows: !stored.bars.is_empty(),
            offered: Vec::with_capacity(fetched.bars.len()),
            refused: Vec::new(),
            rejected: Vec::new(),
            stats: MergeStats::default(),
        };
        if self.decided.is_empty() {
            input.offered.extend(inside);
            input.refused.extend(refused.cloned());
            return input;
        }
        for bar in inside {
            self.offer(*bar, fetched.volume_unit(bar.date.date()), &mut input);
        }
        for row in refused {
            // The vendor still sends what a person called right: its volume may be newer.
            let volume_unit = fetched.volume_unit(row.date);
            let release = self.releases.get(&row.date);
            match release.and_then(|release| Some((release, row.bar(release.bar.date).ok()?))) {
                Some((release, bar))
                    if self.is_decided(row) && release.holds_for(&bar, volume_unit) =>
                {
                    input.offered.push(bar);
                }
                _ if self.is_decided(row) => input.rejected.push(row.date),
                _ => input.refused.push(row.clone()),
            }
        }
        input.offered.sort_by_key(|bar| bar.date);
        self.release(&mut input);
        let stored = &input.stored.bars;
        input.rejected.retain(|date| stored.get(*date).is_none());
        input
    }

    fn offer(&self, bar: Bar, volume_unit: f64, input: &mut MergeInput<'_>) {
        match self.releases.get(&bar.date.date()) {
            Some(release) if release.holds_for(&bar, volume_unit) => input.offered.push(bar),
            Some(release) => {
                let row = release.contradiction(&bar);
                if !self.is_decided(&row) {
                    input.refused.push(row);
                }
            }
            // Which rule would refuse the row now is open; that it was rejected is not.
            None if self.is_decided(&RefusedRow::of_bar(&bar, "", String::new())) => {
                input.rejected.push(bar.date.date());
            }
            None => input.offered.push(bar),
        }
    }

    fn release(&self, input: &mut MergeInput<'_>) {
        let stored = input.stored.as_ref();
        if self.releases.is_empty() || (stored.bars.is_empty() && input.offered.is_empty()) {
            return;
        }
        let is_own = |bar: &Bar| !self.is_released(bar.date.date());
        input.has_own_rows = stored.bars.bars().iter().any(is_own);
        let mut changed = Vec::new();
        for (date, release) in &self.releases {
            let Some(bar) = stored.bars.get(*date) else {
                input.stats.bars_added += 1;
                changed.push(release.bar);
                continue;
            };
            let Some(instead) = release.over(bar) else {
                continue;
            };
            if !overlap::agree(bar, &release.bar) {
                input.stats.prices_corrected += 1;
            } else if bar.is_complete() {
                input.stats.volumes_corrected += 1;
            } else {
                input.stats.values_filled += 1;
            }
            changed.push(instead);
        }
        if changed.is_empty() {
            return;
        }
        // Of two bars of one session the later in the list stays.
        let bars = stored.bars.bars().iter().copied().chain(changed);
        input.stored = Cow::Owned(History {
            bars: BarSeries::new(bars.collect()),
            actions: stored.actions.clone(),
        });
    }
}

#[cfg(test)]
#[path = "decisions_tests.rs"]
mod tests;
