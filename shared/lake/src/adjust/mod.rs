//! Adjustment for splits and dividends by the CRSP rule. Pure.
//!
//! Going back in time, an ex-date `e` with cash `D` and previous traded close `C` (in the share
//! basis of `e`, after a split of that day) multiplies every earlier price by `f = 1 - D / C`;
//! splits divide. Volume is never touched by dividends. Sources: CRSP, LEAN and zipline agree;
//! docs/data-model.md, Adjustment.

use std::collections::BTreeSet;

use quantx_market::{
    Action, ActionKind, ActionSet, Bar, Date, RefusedAction, SplitFactors, VendorHistory,
};

/// The derived columns of a run of bars, one value per bar.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adjustment {
    /// Close adjusted for every action of the run; equals the close on the last bar.
    pub adjusted_close: Vec<f64>,
    /// Product of the ratios of all splits after the session.
    pub split_factor: Vec<f64>,
    /// Cash per share that goes ex on the session, dividends and capital gains together.
    pub dividends: Vec<f64>,
    /// Ratio of a split effective on the session, 0.0 if none.
    pub splits: Vec<f64>,
    /// What the cash actions after the first bar left of an earlier price: earlier bars, left out
    /// here, are adjusted by this.
    pub cash_left: f64,
    /// Actions that could not be applied.
    pub refused: Vec<RefusedAction>,
}

/// Computes the derived columns of `bars`, which must be ascending and reach to the last bar of
/// the listing. Earlier bars may be left out, which changes nothing but their own rows; `previous`
/// is then the date of the last bar left out.
///
/// An action between sessions counts for the first bar on or after it; one after the last bar is
/// not applied yet, so that the last adjusted close stays the close.
pub fn adjust(bars: &[Bar], previous: Option<Date>, actions: &ActionSet) -> Adjustment {
    let mut out = Adjustment {
        adjusted_close: vec![0.0; bars.len()],
        split_factor: vec![0.0; bars.len()],
        dividends: vec![0.0; bars.len()],
        splits: vec![0.0; bars.len()],
        cash_left: 1.0,
        refused: Vec::new(),
    };
    let Some(last) = bars.last().map(|bar| bar.date.date()) else {
        return out;
    };
    let applied: ActionSet = actions
        .iter()
        .filter(|action| action.ex_date <= last)
        .copied()
        .collect();
    mark_sessions(bars, previous, &applied, &mut out);
    let mut cash = applied
        .iter()
        .filter(|action| action.kind.cash().is_some())
        .rev()
        .peekable();
    let mut factors = SplitFactors::new(&applied);
    for (index, bar) in bars.iter().enumerate().rev() {
        let date = bar.date.date();
        let factor = factors.after(date);
        while let Some(action) = cash.next_if(|action| action.ex_date > date) {
            // This bar is the previous traded one: every later bar is at or after the ex-date.
            let basis = factor / applied.split_factor_after(action.ex_date);
            match cash_factor(action, bar.close.get() / basis) {
                Ok(f) => out.cash_left *= f,
                Err(reason) => out.refused.push(RefusedAction {
                    action: *action,
                    reason,
                }),
            }
        }
        if let (Some(adjusted), Some(split)) = (
            out.adjusted_close.get_mut(index),
            out.split_factor.get_mut(index),
        ) {
            *adjusted = bar.close.get() * out.cash_left / factor;
            *split = factor;
        }
    }
    // What is left goes ex on or before the first bar: nothing earlier to adjust, nothing wrong.
    out.refused.reverse();
    out
}

/// `1 - D / C`, or why there is no such factor.
fn cash_factor(action: &Action, previous_close: f64) -> Result<f64, String> {
    let cash = action.kind.cash().unwrap_or(0.0);
    let factor = 1.0 - cash / previous_close;
    if factor > 0.0 && factor <= 1.0 {
        Ok(factor)
    } else {
        Err(format!(
            "{cash} per share against a previous close of {previous_close} leaves no price"
        ))
    }
}

/// Puts each action on the first session on or after its ex-date.
fn mark_sessions(bars: &[Bar], previous: Option<Date>, applied: &ActionSet, out: &mut Adjustment) {
    let Some(first) = bars.first().map(|bar| bar.date.date()) else {
        return;
    };
    for action in applied.iter() {
        // Before the first bar of all there is nothing to mark; before the first bar of a partial
        // run only what falls between it and the last bar left out belongs here.
        if action.ex_date < first && previous.is_none_or(|previous| action.ex_date <= previous) {
            continue;
        }
        let at = bars.partition_point(|bar| bar.date.date() < action.ex_date);
        match action.kind {
            ActionKind::Split { .. } => {
                if let (Some(slot), Some(ratio)) =
                    (out.splits.get_mut(at), action.kind.split_ratio())
                {
                    *slot = if *slot == 0.0 {
                        ratio.get()
                    } else {
                        *slot * ratio.get()
                    };
                }
            }
            ActionKind::Dividend { amount } | ActionKind::CapitalGain { amount } => {
                if let Some(slot) = out.dividends.get_mut(at) {
                    *slot += amount;
                }
            }
        }
    }
}

/// Largest difference between the vendor's own adjusted close and the rule above.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Checksum {
    /// Where.
    pub date: Date,
    /// The vendor's adjusted close.
    pub vendor: f64,
    /// The close of the same answer, adjusted here.
    pub ours: f64,
    /// `|vendor - ours| / ours`.
    pub difference: f64,
    /// The newest row that differs: what is missing or wrong lies right after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Rows compared.
    pub rows: usize,
}

impl Checksum {
    /// Beyond this a difference names a missing or wrong action. Source: yfinance's own tolerance.
    pub const TOLERANCE: f64 = 5e-5;

    /// Whether the vendor's column can be explained by the actions it sent.
    pub fn agrees(&self) -> bool {
        self.difference <= Self::TOLERANCE
    }
}

/// Recomputes the vendor's adjusted close from the vendor's closes and actions and returns the
/// worst row; `None` when the answer has no such column. Live rows count, as they do for the vendor.
pub fn vendor_checksum(history: &VendorHistory) -> Option<Checksum> {
    let last = history.rows.iter().rev().find(|row| !row.is_null())?.date;
    let until_last = checksum(history, |action| action.ex_date <= last)?;
    if until_last.agrees() {
        return Some(until_last);
    }
    // On the morning of an ex-date the vendor's column has the dividend before there is a row of it;
    // those of later days may be listed and not in the column yet.
    let dates = history.actions.iter().map(|action| action.ex_date);
    let later: BTreeSet<Date> = dates.filter(|date| *date > last).collect();
    let mut later = later.into_iter().take(LATER_DATES);
    let with_later = later.find_map(|date| {
        let sum = checksum(history, |action| action.ex_date <= date)?;
        sum.agrees().then_some(sum)
    });
    Some(with_later.unwrap_or(until_last))
}

/// Ex-dates after the last row that the vendor's column may know already.
const LATER_DATES: usize = 8;

fn checksum(history: &VendorHistory, counts: impl Fn(&Action) -> bool) -> Option<Checksum> {
    let mut cash: Vec<&Action> = history
        .actions
        .iter()
        .filter(|action| action.kind.cash().is_some() && counts(action))
        .collect();
    cash.sort_by_key(|action| action.ex_date);
    let mut cash_left = 1.0;
    let mut worst: Option<Checksum> = None;
    let mut rows = 0;
    let mut until = None;
    for row in history.rows.iter().rev() {
        let Some(close) = row.close else { continue };
        while let Some(action) = cash.pop_if(|action| action.ex_date > row.date) {
            cash_left *= cash_factor(action, close).unwrap_or(1.0);
        }
        let Some(vendor) = row.adjusted_close.filter(|value| value.is_finite()) else {
            continue;
        };
        rows += 1;
        let ours = close * cash_left;
        let difference = ((vendor - ours) / ours).abs();
        if difference > Checksum::TOLERANCE {
            until = until.or(Some(row.date));
        }
        if worst.is_none_or(|worst| difference > worst.difference) {
            worst = Some(Checksum {
                date: row.date,
                vendor,
                ours,
                difference,
                until: None,
                rows: 0,
            });
        }
    }
    worst.map(|worst| Checksum {
        until,
        rows,
        ..worst
    })
}

#[cfg(test)]
mod morning_tests;
#[cfg(test)]
mod tests;
