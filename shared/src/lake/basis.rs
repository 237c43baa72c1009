//! From a vendor's answer to as-traded rows. Pure.
//!
//! Yahoo divides its whole history by every new split, rounds the result to six decimals and then
//! to float32. Multiplying by the splits known at the moment of the answer undoes the division;
//! [`snap`] undoes both roundings, so that one session fetched before and after a split gives the
//! same bits. Source: docs/data-model.md "Price basis", ADR-0001.

use std::time::Duration;

use jiff::Timestamp;

use crate::calendar::Calendar;
use crate::market::{
    Action, ActionKind, ActionSet, Bar, BarFault, BarSeries, BasisReading, Date, RefusedAction,
    TradingDate, Undecided, VendorHistory, VendorRow,
};

/// What decides which rows of an answer may be stored.
#[derive(Debug, Clone, Copy)]
pub struct Finality<'a> {
    /// Sessions of the exchange.
    pub calendar: &'a Calendar,
    /// How long after the close a bar may become final.
    pub lag: Duration,
    /// The run's idea of now.
    pub now: Timestamp,
}

/// A vendor's answer in the lake's terms: what may be stored, and what became of the rest.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// Final and valid bars, as traded.
    pub bars: BarSeries,
    /// All actions of the answer, in as-declared amounts.
    pub actions: ActionSet,
    /// Events of the answer that cannot be.
    pub refused_actions: Vec<RefusedAction>,
    /// Why no row may be stored, where the basis cannot be told yet.
    pub undecided: Option<Undecided>,
    /// Rows that broke a rule, with what they said.
    pub refused: Vec<RefusedRow>,
    /// Sessions for which the vendor sent a row without prices.
    pub null_sessions: Vec<TradingDate>,
    /// Rows on dates without a session.
    pub off_session_rows: usize,
    /// Sessions whose row was not final yet.
    pub live_sessions: Vec<TradingDate>,
    /// Rows dropped because another row had the same date.
    pub duplicate_rows: usize,
}

/// A row that was not stored, and why. Goes to quarantine, in as-traded terms.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RefusedRow {
    /// The session.
    pub date: Date,
    /// Stable name of the rule that was broken.
    pub rule: String,
    /// What is wrong, for people.
    pub reason: String,
    /// Open, high, low, close as the vendor had them, split adjustment undone.
    pub prices: [Option<f64>; 4],
    /// Volume, split adjustment undone.
    pub volume: Option<f64>,
}

impl RefusedRow {
    /// Describes a well-formed bar that may not be stored for another reason.
    pub fn of_bar(bar: &Bar, rule: &str, reason: String) -> Self {
        Self {
            date: bar.date.date(),
            rule: rule.to_owned(),
            reason,
            prices: bar.prices().map(|price| Some(price.get())),
            volume: Some(bar.volume as f64),
        }
    }
}

/// Half a float32 unit in the last place, relative: Yahoo's second rounding.
const FLOAT32_ERROR: f64 = 0.6e-7;
/// Half a unit of the sixth decimal, with room for the multiplication: Yahoo's first rounding.
const SIX_DECIMALS_ERROR: f64 = 0.55e-6;

/// The shortest decimal that the vendor's roundings could have come from.
///
/// `value` is the vendor's number times `split_factor`. Both roundings add up, so the result
/// differs from it by at most `0.6e-7 * |value| + 0.55e-6 * split_factor`, or `1.2e-7 * |value|`
/// where that is more (ADR-0005). Where no decimal of up to nine places is that close, `value` itself.
pub fn snap(value: f64, split_factor: f64) -> f64 {
    let both = FLOAT32_ERROR * value.abs() + SIX_DECIMALS_ERROR * split_factor;
    let tolerance = both.max(2.0 * FLOAT32_ERROR * value.abs());
    let mut scale = 1.0;
    for _ in 0..=9 {
        let rounded = (value * scale).round() / scale;
        if (rounded - value).abs() <= tolerance && rounded != 0.0 {
            return rounded;
        }
        scale *= 10.0;
    }
    value
}

/// Turns an answer into as-traded bars and actions, each row by its factor in `reading`; keeps only
/// final rows on sessions.
pub fn as_traded(
    history: &VendorHistory,
    reading: &BasisReading,
    finality: Finality<'_>,
) -> Fetched {
    let mut fetched = Fetched {
        duplicate_rows: history.duplicate_rows,
        actions: as_declared(history, reading),
        refused_actions: history.refused_actions.clone(),
        undecided: reading.undecided.clone(),
        ..Fetched::default()
    };
    let newest = history.rows.iter().rposition(|row| !row.is_null());
    let mut bars = Vec::with_capacity(history.rows.len());
    // Rows come newest first: what is older than a session that is over is over.
    let mut reached_over = false;
    let rows = history.rows.iter().zip(&reading.factors).enumerate();
    for (index, (row, &factor)) in rows.rev() {
        let Some(session) = finality.calendar.session(row.date) else {
            fetched.off_session_rows += 1;
            continue;
        };
        reached_over = reached_over || is_over(session, finality);
        if !reached_over || (Some(index) == newest && !has_opening_stamp(row, history)) {
            fetched.live_sessions.push(session);
            continue;
        }
        if row.is_null() {
            fetched.null_sessions.push(session);
            continue;
        }
        match bar(row, session, factor) {
            Ok(bar) => bars.push(bar),
            Err(fault) => fetched.refused.push(refused(row, factor, fault)),
        }
    }
    fetched.null_sessions.reverse();
    fetched.refused.reverse();
    fetched.bars = BarSeries::new(bars);
    fetched
}

/// Whether the session's bar can be final by the clock.
fn is_over(session: TradingDate, finality: Finality<'_>) -> bool {
    let close = finality.calendar.close(session);
    close
        .checked_add(finality.lag)
        .is_ok_and(|over| over <= finality.now)
}

/// Whether the row is stamped with its session's open, as an official bar is.
///
/// A live bar is stamped with the last trade and keeps changing for hours after the close. Without
/// a regular period in the answer nothing tells live from official, and the newest row is live.
fn has_opening_stamp(row: &VendorRow, history: &VendorHistory) -> bool {
    let Some(period) = history.regular_period else {
        return false;
    };
    let local_time = |stamp: Timestamp| stamp.to_zoned(history.time_zone.clone()).time();
    local_time(row.stamp) == local_time(period.start)
}

fn bar(row: &VendorRow, session: TradingDate, factor: f64) -> Result<Bar, BarFault> {
    const COLUMNS: [&str; 4] = ["open", "high", "low", "close"];
    let mut prices = [0.0; 4];
    let values = [row.open, row.high, row.low, row.close];
    for ((price, value), column) in prices.iter_mut().zip(values).zip(COLUMNS) {
        let value = value.ok_or(BarFault::MissingPrice { column })?;
        *price = snap(value * factor, factor);
    }
    let volume = row.volume.ok_or(BarFault::MissingVolume)?;
    Bar::new(session, prices, volume / factor)
}

fn refused(row: &VendorRow, factor: f64, fault: BarFault) -> RefusedRow {
    let undo = |price: Option<f64>| price.map(|value| snap(value * factor, factor));
    RefusedRow {
        date: row.date,
        rule: fault.rule().to_owned(),
        reason: fault.to_string(),
        prices: [row.open, row.high, row.low, row.close].map(undo),
        volume: row.volume.map(|volume| volume / factor),
    }
}

/// Cash amounts per share that traded on the ex-date: the vendor divides them like prices.
fn as_declared(history: &VendorHistory, reading: &BasisReading) -> ActionSet {
    let vendor: ActionSet = history.actions.iter().copied().collect();
    let declared = vendor.iter().zip(&reading.cash_factors);
    let declared = declared.map(|(action, &factor)| Action {
        ex_date: action.ex_date,
        kind: match action.kind {
            ActionKind::Dividend { amount } => ActionKind::Dividend {
                amount: snap(amount * factor, factor),
            },
            ActionKind::CapitalGain { amount } => ActionKind::CapitalGain {
                amount: snap(amount * factor, factor),
            },
            split @ ActionKind::Split { .. } => split,
        },
    });
    declared.collect()
}

#[cfg(test)]
#[path = "basis_tests.rs"]
mod tests;
