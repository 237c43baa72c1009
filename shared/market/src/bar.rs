use super::{Date, Price, TradingDate};

/// One session of one listing: prices as traded in the quoted unit, volume in shares as traded.
///
/// A value of this type has a close, and its high is not below its low. Open and close may lie
/// outside low..high: an auction really does. How far is [`Bar::check_range`]'s question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// The session.
    pub date: TradingDate,
    /// First price of the session; `None` if the vendor does not know it.
    pub open: Option<Price>,
    /// Highest price; `None` if the vendor does not know it.
    pub high: Option<Price>,
    /// Lowest price; `None` if the vendor does not know it.
    pub low: Option<Price>,
    /// Official last price.
    pub close: Price,
    /// Shares traded: zero on a session without a trade, `None` if nobody knows.
    pub volume: Option<u64>,
}

/// Why numbers are not a bar.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BarFault {
    /// The close is missing although other prices of the row are there.
    #[error("{column} is missing")]
    MissingPrice { column: &'static str },
    /// A price is zero, negative, infinite or not a number.
    #[error("{column} is {value}, a price is finite and above 0")]
    ImpossiblePrice { column: &'static str, value: f64 },
    /// `high` is below `low`.
    #[error("high {high} is below low {low}")]
    HighBelowLow { high: f64, low: f64 },
    /// Open or close lies farther outside the range of the session than is believed.
    #[error("{column} {value} is {:.1} % outside {}", share * 100.0, range(*low, *high))]
    OutsideRange {
        column: &'static str,
        value: f64,
        low: Option<f64>,
        high: Option<f64>,
        share: f64,
    },
    /// Volume is negative or too large to be a count of shares.
    #[error("volume {value} is not a count of shares")]
    ImpossibleVolume { value: f64 },
}

/// `low 9 .. high 11`; an end that is not known is left out.
fn range(low: Option<f64>, high: Option<f64>) -> String {
    let ends = [("low", low), ("high", high)];
    let known = ends.map(|(name, end)| end.map(|end| format!("{name} {end}")));
    known.into_iter().flatten().collect::<Vec<_>>().join(" .. ")
}

impl BarFault {
    /// The first rule that the numbers of a row break, whatever its date: as [`Bar::new`] and
    /// [`Bar::check_range`] judge them.
    pub fn of<P, V>(prices: [P; 4], volume: V, range_tolerance: f64) -> Option<Self>
    where
        P: Into<Option<f64>>,
        V: Into<Option<f64>>,
    {
        let numbers = Numbers::new(prices, volume);
        numbers
            .and_then(|numbers| numbers.check_range(range_tolerance))
            .err()
    }

    /// Stable name of the broken rule, for reports and quarantine.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::MissingPrice { .. } => "missing_price",
            Self::ImpossiblePrice { .. } => "impossible_price",
            Self::HighBelowLow { .. } => "high_below_low",
            Self::OutsideRange { .. } => "outside_range",
            Self::ImpossibleVolume { .. } => "impossible_volume",
        }
    }
}

impl Bar {
    /// Checks numbers into a bar; `prices` are open, high, low, close, and what is `None` is
    /// unknown. Only the close must be known.
    ///
    /// # Errors
    /// [`BarFault`] naming the first rule that the numbers break. [`BarFault::OutsideRange`] is none
    /// of these.
    pub fn new<P, V>(date: TradingDate, prices: [P; 4], volume: V) -> Result<Self, BarFault>
    where
        P: Into<Option<f64>>,
        V: Into<Option<f64>>,
    {
        let numbers = Numbers::new(prices, volume)?;
        Ok(Self {
            date,
            open: numbers.open,
            high: numbers.high,
            low: numbers.low,
            close: numbers.close,
            volume: numbers.volume,
        })
    }

    /// Open, high, low, close.
    #[inline]
    pub fn prices(&self) -> [Option<Price>; 4] {
        [self.open, self.high, self.low, Some(self.close)]
    }

    /// Whether nothing of the row is unknown.
    #[inline]
    pub fn is_complete(&self) -> bool {
        self.volume.is_some() && self.prices().iter().all(Option::is_some)
    }

    /// Whether open and close lie at most `tolerance` outside low..high, as a share of the end of
    /// the range that they are beyond.
    ///
    /// # Errors
    /// [`BarFault::OutsideRange`] for the first that does not.
    #[inline]
    pub fn check_range(&self, tolerance: f64) -> Result<(), BarFault> {
        self.numbers().check_range(tolerance)
    }

    #[inline]
    fn numbers(&self) -> Numbers {
        Numbers {
            open: self.open,
            high: self.high,
            low: self.low,
            close: self.close,
            volume: self.volume,
        }
    }

    /// The bar with what it does not know taken from `other`, a bar of the same session. A range
    /// that would be upside down stays unknown.
    #[must_use]
    pub fn filled_from(self, other: &Self) -> Self {
        let filled = Self {
            open: self.open.or(other.open),
            high: self.high.or(other.high),
            low: self.low.or(other.low),
            volume: self.volume.or(other.volume),
            ..self
        };
        match filled.high.zip(filled.low) {
            Some((high, low)) if high < low => Self {
                high: self.high,
                low: self.low,
                ..filled
            },
            _ => filled,
        }
    }
}

/// The numbers of a row that obey the rules of bars, whatever its date.
struct Numbers {
    open: Option<Price>,
    high: Option<Price>,
    low: Option<Price>,
    close: Price,
    volume: Option<u64>,
}

impl Numbers {
    fn new<P, V>(prices: [P; 4], volume: V) -> Result<Self, BarFault>
    where
        P: Into<Option<f64>>,
        V: Into<Option<f64>>,
    {
        const COLUMNS: [&str; 4] = ["open", "high", "low", "close"];
        let mut checked = [None; 4];
        for ((slot, value), column) in checked.iter_mut().zip(prices).zip(COLUMNS) {
            let Some(value) = value.into() else { continue };
            *slot = Price::new(value);
            if slot.is_none() {
                return Err(BarFault::ImpossiblePrice { column, value });
            }
        }
        let [open, high, low, close] = checked;
        let close = close.ok_or(BarFault::MissingPrice { column: "close" })?;
        if let (Some(high), Some(low)) = (high, low)
            && high < low
        {
            return Err(BarFault::HighBelowLow {
                high: high.get(),
                low: low.get(),
            });
        }
        let volume = volume.into();
        // 2^53: beyond it f64 no longer counts single shares.
        if let Some(value) = volume
            && !(0.0..=9_007_199_254_740_992.0).contains(&value)
        {
            return Err(BarFault::ImpossibleVolume { value });
        }
        Ok(Self {
            open,
            high,
            low,
            close,
            volume: volume.map(|volume| volume.round() as u64),
        })
    }

    fn check_range(&self, tolerance: f64) -> Result<(), BarFault> {
        for (column, price) in [("open", self.open), ("close", Some(self.close))] {
            let Some(price) = price else { continue };
            let share = self.outside(price);
            if share > tolerance {
                return Err(BarFault::OutsideRange {
                    column,
                    value: price.get(),
                    low: self.low.map(Price::get),
                    high: self.high.map(Price::get),
                    share,
                });
            }
        }
        Ok(())
    }

    /// How far `price` is outside the session's range, 0.0 inside.
    #[inline]
    fn outside(&self, price: Price) -> f64 {
        let below = self.low.map_or(0.0, |low| 1.0 - price.get() / low.get());
        let above = self.high.map_or(0.0, |high| price.get() / high.get() - 1.0);
        below.max(above).max(0.0)
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

    /// The bars, ascending.
    #[inline]
    pub fn bars(&self) -> &[Bar] {
        &self.0
    }

    /// The bars, ascending, owned.
    #[inline]
    pub fn into_bars(self) -> Vec<Bar> {
        self.0
    }

    /// Number of bars.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// First bar.
    #[inline]
    pub fn first(&self) -> Option<&Bar> {
        self.0.first()
    }

    /// Last bar.
    #[inline]
    pub fn last(&self) -> Option<&Bar> {
        self.0.last()
    }

    /// The bar of `date`.
    #[inline]
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

    #[expect(
        clippy::disallowed_methods,
        reason = "the calendar stands above this room"
    )]
    fn session(day: i8) -> TradingDate {
        TradingDate::approved(date(2024, 1, day))
    }

    fn rule(prices: [Option<f64>; 4], volume: Option<f64>) -> &'static str {
        Bar::new(session(2), prices, volume).map_or_else(|fault| fault.rule(), |_| "none")
    }

    #[test]
    fn only_the_close_must_be_known_and_what_is_known_must_be_possible() {
        let good = [10.0, 11.0, 9.0, 10.5].map(Some);
        assert_eq!(rule(good, Some(100.0)), "none");
        assert_eq!(rule([None, None, None, Some(10.5)], None), "none");
        assert_eq!(
            rule([None, Some(11.0), None, Some(10.5)], Some(0.0)),
            "none"
        );
        let [open, high, low, close] = good;
        assert_eq!(rule([open, high, low, None], None), "missing_price");
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(
                rule([Some(bad), high, low, close], None),
                "impossible_price"
            );
            assert_eq!(rule([open, high, low, Some(bad)], None), "impossible_price");
        }
        assert_eq!(
            rule([open, Some(9.0), Some(11.0), close], None),
            "high_below_low"
        );
        for bad in [-1.0, f64::NAN, 9_007_199_254_740_994.0] {
            assert_eq!(rule(good, Some(bad)), "impossible_volume", "{bad}");
        }
    }

    #[test]
    fn open_and_close_may_lie_outside_the_range_as_far_as_is_believed() {
        let of = |open, close| Bar::new(session(2), [open, 11.0, 10.0, close], 1.0).unwrap();
        assert_eq!(of(10.0, 11.0).check_range(0.0), Ok(()));
        assert_eq!(of(9.75, 11.25).check_range(0.03), Ok(()));
        let fault = of(9.0, 10.5).check_range(0.03).unwrap_err();
        assert_eq!(fault.rule(), "outside_range");
        assert_eq!(
            fault.to_string(),
            "open 9 is 10.0 % outside low 10 .. high 11"
        );
        assert!(of(10.0, 11.5).check_range(0.03).is_err());
        // Half a range judges as far as it goes, and an unknown price is not judged.
        let half = |open: Option<f64>, close| {
            Bar::new(session(2), [open, None, Some(10.0), Some(close)], None).unwrap()
        };
        assert_eq!(half(None, 99.0).check_range(0.0), Ok(()));
        let fault = half(Some(5.0), 10.0).check_range(0.03).unwrap_err();
        assert_eq!(fault.to_string(), "open 5 is 50.0 % outside low 10");
    }

    #[test]
    fn what_a_bar_does_not_know_comes_from_another_but_never_an_upside_down_range() {
        let bar = |prices, volume| {
            Bar::new::<Option<f64>, Option<f64>>(session(2), prices, volume).unwrap()
        };
        let knows_high = bar([None, Some(11.0), None, Some(10.5)], None);
        let knows_low = bar([Some(10.0), None, Some(9.0), Some(10.4)], Some(7.0));
        let filled = knows_high.filled_from(&knows_low);
        assert_eq!(
            filled,
            bar([Some(10.0), Some(11.0), Some(9.0), Some(10.5)], Some(7.0))
        );
        assert!(filled.is_complete() && !knows_low.is_complete());
        let above = bar([None, None, Some(12.0), Some(12.0)], None);
        assert_eq!(knows_high.filled_from(&above), knows_high);
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
