//! Prices that no listing can have, and answers of nothing but splits.

use super::fixtures::{day, flags, found, split, walk};
use super::{
    Column, Flag, Inspected, InspectedRow, Rule, RuleSettings, Severity, impossible_bars, inspect,
};
use quantx_market::{ActionSet, Bar, TradingDate};

const AT: usize = 80;

/// A history of which one row has other prices.
fn with(prices: [f64; 4]) -> Inspected {
    let mut series = walk(120, 7);
    series.rows[AT].prices = prices.map(Some);
    series
}

fn close(series: &Inspected, at: usize) -> f64 {
    series.rows[at].prices[3].unwrap()
}

fn impossible(series: &Inspected) -> Vec<Flag> {
    let flags = flags(series).into_iter();
    flags
        .filter(|flag| flag.rule == Rule::ImpossiblePrice)
        .collect()
}

#[test]
fn one_absurd_bar_is_refused_and_misleads_no_other_rule() {
    let level = close(&walk(120, 7), AT);
    for absurd in [1e308, 2e9, level * 1.1e6, level / 1.1e6] {
        let series = with([absurd; 4]);
        let date = series.rows[AT].date;
        assert_eq!(
            found(&series),
            [(Rule::ImpossiblePrice, date)],
            "{absurd:e}"
        );
        assert_eq!(flags(&series)[0].severity, Severity::Refuse);
    }
    let plain = with([level * 9e5; 4]);
    assert_eq!(impossible(&plain), []);
}

#[test]
fn one_absurd_price_of_a_bar_is_named() {
    let level = close(&walk(120, 7), AT);
    let [flag] = impossible(&with([level, 1e12, level, level]))
        .try_into()
        .unwrap();
    assert_eq!(flag.column, Some(Column::High));
    assert_eq!(flag.detail, "high 1e12 is above 1e9");
    let [flag] = impossible(&with([level, level, level * 1e-9, level]))
        .try_into()
        .unwrap();
    assert_eq!(flag.column, Some(Column::Low));
    assert!(flag.detail.ends_with("times its level"), "{}", flag.detail);
}

#[test]
fn a_block_of_absurd_bars_is_refused_as_one_is() {
    let mut series = walk(120, 7);
    for row in &mut series.rows[AT..AT + 20] {
        row.prices = row.prices.map(|price| price.map(|price| price * 1e7));
    }
    assert_eq!(impossible(&series).len(), 20);
}

#[test]
fn reverse_splits_make_no_price_impossible() {
    // As traded for cents, and a vendor's history in hundreds of thousands.
    let mut series = walk(300, 7);
    for at in [60, 120, 180, 240] {
        let date = series.rows[at].date;
        series.actions.insert(split(date, 0.01));
        for row in &mut series.rows[..at] {
            row.prices = row.prices.map(|price| price.map(|price| price * 0.01));
        }
    }
    assert_eq!(impossible(&series), []);
}

#[test]
fn the_bounds_are_settings() {
    let series = with([5e6; 4]);
    let mut settings = RuleSettings::default();
    assert!(
        !inspect(&series, &settings)
            .flags
            .iter()
            .any(|flag| flag.rule == Rule::ImpossiblePrice)
    );
    settings.set(Rule::ImpossiblePrice, "above", 1e6).unwrap();
    let flags = inspect(&series, &settings).flags;
    let detail = "open 5e6 is above 1e6";
    assert!(flags.iter().any(|flag| flag.detail == detail), "{flags:?}");
}

/// That it ends is held by the time limit of every test.
#[test]
fn an_answer_of_nothing_but_splits_takes_neither_time_nor_memory_without_end() {
    let row = |n: i32, close: f64| InspectedRow {
        date: day("1960-01-04") + jiff::Span::new().days(n),
        prices: [Some(close); 4],
        volume: Some(1000.0),
        adjustment: None,
    };
    // Every third day a split, and the price jumps as if none were adjusted for.
    let mut series = Inspected::default();
    for n in 0..24_000 {
        let close = if n % 6 < 3 { 10.0 } else { 20.0 };
        series.rows.push(row(n, close));
        if n % 3 == 0 {
            let ratio = if n % 2 == 0 { 2.0 } else { 0.5 };
            series.actions.insert(split(row(n, 1.0).date, ratio));
        }
    }
    let flags = flags(&series);
    let most = 25 * series.rows.len();
    assert!(flags.len() < most, "{} flags", flags.len());
}

#[test]
fn stored_bars_are_held_against_the_same_bounds() {
    let series = with([1e308; 4]);
    let bars: Vec<Bar> = series.rows.iter().map(bar).collect();
    let mut rules = RuleSettings::default();
    let found = impossible_bars(&bars, &series.actions, &rules);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&AT]);
    assert!(found[&AT].ends_with("is above 1e9"), "{found:?}");
    // Levels are those of one share: with a split that never was, rows before it are absurd.
    let mut actions = series.actions.clone();
    actions.insert(split(series.rows[AT].date, 1e-7));
    let of_level = |bar: &Bar| bar.close.get() < 1e9;
    let plain: Vec<Bar> = bars.iter().copied().filter(of_level).collect();
    assert!(impossible_bars(&plain, &ActionSet::default(), &rules).is_empty());
    assert!(!impossible_bars(&plain, &actions, &rules).is_empty());
    rules.set_severity(Rule::ImpossiblePrice, None);
    assert!(impossible_bars(&bars, &series.actions, &rules).is_empty());
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rows of the walk are on sessions"
)]
fn bar(row: &InspectedRow) -> Bar {
    let session = TradingDate::approved(row.date);
    Bar::new(session, row.prices, row.volume.unwrap_or_default()).unwrap()
}
