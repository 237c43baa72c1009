use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::fixtures::{bars, day};
use crate::same_bar::canonical;
use quantx_market::{BarFault, InstrumentKind, Price};

fn of(stored: &[f64], offered: &[f64]) -> Overlap {
    let stored = BarSeries::new(bars("2024-06-03", stored));
    compare(&stored, &bars("2024-06-03", offered))
}

#[test]
fn prices_within_one_part_in_ten_thousand_are_one_price() {
    assert_eq!(of(&[100.0, 200.0], &[100.009, 199.981]).differing, []);
    assert_eq!(of(&[100.0, 200.0], &[100.011, 200.0]).differing.len(), 1);
}

#[test]
fn one_ratio_on_all_common_prices_is_a_rebase() {
    let ratio = |stored: &[f64], offered: &[f64]| match of(stored, offered).unusable() {
        Some(Held::Rebased { ratio }) => Some(ratio),
        _ => None,
    };
    assert_eq!(ratio(&[10.0, 20.0, 30.0], &[5.0, 10.0, 15.0]), Some(0.5));
    assert_eq!(
        ratio(&[10.0, 20.0, 30.0], &[1000.0, 2000.0, 3000.0]),
        Some(100.0)
    );
    assert_eq!(
        ratio(&[100.0, 200.0, 300.0], &[101.0, 202.0, 303.0]),
        Some(1.01)
    );
    assert_eq!(ratio(&[10.0, 20.0, 30.0], &[5.0, 10.0, 30.0]), None);
    assert_eq!(ratio(&[10.0, 20.0, 30.0], &[5.0, 10.1, 15.0]), None);
    assert_eq!(ratio(&[10.0, 20.0], &[10.0, 20.0]), None);
    // One session is no pattern, unless the change is no correction.
    assert_eq!(ratio(&[10.0], &[10.5]), None);
    assert_eq!(ratio(&[10.0], &[5.0]), Some(0.5));
    assert_eq!(ratio(&[], &[]), None);
}

#[test]
fn a_fetch_without_a_common_session_cannot_be_placed() {
    let stored = BarSeries::new(bars("2024-06-03", &[10.0; 3]));
    let apart = compare(&stored, &bars("2024-07-01", &[10.0; 3]));
    assert_eq!(apart.unusable(), Some(Held::NoOverlap));
    let offer = bars("2024-07-01", &[10.0; 3]);
    assert_eq!(compare(&BarSeries::default(), &offer).unusable(), None);
    assert_eq!(compare(&stored, &[]).unusable(), None);
}

#[test]
fn more_than_half_or_the_newest_in_doubt_holds_the_fetch() {
    let dates: Vec<Date> = bars("2024-06-03", &[1.0; 5])
        .iter()
        .map(|bar| bar.date.date())
        .collect();
    let overlap = of(&[10.0; 5], &[10.0; 5]);
    for (open, is_held) in [
        (vec![], false),
        (vec![0], false),
        (vec![0, 1], false),
        (vec![0, 1, 2], true),
        (vec![4], true),
    ] {
        let open: BTreeSet<Date> = open.into_iter().map(|index: usize| dates[index]).collect();
        assert_eq!(overlap.untrusted(&open).is_some(), is_held, "{open:?}");
    }
}

#[test]
fn the_choice_between_agreeing_bars_is_a_bar() {
    // Column by column it would be open 500.123 below low 500.13.
    let date = bars("2024-06-03", &[1.0])[0].date;
    let a = Bar::new(date, [500.123, 500.2, 500.123, 500.15], 1.0).unwrap();
    let b = Bar::new(date, [500.1301, 500.2, 500.13, 500.15], 1.0).unwrap();
    assert_eq!(canonical(&a, &b), canonical(&b, &a));
    let prices = canonical(&a, &b)
        .prices()
        .map(|price| price.map(Price::get));
    assert_eq!(
        Bar::new(date, prices, 1.0).map(|_| ()),
        Ok::<(), BarFault>(())
    );
}

fn bar_near_one_price() -> impl Strategy<Value = Bar> {
    let date = bars("2024-06-03", &[1.0])[0].date;
    (prop::array::uniform4(0_u32..60), 2_i32..6).prop_map(move |(parts, places)| {
        let scale = 10_f64.powi(places);
        let mut prices =
            parts.map(|part| ((500.0 + f64::from(part) / 2000.0) * scale).round() / scale);
        prices.sort_by(f64::total_cmp);
        let [low, open, close, high] = prices;
        Bar::new(date, [open, high, low, close], 7.0).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn the_choice_depends_neither_on_order_nor_on_grouping(
        a in bar_near_one_price(), b in bar_near_one_price(), c in bar_near_one_price(),
    ) {
        prop_assert_eq!(canonical(&a, &b), canonical(&b, &a));
        prop_assert_eq!(canonical(&a, &a), a);
        let left = canonical(&canonical(&a, &b), &c);
        prop_assert_eq!(left, canonical(&a, &canonical(&b, &c)));
        let prices = left.prices().map(|price| price.map(Price::get));
        prop_assert!(Bar::new(left.date, prices, 7.0).is_ok());
    }
}

#[test]
fn prices_of_zero_and_below_agree_with_themselves_and_are_rebased_by_nothing() {
    let future = |date: &str, close: f64| {
        let session = crate::schema::stored_session(day(date));
        Bar::of(InstrumentKind::Future, session, [close; 4], 1.0).unwrap()
    };
    let dates = ["2020-04-17", "2020-04-20", "2020-04-21", "2020-04-22"];
    let of = |closes: [f64; 4]| -> Vec<Bar> {
        let bars = dates.iter().zip(closes);
        bars.map(|(date, close)| future(date, close)).collect()
    };
    let stored = of([18.27, -37.63, 10.01, 0.0]);
    let compared = |fetched: [f64; 4]| compare(&BarSeries::new(stored.clone()), &of(fetched));
    let same = compared([18.27, -37.63, 10.01, 0.0]);
    assert_eq!((same.common, same.differing.len()), (4, 0));
    assert_eq!(same.unusable(), None);
    // Another price for a zero is no small correction, and one below zero may be.
    let other = compared([18.27, -37.0, 10.01, 0.5]);
    let small: Vec<bool> = other.differing.iter().map(Difference::is_small).collect();
    assert_eq!(small, [true, false]);
    assert_eq!(other.unusable(), None);
}
