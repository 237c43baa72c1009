use proptest::prelude::*;

use super::*;
use crate::fixtures::{
    answer, as_yahoo, at, day, dividend, recorded, row, shared_data, split, xnys,
};
use quantx_market::SplitFactors;
use quantx_market::{Action, ActionKind, BasisReading};

fn fetch(history: &VendorHistory, now: &str) -> Fetched {
    let calendar = xnys();
    let finality = Finality {
        kind: quantx_market::InstrumentKind::Share,
        calendar: &calendar,
        lag: Duration::from_secs(20 * 60),
        now: at(now),
        range_tolerance: 0.03,
    };
    final_rows(
        history,
        &BasisReading::all_applied(history).undo(history),
        finality,
    )
}

fn dates(sessions: &[TradingDate]) -> Vec<String> {
    sessions.iter().map(ToString::to_string).collect()
}

fn stored(fetched: &Fetched) -> Vec<String> {
    let bars = fetched.bars.bars().iter();
    bars.map(|bar| bar.date.to_string()).collect()
}

const PRICES: [f64; 4] = [10.0, 11.0, 9.0, 10.5];

#[test]
fn a_bar_is_final_when_its_session_is_over_by_the_lag_and_its_stamp_is_the_open() {
    // The newest row's stamp, the time of asking, and whether the row is final.
    for (stamp, now, is_final) in [
        ("2024-06-05T13:30:00Z", "2024-06-06T02:30:00Z", true),
        ("2024-06-05T13:30:00Z", "2024-06-05T20:20:00Z", true),
        // The session is over, the lag is not.
        ("2024-06-05T13:30:00Z", "2024-06-05T20:19:59Z", false),
        // A trade at the very open, seen at once: an opening stamp proves nothing before the close.
        ("2024-06-05T13:30:00Z", "2024-06-05T13:30:05Z", false),
        // Stamped with the last trade: live, however late it is.
        ("2024-06-05T20:00:01Z", "2024-06-05T20:00:01Z", false),
        ("2024-06-05T20:00:01Z", "2024-06-06T00:48:00Z", false),
        ("2024-06-05T20:00:01Z", "2024-06-07T00:48:00Z", false),
    ] {
        let mut rows = vec![
            row("2024-06-04", PRICES, 100.0),
            row("2024-06-05", PRICES, 100.0),
        ];
        rows[1].stamp = at(stamp);
        let fetched = fetch(&answer("2024-06-05", rows, &[]), now);
        let expected: &[&str] = if is_final {
            &["2024-06-04", "2024-06-05"]
        } else {
            &["2024-06-04"]
        };
        assert_eq!(stored(&fetched), expected, "{stamp} seen at {now}");
        let live: &[&str] = if is_final { &[] } else { &["2024-06-05"] };
        assert_eq!(dates(&fetched.live_sessions), live, "{stamp} seen at {now}");
    }
}

#[test]
fn the_opening_stamp_is_compared_in_local_time_across_a_change_of_clocks() {
    // 14:30Z in winter, 13:30Z after 2024-03-10; the period of the answer is that of the summer.
    let rows = vec![
        row("2024-03-07", PRICES, 1.0),
        row("2024-03-08", PRICES, 1.0),
    ];
    let fetched = fetch(&answer("2024-03-11", rows, &[]), "2024-03-11T14:00:00Z");
    assert_eq!(stored(&fetched), ["2024-03-07", "2024-03-08"]);
}

#[test]
fn without_a_regular_period_nothing_tells_the_newest_row_from_a_live_one() {
    let rows = vec![
        row("2024-06-04", PRICES, 1.0),
        row("2024-06-05", PRICES, 1.0),
    ];
    let mut history = answer("2024-06-05", rows, &[]);
    history.regular_period = None;
    let fetched = fetch(&history, "2024-06-06T02:30:00Z");
    assert_eq!(stored(&fetched), ["2024-06-04"]);
    assert_eq!(dates(&fetched.live_sessions), ["2024-06-05"]);
}

#[test]
fn a_null_row_is_a_missing_session_and_does_not_make_a_live_row_before_it_final() {
    let mut rows = vec![
        row("2024-06-03", PRICES, 1.0),
        row("2024-06-04", PRICES, 1.0),
        row("2024-06-05", PRICES, 1.0),
    ];
    rows[1].stamp = at("2024-06-04T20:00:01Z");
    // A volume without prices, as Yahoo sends it for the newest session.
    let null = &mut rows[2];
    (null.open, null.high, null.low, null.close) = (None, None, None, None);
    let fetched = fetch(&answer("2024-06-05", rows, &[]), "2024-06-06T02:30:00Z");
    assert_eq!(stored(&fetched), ["2024-06-03"]);
    assert_eq!(dates(&fetched.live_sessions), ["2024-06-04"]);
    assert_eq!(dates(&fetched.null_sessions), ["2024-06-05"]);
}

#[test]
fn rows_on_a_day_without_a_session_are_counted_and_duplicates_too() {
    let mut rows = vec![
        row("2024-07-03", PRICES, 1.0),
        row("2024-07-05", PRICES, 1.0),
    ];
    let mut holiday = row("2024-07-03", PRICES, 7.0);
    (holiday.date, holiday.stamp) = (day("2024-07-04"), at("2024-07-04T13:30:00Z"));
    rows.insert(1, holiday);
    let mut history = answer("2024-07-05", rows, &[]);
    history.duplicate_rows = 2;
    let fetched = fetch(&history, "2024-07-06T02:30:00Z");
    assert_eq!(stored(&fetched), ["2024-07-03", "2024-07-05"]);
    assert_eq!(fetched.duplicate_rows, 2);
    let [off] = fetched.off_session.as_slice() else {
        panic!("{:?}", fetched.off_session)
    };
    assert_eq!((off.date, off.volume), (day("2024-07-04"), Some(7.0)));
    assert!(off.is_traded());
}

#[test]
fn a_session_without_a_trade_is_kept_with_its_zero_volume() {
    let rows = vec![
        row("2024-06-04", [10.0; 4], 0.0),
        row("2024-06-05", PRICES, 1.0),
    ];
    let fetched = fetch(&answer("2024-06-05", rows, &[]), "2024-06-06T02:30:00Z");
    assert_eq!(fetched.bars.get(day("2024-06-04")).unwrap().volume, Some(0));
}

#[test]
fn a_row_that_breaks_a_rule_is_refused_with_its_reason_and_its_as_traded_numbers() {
    let good = row("2024-06-03", PRICES, 1.0);
    type Break = fn(&mut VendorRow);
    let broken: [(&str, Break); 8] = [
        ("missing_price", |row| row.close = None),
        ("impossible_price", |row| row.close = Some(0.0)),
        ("high_below_low", |row| row.high = Some(8.0)),
        ("outside_range", |row| row.close = Some(11.5)),
        ("outside_range", |row| row.open = Some(8.5)),
        ("impossible_price", |row| row.open = Some(-1.0)),
        ("impossible_price", |row| row.low = Some(f64::NAN)),
        ("impossible_volume", |row| row.volume = Some(-4.0)),
    ];
    for (rule, damage) in broken {
        let mut bad = row("2024-06-04", PRICES, 400.0);
        damage(&mut bad);
        let rows = vec![good, bad, row("2024-06-05", PRICES, 1.0)];
        let history = answer("2024-06-05", rows, &[split("2024-06-05", 4.0, 1.0)]);
        let fetched = fetch(&history, "2024-06-06T02:30:00Z");
        assert_eq!(stored(&fetched), ["2024-06-03", "2024-06-05"], "{rule}");
        let [refused] = fetched.refused.as_slice() else {
            panic!("{rule}")
        };
        assert_eq!(
            (refused.rule.name(), refused.date),
            (rule, day("2024-06-04"))
        );
        assert!(!refused.reason.is_empty());
        if rule == "outside_range" {
            assert_eq!(refused.prices[1], Some(44.0));
            assert_eq!(refused.volume, Some(100.0));
        }
    }
}

#[test]
fn actions_come_back_as_declared_and_a_dividend_is_per_share_of_its_own_day() {
    // Apple 2020: 0.7700 and 0.82 before the 4:1 split, 0.205 after it.
    let actions = [
        dividend("2020-02-07", 0.1925),
        dividend("2020-08-07", 0.205),
        split("2020-08-31", 4.0, 1.0),
        dividend("2020-08-31", 0.3),
        dividend("2020-11-06", 0.205),
    ];
    let rows = vec![row("2020-11-06", PRICES, 1.0)];
    let fetched = fetch(
        &answer("2020-11-06", rows, &actions),
        "2020-11-07T02:30:00Z",
    );
    let cash: Vec<f64> = fetched
        .actions
        .iter()
        .filter_map(|action| action.kind.cash())
        .collect();
    assert_eq!(cash, [0.77, 0.82, 0.3, 0.205]);
}

/// Every factor below is the product of real ratios, forward and reverse.
const FACTORS: [f64; 22] = [
    1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 14.0, 15.0, 20.0, 28.0, 30.0, 40.0, 56.0, 100.0, 1000.0,
    1.5, 1.25, 0.5, 0.1, 0.05, 0.002,
];

#[test]
fn every_cent_up_to_a_thousand_survives_every_split() {
    for factor in FACTORS {
        for cents in 1..=100_000 {
            let price = f64::from(cents) / 100.0;
            let undone = snap(as_yahoo(price, factor) * factor, factor);
            assert_eq!(
                undone.to_bits(),
                price.to_bits(),
                "{price} before {factor}:1 is {undone}"
            );
        }
    }
}

#[test]
fn the_errors_of_both_roundings_add_up() {
    // Found by trying all cents: the larger of the two bounds alone left 28.409996.
    for (price, factor) in [
        (12.28, 3.0),
        (28.41, 7.0),
        (60.28, 15.0),
        (112.11, 28.0),
        (6.14, 1.5),
    ] {
        assert_eq!(snap(as_yahoo(price, factor) * factor, factor), price);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_session_is_the_same_bits_before_and_after_a_split(
        cents in 1_u32..=3_000_000,
        factor in prop::sample::select(FACTORS.to_vec()),
    ) {
        let price = f64::from(cents) / 100.0;
        let before = snap(as_yahoo(price, 1.0), 1.0);
        let after = snap(as_yahoo(price, factor) * factor, factor);
        prop_assert_eq!(before.to_bits(), price.to_bits());
        prop_assert_eq!(after.to_bits(), price.to_bits());
    }

    #[test]
    fn the_running_factor_is_the_factor_of_the_action_set(
        splits in prop::collection::vec((0_i32..400, 1_u32..20, 1_u32..20), 0..12),
        mut days in prop::collection::vec(0_i32..420, 1..30),
    ) {
        let date = |days: i32| day("2020-01-01") + jiff::Span::new().days(days);
        let actions: ActionSet = splits.iter().map(|(days, numerator, denominator)| Action {
            ex_date: date(*days),
            kind: ActionKind::Split {
                numerator: f64::from(*numerator),
                denominator: f64::from(*denominator),
            },
        }).collect();
        days.sort_unstable_by(|a, b| b.cmp(a));
        let mut factors = SplitFactors::new(&actions);
        for days in days {
            let expected = actions.split_factor_after(date(days));
            prop_assert_eq!(factors.after(date(days)).to_bits(), expected.to_bits());
        }
    }

    #[test]
    fn volume_survives_a_forward_split(
        volume in 0_u64..10_000_000_000,
        factor in prop::sample::select(vec![1.5, 2.0, 3.0, 4.0, 7.0, 10.0, 28.0, 1.25]),
    ) {
        let vendor = (volume as f64 * factor).round();
        let mut before = row("2024-06-04", PRICES, vendor);
        before.volume = Some(vendor);
        let rows = vec![before, row("2024-06-05", PRICES, 1.0)];
        let history = answer("2024-06-05", rows, &[split("2024-06-05", factor, 1.0)]);
        let fetched = fetch(&history, "2024-06-06T02:30:00Z");
        prop_assert_eq!(fetched.bars.first().unwrap().volume, Some(volume));
        prop_assert!(fetched.volume_units.is_empty());
    }
}

/// Recorded prices that are whole cents as traded, and volumes that divide without remainder.
fn count_whole(file: &str, symbol: &str, later_splits: &[Action]) -> Option<(usize, usize)> {
    let folder = shared_data()?;
    let mut history = recorded(&folder.join("yahoo_chart/exchanges").join(file), symbol);
    history.actions.extend(later_splits);
    let fetched = fetch(&history, "2026-01-01T00:00:00Z");
    assert_eq!(fetched.refused, [], "{file}");
    assert_eq!(fetched.bars.len(), history.rows.len(), "{file}");
    let vendor: ActionSet = history.actions.iter().copied().collect();
    let mut whole = (0, 0);
    for (bar, row) in fetched.bars.bars().iter().zip(&history.rows) {
        for price in bar.prices().into_iter().flatten() {
            let cents = (price.get() * 100.0).round() / 100.0;
            whole.0 += usize::from(cents.to_bits() == price.get().to_bits());
        }
        let shares = row.volume.unwrap() / vendor.split_factor_after(row.date);
        whole.1 += usize::from(
            shares.fract() == 0.0 && bar.volume.is_some_and(|volume| shares == volume as f64),
        );
    }
    Some(whole)
}

#[test]
fn all_prices_of_tesla_come_back_as_whole_cents() {
    // The recording of 2025 asked for dividends only: its splits are written here.
    let splits = [split("2020-08-31", 5.0, 1.0), split("2022-08-25", 3.0, 1.0)];
    let file = "2025-historical-via-chart-dividends-TSLA-no-dividends.json";
    let Some(whole) = count_whole(file, "TSLA", &splits) else {
        return;
    };
    assert_eq!(whole, (13_212, 3303));
}

#[test]
fn all_prices_of_apple_in_2020_come_back_as_whole_cents() {
    // The 4:1 split of August is in the answer.
    let file = "historicalv8-AAPL-2020-01-01-to-2021-01-04.json";
    let Some(whole) = count_whole(file, "AAPL", &[]) else {
        return;
    };
    assert_eq!(whole, (1012, 253));
}

#[test]
fn recorded_prices_without_a_split_come_back_as_whole_cents_or_as_the_fractions_they_were() {
    let year = "-2020-01-01-to-2021-01-04.json";
    for (symbol, prices) in [
        ("ABBV", 1012),
        ("QQQ", 1012),
        // 42, 77 and 62 prices have a third decimal: prints off the exchange, not roundings.
        ("BABA", 970),
        ("GOOG", 935),
        ("SI", 950),
    ] {
        let file = format!("historicalv8-{symbol}{year}");
        let Some(whole) = count_whole(&file, symbol, &[]) else {
            return;
        };
        assert_eq!(whole, (prices, 253), "{file}");
    }
    let file = "2025-historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv.json";
    let Some(whole) = count_whole(file, "MSFT", &[]) else {
        return;
    };
    assert_eq!(whole, (1008, 252));
}

#[path = "unusual_tests.rs"]
mod unusual;

/// What decides is half of the sixth decimal for each share after the split, and two roundings to f32.
#[test]
fn a_rounding_is_undone_up_to_its_own_size_and_not_beyond() {
    let split_factor = 28.0;
    for (error, expected) in [(0.50e-6, true), (0.54e-6, true), (0.60e-6, false)] {
        for sign in [-1.0, 1.0] {
            let value = 1.0 + sign * error * split_factor;
            assert_eq!(snap(value, split_factor) == 1.0, expected, "{value}");
        }
    }
    // Without a split both roundings of large numbers are those of f32.
    for (error, expected) in [(0.119, true), (0.121, false)] {
        let value = 1_000_000.0 + error;
        assert_eq!(snap(value, 1.0) == 1_000_000.0, expected, "{value}");
    }
    // The printed number is the shortest one that fits, and no number becomes zero.
    assert_eq!(snap(0.345_678_9, 1.0), 0.345_679);
    assert_eq!(snap(0.000_000_4, 1.0), 0.000_000_4);
}
