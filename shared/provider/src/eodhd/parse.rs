//! Bodies of `eod`, `splits` and `div` → a history. Pure.

use super::wire::{Dividend, Price, Split};
use crate::rows::{DayValues, as_traded_history, date};
use crate::{Events, ParseError};
use quantx_market::{
    Action, ActionKind, ActionSet, Date, Exchange, SplitFactors, VendorHistory, VendorRow,
};

/// Rows of `eod`, their volumes still divided by later splits.
#[derive(Debug, Clone)]
pub struct Prices {
    /// In the order of the answer.
    pub rows: Vec<VendorRow>,
    /// What the vendor says that the account's plan kept back.
    pub warning: Option<String>,
}

/// Reads the body of an answer of `eod`.
///
/// # Errors
/// [`ParseError`] when it is no list of rows.
pub fn parse_prices(body: &[u8], exchange: &Exchange) -> Result<Prices, ParseError> {
    let wire: Vec<Price> = serde_json::from_slice(body).map_err(ParseError::Json)?;
    let mut rows = Vec::with_capacity(wire.len());
    let mut warning = None;
    for row in wire {
        let values = DayValues {
            prices: [row.open, row.high, row.low, row.close],
            volume: row.volume,
        };
        rows.push(values.on(date(&row.date)?, &exchange.time_zone)?);
        warning = row.warning.or(warning);
    }
    Ok(Prices { rows, warning })
}

/// Reads the body of an answer of `splits`.
pub(super) fn parse_splits(body: &[u8]) -> Result<Vec<(Option<String>, Action)>, ParseError> {
    let wire: Vec<Split> = serde_json::from_slice(body).map_err(ParseError::Json)?;
    let splits = wire.into_iter().map(|split| {
        let part = |text: Option<&str>| text.and_then(|text| text.trim().parse().ok());
        let mut parts = split.split.split('/');
        // What is no number is as impossible as zero, and reported with the listing.
        let numerator = part(parts.next()).unwrap_or_default();
        let denominator = part(parts.next()).unwrap_or_default();
        let action = Action {
            ex_date: date(&split.date)?,
            kind: ActionKind::Split {
                numerator,
                denominator,
            },
        };
        Ok((split.code, action))
    });
    splits.collect()
}

/// A dividend with what it needs to be told apart: code and currency.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Payment {
    pub(super) code: Option<String>,
    pub(super) action: Action,
    pub(super) currency: Option<String>,
    /// Whether the amount is per share of the ex-date; else it is per share of today.
    pub(super) is_as_paid: bool,
}

/// Reads the body of an answer of `div`.
pub(super) fn parse_dividends(body: &[u8]) -> Result<Vec<Payment>, ParseError> {
    let wire: Vec<Dividend> = serde_json::from_slice(body).map_err(ParseError::Json)?;
    let payments = wire.into_iter().map(|dividend| {
        // Old rows have a zero where the amount as paid is not known.
        let as_paid = dividend.unadjusted_value.filter(|value| *value != 0.0);
        let amount = as_paid.or(dividend.value).unwrap_or_default();
        Ok(Payment {
            code: dividend.code,
            action: Action {
                ex_date: date(&dividend.date)?,
                kind: ActionKind::Dividend { amount },
            },
            currency: dividend.currency,
            is_as_paid: as_paid.is_some(),
        })
    });
    payments.collect()
}

/// The history of one listing: volumes and amounts that the vendor divided are multiplied back.
///
/// The splits must reach up to now, whatever range of rows is asked for.
pub(super) fn history(
    exchange: &Exchange,
    mut rows: Vec<VendorRow>,
    splits: Vec<(Option<String>, Action)>,
    dividends: Vec<Payment>,
    start: Date,
) -> Result<VendorHistory, ParseError> {
    let mut events = Events::default();
    for (_, split) in splits {
        events.add(split);
    }
    let known: ActionSet = events.clone().joined().actions.into_iter().collect();
    for payment in dividends {
        let divided_by = match payment.is_as_paid {
            true => 1.0,
            false => known.split_factor_after(payment.action.ex_date),
        };
        let amount = payment.action.kind.cash().unwrap_or_default();
        let action = payment.action.with_cash(amount * divided_by);
        let quoted = Some(exchange.currency.as_str());
        events.add_cash(action, payment.currency.as_deref(), quoted);
    }
    let mut later = SplitFactors::new(&known);
    for row in rows.iter_mut().rev() {
        let factor = later.after(row.date);
        if factor != 1.0 {
            // The vendor rounds to whole shares; so does what is undone.
            row.volume = row.volume.map(|volume| (volume / factor).round());
        }
    }
    as_traded_history(exchange, rows, events.joined(), start)
}
