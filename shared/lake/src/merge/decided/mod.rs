//! What people decided about refused rows, as it concerns one merge.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::outcome::{History, MergeStats};
use crate::basis::Fetched;
use crate::decisions::{Decision, Decisions, Resolution};
use crate::record::Pending;
use crate::refusal::{RefusalRule, RefusedRow};
use crate::same_bar::{agree, newer_volume};
use quantx_calendar::Calendar;
use quantx_market::{Bar, BarSeries, Date, InstrumentKind, SessionRange};

/// What decisions mean for one merge.
#[derive(Debug, Clone, Default)]
pub struct DecisionIndex {
    /// What the listing is.
    kind: InstrumentKind,
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
            let newer = newer_volume(self.bar.volume, bar.volume, volume_unit);
            self.bar.volume.is_none() || newer == self.bar.volume
        };
        agree(&self.bar, bar) && (!self.with_volume || same_volume())
    }

    /// The row to be stored in place of `stored`; `None` where that is it already.
    fn over(&self, stored: &Bar) -> Option<Bar> {
        if !agree(&self.bar, stored) {
            return Some(self.bar);
        }
        let mut bar = stored.filled_from(&self.bar);
        if self.with_volume {
            bar.volume = self.bar.volume.or(stored.volume);
        }
        (bar != *stored).then_some(bar)
    }

    /// The refusal of a row that contradicts a released one.
    fn contradiction(&self, bar: &Bar) -> RefusedRow {
        let rule = if agree(&self.bar, bar) {
            RefusalRule::CorrectionOfReleasedVolume
        } else {
            RefusalRule::CorrectionOfReleased
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
    /// The rulings for a merge of a listing of `kind` with the rows after `left_out`, the last stored date that was not
    /// read: what lies before is not there to be changed.
    /// A released row whose date is no session of `calendar` has no place in the lake.
    pub fn new(
        decisions: &Decisions,
        kind: InstrumentKind,
        calendar: &Calendar,
        left_out: Option<Date>,
    ) -> Self {
        let mut releases = BTreeMap::new();
        for decision in &decisions.decisions {
            let is_read = left_out.is_none_or(|left_out| decision.row.date > left_out);
            if decision.resolution == Resolution::Released
                && is_read
                && let Some(session) = calendar.session(decision.row.date)
                && let Ok(bar) = decision.row.bar(kind, session)
            {
                let with_volume = decision.row.rule.is_about_volume();
                releases.insert(decision.row.date, ReleasedRow { bar, with_volume });
            }
        }
        let mut decided: BTreeMap<Date, Vec<RefusedRow>> = BTreeMap::new();
        for Decision { row, .. } in &decisions.decisions {
            decided.entry(row.date).or_default().push(row.clone());
        }
        Self {
            kind,
            releases,
            decided,
        }
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

    fn has_decided_bar(&self, bar: &Bar) -> bool {
        let mut decided = self.decided_on(bar.date.date());
        decided.any(|row| row.is_row_of(bar))
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
    pub(crate) fn apply<'a>(
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
            match release
                .and_then(|release| Some((release, row.bar(self.kind, release.bar.date).ok()?)))
            {
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
        self.insert_released(&mut input);
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
            None if self.has_decided_bar(&bar) => {
                input.rejected.push(bar.date.date());
            }
            None => input.offered.push(bar),
        }
    }

    fn insert_released(&self, input: &mut MergeInput<'_>) {
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
            if !agree(bar, &release.bar) {
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
mod tests;
