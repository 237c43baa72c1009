//! What a vendor has of a listing at an instant: the truth, as far as it is out, with what it gets wrong.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::faults::VendorFault;
use super::{Question, VendorProtocol};
use crate::random::{SplitMix64, day};
use crate::truth::{DailyRow, SymbolTruth};
use quantx_market::{Action, ActionKind};

/// Seconds after the close after which a vendor's first rows are out, and after which they are final.
const OUT: i64 = 15 * 60;
const FINAL: i64 = 3 * 3_600;

/// One listing as a vendor has it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) truth: Arc<SymbolTruth>,
    /// As traded, ascending.
    pub(super) rows: Vec<DailyRow>,
    /// As declared, ascending, up to the exchange's date.
    pub(super) actions: Vec<Action>,
}

/// What `protocol` has of `symbol`, or nothing where it does not know it.
pub(super) fn listed(
    protocol: VendorProtocol,
    question: &Question<'_>,
    symbol: &str,
) -> Option<Listed> {
    let truth = question.market.truth(symbol)?;
    let today = question.now.to_zoned(truth.venue.zone.clone()).date();
    if !truth.answers_on(today) {
        return None;
    }
    let faults: Vec<&VendorFault> = question
        .faults
        .iter()
        .filter(|fault| fault.is_of(protocol, symbol))
        .collect();
    let rows = truth.rows.iter();
    let rows = rows.filter_map(|row| {
        let since_close = since_close(&truth, row.date, question.now)?;
        let row = own(protocol, &truth.symbol, row, since_close);
        faults
            .iter()
            .try_fold(row, |row, fault| fault.row(row, &truth, today))
    });
    let rows = rows.collect();
    let mut actions: Vec<Action> = truth
        .actions
        .iter()
        .filter(|action| action.ex_date <= today)
        .filter(|action| faults.iter().all(|fault| !fault.hides(action)))
        .copied()
        .collect();
    actions.extend(faults.iter().filter_map(|fault| fault.event(today)));
    actions.sort_by_key(|action| action.ex_date);
    Some(Listed {
        truth,
        rows,
        actions,
    })
}

/// Seconds since the row was out; `None` before.
fn since_close(truth: &SymbolTruth, date: Date, now: Timestamp) -> Option<i64> {
    let sessions = &truth.venue.sessions;
    let close = match sessions.index_of(date).and_then(|at| sessions.get(at)) {
        Some(session) => session.close,
        None => truth.venue.stamp(date, truth.venue.facts.close),
    };
    let since = now.as_second().saturating_sub(close);
    (since >= OUT).then_some(since)
}

/// A vendor's own way with a row.
fn own(protocol: VendorProtocol, symbol: &str, row: &DailyRow, since_close: i64) -> DailyRow {
    let mut random = SplitMix64::of(0, symbol, &[day(row.date)]);
    let mut shown = *row;
    match protocol {
        VendorProtocol::Eodhd if since_close < FINAL => {
            // Right after the close volumes are 1 to 5 % low.
            let share = 0.95 + 0.04 * random.fraction();
            shown.volume = row.volume.map(|volume| (volume as f64 * share) as u64);
        }
        VendorProtocol::Tiingo => {
            // Sub-penny prints stay, where the others round to the cent.
            let below = random.between(-4, 4) as f64 / 1_000.0;
            let is_odd = random.between(0, 9) == 0;
            let moved = |price: f64| ((price + below) * 1e4).round() / 1e4;
            if is_odd && row.low.is_some_and(|low| low > 1.0) {
                let prices = [row.open, row.high, row.low, row.close];
                [shown.open, shown.high, shown.low, shown.close] =
                    prices.map(|price| price.map(moved));
            }
            shown.volume = row
                .volume
                .map(|volume| volume.saturating_add(random.draw() % 50));
        }
        VendorProtocol::Alpaca => {
            let share = 1.0 - 0.003 * random.fraction();
            shown.volume = row
                .volume
                .map(|volume| (volume as f64 * share).round() as u64);
        }
        // The exchange gives no open.
        VendorProtocol::Hkex => shown.open = None,
        VendorProtocol::Yahoo | VendorProtocol::Eodhd => {}
    }
    shown
}

impl Listed {
    /// What the volume and cash of `date` are divided by, where a vendor divides them: all later splits.
    pub(super) fn later_splits(&self, date: Date) -> f64 {
        let splits = self.actions.iter().filter(|action| action.ex_date > date);
        let ratios = splits.filter_map(|action| action.kind.split_ratio());
        ratios.map(|ratio| ratio.get()).product()
    }

    /// Cash and split ratio of a date: 0 and 1 where nothing happened.
    pub(super) fn events_on(&self, date: Date) -> (f64, f64) {
        let on = self.actions.iter().filter(|action| action.ex_date == date);
        on.fold((0.0, 1.0), |(cash, split), action| match action.kind {
            ActionKind::Split { .. } => {
                let ratio = action.kind.split_ratio().map_or(1.0, |ratio| ratio.get());
                (cash, split * ratio)
            }
            ActionKind::Dividend { amount } | ActionKind::CapitalGain { amount } => {
                (cash + amount, split)
            }
        })
    }
}
