//! The axes of a picture: dates at the begin of weeks, months or years, prices at round numbers on either scale.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::super::show::price_text;
use super::Scale;

/// Labels of an axis at most.
const LABELS: usize = 10;
/// Above this ratio of the highest to the lowest price labels are powers of ten and their 2 and 5 times.
const DECADES_FROM: f64 = 8.0;

/// Dates, as days since 1970-01-01.
#[derive(Debug, Clone)]
pub(super) struct Days {
    range: Range<i32>,
    step: Step,
}

/// From one label to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Day,
    Weeks(i32),
    Months(i32),
}

impl Days {
    pub(super) fn new(range: Range<i32>) -> Self {
        let weeks = [1, 2].map(Step::Weeks);
        let months = [1, 2, 3, 6, 12, 24, 60, 120].map(Step::Months);
        let mut steps = [Step::Day].into_iter().chain(weeks).chain(months);
        let fits = |step: &Step| labelled(&range, *step).count() <= LABELS;
        let step = steps.find(fits).unwrap_or(Step::Months(240));
        Self { range, step }
    }
}

/// The labelled days of a range, ascending.
fn labelled(range: &Range<i32>, step: Step) -> impl Iterator<Item = i32> {
    let first = date_of(range.start);
    let (from, span) = match step {
        Step::Day => (first, 1.day()),
        Step::Weeks(n) => {
            let monday = first.tomorrow().unwrap_or(first);
            let monday = monday.nth_weekday(-1, Weekday::Monday).unwrap_or(first);
            (monday, (7 * n).days())
        }
        Step::Months(n) => {
            // Counted from January of year 0, so that a wider picture keeps the labels of a narrow one.
            let months = 12 * i32::from(first.year()) + i32::from(first.month()) - 1;
            let months = months - months.rem_euclid(n);
            let year = i16::try_from(months.div_euclid(12)).unwrap_or(first.year());
            let month = i8::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
            (Date::new(year, month, 1).unwrap_or(first), n.months())
        }
    };
    let range = range.clone();
    let days = from.series(span).map(day);
    let end = range.end;
    days.take_while(move |day| *day < end)
        .filter(move |day| *day >= range.start)
}

/// Days since 1970-01-01.
pub(super) fn day(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

fn date_of(day: i32) -> Date {
    Date::constant(1970, 1, 1).saturating_add(day.days())
}

impl Ranged for Days {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i32;

    fn map(&self, day: &i32, (from, to): (i32, i32)) -> i32 {
        let span = f64::from((self.range.end - self.range.start).max(1));
        place(f64::from(day - self.range.start) / span, from, to)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<i32> {
        labelled(&self.range, self.step).collect()
    }

    fn range(&self) -> Range<i32> {
        self.range.clone()
    }
}

impl ValueFormatter<i32> for Days {
    fn format_ext(&self, day: &i32) -> String {
        let date = date_of(*day);
        match self.step {
            Step::Day | Step::Weeks(_) => date.to_string(),
            Step::Months(n) if n % 12 == 0 => date.year().to_string(),
            Step::Months(_) => date.strftime("%Y-%m").to_string(),
        }
    }
}

/// Prices on either scale.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    /// Above 0 on a log scale.
    range: Range<f64>,
    scale: Scale,
}

impl Prices {
    pub(super) fn new(range: Range<f64>, scale: Scale) -> Self {
        Self { range, scale }
    }

    /// Where a price is between the ends, 0 to 1.
    fn share(&self, price: f64) -> f64 {
        let Range { start, end } = self.range;
        match self.scale {
            Scale::Linear => (price - start) / (end - start),
            Scale::Log => (price / start).ln() / (end / start).ln(),
        }
    }
}

impl Ranged for Prices {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, price: &f64, (from, to): (i32, i32)) -> i32 {
        place(self.share(*price), from, to)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let Range { start, end } = self.range;
        match self.scale {
            Scale::Log if end / start > DECADES_FROM => decades(start, end),
            Scale::Linear | Scale::Log => round_numbers(start, end),
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Prices {
    fn format_ext(&self, price: &f64) -> String {
        price_text(*price)
    }
}

fn place(share: f64, from: i32, to: i32) -> i32 {
    let pixel = f64::from(from) + share * f64::from(to - from);
    pixel.round() as i32
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn round_numbers(start: f64, end: f64) -> Vec<f64> {
    let least = (end - start) / LABELS as f64;
    if !(least.is_finite() && least > 0.0) {
        return Vec::new();
    }
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|n| n * power);
    let step = steps.into_iter().find(|step| *step >= least);
    let step = step.unwrap_or(10.0 * power);
    let first = (start / step).ceil();
    let counts = (0..=LABELS).map(|n| (first + n as f64) * step);
    counts.filter(|price| *price <= end).collect()
}

/// Powers of ten with their 2 and 5 times, or alone where those are too many.
fn decades(start: f64, end: f64) -> Vec<f64> {
    let powers = start.log10().floor() as i32..=end.log10().ceil() as i32;
    let of = |times: &'static [f64]| {
        let powers = powers.clone().map(|power| 10_f64.powi(power));
        let prices = powers.flat_map(|power| times.iter().map(move |n| n * power));
        let inside = prices.filter(|price| (start..=end).contains(price));
        inside.collect::<Vec<f64>>()
    };
    let all = of(&[1.0, 2.0, 5.0]);
    if all.len() <= LABELS { all } else { of(&[1.0]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn dates(from: Date, to: Date) -> Vec<String> {
        let days = Days::new(day(from)..day(to));
        let points = days.key_points(LABELS);
        points.iter().map(|day| days.format_ext(day)).collect()
    }

    #[test]
    fn dates_are_labelled_at_the_begin_of_weeks_months_or_years() {
        let days = dates(date(2024, 7, 3), date(2024, 7, 5));
        assert_eq!(days, ["2024-07-03", "2024-07-04"]);
        let weeks = dates(date(2024, 7, 3), date(2024, 7, 20));
        assert_eq!(weeks, ["2024-07-08", "2024-07-15"]);
        let months = dates(date(2023, 12, 20), date(2024, 7, 2));
        assert_eq!((months.len(), months[0].as_str()), (7, "2024-01"));
        let years = dates(date(2000, 5, 1), date(2008, 5, 1));
        assert_eq!((years.len(), years[0].as_str()), (8, "2001"));
        let decades = dates(date(1962, 1, 2), date(2024, 5, 1));
        assert_eq!(decades, ["1970", "1980", "1990", "2000", "2010", "2020"]);
    }

    #[test]
    fn prices_are_labelled_at_round_numbers() {
        let linear = Prices::new(81.0..344.0, Scale::Linear).key_points(LABELS);
        assert_eq!(linear, [100.0, 150.0, 200.0, 250.0, 300.0]);
        let narrow = Prices::new(22.0..33.0, Scale::Log).key_points(LABELS);
        assert!(narrow.len() >= 4, "{narrow:?}");
        let wide = Prices::new(0.9..120.0, Scale::Log).key_points(LABELS);
        assert_eq!(wide, [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        let widest = Prices::new(0.01..1e5, Scale::Log).key_points(LABELS);
        assert_eq!(widest.len(), 8, "{widest:?}");
        assert!(
            Prices::new(5.0..5.0, Scale::Linear)
                .key_points(LABELS)
                .is_empty()
        );
    }

    #[test]
    fn equal_ratios_are_equally_high_on_a_log_scale() {
        let prices = Prices::new(1.0..100.0, Scale::Log);
        assert_eq!(
            [1.0, 10.0, 100.0].map(|price| prices.map(&price, (200, 0))),
            [200, 100, 0]
        );
        let prices = Prices::new(0.0..100.0, Scale::Linear);
        assert_eq!(prices.map(&50.0, (200, 0)), 100);
    }
}
