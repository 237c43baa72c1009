//! What a client asks of the v8 chart endpoint.

use jiff::ToSpan;
use jiff::civil::Date;

use super::moment::Moment;
use crate::venue::Venue;

/// The part of history asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// UTC seconds, both inclusive, as Yahoo has it.
    Period {
        /// Earliest stamp.
        period1: i64,
        /// Latest stamp.
        period2: i64,
    },
    /// A span back from now.
    Range(ChartRange),
}

/// Yahoo's names for spans back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChartRange(usize);

/// `meta.validRanges`, in Yahoo's order.
pub(super) const RANGES: [&str; 11] = [
    "1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max",
];

impl ChartRange {
    /// The range called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        RANGES.iter().position(|range| *range == name).map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        RANGES.get(self.0).copied().unwrap_or("max")
    }

    /// First date of the range, or the number of sessions it has.
    fn first_date(self, today: Date) -> Result<Date, usize> {
        let span = match self.name() {
            "1d" => return Err(1),
            "5d" => return Err(5),
            "1mo" => 1.month(),
            "3mo" => 3.months(),
            "6mo" => 6.months(),
            "1y" => 1.year(),
            "2y" => 2.years(),
            "5y" => 5.years(),
            "10y" => 10.years(),
            "ytd" => return Ok(today.first_of_year()),
            _ => return Ok(Date::MIN),
        };
        Ok(today.saturating_sub(span))
    }
}

/// Which kinds of events are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EventKinds {
    /// `div`
    pub dividends: bool,
    /// `split` or `splits`
    pub splits: bool,
    /// `capitalGains` or `capitalGain`
    pub capital_gains: bool,
}

/// One question to the chart endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChartRequest {
    /// Which part of history.
    pub window: Window,
    /// `1d`; everything else is refused.
    pub interval: String,
    /// Events beside the bars.
    pub events: EventKinds,
}

/// Why a query is not a chart request. The text is for the person who wrote the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}={read} is not usable; allowed is {allowed}")]
pub struct BadQuery {
    parameter: &'static str,
    read: String,
    allowed: &'static str,
}

impl ChartRequest {
    /// Everything between two instants, with all events.
    pub fn period(period1: i64, period2: i64) -> Self {
        Self {
            window: Window::Period { period1, period2 },
            interval: "1d".to_owned(),
            events: EventKinds {
                dividends: true,
                splits: true,
                capital_gains: true,
            },
        }
    }

    /// Reads decoded query pairs; unknown parameters are ignored, as Yahoo does.
    ///
    /// # Errors
    /// [`BadQuery`] for a time or a range that is none.
    pub fn parse<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        now: i64,
    ) -> Result<Self, BadQuery> {
        let (mut period1, mut period2, mut range) = (None, None, None);
        let mut request = Self {
            window: Window::Range(ChartRange(0)),
            interval: "1d".to_owned(),
            events: EventKinds::default(),
        };
        for (name, value) in pairs {
            match name {
                "period1" => period1 = Some(seconds("period1", value)?),
                "period2" => period2 = Some(seconds("period2", value)?),
                "range" => {
                    range = Some(ChartRange::parse(value).ok_or_else(|| BadQuery {
                        parameter: "range",
                        read: value.to_owned(),
                        allowed: "1d, 5d, 1mo, 3mo, 6mo, 1y, 2y, 5y, 10y, ytd or max",
                    })?);
                }
                "interval" => value.clone_into(&mut request.interval),
                "events" => request.events = EventKinds::parse(value),
                _ => {}
            }
        }
        request.window = match (period1, period2, range) {
            (None, None, Some(range)) => Window::Range(range),
            (None, None, None) => Window::Range(ChartRange(0)),
            (period1, period2, _) => Window::Period {
                period1: period1.unwrap_or(i64::MIN),
                period2: period2.unwrap_or(now),
            },
        };
        Ok(request)
    }

    /// The sessions and instants that the request covers at `moment`.
    pub(crate) fn cut(&self, venue: &Venue, moment: &Moment) -> Cut {
        let sessions = &venue.sessions;
        let opened = moment.opened;
        match self.window {
            Window::Period { period1, period2 } => Cut {
                first: sessions.opened_before(period1).min(opened),
                end: sessions.opened_by(period2).min(opened),
                from: period1,
                to: period2,
                reaches_now: period2 >= moment.as_of,
            },
            Window::Range(range) => {
                let first = match range.first_date(moment.today) {
                    Ok(date) => sessions.before(date).min(opened),
                    Err(n_sessions) => opened.saturating_sub(n_sessions),
                };
                Cut {
                    first,
                    end: opened,
                    from: sessions.get(first).map_or(i64::MIN, |session| session.open),
                    to: moment.as_of,
                    reaches_now: true,
                }
            }
        }
    }
}

/// What a request covers: sessions `first..end` by index, instants `from..=to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) first: usize,
    pub(crate) end: usize,
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// Whether everything known is wanted, an event of today included even before the open.
    pub(crate) reaches_now: bool,
}

impl EventKinds {
    fn parse(text: &str) -> Self {
        let mut kinds = Self::default();
        // Python writes commas, browsers and the Rust crates bars; Yahoo takes both.
        for kind in text.split([',', '|']) {
            match kind {
                "div" | "divs" => kinds.dividends = true,
                "split" | "splits" => kinds.splits = true,
                "capitalGain" | "capitalGains" => kinds.capital_gains = true,
                _ => {}
            }
        }
        kinds
    }
}

fn seconds(parameter: &'static str, value: &str) -> Result<i64, BadQuery> {
    value.parse().map_err(|_| BadQuery {
        parameter,
        read: value.to_owned(),
        allowed: "a whole number of seconds since 1970",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_either_separator_of_events() {
        for events in ["div,splits,capitalGains", "div|split|capitalGain"] {
            let pairs = [
                ("period1", "-5"),
                ("period2", "9"),
                ("events", events),
                ("lang", "en"),
            ];
            assert_eq!(
                ChartRequest::parse(pairs, 0),
                Ok(ChartRequest::period(-5, 9))
            );
        }
        let open_end = ChartRequest::parse([("period1", "5")], 77).unwrap();
        let expected = Window::Period {
            period1: 5,
            period2: 77,
        };
        assert_eq!(open_end.window, expected);
    }

    #[test]
    fn a_time_or_range_that_is_none_is_named() {
        let bad = ChartRequest::parse([("period1", "monday")], 0).unwrap_err();
        assert_eq!(
            bad.to_string(),
            "period1=monday is not usable; allowed is a whole number of seconds since 1970"
        );
        assert!(ChartRequest::parse([("range", "7w")], 0).is_err());
    }
}
