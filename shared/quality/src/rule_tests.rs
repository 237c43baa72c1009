//! Each rule by hand: what it flags, and what comes near and is fine.

use super::fixtures::{day, dividend, flags, found, gain, split, walk};
use super::{Column, Flag, Inspected, InspectedRow, Rule, RuleSettings, Severity, inspect};
use quantx_market::{Action, ActionSet, Date};

const N: usize = 120;
const AT: usize = 80;

fn edited(edit: impl FnOnce(&mut [InspectedRow])) -> Inspected {
    let mut series = walk(N, 7);
    edit(&mut series.rows);
    series
}

fn scale(row: &mut InspectedRow, factor: f64) {
    row.prices = row.prices.map(|price| price.map(|value| value * factor));
}

fn date_of(series: &Inspected, at: usize) -> Date {
    series.rows[at].date
}

fn close(series: &Inspected, at: usize) -> f64 {
    series.rows[at].prices[3].unwrap()
}

#[track_caller]
fn check(series: &Inspected, expected: &[(Rule, usize)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(rule, at)| (*rule, date_of(series, *at)))
        .collect();
    assert_eq!(found(series), expected);
}

type Edit = fn(&mut InspectedRow);

#[test]
fn a_row_that_is_no_bar_is_refused_by_the_name_of_its_fault() {
    let cases: [(Rule, Option<Column>, Edit); 7] = [
        (Rule::MissingPrice, Some(Column::Close), |row| {
            row.prices[3] = None
        }),
        (Rule::ImpossiblePrice, Some(Column::Close), |row| {
            row.prices[3] = Some(0.0)
        }),
        (Rule::ImpossiblePrice, Some(Column::Low), |row| {
            row.prices[2] = Some(-1.0)
        }),
        (Rule::ImpossiblePrice, Some(Column::High), |row| {
            row.prices[1] = Some(f64::NAN)
        }),
        (Rule::HighBelowLow, None, |row| row.prices.swap(1, 2)),
        (Rule::OutsideRange, Some(Column::Close), |row| {
            row.prices[3] = row.prices[2].map(|low| low * 0.96);
        }),
        (Rule::ImpossibleVolume, Some(Column::Volume), |row| {
            row.volume = Some(-1.0)
        }),
    ];
    for (rule, column, edit) in cases {
        let series = edited(|rows| edit(&mut rows[AT]));
        let [flag] = flags(&series).try_into().unwrap();
        let read: (Rule, Severity, Date, Option<Column>) =
            (flag.rule, flag.severity, flag.date, flag.column);
        assert_eq!(read, (rule, Severity::Refuse, date_of(&series, AT), column));
    }
}

#[test]
fn what_is_unknown_or_a_little_outside_the_range_is_no_fault() {
    let edits: [Edit; 5] = [
        |row| row.prices[0] = None,
        |row| (row.prices[1], row.prices[2]) = (None, None),
        |row| row.volume = None,
        |row| row.prices[3] = row.prices[2].map(|low| low * 0.98),
        |row| row.prices[0] = row.prices[1].map(|high| high * 1.02),
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let series = edited(|rows| edit(&mut rows[AT]));
        assert_eq!(flags(&series), [], "{index}");
    }
}

#[test]
fn a_null_row_is_a_hole_and_no_fault() {
    let series = edited(|rows| {
        rows[AT].prices = [None; 4];
        rows[AT].volume = None;
    });
    check(&series, &[]);
}

#[test]
fn a_single_price_in_another_unit_is_named() {
    for (at, column) in Column::PRICES.into_iter().enumerate() {
        let series = edited(|rows| {
            rows[AT].prices[at] = rows[AT].prices[at].map(|price| price / 100.0);
        });
        let jumps: Vec<Flag> = flags(&series)
            .into_iter()
            .filter(|flag| flag.rule == Rule::UnitJump)
            .collect();
        let columns: Vec<_> = jumps.iter().map(|flag| flag.column).collect();
        assert_eq!(columns, [Some(column)]);
    }
}

#[test]
fn sessions_without_trade_do_not_tell_the_unit() {
    // The vendor carries a price in pounds over two thirds of the rows, none of them traded.
    let series = edited(|rows| {
        for row in &mut rows[..N * 2 / 3] {
            scale(row, 0.01);
            row.volume = Some(0.0);
        }
    });
    let wrong: Vec<_> = (0..N * 2 / 3).map(|at| (Rule::UnitJump, at)).collect();
    check(&series, &wrong);
}

#[test]
fn stored_rows_tell_the_unit_and_are_never_flagged() {
    let mut series = edited(|rows| {
        for row in &mut rows[10..] {
            scale(row, 100.0);
        }
    });
    series.n_stored = 10;
    let wrong: Vec<_> = (10..N).map(|at| (Rule::UnitJump, at)).collect();
    check(&series, &wrong);
    series.n_stored = N;
    check(&series, &[]);
}

#[test]
fn a_quiet_move_that_returns_is_flagged_and_traded_news_is_not() {
    for rows_off in 1..=2 {
        let mut series = edited(|rows| {
            for row in &mut rows[AT..AT + rows_off] {
                scale(row, 1.15);
            }
        });
        let wrong: Vec<_> = (AT..AT + rows_off)
            .map(|at| (Rule::PriceJump, at))
            .collect();
        check(&series, &wrong);
        series.rows[AT].volume = Some(9e6);
        check(&series, &[]);
    }
    // Three sessions on another level are a level.
    let longer = edited(|rows| rows[AT..AT + 3].iter_mut().for_each(|row| scale(row, 1.15)));
    check(&longer, &[]);
}

#[test]
fn a_large_move_needs_volume_or_an_event() {
    let mut series = edited(|rows| rows[AT..].iter_mut().for_each(|row| scale(row, 0.5)));
    check(&series, &[(Rule::PriceJump, AT)]);
    series.rows[AT].volume = Some(2e7);
    check(&series, &[]);
    series.rows[AT].volume = Some(1e6);
    let ex_date = date_of(&series, AT);
    series.actions = [split(ex_date, 2.0)].into_iter().collect();
    check(&series, &[]);
}

#[test]
fn equal_rows_that_trade_are_stale_and_flat_or_untraded_ones_are_not() {
    let copy = |volume: f64, is_flat: bool| {
        edited(|rows| {
            if is_flat {
                rows[AT].prices = [rows[AT].prices[3]; 4];
            }
            for at in AT + 1..AT + 3 {
                rows[at].prices = rows[AT].prices;
                rows[at].volume = Some(volume);
            }
        })
    };
    let stale = [(Rule::StaleRepeat, AT + 1), (Rule::StaleRepeat, AT + 2)];
    check(&copy(1e6, false), &stale);
    check(&copy(0.0, false), &[]);
    check(&copy(1e6, true), &[]);
}

#[test]
fn a_volume_in_another_unit_is_flagged_and_a_busy_day_is_not() {
    let series = |times: f64| edited(|rows| rows[AT].volume = rows[AT].volume.map(|v| v * times));
    check(&series(1000.0), &[(Rule::VolumeSpike, AT)]);
    check(&series(50.0), &[]);
}

#[test]
fn a_split_shows_on_its_ex_date_or_disagrees() {
    let true_split = |ratio: f64| {
        let mut series = edited(|rows| {
            for row in &mut rows[..AT] {
                scale(row, ratio);
                row.volume = row.volume.map(|volume| volume / ratio);
            }
        });
        series.actions = [split(date_of(&series, AT), ratio)].into_iter().collect();
        series
    };
    for ratio in [4.0, 1.5, 0.1, 100.0] {
        let mut series = true_split(ratio);
        check(&series, &[]);
        // The prices do not know of it.
        series.rows = walk(N, 7).rows;
        let flagged = found(&series);
        if ratio == 100.0 {
            // On the newest basis all earlier rows are in another unit.
            assert_eq!(flagged.len(), AT);
            assert!(flagged.iter().all(|(rule, _)| *rule == Rule::UnitJump));
        } else {
            assert_eq!(flagged, [(Rule::SplitRatioDisagrees, date_of(&series, AT))]);
        }
    }
}

/// A series in which `amount` of the close before goes ex at `AT`, the price falls by `fall` of it
/// and the vendor adjusts by `vendor` of it.
fn paying(amount: f64, fall: f64, vendor: f64, action: fn(Date, f64) -> Action) -> Inspected {
    let mut series = edited(|rows| {
        rows[AT - 1].prices = [rows[AT].prices[0]; 4];
        rows[AT].prices = [rows[AT].prices[0]; 4];
        rows[AT..]
            .iter_mut()
            .for_each(|row| scale(row, 1.0 - fall * amount));
        rows[..AT]
            .iter_mut()
            .for_each(|row| row.adjustment = Some(1.0 - vendor * amount));
    });
    let ex_date = date_of(&series, AT);
    let cash = close(&series, AT - 1) * amount;
    series.actions = [action(ex_date, cash)].into_iter().collect();
    series
}

#[test]
fn a_dividend_agrees_with_prices_and_with_the_vendors_adjustment() {
    let cases: [(f64, f64, f64, &[Rule]); 8] = [
        (0.02, 1.0, 1.0, &[]),
        (0.30, 1.0, 1.0, &[]),
        (0.02, 1.0, 0.0, &[Rule::DividendAdjustmentDisagrees]),
        (0.02, 1.0, 2.0, &[Rule::DividendAdjustmentDisagrees]),
        (0.02, 1.0, 0.01, &[Rule::DividendUnit]),
        (0.0002, 1.0, 100.0, &[Rule::DividendUnit]),
        (0.20, 0.0, 1.0, &[Rule::DividendNotSeen]),
        (0.60, 1.0, 1.0, &[Rule::DividendTooLarge]),
    ];
    for (amount, fall, vendor, rules) in cases {
        let series = paying(amount, fall, vendor, dividend);
        let expected: Vec<_> = rules.iter().map(|rule| (*rule, AT)).collect();
        check(&series, &expected);
    }
}

#[test]
fn a_vendors_step_without_an_event_is_flagged() {
    let mut series = paying(0.02, 1.0, 1.0, dividend);
    series.actions = ActionSet::default();
    check(&series, &[(Rule::AdjustmentWithoutEvent, AT)]);
}

#[test]
fn a_dividend_that_contains_the_gain_is_flagged_and_one_beside_it_is_not() {
    for (fall, vendor, rules) in [
        (1.0, 2.0, &[Rule::CapitalGainInDividend][..]),
        (1.0, 1.0, &[Rule::CapitalGainInDividend]),
        (2.0, 2.0, &[]),
    ] {
        let mut series = paying(0.08, fall, vendor, dividend);
        let cash = close(&series, AT - 1) * 0.08;
        series.actions.insert(gain(date_of(&series, AT), cash));
        let expected: Vec<_> = rules.iter().map(|rule| (*rule, AT)).collect();
        check(&series, &expected);
    }
}

#[test]
fn a_dividend_twice_in_a_week_is_a_duplicate_unless_the_listing_pays_weekly() {
    let mut series = walk(N, 7);
    series.rows.iter_mut().for_each(|row| row.adjustment = None);
    let pays = |every: usize| (10..N).step_by(every);
    let with = |days: &[usize], series: &Inspected| {
        let actions = days.iter().map(|at| dividend(date_of(series, *at), 0.3));
        Inspected {
            actions: actions.collect(),
            ..series.clone()
        }
    };
    let weekly: Vec<usize> = pays(5).collect();
    assert_eq!(found(&with(&weekly, &series)), []);
    let monthly: Vec<usize> = pays(21).chain([33]).collect();
    let doubled = found(&with(&monthly, &series));
    assert_eq!(doubled.len(), 1);
    assert_eq!(doubled[0].0, Rule::DuplicateDividend);
    assert!(
        [31, 33]
            .map(|at| date_of(&series, at))
            .contains(&doubled[0].1)
    );
}

#[test]
fn a_known_event_that_changes_or_goes_is_flagged_within_the_dates_asked_for() {
    let mut series = walk(N, 7);
    let (first, at) = (date_of(&series, 0), date_of(&series, AT));
    let known = [
        dividend(first.yesterday().unwrap(), 0.2),
        dividend(date_of(&series, 20), 0.3),
        dividend(at, 0.2),
        gain(at, 0.1),
    ];
    series.rows.iter_mut().for_each(|row| row.adjustment = None);
    series.known_actions = Some(known.into_iter().collect());
    series.actions = [dividend(at, 0.25), gain(at, 0.1 * (1.0 + 1e-9))]
        .into_iter()
        .collect();
    check(
        &series,
        &[(Rule::EventVanished, 20), (Rule::EventRevised, AT)],
    );
}

#[test]
fn a_rule_can_be_off_or_stricter() {
    let series = edited(|rows| {
        scale(&mut rows[AT], 100.0);
        scale(&mut rows[AT + 20], 1.2);
    });
    let mut settings = RuleSettings::default();
    settings.set_severity(Rule::UnitJump, None);
    settings.set_severity(Rule::PriceJump, Some(Severity::Refuse));
    let [flag] = inspect(&series, &settings).flags.try_into().unwrap();
    let expected = (Rule::PriceJump, Severity::Refuse, date_of(&series, AT + 20));
    assert_eq!((flag.rule, flag.severity, flag.date), expected);
}

#[test]
fn a_flag_reads_back_as_it_was_written() {
    let series = edited(|rows| rows[AT].prices[3] = Some(0.0));
    let [flag] = flags(&series).try_into().unwrap();
    let json = serde_json::to_string(&flag).unwrap();
    let date = day(&flag.date.to_string());
    let expected = format!(
        r#"{{"rule":"impossible_price","severity":"refuse","date":"{date}","column":"close","detail":"close is 0, a price is finite and above 0"}}"#
    );
    assert_eq!(json, expected);
    let back: Flag = serde_json::from_str(&json).unwrap();
    assert_eq!(back, flag);
}

#[test]
fn little_or_nothing_is_inspected_without_a_word() {
    assert_eq!(flags(&Inspected::default()), []);
    for n in 1..40 {
        let series = walk(n, 3);
        assert_eq!(flags(&series), [], "{n}");
    }
}
