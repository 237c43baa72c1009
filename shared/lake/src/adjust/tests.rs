use proptest::prelude::*;

use super::*;
use crate::basis::{self, Finality};
use crate::fixtures::{
    TableRow, answer, as_yahoo, at, bar, bars, capital_gain, day, dividend, price_table, recorded,
    row, sessions, shared_data, snapshots, split, xnys,
};
use crate::merge::{self, History, MergeContext};
use quantx_calendar::Calendar;
use quantx_market::{BasisReading, SessionRange};

fn set(actions: &[Action]) -> ActionSet {
    actions.iter().copied().collect()
}

/// Adjusted closes of flat bars on 2024-06-03 and the sessions after it (the 8th and 9th are a
/// weekend).
fn check(closes: &[f64], actions: &[Action], expected: &[f64]) -> Adjustment {
    let bars = bars("2024-06-03", closes);
    let out = adjust(&bars, None, &set(actions));
    for (ours, expected) in out.adjusted_close.iter().zip(expected) {
        assert!(
            (ours / expected - 1.0).abs() < 1e-14,
            "{:?} {actions:?}",
            out.adjusted_close
        );
    }
    assert_eq!(out.adjusted_close.len(), expected.len());
    out
}

#[test]
fn the_vectors_of_zipline_give_its_ratios() {
    // test_calculate_dividend_ratio: a dividend of 0.5 on a previous close of 10, 0.04 on 0.4.
    let out = check(
        &[10.0, 9.5, 15.0],
        &[dividend("2024-06-04", 0.5)],
        &[9.5, 9.5, 15.0],
    );
    assert_eq!(out.cash_left, 0.95);
    let out = check(
        &[0.5, 0.4, 0.6],
        &[dividend("2024-06-05", 0.04)],
        &[0.45, 0.36, 0.6],
    );
    assert_eq!(out.cash_left, 0.9);
    // Dropped there, too: before the first bar, on it, as much as the close, more than the close,
    // after the last bar.
    for (date, cash, is_refused) in [
        ("2024-05-31", 10.0, false),
        ("2024-06-03", 10.0, false),
        ("2024-06-05", 0.4, true),
        ("2024-06-04", 0.51, true),
        ("2024-06-06", 0.1, false),
        ("2024-06-17", 0.1, false),
    ] {
        let out = check(&[0.5, 0.4, 0.6], &[dividend(date, cash)], &[0.5, 0.4, 0.6]);
        assert_eq!(out.refused.len(), usize::from(is_refused), "{date}");
        assert_eq!(out.cash_left, 1.0);
    }
}

#[test]
fn a_refused_action_is_named_and_the_others_apply() {
    let actions = [dividend("2024-06-04", 12.0), dividend("2024-06-05", 1.0)];
    let out = check(&[10.0, 10.0, 9.0], &actions, &[9.0, 9.0, 9.0]);
    let [refused] = out.refused.as_slice() else {
        panic!("{:?}", out.refused)
    };
    assert_eq!(refused.action, actions[0]);
    assert!(
        refused
            .reason
            .contains("12 per share against a previous close of 10"),
        "{}",
        refused.reason
    );
}

#[test]
fn a_split_and_a_dividend_of_one_day_apply_in_this_order() {
    // 6309.T: 73 yen declared per old share, 3:1 on the same day; 73/3 per share of the ex-date.
    let actions = [
        split("2024-06-04", 3.0, 1.0),
        dividend("2024-06-04", 73.0 / 3.0),
    ];
    let f = 1.0 - 73.0 / 4210.0;
    let out = check(&[4210.0, 1390.0], &actions, &[4210.0 / 3.0 * f, 1390.0]);
    assert!((out.cash_left - 0.982_660).abs() < 1e-6);
    assert_eq!(out.split_factor, [3.0, 1.0]);
    assert_eq!((out.splits[1], out.dividends[1]), (3.0, 73.0 / 3.0));
}

#[test]
fn a_split_the_day_before_a_dividend_leaves_its_previous_close_alone() {
    let actions = [split("2024-06-04", 2.0, 1.0), dividend("2024-06-05", 1.0)];
    check(&[100.0, 50.0, 49.0], &actions, &[49.0, 49.0, 49.0]);
    let actions = [dividend("2024-06-04", 2.0), split("2024-06-05", 2.0, 1.0)];
    check(&[100.0, 98.0, 49.0], &actions, &[49.0, 49.0, 49.0]);
}

#[test]
fn a_reverse_split_multiplies_earlier_prices() {
    let out = check(
        &[1.0, 10.0],
        &[split("2024-06-04", 1.0, 10.0)],
        &[10.0, 10.0],
    );
    assert_eq!(out.split_factor, [0.1, 1.0]);
    assert_eq!(out.splits, [0.0, 0.1]);
}

#[test]
fn an_action_on_a_day_without_a_session_counts_for_the_next_one() {
    // Sessions 3 to 7 and 10 June; ex-date on Saturday the 8th.
    let closes = [10.0; 6];
    let actions = [dividend("2024-06-08", 1.0), split("2024-06-09", 1.0, 1.0)];
    let out = check(&closes, &actions, &[9.0, 9.0, 9.0, 9.0, 9.0, 10.0]);
    assert_eq!(out.dividends, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(out.splits, [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn several_actions_in_one_gap_all_use_the_close_before_it() {
    let actions = [
        dividend("2024-06-08", 1.0),
        split("2024-06-09", 2.0, 1.0),
        split("2024-06-10", 5.0, 1.0),
        dividend("2024-06-10", 0.05),
        capital_gain("2024-06-10", 0.05),
    ];
    // The first per share of 10, the last two per share of 1.
    let cash_left = 0.9 * 0.95 * 0.95;
    let one = 10.0 * cash_left / 10.0;
    let out = check(
        &[10.0, 10.0, 10.0, 10.0, 10.0, 0.8],
        &actions,
        &[one, one, one, one, one, 0.8],
    );
    assert_eq!(out.splits[5], 10.0);
    assert_eq!(out.dividends[5], 1.1);
}

#[test]
fn without_bars_or_actions_nothing_happens() {
    assert_eq!(
        adjust(&[], None, &set(&[dividend("2024-06-04", 1.0)])).adjusted_close,
        [0.0; 0]
    );
    check(&[10.0, 11.0], &[], &[10.0, 11.0]);
}

fn some_actions() -> impl Strategy<Value = Vec<Action>> {
    let action = (0_i32..130, 0_u8..4, 1_u32..12, 1_u32..5).prop_map(|(days, kind, a, b)| Action {
        ex_date: day("2024-05-25") + jiff::Span::new().days(days),
        kind: match kind {
            0 => ActionKind::Split {
                numerator: f64::from(a),
                denominator: f64::from(b),
            },
            1 => ActionKind::CapitalGain {
                amount: f64::from(a) / 7.0,
            },
            // Now and then more than the price.
            _ => ActionKind::Dividend {
                amount: f64::from(a * a) / 3.0,
            },
        },
    });
    prop::collection::vec(action, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_partial_run_gives_the_rows_of_the_full_run(
        closes in prop::collection::vec(1_u32..10_000, 2..80),
        actions in some_actions(),
        cut in 1_usize..80,
    ) {
        let closes: Vec<f64> = closes.into_iter().map(|cents| f64::from(cents) / 100.0).collect();
        let bars = bars("2024-06-03", &closes);
        let cut = cut.min(bars.len() - 1);
        let actions = set(&actions);
        let full = adjust(&bars, None, &actions);
        let part = adjust(&bars[cut..], Some(bars[cut - 1].date.date()), &actions);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        for (full, part) in [
            (&full.adjusted_close, &part.adjusted_close),
            (&full.split_factor, &part.split_factor),
            (&full.dividends, &part.dividends),
            (&full.splits, &part.splits),
        ] {
            prop_assert_eq!(bits(&full[cut..]), bits(part));
        }
        for refused in &part.refused {
            prop_assert!(full.refused.contains(refused));
        }
    }

    #[test]
    fn the_last_adjusted_close_is_the_close_and_no_adjusted_close_is_impossible(
        closes in prop::collection::vec(1_u32..10_000, 1..80),
        actions in some_actions(),
    ) {
        let closes: Vec<f64> = closes.into_iter().map(|cents| f64::from(cents) / 100.0).collect();
        let bars = bars("2024-06-03", &closes);
        let out = adjust(&bars, None, &set(&actions));
        let last = out.adjusted_close.last().unwrap();
        prop_assert_eq!(last.to_bits(), closes.last().unwrap().to_bits());
        prop_assert_eq!(*out.split_factor.last().unwrap(), 1.0);
        for (index, adjusted) in out.adjusted_close.iter().enumerate() {
            prop_assert!(adjusted.is_finite() && *adjusted > 0.0);
            // Cash only ever lowers what splits alone would give.
            prop_assert!(*adjusted <= closes[index] / out.split_factor[index]);
        }
    }
}

/// PNL.L of 2022 as yfinance-cache tells it: pence, 100:1 on 1 August, two dividends; numbers made
/// up, in New York's sessions. Yahoo on a day knows the splits and dividends up to that day.
fn yahoo_of_pnl(today: Date, closes: &[(Date, f64)]) -> VendorHistory {
    let known: Vec<Action> = [
        dividend("2022-03-03", 350.0),
        dividend("2022-06-02", 352.0),
        split("2022-08-01", 100.0, 1.0),
    ]
    .into_iter()
    .filter(|action| action.ex_date <= today)
    .collect();
    let actions = set(&known);
    let seen = closes.iter().filter(|(date, _)| *date <= today);
    let rows = seen.map(|(date, close)| {
        let factor = actions.split_factor_after(*date);
        let price = as_yahoo(*close, factor);
        row(&date.to_string(), [price; 4], 5000.0 * factor)
    });
    let divided = actions.iter().map(|action| match action.kind {
        ActionKind::Dividend { amount } => {
            let factor = actions.split_factor_after(action.ex_date);
            dividend(&action.ex_date.to_string(), as_yahoo(amount, factor))
        }
        _ => *action,
    });
    answer(
        &today.to_string(),
        rows.collect(),
        &divided.collect::<Vec<_>>(),
    )
}

#[test]
fn a_split_of_a_hundred_leaves_no_return_above_the_true_one() {
    let days = sessions("2022-01-04", 159);
    let mut price = 50_000.0_f64;
    let mut closes = Vec::new();
    let mut true_returns = Vec::new();
    for (index, session) in days.iter().enumerate() {
        let date = session.date();
        let move_ = 1.0 + 0.012 * ((index as f64) * 1.7).sin();
        // What a holder of one old share has: cash leaves the price, the split divides it.
        let cash = match date.to_string().as_str() {
            "2022-03-03" => 350.0,
            "2022-06-02" => 352.0,
            _ => 0.0,
        };
        let before = price;
        let split_today = if date == day("2022-08-01") {
            100.0
        } else {
            1.0
        };
        price = ((price - cash) * move_ / split_today * 100.0).round() / 100.0;
        true_returns.push(price * split_today / (before - cash) - 1.0);
        closes.push((date, price));
    }
    let mut stored = History::default();
    for today in days.iter().skip(20) {
        let calendar = xnys();
        let now = at(&format!("{}T23:30:00Z", today.date()));
        let finality = Finality {
            kind: quantx_market::InstrumentKind::Share,
            calendar: &calendar,
            lag: std::time::Duration::ZERO,
            now,
            range_tolerance: 0.03,
        };
        let answer = yahoo_of_pnl(today.date(), &closes);
        let fetched = basis::final_rows(
            &answer,
            &BasisReading::all_applied(&answer).undo(&answer),
            finality,
        );
        // The design's window of five sessions, the way that goes wrong at its left edge.
        let from = Calendar::back(&calendar, *today, 5).unwrap().date();
        let from = if stored.bars.is_empty() {
            day("2022-01-01")
        } else {
            from
        };
        let merged = merge::merge(
            &stored,
            &fetched,
            MergeContext {
                window: SessionRange::inclusive(from, today.date()),
                pending: &[],
                today: today.date(),
                word: merge::Word::default(),
            },
        );
        assert_eq!((merged.held, merged.quarantine.len()), (None, 0), "{today}");
        stored = merged.history;
        let adjusted = adjust(stored.bars.bars(), None, &stored.actions).adjusted_close;
        for (index, pair) in adjusted.windows(2).enumerate() {
            let ours = pair[1] / pair[0] - 1.0;
            assert!(
                (ours - true_returns[index + 1]).abs() < 1e-9,
                "{today}: row {index}"
            );
        }
    }
    assert_eq!(stored.bars.len(), 159);
    assert_eq!(stored.bars.first().unwrap().volume, Some(5000));
    assert_eq!(
        stored.bars.first().unwrap().close,
        bar("2022-01-04", closes[0].1).close
    );
}

#[path = "checksum_tests.rs"]
mod checksums;
