//! A body of daily prices → a history. Pure.

use super::wire::Price;
use crate::rows::{DayValues, as_traded_history, date, split_terms};
use crate::{Events, ParseError};
use quantx_market::{Action, ActionKind, Date, Exchange, VendorHistory};

/// Reads the body of an answer to a question for prices from `start` on.
///
/// # Errors
/// [`ParseError`] when it is no list of prices, or one that does not ascend.
pub fn parse_history(
    body: &[u8],
    exchange: &Exchange,
    start: Date,
) -> Result<VendorHistory, ParseError> {
    let wire: Vec<Price> = serde_json::from_slice(body).map_err(ParseError::Json)?;
    let mut rows = Vec::with_capacity(wire.len());
    let mut events = Events::default();
    for price in wire {
        let ex_date = date(&price.date)?;
        if price.split_factor != 1.0 {
            let (numerator, denominator) = split_terms(price.split_factor);
            let kind = ActionKind::Split {
                numerator,
                denominator,
            };
            events.add(Action { ex_date, kind });
        }
        let amount = price.div_cash;
        let kind = ActionKind::Dividend { amount };
        events.add(Action { ex_date, kind });
        let values = DayValues {
            prices: [price.open, price.high, price.low, price.close],
            volume: price.volume,
        };
        rows.push(values.on(ex_date, &exchange.time_zone)?);
    }
    as_traded_history(exchange, rows, events.joined(), start)
}
