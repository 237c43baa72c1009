//! Events found again in the committed files' own columns. Pure.
//!
//! `Dividends` and `Stock Splits` hold sums per session; kind, terms and ex-dates between sessions
//! are lost. So what is found is a guess, and the hash of events that every file carries is its proof.

use std::collections::BTreeMap;

use super::derived::own_bars;
use super::raw_year::RawYear;
use crate::adjust::{self, Adjustment};
use crate::codec;
use crate::revision;
use crate::schema::metadata;
use quantx_market::{Action, ActionKind, ActionSet, Bar, BarSeries, Date, TradingDate};

/// Largest denominator of a split that is tried.
const MAX_DENOMINATOR: u32 = 1000;

/// Events that give every one of `files` the hash it carries, as near to `known` as possible; `None`
/// if none are found. `files` are whole histories: their rows are right.
pub(super) fn find(files: &BTreeMap<i16, &RawYear>, known: &ActionSet) -> Option<ActionSet> {
    let bars = files.iter().flat_map(|(year, raw)| own_bars(*year, raw));
    let bars = BarSeries::new(bars.collect());
    if are_proven(files, &bars, known) {
        return Some(known.clone());
    }
    let kinds: [fn(f64) -> ActionKind; 2] = [
        |amount| ActionKind::Dividend { amount },
        |amount| ActionKind::CapitalGain { amount },
    ];
    let guesses = kinds.map(|kind| guess(files, &bars, known, kind));
    let mut guesses = guesses.into_iter().flatten();
    guesses.find(|guess| are_proven(files, &bars, guess))
}

/// Whether `actions` are those that all files were derived from.
pub(super) fn are_proven(
    files: &BTreeMap<i16, &RawYear>,
    bars: &BarSeries,
    actions: &ActionSet,
) -> bool {
    let mut before: Option<Date> = None;
    bars.years().all(|(year, bars)| {
        let of_year = revision::actions_of_year(actions, before, bars);
        before = bars.last().map(|bar| bar.date.date());
        let carried = files.get(&year).map(|raw| raw.says(metadata::ACTIONS_HASH));
        carried == Some(codec::actions_hash(&of_year).as_str())
    })
}

/// `known`, changed where it marks other sessions or sums than the files.
fn guess(
    files: &BTreeMap<i16, &RawYear>,
    bars: &BarSeries,
    known: &ActionSet,
    cash: fn(f64) -> ActionKind,
) -> Option<ActionSet> {
    let marks = marks(files);
    let computed = adjust::adjust(bars.bars(), None, known);
    let mut found = known.clone();
    let mut previous: Option<TradingDate> = None;
    for (index, bar) in bars.bars().iter().enumerate() {
        let (dividend, split) = *marks.get(&bar.date.date())?;
        let (known_dividend, known_split) = mark(&computed, index);
        let ex_date = bar.date.date();
        if dividend.to_bits() != known_dividend.to_bits() {
            remove(&mut found, previous, bar, |kind| kind.cash().is_some());
            if dividend != 0.0 {
                let kind = cash(dividend);
                found.insert(Action { ex_date, kind });
            }
        }
        if split.to_bits() != known_split.to_bits() {
            remove(&mut found, previous, bar, |kind| kind.cash().is_none());
            if split != 0.0 {
                let kind = split_of(split)?;
                found.insert(Action { ex_date, kind });
            }
        }
        previous = Some(bar.date);
    }
    Some(found)
}

/// `Dividends` and `Stock Splits` of every session.
fn marks(files: &BTreeMap<i16, &RawYear>) -> BTreeMap<Date, (f64, f64)> {
    let rows = files.values().flat_map(|raw| {
        let [_, _, dividends, splits] = &raw.derived;
        raw.dates.iter().zip(dividends.iter().zip(splits))
    });
    rows.filter_map(|(date, (dividend, split))| Some(((*date)?, (*dividend, *split))))
        .collect()
}

fn mark(computed: &Adjustment, index: usize) -> (f64, f64) {
    let of = |column: &Vec<f64>| column.get(index).copied().unwrap_or(0.0);
    (of(&computed.dividends), of(&computed.splits))
}

/// Takes away the events that count for the session of `bar`.
fn remove(
    actions: &mut ActionSet,
    previous: Option<TradingDate>,
    bar: &Bar,
    is_meant: impl Fn(&ActionKind) -> bool,
) {
    let counts = |action: &&Action| {
        action.ex_date <= bar.date.date()
            && previous.is_none_or(|previous| action.ex_date > previous.date())
            && is_meant(&action.kind)
    };
    let meant: Vec<Action> = actions.iter().filter(counts).copied().collect();
    for action in &meant {
        actions.remove(action);
    }
}

/// The split of a ratio, in lowest terms.
fn split_of(ratio: f64) -> Option<ActionKind> {
    let mut terms = (1..=MAX_DENOMINATOR).map(|denominator| {
        let denominator = f64::from(denominator);
        ((ratio * denominator).round(), denominator)
    });
    let exact = |(numerator, denominator): &(f64, f64)| {
        (numerator / denominator).to_bits() == ratio.to_bits()
    };
    let (numerator, denominator) = terms.find(exact)?;
    Some(ActionKind::Split {
        numerator,
        denominator,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_a_split_in_lowest_terms() {
        for (ratio, expect) in [
            (4.0, (4.0, 1.0)),
            (0.1, (1.0, 10.0)),
            (1.5, (3.0, 2.0)),
            (8.0 / 7.0, (8.0, 7.0)),
            (1.0 / 3.0, (1.0, 3.0)),
        ] {
            let Some(ActionKind::Split {
                numerator,
                denominator,
            }) = split_of(ratio)
            else {
                panic!("{ratio}");
            };
            assert_eq!((numerator, denominator), expect);
        }
        assert!(split_of(std::f64::consts::PI).is_none());
    }
}
