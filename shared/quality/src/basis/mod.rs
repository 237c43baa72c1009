//! Which basis is each row of an answer on? Pure.
//!
//! A vendor divides its history by every split. But a split may be listed and not be in the prices
//! yet, be in some rows only, or be in the prices and no longer listed. So each split is decided
//! for itself, and where needed for each row, with evidence in this order:
//!
//! 1. **Stored rows.** A fetched row that equals the stored one times or over a split's ratio, in
//!    every price, is on another basis, whatever the other rows say ([`stored_evidence`]).
//! 2. **The step at the ex-date**, and steps of the split's size near it, against what is usual for
//!    the listing; the newest rows and the price now have the level that is true now ([`path`]).
//! 3. The vendor's adjusted close across the ex-date, where the step lies between the readings.
//!
//! What cannot be decided is not stored: the rows of before the ex-date are refused, and while the
//! split is one of the newest sessions, the whole listing waits for the bar that decides.
//! Source: docs/data-model.md, price basis; yfinance#2002, #1531, #1567.

mod path;
mod reader;
mod stored_evidence;
mod verdict;

#[cfg(test)]
mod pair_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

use super::flag::{Findings, Flag};
use super::impossible;
use super::inspected::Inspected;
use super::settings::{RuleSettings, Threshold};
use super::units;
use super::view::{Session, View};
use quantx_market::{Action, ActionKind, ActionSet, Bar, BasisReading, Date, VendorHistory};
use reader::Reader;
use stored_evidence::StoredEvidence;

/// What the lake knows of the listing, as evidence. Rows that a person released prove nothing and
/// are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Stored bars of the answer's dates, ascending.
    pub bars: &'a [Bar],
    /// The stored actions; `None` where the listing is new.
    pub actions: Option<&'a ActionSet>,
}

/// A split that the answer or the lake lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ListedSplit {
    pub(super) action: Action,
    /// New shares per old one.
    pub(super) ratio: f64,
    /// Whether the answer lists it; else only the lake does.
    pub(super) is_listed: bool,
    /// Index of the first session on or after the ex-date; the number of sessions if there is none.
    pub(super) at: usize,
}

impl ListedSplit {
    fn log_ratio(&self) -> f64 {
        self.ratio.ln()
    }

    /// As people write it: `10:1`.
    fn terms(&self) -> String {
        match self.action.kind {
            ActionKind::Split {
                numerator,
                denominator,
            } => format!("{numerator}:{denominator} of {}", self.action.ex_date),
            _ => self.action.ex_date.to_string(),
        }
    }
}

/// Reads the basis of every row of `history`. Splits that the evidence speaks against are taken out
/// of `history.actions`, and one that is in the prices although no longer listed is put back.
pub fn read(
    history: &mut VendorHistory,
    known: Known<'_>,
    settings: &RuleSettings,
) -> (BasisReading, Vec<Flag>) {
    let mut findings = Findings::new(settings);
    let applied = BasisReading::all_applied(history);
    let as_listed = applied.undo(history);
    let series = Inspected::of_answer(history, &as_listed);
    let mut view = View::new(&series, &impossible::off_level(&series, settings));
    let last_row = view.sessions.last().map(|session| session.date);
    let splits = splits(history, known, &view);
    if let (Some(last), Some(now)) = (last_row, history.market_price)
        && now.date > last
        && splits.iter().any(|split| split.action.ex_date > last)
    {
        // The price now may be of the ex-date already, before there is a row.
        view.sessions.push(Session::of_price(now.date, now.price));
    }
    let mut reader = Reader::new(view.sessions.len());
    let evidence = StoredEvidence::new(&as_listed, known.bars, &splits, &view);
    // Newest first: what is put on its level no longer disturbs the splits before.
    for (index, split) in splits.iter().enumerate().rev() {
        let at = view.first_on(split.action.ex_date);
        let split = ListedSplit { at, ..*split };
        let judged = verdict::judge(&view, split, &evidence.of(index), known.bars, settings);
        reader.take(&mut view, split, judged, &mut findings);
    }
    if known.actions.is_none() {
        reader.wait_for(units::undecided(&view, history.market_price, settings));
    }
    reader.flag_refused_rows(&evidence, &mut findings);
    let reading = reader.reading(history, &applied, &evidence, &view);
    (reading, findings.into_flags())
}

/// The splits of the answer, and those that only the lake has, ascending by ex-date.
fn splits(history: &VendorHistory, known: Known<'_>, view: &View) -> Vec<ListedSplit> {
    let vendor: ActionSet = history.actions.iter().copied().collect();
    let first = view.sessions.first().map_or(Date::MAX, |s| s.date);
    let stored = known.actions.into_iter().flat_map(ActionSet::iter);
    let vanished = stored.filter(|action| vendor.same_slot(action).is_none());
    let all = vendor.iter().map(|action| (action, true));
    let all = all.chain(vanished.map(|action| (action, false)));
    let mut splits: Vec<ListedSplit> = all
        .filter(|(action, _)| action.ex_date > first)
        .filter_map(|(action, is_listed)| {
            Some(ListedSplit {
                action: *action,
                ratio: action.kind.split_ratio()?.get(),
                is_listed,
                at: view.first_on(action.ex_date),
            })
        })
        .filter(|split| split.ratio != 1.0)
        .collect();
    splits.sort_by_key(|split| split.action.ex_date);
    splits
}

/// Sessions near the newest in which an undecided split lets the listing wait.
const NEWEST: usize = 10;

/// Whether the split's ex-date is among the newest sessions, or after them.
fn is_new(view: &View, split: ListedSplit) -> bool {
    split.at + NEWEST >= view.sessions.len()
}

/// The number of sessions around an ex-date in which rows may be on the wrong side of the split.
fn reach(settings: &RuleSettings) -> usize {
    settings.get(Threshold::SplitRows) as usize
}
