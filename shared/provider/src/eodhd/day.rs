//! Bodies of `eod-bulk-last-day` → an exchange's day. Pure.

use std::collections::BTreeMap;

use super::parse::{parse_dividends, parse_splits};
use super::symbols::{Code, code};
use super::wire::DayPrice;
use crate::rows::{DayValues, date};
use crate::{DayBars, DayRow, Events, LeftOut, ParseError, TradingState};
use quantx_market::{Action, Date, Exchange, Listing};

/// The three bodies of one day.
#[derive(Debug, Clone, Copy)]
pub struct DayBodies<'a> {
    /// Without a type: the rows.
    pub prices: &'a [u8],
    /// Of type `splits`.
    pub splits: &'a [u8],
    /// Of type `dividends`.
    pub dividends: &'a [u8],
}

/// Reads an exchange's day. Volumes are as the vendor has them now: of a date before a later split they
/// are divided by it, so days are asked while they are new.
///
/// # Errors
/// [`ParseError`] when a body is no list of rows.
pub fn parse_day(
    bodies: DayBodies<'_>,
    exchange: &Exchange,
    day: Date,
) -> Result<DayBars, ParseError> {
    let wire: Vec<DayPrice> = serde_json::from_slice(bodies.prices).map_err(ParseError::Json)?;
    let mut left_out = LeftOut::default();
    let mut rows = Vec::with_capacity(wire.len());
    for price in wire {
        let listing = match code(exchange, &price.code) {
            Code::Listing(listing) => listing,
            Code::Fund => {
                left_out.funds += 1;
                continue;
            }
            Code::Delisted => {
                left_out.delisted += 1;
                continue;
            }
            Code::Unreadable => {
                left_out.unreadable += 1;
                continue;
            }
        };
        if date(&price.date)? != day {
            left_out.stale += 1;
            continue;
        }
        let values = DayValues {
            prices: [price.open, price.high, price.low, price.close],
            volume: price.volume,
        };
        rows.push(DayRow {
            listing,
            row: values.on(day, &exchange.time_zone)?,
            state: match price.volume {
                Some(volume) if volume > 0.0 => TradingState::Traded,
                _ => TradingState::NoTrade,
            },
            currency: None,
        });
    }
    let events = events(bodies, exchange, day)?;
    Ok(DayBars::new(
        exchange.code.clone(),
        day,
        rows,
        events,
        left_out,
    ))
}

fn events(
    bodies: DayBodies<'_>,
    exchange: &Exchange,
    day: Date,
) -> Result<BTreeMap<Listing, Events>, ParseError> {
    let mut events: BTreeMap<Listing, Events> = BTreeMap::new();
    let listing = |theirs: Option<&str>, action: &Action| {
        let found = code(exchange, theirs.unwrap_or_default());
        match found {
            Code::Listing(listing) if action.ex_date == day => Some(listing),
            _ => None,
        }
    };
    for (theirs, split) in parse_splits(bodies.splits)? {
        if let Some(listing) = listing(theirs.as_deref(), &split) {
            events.entry(listing).or_default().add(split);
        }
    }
    let quoted = Some(exchange.currency.as_str());
    for payment in parse_dividends(bodies.dividends)? {
        if let Some(listing) = listing(payment.code.as_deref(), &payment.action) {
            let events = events.entry(listing).or_default();
            events.add_cash(payment.action, payment.currency.as_deref(), quoted);
        }
    }
    let joined = events
        .into_iter()
        .map(|(listing, events)| (listing, events.joined()));
    Ok(joined.collect())
}
