//! From a vendor's answer to as-traded rows. Pure.
//!
//! Yahoo divides its whole history by every new split, rounds the result to six decimals and then
//! to float32. Multiplying by the splits known at the moment of the answer undoes the division;
//! [`snap`] undoes both roundings, so that one session fetched before and after a split gives the
//! same bits. Source: docs/data-model.md "Price basis", ADR-0001.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::refusal::{RefusalRule, RefusedRow};
use quantx_calendar::Calendar;
use quantx_market::{
    ActionSet, AsTradedHistory, AsTradedRow, Bar, BarFault, BarSeries, Date, DeclaredAction,
    InstrumentKind, RefusedAction, RowStamps, TradingDate, Undecided, VendorHistory, VendorRow,
};

/// What decides which rows of an answer may be stored.
#[derive(Debug, Clone, Copy)]
pub struct Finality<'a> {
    /// What the listing is.
    pub kind: InstrumentKind,
    /// Sessions of the exchange.
    pub calendar: &'a Calendar,
    /// How long after the close a bar may become final.
    pub lag: Duration,
    /// The run's idea of now.
    pub now: Timestamp,
    /// How far open and close may lie outside low..high, as a share of it.
    pub range_tolerance: f64,
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
    /// Why no row may be stored, where the basis cannot be decided yet.
    pub undecided: Option<Undecided>,
    /// Rows that broke a rule, with what they said.
    pub refused: Vec<RefusedRow>,
    /// Sessions for which the vendor sent a row without prices.
    pub null_sessions: Vec<TradingDate>,
    /// Rows on dates without a session, ascending.
    pub off_session: Vec<OffSessionRow>,
    /// As-traded shares that one share of the vendor's volume stands for, of the rows where it is
    /// more than one: reverse splits came later, and the vendor rounds to whole shares.
    pub volume_units: BTreeMap<Date, f64>,
    /// Sessions whose row was not final yet.
    pub live_sessions: Vec<TradingDate>,
    /// Rows dropped because another row had the same date.
    pub duplicate_rows: usize,
}

/// A row on a date that the calendar calls closed.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OffSessionRow {
    /// The date.
    pub date: Date,
    /// Shares traded, if the vendor says so: with any the exchange was open, or the row is another's.
    pub volume: Option<f64>,
}

impl OffSessionRow {
    /// Whether the vendor reports any volume.
    pub fn is_traded(&self) -> bool {
        self.volume.is_some_and(|volume| volume > 0.0)
    }
}

impl Fetched {
    /// As-traded shares that one share of the vendor's volume on `date` stands for, at least 1.
    pub fn volume_unit(&self, date: Date) -> f64 {
        self.volume_units.get(&date).copied().unwrap_or(1.0)
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

/// Makes bars and actions of an answer whose split adjustment is undone; keeps only final rows on
/// sessions, and rounds what is left to what was printed.
pub fn final_rows(
    history: &VendorHistory,
    as_traded: &AsTradedHistory,
    finality: Finality<'_>,
) -> Fetched {
    let mut fetched = Fetched {
        duplicate_rows: history.duplicate_rows,
        actions: snapped(as_traded),
        refused_actions: history.refused_actions.clone(),
        undecided: as_traded.undecided.clone(),
        ..Fetched::default()
    };
    let newest = history.rows.iter().rposition(|row| !row.is_null());
    let mut bars = Vec::with_capacity(history.rows.len());
    // Rows come newest first: what is older than a session that is over is over.
    let mut reached_over = false;
    let rows = history.rows.iter().zip(&as_traded.rows).enumerate();
    for (index, (row, traded)) in rows.rev() {
        let Some(session) = finality.calendar.session(row.date) else {
            // A volume without a price is no trade.
            let volume = traded.volume.filter(|_| !row.is_null());
            let date = row.date;
            fetched.off_session.push(OffSessionRow { date, volume });
            continue;
        };
        reached_over = reached_over || is_over(session, finality);
        let is_settled = Some(index) != newest
            || is_official(row, history, finality.kind)
            || is_long_over(session, finality);
        if !reached_over || !is_settled {
            fetched.live_sessions.push(session);
            continue;
        }
        if row.is_null() {
            fetched.null_sessions.push(session);
            continue;
        }
        if traded.factor < 1.0 {
            fetched.volume_units.insert(row.date, 1.0 / traded.factor);
        }
        match bar(traded, session, finality) {
            Ok(bar) => bars.push(bar),
            Err(fault) => fetched.refused.push(refused(traded, fault)),
        }
    }
    fetched.null_sessions.reverse();
    fetched.refused.reverse();
    fetched.off_session.reverse();
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

/// Sessions after which the newest row is final whatever its stamp: a halted or dead listing keeps
/// the stamp of its last trade for ever. The vendor's official bar comes within hours and its
/// restated volume the day after (measured on Yahoo), so a week has seen both.
const LONG_OVER_SESSIONS: usize = 5;

/// Whether so many later sessions are over that nobody works on the session's row any more.
fn is_long_over(session: TradingDate, finality: Finality<'_>) -> bool {
    let last = finality
        .calendar
        .last_closed_session(finality.now, finality.lag);
    let back = last.and_then(|last| finality.calendar.back(last, LONG_OVER_SESSIONS));
    back.is_some_and(|back| session <= back)
}

/// Whether the newest row is the session's official one: with its stamp, and nothing of it still to
/// be written. Prices without a volume are a row that the vendor has not finished, of what has one.
fn is_official(row: &VendorRow, history: &VendorHistory, kind: InstrumentKind) -> bool {
    let has_official_stamp = match history.stamps {
        RowStamps::OpenOrLastTrade => has_opening_stamp(row, history),
        RowStamps::EndOfDay => true,
    };
    let is_whole = match kind.has_volume() {
        true => row.is_complete(),
        false => row.known_prices().iter().all(Option::is_some),
    };
    has_official_stamp && is_whole
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

fn bar(row: &AsTradedRow, session: TradingDate, finality: Finality<'_>) -> Result<Bar, BarFault> {
    let (prices, volume) = (snapped_prices(row), known_volume(row));
    let bar = Bar::of(finality.kind, session, prices, volume)?;
    bar.check_range(finality.range_tolerance)?;
    Ok(bar)
}

fn snapped_prices(row: &AsTradedRow) -> [Option<f64>; 4] {
    row.prices
        .map(|price| price.map(|value| snap(value, row.factor)))
}

/// The shares that were traded, or nothing where the vendor cannot know: it divides by reverse
/// splits and rounds to whole shares, so that its 0 may be a volume of up to half a share of its own.
fn known_volume(row: &AsTradedRow) -> Option<f64> {
    let hides_shares = 0.5 / row.factor >= 1.0;
    row.volume.filter(|volume| *volume != 0.0 || !hides_shares)
}

fn refused(row: &AsTradedRow, fault: BarFault) -> RefusedRow {
    RefusedRow {
        date: row.date,
        rule: RefusalRule::from(&fault),
        reason: fault.to_string(),
        prices: snapped_prices(row),
        volume: row.volume,
        others: Vec::new(),
    }
}

/// The actions with their cash rounded to what was declared.
fn snapped(as_traded: &AsTradedHistory) -> ActionSet {
    let actions = as_traded.actions.iter();
    let actions = actions.map(
        |DeclaredAction { action, factor, .. }| match action.kind.cash() {
            Some(cash) => action.with_cash(snap(cash, *factor)),
            None => *action,
        },
    );
    actions.collect()
}

#[cfg(test)]
mod tests;
