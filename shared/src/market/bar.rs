use super::{Date, Price, TradingDate};

/// One session of one listing: prices as traded in the quoted unit, volume in shares as traded.
///
/// A value of this type obeys `low <= open, close <= high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// The session.
    pub date: TradingDate,
    /// First price of the session.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Official last price.
    pub close: Price,
    /// Shares traded; zero on a session without a trade.
    pub volume: u64,
}

/// Why numbers are not a bar.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BarFault {
    /// A price is missing although others of the row are there.
    #[error("{column} is missing")]
    MissingPrice { column: &'static str },
    /// A price is zero, negative, infinite or not a number.
    #[error("{column} is {value}, a price is finite and above 0")]
    ImpossiblePrice { column: &'static str, value: f64 },
    /// `high` is below `low`.
    #[error("high {high} is below low {low}")]
    HighBelowLow { high: f64, low: f64 },
    /// Open or close lies outside the range of the session.
    #[error("{column} {value} is outside low {low} .. high {high}")]
    OutsideRange {
        column: &'static str,
        value: f64,
        low: f64,
        high: f64,
    },
    /// Prices without a volume: the vendor has not finished the row.
    #[error("volume is missing")]
    MissingVolume,
    /// Volume is negative or too large to be a count of shares.
    #[error("volume {value} is not a count of shares")]
    ImpossibleVolume { value: f64 },
}

impl BarFault {
    /// Stable name of the broken rule, for reports and quarantine.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::MissingPrice { .. } => "missing_price",
            Self::ImpossiblePrice { .. } => "impossible_price",
            Self::HighBelowLow { .. } => "high_below_low",
            Self::OutsideRange { .. } => "outside_range",
            Self::MissingVolume => "missing_volume",
            Self::ImpossibleVolume { .. } => "impossible_volume",
        }
    }
}

impl Bar {
    /// Checks numbers into a bar; `prices` are open, high, low, close.
    ///
    /// # Errors
    /// [`BarFault`] naming the first rule that the numbers break.
    pub fn new(date: TradingDate, prices: [f64; 4], volume: f64) -> Result<Self, BarFault> {
        const COLUMNS: [&str; 4] = ["open", "high", "low", "close"];
        let mut checked = [None; 4];
        for ((slot, value), column) in checked.iter_mut().zip(prices).zip(COLUMNS) {
            *slot = Price::new(value);
            if slot.is_none() {
                return Err(BarFault::ImpossiblePrice { column, value });
            }
        }
        let [Some(open), Some(high), Some(low), Some(close)] = checked else {
            return Err(BarFault::MissingPrice { column: "open" });
        };
        if high < low {
            return Err(BarFault::HighBelowLow {
                high: high.get(),
                low: low.get(),
            });
        }
        for (column, price) in [("open", open), ("close", close)] {
            if price < low || price > high {
                return Err(BarFault::OutsideRange {
                    column,
                    value: price.get(),
                    low: low.get(),
                    high: high.get(),
                });
            }
        }
        // 2^53: beyond it f64 no longer counts single shares.
        if !(0.0..=9_007_199_254_740_992.0).contains(&volume) {
            return Err(BarFault::ImpossibleVolume { value: volume });
        }
        Ok(Self {
            date,
            open,
            high,
            low,
            close,
            volume: volume.round() as u64,
        })
    }

    /// Open, high, low, close.
    pub fn prices(&self) -> [Price; 4] {
        [self.open, self.high, self.low, self.close]
    }
}

/// Bars of one listing, sorted by session, one per session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BarSeries(Vec<Bar>);

impl BarSeries {
    /// Sorts `bars`; of several bars on one session the last in the input stays.
    pub fn new(mut bars: Vec<Bar>) -> Self {
        bars.sort_by_key(|bar| bar.date);
        bars.reverse();
        bars.dedup_by_key(|bar| bar.date);
        bars.reverse();
        Self(bars)
    }

    /// Takes bars that are already strictly ascending; `None` if they are not.
    pub fn from_sorted(bars: Vec<Bar>) -> Option<Self> {
        bars.is_sorted_by(|a, b| a.date < b.date)
            .then_some(Self(bars))
    }

    /// The bars, ascending.
    pub fn bars(&self) -> &[Bar] {
        &self.0
    }

    /// The bars, ascending, owned.
    pub fn into_bars(self) -> Vec<Bar> {
        self.0
    }

    /// Number of bars.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// First bar.
    pub fn first(&self) -> Option<&Bar> {
        self.0.first()
    }

    /// Last bar.
    pub fn last(&self) -> Option<&Bar> {
        self.0.last()
    }

    /// The bar of `date`.
    pub fn get(&self, date: Date) -> Option<&Bar> {
        let at = self.0.binary_search_by_key(&date, |bar| bar.date.date());
        at.ok().and_then(|index| self.0.get(index))
    }

    /// The bars grouped by calendar year, ascending: the lake's partitions.
    pub fn years(&self) -> impl Iterator<Item = (i16, &[Bar])> {
        self.0
            .chunk_by(|a, b| a.date.year() == b.date.year())
            .filter_map(|bars| bars.first().map(|first| (first.date.year(), bars)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn session(day: i8) -> TradingDate {
        TradingDate::approved(date(2024, 1, day))
    }

    #[test]
    fn a_bar_keeps_open_and_close_inside_its_range() {
        assert!(Bar::new(session(2), [10.0, 11.0, 9.0, 10.5], 100.0).is_ok());
        let outside = Bar::new(session(2), [10.0, 11.0, 9.0, 11.5], 100.0);
        assert!(matches!(
            outside,
            Err(BarFault::OutsideRange {
                column: "close",
                ..
            })
        ));
        let reversed = Bar::new(session(2), [10.0, 9.0, 11.0, 10.0], 100.0);
        assert!(matches!(reversed, Err(BarFault::HighBelowLow { .. })));
        let zero = Bar::new(session(2), [0.0, 9.0, 8.0, 8.5], 100.0);
        assert!(matches!(
            zero,
            Err(BarFault::ImpossiblePrice { column: "open", .. })
        ));
        let volume = Bar::new(session(2), [10.0, 11.0, 9.0, 10.5], -1.0);
        assert!(matches!(volume, Err(BarFault::ImpossibleVolume { .. })));
    }

    #[test]
    fn a_series_is_sorted_with_one_bar_per_session_and_the_later_input_wins() {
        let bar = |day, close| Bar::new(session(day), [close; 4], 1.0).unwrap();
        let series = BarSeries::new(vec![bar(3, 1.0), bar(2, 2.0), bar(3, 4.0)]);
        let closes: Vec<f64> = series.bars().iter().map(|bar| bar.close.get()).collect();
        assert_eq!(closes, [2.0, 4.0]);
        assert_eq!(series.get(date(2024, 1, 3)).unwrap().close.get(), 4.0);
        assert_eq!(series.get(date(2024, 1, 4)), None);
    }
}
