//! A page of `bars` → rows by symbol. Pure.

use std::collections::BTreeMap;

use super::wire;
use crate::ParseError;
use crate::rows::DayValues;
use jiff::civil::Time;
use quantx_market::{Exchange, VendorRow};

/// One page of an answer.
#[derive(Debug, Clone, Default)]
pub struct BarsPage {
    /// By the vendor's symbol, each in the order of the answer.
    pub rows: BTreeMap<String, Vec<VendorRow>>,
    /// Where the next page is, `None` on the last.
    pub next: Option<String>,
}

/// Reads a page of an answer of `bars`.
///
/// # Errors
/// [`ParseError`] when it is none, or when a row is not stamped with a midnight of the exchange: then the
/// vendor changed the interval.
pub fn parse_bars(body: &[u8], exchange: &Exchange) -> Result<BarsPage, ParseError> {
    let wire: wire::Bars = serde_json::from_slice(body).map_err(ParseError::Json)?;
    let mut page = BarsPage {
        rows: BTreeMap::new(),
        next: wire.next_page_token.filter(|token| !token.is_empty()),
    };
    for (symbol, bars) in wire.bars.unwrap_or_default() {
        let rows = bars.into_iter().map(|bar| {
            let local = exchange.time_zone.to_datetime(bar.t);
            if local.time() != Time::midnight() {
                return Err(ParseError::WrongGranularity {
                    got: bar.t.to_string(),
                });
            }
            let values = DayValues {
                prices: [bar.o, bar.h, bar.l, bar.c].map(Some),
                volume: Some(bar.v),
            };
            values.on(local.date(), &exchange.time_zone)
        });
        let rows: Vec<VendorRow> = rows.collect::<Result<_, _>>()?;
        page.rows.insert(symbol, rows);
    }
    Ok(page)
}
