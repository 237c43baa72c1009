//! A body of the v8 chart → [`VendorHistory`]. Pure.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use serde::de::Error as _;

use super::events::read_actions;
use super::wire::{self, Answer, History, Meta, Period, Quote};
use crate::{Events, ParseError};
use quantx_market::{
    Date, MarketPrice, RegularPeriod, RowStamps, ShareBasis, VendorHistory, VendorRow,
};

/// What a readable body says.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// At least one row.
    History(Box<VendorHistory>),
    /// The symbol is known and there is no row in the range.
    NoData,
    /// The vendor gives a reason instead of data.
    Refused(VendorFault),
}

/// The vendor's own reason for not answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorFault {
    /// `Not Found`, `Bad Request`, `Unprocessable Entity`, `Unauthorized`.
    pub code: String,
    /// A sentence for people.
    pub description: String,
}

/// Reads the body of a chart answer to a question for daily bars of `requested`.
///
/// Rows keep the vendor's numbers as they are; what comes out has one row per date, ascending.
///
/// # Errors
/// [`ParseError`] when the body is not what was asked for or contradicts itself.
pub fn parse_chart(bytes: &[u8], requested: &str) -> Result<Parsed, ParseError> {
    let answer: Answer = wire::read(bytes).map_err(ParseError::Json)?;
    if let Some(fault) = answer.chart.error {
        return Ok(Parsed::Refused(VendorFault {
            code: fault.code,
            description: fault.description,
        }));
    }
    let mut results = answer.chart.result.unwrap_or_default();
    let (Some(history), true) = (results.pop(), results.is_empty()) else {
        let error = serde_json::Error::custom("neither one result nor an error");
        return Err(ParseError::Json(error));
    };
    check_identity(&history.meta, requested)?;
    if history.timestamp.is_empty() {
        return Ok(Parsed::NoData);
    }
    read_history(history).map(|history| Parsed::History(Box::new(history)))
}

fn check_identity(meta: &Meta, requested: &str) -> Result<(), ParseError> {
    if meta.symbol != requested {
        return Err(ParseError::WrongSymbol {
            asked: requested.to_owned(),
            got: meta.symbol.clone(),
        });
    }
    // A long range silently changes the interval to months.
    if meta.data_granularity != "1d" {
        return Err(ParseError::WrongGranularity {
            got: meta.data_granularity.clone(),
        });
    }
    Ok(())
}

fn read_history(history: History) -> Result<VendorHistory, ParseError> {
    let meta = history.meta;
    let dates = ExchangeDates::new(meta.exchange_timezone_name.as_deref().unwrap_or_default())?;
    let regular_period = meta
        .current_trading_period
        .and_then(|periods| periods.regular)
        .map(regular_period)
        .transpose()?;
    let opening = regular_period.map(|regular| dates.local(regular.start).time());
    let quote = history.indicators.quote.into_iter().next();
    let adjusted = history.indicators.adjclose.into_iter().next();
    let columns = Columns::new(
        &history.timestamp,
        quote.unwrap_or_default(),
        adjusted.map(|column| column.adjclose).unwrap_or_default(),
    )?;
    let (rows, duplicate_rows) = read_rows(&history.timestamp, &columns, &dates, opening)?;
    // Some answers name no unit by an empty one.
    let currency = meta.currency.filter(|unit| !unit.trim().is_empty());
    let Events {
        actions,
        foreign,
        refused,
    } = read_actions(history.events, &dates, currency.as_deref())?;
    let market_price = meta.regular_market_price.zip(meta.regular_market_time);
    Ok(VendorHistory {
        basis: ShareBasis::Newest,
        stamps: RowStamps::OpenOrLastTrade,
        currency,
        first_trade: meta
            .first_trade_date
            .map(|stamp| dates.of_stamp(stamp))
            .transpose()?,
        regular_period,
        rows,
        duplicate_rows,
        actions,
        foreign,
        refused_actions: refused,
        // Beside the rows it is only evidence: one that cannot be used is none.
        market_price: market_price
            .filter(|(price, _)| price.is_finite() && *price > 0.0)
            .and_then(|(price, stamp)| {
                let date = dates.of_stamp(stamp).ok()?;
                Some(MarketPrice { date, price })
            }),
        time_zone: dates.time_zone,
    })
}

/// Stamps → dates of the exchange.
pub(super) struct ExchangeDates {
    time_zone: TimeZone,
}

impl ExchangeDates {
    fn new(name: &str) -> Result<Self, ParseError> {
        TimeZone::get(name)
            .map(|time_zone| Self { time_zone })
            .map_err(|_| ParseError::TimeZone {
                got: name.to_owned(),
            })
    }

    fn local(&self, at: Timestamp) -> DateTime {
        self.time_zone.to_datetime(at)
    }

    /// The date of a session from the local time of its stamp.
    ///
    /// Around changes of daylight saving Yahoo stamps midnight of some markets (Brazil) as 22:00 or
    /// 23:00 of the day before; no session opens at those hours. Source: yfinance
    /// `fix_Yahoo_dst_issue`.
    fn repaired(local: DateTime) -> Option<Date> {
        let time = local.time();
        if time.hour() >= 22 && time.minute() == 0 && time.second() == 0 {
            local.date().tomorrow().ok()
        } else {
            Some(local.date())
        }
    }

    pub(super) fn of_stamp(&self, stamp: i64) -> Result<Date, ParseError> {
        Self::repaired(self.local(timestamp(stamp)?)).ok_or(ParseError::Stamp { got: stamp })
    }
}

fn timestamp(stamp: i64) -> Result<Timestamp, ParseError> {
    Timestamp::from_second(stamp).map_err(|_| ParseError::Stamp { got: stamp })
}

fn regular_period(period: Period) -> Result<RegularPeriod, ParseError> {
    Ok(RegularPeriod {
        start: timestamp(period.start)?,
        end: timestamp(period.end)?,
    })
}

/// Columns of one length; `adjusted` may be missing as a whole.
struct Columns {
    quote: Quote,
    adjusted: Vec<Option<f64>>,
}

impl Columns {
    fn new(stamps: &[i64], quote: Quote, adjusted: Vec<Option<f64>>) -> Result<Self, ParseError> {
        let expected = stamps.len();
        for (column, got) in [
            ("open", quote.open.len()),
            ("high", quote.high.len()),
            ("low", quote.low.len()),
            ("close", quote.close.len()),
            ("volume", quote.volume.len()),
        ] {
            if got != expected {
                return Err(ParseError::Ragged {
                    column,
                    got,
                    expected,
                });
            }
        }
        if !adjusted.is_empty() && adjusted.len() != expected {
            return Err(ParseError::Ragged {
                column: "adjclose",
                got: adjusted.len(),
                expected,
            });
        }
        Ok(Self { quote, adjusted })
    }

    fn row(&self, index: usize, date: Date, stamp: Timestamp) -> VendorRow {
        let cell = |column: &[Option<f64>]| column.get(index).copied().flatten();
        VendorRow {
            date,
            stamp,
            open: cell(&self.quote.open),
            high: cell(&self.quote.high),
            low: cell(&self.quote.low),
            close: cell(&self.quote.close),
            volume: cell(&self.quote.volume),
            adjusted_close: cell(&self.adjusted),
        }
    }
}

/// The rows, one per date, and how many were dropped for that.
///
/// Of two rows of one date the one stamped with the time of the `opening` is the official one;
/// the other is the live row. When both or neither are, the later wins.
fn read_rows(
    stamps: &[i64],
    columns: &Columns,
    dates: &ExchangeDates,
    opening: Option<Time>,
) -> Result<(Vec<VendorRow>, usize), ParseError> {
    let mut rows: Vec<VendorRow> = Vec::with_capacity(stamps.len());
    let mut n_duplicates = 0;
    let is_official = |stamp: Timestamp| opening == Some(dates.local(stamp).time());
    for (index, &got) in stamps.iter().enumerate() {
        let stamp = timestamp(got)?;
        let date = ExchangeDates::repaired(dates.local(stamp)).ok_or(ParseError::Stamp { got })?;
        let row = columns.row(index, date, stamp);
        match rows.last_mut() {
            Some(last) if stamp < last.stamp || date < last.date => {
                return Err(ParseError::Unordered { date });
            }
            Some(last) if date == last.date => {
                n_duplicates += 1;
                if is_official(stamp) || !is_official(last.stamp) {
                    *last = row;
                }
            }
            _ => rows.push(row),
        }
    }
    Ok((rows, n_duplicates))
}

#[cfg(test)]
mod tests;
