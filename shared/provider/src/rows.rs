//! What vendors of end-of-day rows have in common. Pure.

use jiff::tz::TimeZone;

use crate::{Events, ParseError};
use quantx_market::{Date, Exchange, RowStamps, ShareBasis, VendorHistory, VendorRow};

/// Open, high, low, close and volume of one date, `None` where the vendor said nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DayValues {
    pub(crate) prices: [Option<f64>; 4],
    pub(crate) volume: Option<f64>,
}

impl DayValues {
    /// The row of `date`, stamped with the exchange's midnight: the vendor gives the date alone.
    pub(crate) fn on(self, date: Date, time_zone: &TimeZone) -> Result<VendorRow, ParseError> {
        let midnight = date
            .to_zoned(time_zone.clone())
            .map_err(|_| ParseError::Date {
                got: date.to_string(),
            })?;
        let [open, high, low, close] = self.prices;
        Ok(VendorRow {
            date,
            stamp: midnight.timestamp(),
            open,
            high,
            low,
            close,
            volume: self.volume,
            // Vendors adjust by rules and events of their own: across vendors raw prices are compared,
            // and a vendor's own column is no checksum of another's events.
            adjusted_close: None,
        })
    }
}

/// The date at the beginning of text such as `2024-09-30` or `2024-09-30T00:00:00.000Z`.
pub(crate) fn date(text: &str) -> Result<Date, ParseError> {
    let day = text.get(..10).unwrap_or_default();
    let rest = text.get(10..).unwrap_or_default();
    let is_day = rest.is_empty() || rest.starts_with(['T', ' ']);
    day.parse()
        .ok()
        .filter(|_| is_day)
        .ok_or_else(|| ParseError::Date {
            got: text.chars().take(40).collect(),
        })
}

/// A history of raw end-of-day rows, from `start` on.
///
/// # Errors
/// [`ParseError::Unordered`] when the rows do not ascend.
pub(crate) fn as_traded_history(
    exchange: &Exchange,
    rows: Vec<VendorRow>,
    events: Events,
    start: Date,
) -> Result<VendorHistory, ParseError> {
    history(exchange, ShareBasis::AsTraded, rows, events, start)
}

/// A history of end-of-day rows, from `start` on. Of two rows of one date the later counts.
///
/// # Errors
/// [`ParseError::Unordered`] when the rows do not ascend.
pub(crate) fn history(
    exchange: &Exchange,
    basis: ShareBasis,
    rows: Vec<VendorRow>,
    events: Events,
    start: Date,
) -> Result<VendorHistory, ParseError> {
    let mut kept: Vec<VendorRow> = Vec::with_capacity(rows.len());
    let mut duplicate_rows = 0;
    for row in rows.into_iter().filter(|row| row.date >= start) {
        match kept.last_mut() {
            Some(last) if row.date < last.date => {
                return Err(ParseError::Unordered { date: row.date });
            }
            Some(last) if row.date == last.date => {
                duplicate_rows += 1;
                *last = row;
            }
            _ => kept.push(row),
        }
    }
    let Events {
        mut actions,
        mut foreign,
        mut refused,
    } = events;
    actions.retain(|action| action.ex_date >= start);
    foreign.retain(|cash| cash.action.ex_date >= start);
    refused.retain(|refused| refused.action.ex_date >= start);
    Ok(VendorHistory {
        basis,
        stamps: RowStamps::EndOfDay,
        currency: None,
        time_zone: exchange.time_zone.clone(),
        first_trade: None,
        regular_period: None,
        rows: kept,
        duplicate_rows,
        actions,
        foreign,
        refused_actions: refused,
        market_price: None,
    })
}

/// New shares for old ones as whole numbers, where a vendor gives a split as one number: 0.1 is 1:10,
/// 1.5 is 3:2. A ratio of no small whole numbers stays what it is, for 1.
pub(crate) fn split_terms(ratio: f64) -> (f64, f64) {
    const LARGEST: u32 = 100;
    // Vendors write six decimals or more.
    const ROUNDED: f64 = 1e-6;
    let whole = |value: f64| {
        let rounded = value.round();
        (rounded >= 1.0 && (value - rounded).abs() <= ROUNDED * rounded).then_some(rounded)
    };
    let terms = (1..=LARGEST).map(f64::from).find_map(|one| {
        // The smaller of both numbers is looked for.
        if ratio >= 1.0 {
            whole(ratio * one).map(|new| (new, one))
        } else {
            whole(one / ratio).map(|old| (one, old))
        }
    });
    terms.unwrap_or((ratio, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_told_as_one_number_is_told_in_whole_shares() {
        for (ratio, terms) in [
            (4.0, (4.0, 1.0)),
            (1.5, (3.0, 2.0)),
            (0.1, (1.0, 10.0)),
            (0.333_333_3, (1.0, 3.0)),
            (1.05, (21.0, 20.0)),
            (0.02, (1.0, 50.0)),
            (1.054_321_7, (1.054_321_7, 1.0)),
        ] {
            assert_eq!(split_terms(ratio), terms, "{ratio}");
        }
        // What is no ratio is judged by those who read events.
        for bad in [0.0, -2.0, f64::INFINITY] {
            assert_eq!(split_terms(bad), (bad, 1.0));
        }
        assert!(split_terms(f64::NAN).0.is_nan());
    }

    #[test]
    fn a_date_may_have_a_time_behind_it_and_nothing_else() {
        let expected = jiff::civil::date(2024, 9, 30);
        for good in ["2024-09-30", "2024-09-30T00:00:00.000Z", "2024-09-30 00:00"] {
            assert_eq!(date(good).unwrap(), expected, "{good}");
        }
        for bad in [
            "",
            "0000-00-00",
            "2024-09-3",
            "30.09.2024",
            "2024-09-301",
            "ä024-09-30",
        ] {
            assert!(date(bad).is_err(), "{bad}");
        }
    }
}
