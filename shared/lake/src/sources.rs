//! Which vendor a stored row is of, and who confirmed it: runs of dates in the commit record. Pure.
//!
//! A row of the usual vendor costs nothing, so the record of a lake of one vendor has neither.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use quantx_calendar::Calendar;
use quantx_market::{Bar, BarSeries, Date, SessionRange};

/// The vendor of rows about which the record says nothing.
pub const USUAL_VENDOR: &str = "yahoo";

/// How firm the word of a row's vendor is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its vendor was the first in the order, or the first one has nothing of the session.
    #[default]
    Settled,
    /// Its vendor stood in while another one was away, which has the last word when it is back.
    Provisional,
    /// Witnesses outvoted the vendor that was asked: only another vote changes the row.
    Voted,
}

impl Standing {
    fn is_settled(&self) -> bool {
        *self == Self::Settled
    }
}

/// Stored rows of one vendor, from one date to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRun {
    /// First session, inclusive.
    pub from: Date,
    /// Last session, inclusive. Every stored row between both is of the run.
    pub to: Date,
    /// Whose rows they are.
    pub vendor: String,
    /// How firm they are.
    #[serde(default, skip_serializing_if = "Standing::is_settled")]
    pub standing: Standing,
}

/// Stored rows of which vendors of other lineages said the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmedRun {
    /// First session, inclusive.
    pub from: Date,
    /// Last session, inclusive. Every stored row between both is of the run.
    pub to: Date,
    /// Vendors that agree with every value of the row that they have, one for each lineage, ascending.
    pub by: Vec<String>,
}

/// Where the rows of a fetch come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The vendor that answered.
    pub vendor: String,
    /// Whether its rows wait for another vendor: [`Standing::Settled`] or [`Standing::Provisional`].
    pub standing: Standing,
}

impl Default for Source {
    /// The usual vendor.
    fn default() -> Self {
        Self {
            vendor: USUAL_VENDOR.to_owned(),
            standing: Standing::Settled,
        }
    }
}

impl Source {
    /// Whether the vendor only stands in.
    pub fn stands_in(&self) -> bool {
        self.standing == Standing::Provisional
    }

    fn is_usual(&self) -> bool {
        self.vendor == USUAL_VENDOR && self.standing == Standing::Settled
    }
}

/// The run that a date is in.
pub fn run_on(runs: &[SourceRun], date: Date) -> Option<&SourceRun> {
    let at = runs.partition_point(|run| run.to < date);
    runs.get(at).filter(|run| run.from <= date)
}

/// How firm the row of a date is.
pub fn standing_on(runs: &[SourceRun], date: Date) -> Standing {
    run_on(runs, date).map_or(Standing::Settled, |run| run.standing)
}

/// First date with a row that waits for the first vendor's word.
pub fn first_provisional(runs: &[SourceRun]) -> Option<Date> {
    let provisional = runs
        .iter()
        .find(|run| run.standing == Standing::Provisional);
    provisional.map(|run| run.from)
}

/// What one commit does to the rows' sources.
#[derive(Debug, Clone, Copy)]
pub struct SourceChange<'a> {
    /// The rows that were read, before and after.
    pub stored: &'a BarSeries,
    /// The same after the merge.
    pub merged: &'a BarSeries,
    /// Where the fetch comes from; `None` for a commit without one.
    pub source: Option<&'a Source>,
    /// Provisional sessions about which the first vendor has spoken.
    pub settled: &'a BTreeMap<Date, Spoken>,
    /// Sessions that witnesses decided, and whose value is stored.
    pub voted: &'a BTreeMap<Date, String>,
}

/// What the first vendor said of a provisional row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// It has the row too: its own is stored.
    HasIt,
    /// It has nothing of the session: the row stays with the vendor that stood in.
    HasNothing,
}

/// The sources of all rows after a commit.
pub fn after(before: &[SourceRun], change: SourceChange<'_>) -> Vec<SourceRun> {
    let usual = change.source.is_none_or(Source::is_usual);
    if before.is_empty() && usual && change.voted.is_empty() {
        return Vec::new();
    }
    let of_fetch = || change.source.cloned().unwrap_or_default();
    let source_of = |bar: &Bar| -> Source {
        let date = bar.date.date();
        if let Some(vendor) = change.voted.get(&date) {
            return Source {
                vendor: vendor.clone(),
                standing: Standing::Voted,
            };
        }
        let known = run_on(before, date).map_or_else(Source::default, |run| Source {
            vendor: run.vendor.clone(),
            standing: run.standing,
        });
        match (change.settled.get(&date), change.stored.get(date)) {
            (Some(Spoken::HasIt), _) | (None, None) => of_fetch(),
            (Some(Spoken::HasNothing), _) => Source {
                standing: Standing::Settled,
                ..known
            },
            (None, Some(stored)) if stored.prices() != bar.prices() => of_fetch(),
            (None, Some(_)) => known,
        }
    };
    let dated = change.merged.bars().iter();
    let dated = dated.map(|bar| (bar.date.date(), source_of(bar)));
    let first = change.merged.first().map(|bar| bar.date.date());
    let earlier = unread(before, first, |run| (run.from, run.to));
    let earlier = earlier.map(|(run, to)| SourceRun { to, ..run.clone() });
    let mut runs: Vec<SourceRun> = earlier.collect();
    // Whether the row before is of the newest run: between two rows of one run is no other.
    let mut is_open =
        first.is_some_and(|first| before.iter().any(|it| it.from < first && first <= it.to));
    for (date, source) in dated {
        if source.is_usual() {
            is_open = false;
            continue;
        }
        match runs.last_mut() {
            Some(run)
                if is_open && run.vendor == source.vendor && run.standing == source.standing =>
            {
                run.to = date;
            }
            _ => runs.push(SourceRun {
                from: date,
                to: date,
                vendor: source.vendor,
                standing: source.standing,
            }),
        }
        is_open = true;
    }
    runs
}

/// The confirmed rows after a commit: `news` are the sessions about which witnesses were asked, with those
/// who agree. A row whose prices changed is not confirmed by what was said before.
pub fn confirmed_after(
    before: &[ConfirmedRun],
    stored: &BarSeries,
    merged: &BarSeries,
    news: &BTreeMap<Date, BTreeSet<String>>,
) -> Vec<ConfirmedRun> {
    if before.is_empty() && news.values().all(BTreeSet::is_empty) {
        return Vec::new();
    }
    let known = |date: Date| {
        let at = before.partition_point(|run| run.to < date);
        before.get(at).filter(|run| run.from <= date)
    };
    let first = merged.first().map(|bar| bar.date.date());
    let earlier = unread(before, first, |run| (run.from, run.to));
    let earlier = earlier.map(|(run, to)| ConfirmedRun { to, ..run.clone() });
    let mut runs: Vec<ConfirmedRun> = earlier.collect();
    let mut is_open =
        first.is_some_and(|first| before.iter().any(|it| it.from < first && first <= it.to));
    for bar in merged.bars() {
        let date = bar.date.date();
        let is_as_before = stored
            .get(date)
            .is_some_and(|it| it.prices() == bar.prices());
        let mut by: BTreeSet<String> = news.get(&date).cloned().unwrap_or_default();
        if let Some(run) = known(date).filter(|_| is_as_before) {
            by.extend(run.by.iter().cloned());
        }
        if by.is_empty() {
            is_open = false;
            continue;
        }
        let by: Vec<String> = by.into_iter().collect();
        match runs.last_mut() {
            Some(run) if is_open && run.by == by => run.to = date,
            _ => runs.push(ConfirmedRun {
                from: date,
                to: date,
                by,
            }),
        }
        is_open = true;
    }
    runs
}

/// Number of lineages that say the same of a row, its vendor's among them → such rows of a listing, where
/// others were asked. `calendar` has its sessions, of which `holes` have no row.
pub fn confirmed_rows(
    runs: &[ConfirmedRun],
    holes: impl Fn(Date) -> bool,
    calendar: &Calendar,
) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for run in runs {
        let sessions = calendar.sessions(SessionRange::inclusive(run.from, run.to));
        let rows = sessions.filter(|session| !holes(session.date()));
        *counts.entry(run.by.len() + 1).or_default() += rows.count();
    }
    counts
}

/// The parts of runs that lie before the first row that was read, with their last date.
fn unread<T>(
    runs: &[T],
    first: Option<Date>,
    span: impl Fn(&T) -> (Date, Date),
) -> impl Iterator<Item = (&T, Date)> {
    runs.iter().filter_map(move |run| {
        let (from, to) = span(run);
        match first {
            None => Some((run, to)),
            Some(first) if from < first => {
                let before = first.yesterday().unwrap_or(first);
                Some((run, to.min(before)))
            }
            Some(_) => None,
        }
    })
}

/// What is wrong with runs, for a proof; `None` if nothing is.
pub fn fault_of<'a>(
    spans: impl Iterator<Item = (Date, Date)> + 'a,
    stored: Option<(Date, Date)>,
) -> Option<String> {
    let mut last: Option<Date> = None;
    for (from, to) in spans {
        let is_inside = stored.is_some_and(|(first, newest)| first <= from && to <= newest);
        if from > to || !is_inside || last.is_some_and(|last| from <= last) {
            return Some(format!(
                "a run from {from} to {to} is not among the rows in order"
            ));
        }
        last = Some(to);
    }
    None
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
