use super::super::fixtures::{split, walk};
use super::*;
use crate::InspectedRow;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use quantx_market::{BarSeries, RowStamps, ShareBasis, TradingDate, UndecidedBasis, VendorRow};

/// An answer with these as-traded rows, `splits` listed, and each row divided by the splits after it.
pub(super) fn answer_of(rows: &[InspectedRow], splits: &[Action]) -> VendorHistory {
    let actions: ActionSet = splits.iter().copied().collect();
    let rows = rows.iter().map(|row| {
        let s = actions.split_factor_after(row.date);
        let [open, high, low, close] = row.prices.map(|price| price.map(|p| p / s));
        VendorRow {
            date: row.date,
            stamp: Timestamp::UNIX_EPOCH,
            open,
            high,
            low,
            close,
            volume: row.volume.map(|volume| volume * s),
            adjusted_close: close,
        }
    });
    VendorHistory {
        basis: ShareBasis::Newest,
        stamps: RowStamps::OpenOrLastTrade,
        currency: Some("USD".to_owned()),
        time_zone: TimeZone::UTC,
        first_trade: None,
        regular_period: None,
        rows: rows.collect(),
        duplicate_rows: 0,
        actions: splits.to_vec(),
        refused_actions: Vec::new(),
        foreign: Vec::new(),
        market_price: None,
    }
}

/// Rows as traded of a walk that splits by `ratio` at `at`.
pub(super) fn split_walk(
    n: usize,
    at: usize,
    ratio: f64,
    seed: u64,
) -> (Vec<InspectedRow>, Action) {
    let mut rows = walk(n, seed).rows;
    for row in rows.iter_mut().skip(at) {
        row.prices = row.prices.map(|price| price.map(|p| p / ratio));
        row.volume = row.volume.map(|volume| volume * ratio);
    }
    let date = rows[at.min(n - 1)].date;
    (rows, split(date, ratio))
}

pub(super) fn undo(row: &mut VendorRow, ratio: f64) {
    for price in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
        *price = price.map(|price| price * ratio);
    }
    row.adjusted_close = row.close;
    row.volume = row.volume.map(|volume| volume / ratio);
}

/// Closes as traded, by the reading.
pub(super) fn closes(history: &VendorHistory, reading: &BasisReading) -> Vec<f64> {
    let rows = history.rows.iter().zip(&reading.factors);
    rows.map(|(row, factor)| row.close.unwrap() * factor)
        .collect()
}

pub(super) fn as_traded_closes(rows: &[InspectedRow]) -> Vec<f64> {
    rows.iter().map(|row| row.prices[3].unwrap()).collect()
}

pub(super) fn assert_same(ours: &[f64], truth: &[f64]) {
    for (index, (ours, truth)) in ours.iter().zip(truth).enumerate() {
        assert!(
            (ours / truth - 1.0).abs() < 1e-9,
            "row {index}: {ours} for {truth}"
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rows of these tests are on sessions"
)]
fn bars(rows: &[InspectedRow]) -> Vec<Bar> {
    let bars = rows.iter().map(|row| {
        let session = TradingDate::approved(row.date);
        Bar::new(session, row.prices.map(Option::unwrap), row.volume.unwrap()).unwrap()
    });
    BarSeries::new(bars.collect()).into_bars()
}

fn rules(flags: &[Flag]) -> Vec<&'static str> {
    let mut rules: Vec<&str> = flags.iter().map(|flag| flag.rule.name()).collect();
    rules.dedup();
    rules
}

#[test]
fn a_split_that_is_in_no_row_before_it_is_seen_by_its_step() {
    for ratio in [2.0, 10.0, 1.0 / 190.0, 0.25] {
        let (rows, action) = split_walk(80, 50, ratio, 3);
        let mut history = answer_of(&rows, &[action]);
        for row in &mut history.rows[..50] {
            undo(row, ratio);
        }
        let (reading, flags) = read(&mut history, Known::default(), &RuleSettings::default());
        assert_same(&closes(&history, &reading), &as_traded_closes(&rows));
        assert_eq!(
            (rules(&flags), reading.undecided),
            (vec!["split_not_applied"], None)
        );
    }
}

#[test]
fn a_split_of_the_next_session_lets_a_new_listing_wait_whatever_is_in_the_prices() {
    let (rows, _) = split_walk(30, 30, 10.0, 5);
    let action = split("2020-06-01".parse().unwrap(), 10.0);
    for is_in_prices in [true, false] {
        let mut history = answer_of(&rows, &[action]);
        if !is_in_prices {
            history.rows.iter_mut().for_each(|row| undo(row, 10.0));
        }
        let (reading, _) = read(&mut history, Known::default(), &RuleSettings::default());
        let undecided = reading.undecided.unwrap();
        assert_eq!(undecided.basis, UndecidedBasis::Split);
        assert!(
            undecided.reason.contains("10:1 of 2020-06-01"),
            "{}",
            undecided.reason
        );
    }
}

#[test]
fn the_price_now_decides_before_there_is_a_row_of_the_ex_date() {
    let (rows, _) = split_walk(30, 30, 10.0, 5);
    let last = rows[29].prices[3].unwrap();
    let action = split("2020-06-01".parse().unwrap(), 10.0);
    for is_in_prices in [true, false] {
        let mut history = answer_of(&rows, &[action]);
        if !is_in_prices {
            history.rows.iter_mut().for_each(|row| undo(row, 10.0));
        }
        let date = action.ex_date;
        let price = last / 10.0;
        history.market_price = Some(quantx_market::MarketPrice { date, price });
        let (reading, _) = read(&mut history, Known::default(), &RuleSettings::default());
        assert_eq!(reading.undecided, None);
        assert_same(&closes(&history, &reading), &as_traded_closes(&rows));
    }
}

#[test]
fn stored_rows_decide_a_split_of_the_next_session_also_for_the_new_row() {
    let (rows, _) = split_walk(30, 30, 10.0, 5);
    for ratio in [10.0, 1.05, 1.0 / 3.0] {
        let action = split("2020-06-01".parse().unwrap(), ratio);
        let stored = bars(&rows[20..29]);
        for is_in_prices in [true, false] {
            let mut history = answer_of(&rows, &[action]);
            if !is_in_prices {
                history.rows.iter_mut().for_each(|row| undo(row, ratio));
            }
            let actions = ActionSet::default();
            let known = Known {
                bars: &stored,
                actions: Some(&actions),
            };
            let (reading, _) = read(&mut history, known, &RuleSettings::default());
            assert_eq!(reading.undecided, None, "{ratio}");
            let ours = closes(&history, &reading);
            assert_same(&ours[20..], &as_traded_closes(&rows)[20..]);
        }
    }
}

#[test]
fn older_rows_that_come_undivided_are_told_by_the_stored_ones() {
    let (rows, action) = split_walk(40, 30, 5.0, 7);
    let mut history = answer_of(&rows, &[action]);
    for row in &mut history.rows[20..29] {
        undo(row, 5.0);
    }
    let stored = bars(&rows[20..30]);
    let actions = ActionSet::default();
    let known = Known {
        bars: &stored,
        actions: Some(&actions),
    };
    let (reading, flags) = read(&mut history, known, &RuleSettings::default());
    assert_same(
        &closes(&history, &reading)[20..],
        &as_traded_closes(&rows)[20..],
    );
    assert_eq!(rules(&flags), ["split_not_applied"]);
}

#[test]
fn a_split_that_neither_stored_rows_nor_prices_know_is_left_out() {
    let rows = walk(40, 9).rows;
    let action = split(rows[30].date, 4.0);
    let mut history = answer_of(&rows, &[]);
    history.actions = vec![action];
    let stored = bars(&rows[20..30]);
    let actions = ActionSet::default();
    let known = Known {
        bars: &stored,
        actions: Some(&actions),
    };
    let (reading, _) = read(&mut history, known, &RuleSettings::default());
    assert_same(
        &closes(&history, &reading)[20..],
        &as_traded_closes(&rows)[20..],
    );
    assert_eq!(history.actions, []);
    assert_eq!(history.refused_actions.len(), 1);
}

#[test]
fn a_split_that_is_no_longer_listed_but_in_the_prices_is_kept() {
    let (rows, action) = split_walk(40, 30, 4.0, 11);
    let mut history = answer_of(&rows, &[action]);
    history.actions.clear();
    let stored = bars(&rows[20..35]);
    let actions: ActionSet = [action].into_iter().collect();
    let known = Known {
        bars: &stored,
        actions: Some(&actions),
    };
    let (reading, _) = read(&mut history, known, &RuleSettings::default());
    assert_same(
        &closes(&history, &reading)[20..],
        &as_traded_closes(&rows)[20..],
    );
    assert_eq!(history.actions, [action]);
}

#[test]
fn a_split_whose_date_moved_stays_where_the_stored_rows_step() {
    let (rows, action) = split_walk(40, 30, 4.0, 13);
    let mut history = answer_of(&rows, &[action]);
    let moved = split(rows[31].date, 4.0);
    history.actions = vec![moved];
    let stored = bars(&rows[20..35]);
    let actions: ActionSet = [action].into_iter().collect();
    let known = Known {
        bars: &stored,
        actions: Some(&actions),
    };
    let (reading, _) = read(&mut history, known, &RuleSettings::default());
    assert_same(
        &closes(&history, &reading)[20..],
        &as_traded_closes(&rows)[20..],
    );
    assert_eq!(history.actions, [action]);
}

#[test]
fn the_newest_level_is_right_and_not_the_one_with_most_rows() {
    let rows = walk(29, 15).rows;
    let mut history = answer_of(&rows, &[]);
    for row in &mut history.rows[..22] {
        undo(row, 100.0);
        row.volume = row.volume.map(|volume| volume * 100.0);
    }
    let flags = crate::fixtures::examined(history.clone(), &RuleSettings::default());
    let refused: Vec<Date> = flags.iter().map(|flag| flag.date).collect();
    let wrong: Vec<Date> = rows[..22].iter().map(|row| row.date).collect();
    assert_eq!((refused, rules(&flags)), (wrong, vec!["unit_jump"]));
    let (reading, _) = read(&mut history, Known::default(), &RuleSettings::default());
    assert_eq!(reading.undecided, None);
}

#[test]
fn one_newest_row_on_another_level_lets_a_new_listing_wait_unless_the_price_now_tells() {
    let rows = walk(29, 17).rows;
    let last = rows[28];
    let mut history = answer_of(&rows, &[]);
    undo(&mut history.rows[28], 100.0);
    let settings = RuleSettings::default();
    let (reading, _) = read(&mut history, Known::default(), &settings);
    assert_eq!(reading.undecided.unwrap().basis, UndecidedBasis::Unit);
    let price = last.prices[3].unwrap();
    history.market_price = Some(quantx_market::MarketPrice {
        date: last.date,
        price,
    });
    let (reading, _) = read(&mut history, Known::default(), &settings);
    assert_eq!(reading.undecided, None);
    let flags = crate::fixtures::examined(history, &settings);
    let flagged: Vec<Date> = flags.iter().map(|flag| flag.date).collect();
    assert_eq!(
        (flagged, rules(&flags)),
        (vec![last.date], vec!["unit_jump"])
    );
}

#[test]
fn rows_that_are_divided_once_too_often_are_refused() {
    let (rows, action) = split_walk(80, 50, 4.0, 19);
    // Listed two sessions late: the rows between are divided although they are after the split.
    let mut history = answer_of(&rows, &[split(rows[52].date, 4.0)]);
    let expected = vec![rows[50].date, rows[51].date];
    let (reading, flags) = read(&mut history, Known::default(), &RuleSettings::default());
    assert_eq!(rules(&flags), ["split_basis"]);
    assert_eq!(
        flags.iter().map(|flag| flag.date).collect::<Vec<_>>(),
        expected
    );
    let (ours, truth) = (closes(&history, &reading), as_traded_closes(&rows));
    assert_same(&ours[..50], &truth[..50]);
    assert_same(&ours[52..], &truth[52..]);
    // A block before the ex-date.
    let mut history = answer_of(&rows, &[action]);
    for row in &mut history.rows[45..48] {
        undo(row, 0.25);
    }
    let expected: Vec<Date> = rows[45..48].iter().map(|row| row.date).collect();
    let (_, flags) = read(&mut history, Known::default(), &RuleSettings::default());
    assert_eq!(
        flags.iter().map(|flag| flag.date).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn a_real_fall_near_a_split_is_no_other_basis() {
    for (at, fall) in [
        (50, 0.7),
        (50, 0.6),
        (45, 0.6),
        (55, 0.6),
        (30, 0.5),
        (52, 0.75),
    ] {
        let (mut rows, action) = split_walk(120, 50, 2.0, 23);
        for row in rows.iter_mut().skip(at) {
            row.prices = row.prices.map(|price| price.map(|p| p * fall));
        }
        rows[at].volume = rows[at].volume.map(|volume| volume * 12.0);
        let mut history = answer_of(&rows, &[action]);
        let (reading, flags) = read(&mut history, Known::default(), &RuleSettings::default());
        assert_eq!(
            (rules(&flags), &reading.undecided),
            (vec![], &None),
            "{at} {fall}"
        );
        assert_same(&closes(&history, &reading), &as_traded_closes(&rows));
    }
}
