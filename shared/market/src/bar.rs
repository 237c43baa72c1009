use super::{Date, InstrumentKind, Price, TradingDate};

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
    /// A price is infinite or not a number, or zero or negative of what is no future.
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
    /// The first rule that the numbers of a row of `kind` break, whatever its date: as [`Bar::of`] and
    /// [`Bar::check_range`] judge them.
    pub fn of<P, V>(
        kind: InstrumentKind,
        prices: [P; 4],
        volume: V,
        range_tolerance: f64,
    ) -> Option<Self>
    where
        P: Into<Option<f64>>,
        V: Into<Option<f64>>,
    {
        let numbers = Numbers::new(kind, prices, volume);
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
    /// Checks numbers into a bar of a share; `prices` are open, high, low, close, and what is `None` is
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
        Self::of(InstrumentKind::Share, date, prices, volume)
    }

    /// The same of a listing of `kind`: prices of futures may have any sign.
    ///
    /// # Errors
    /// As [`Bar::new`].
    pub fn of<P, V>(
        kind: InstrumentKind,
        date: TradingDate,
        prices: [P; 4],
        volume: V,
    ) -> Result<Self, BarFault>
    where
        P: Into<Option<f64>>,
        V: Into<Option<f64>>,
    {
        let numbers = Numbers::new(kind, prices, volume)?;
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
    fn new<P, V>(kind: InstrumentKind, prices: [P; 4], volume: V) -> Result<Self, BarFault>
    where
        P: Into<Option<f64>>,
        V: Into<Option<f64>>,
    {
        const COLUMNS: [&str; 4] = ["open", "high", "low", "close"];
        let mut checked = [None; 4];
        for ((slot, value), column) in checked.iter_mut().zip(prices).zip(COLUMNS) {
            let Some(value) = value.into() else { continue };
            *slot = Price::of(kind, value);
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
        // As a share of the end's size, which may be negative: whatever is beyond a zero is infinitely far.
        let beyond = |end: Price, distance: f64| match distance > 0.0 {
            true => distance / end.get().abs(),
            false => 0.0,
        };
        let below = self
            .low
            .map_or(0.0, |low| beyond(low, low.get() - price.get()));
        let above = self
            .high
            .map_or(0.0, |high| beyond(high, price.get() - high.get()));
        below.max(above)
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
#[path = "bar_tests.rs"]
mod tests;
