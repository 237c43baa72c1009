//! What holds for every series.

use proptest::prelude::*;

use super::fixtures::{dividend, flags, found, gain, split, walk, weekdays};
use super::{Inspected, InspectedRow, Rule};
use quantx_market::{Action, ActionKind, Date};

fn scale(row: &mut InspectedRow, factor: f64) {
    row.prices = row.prices.map(|price| price.map(|value| value * factor));
}

/// One of the faults of this room, somewhere in a walk.
fn spoil(series: &mut Inspected, fault: usize, at: usize) {
    let n = series.rows.len();
    let at = at % n;
    let date = series.rows[at].date;
    let close = series.rows[at].prices[3].unwrap_or(1.0);
    let row = &mut series.rows[at];
    match fault {
        0 => scale(row, 100.0),
        1 => scale(row, 1.3),
        2 => row.prices[3] = row.prices[2].map(|low| low * 0.9),
        3 => row.prices[0] = None,
        4 => row.volume = Some(5e9),
        5 => row.prices[1] = row.prices[1].map(|high| high * 100.0),
        6 => series.actions.insert(split(date, 3.0)).map_or((), drop),
        7 => series
            .actions
            .insert(dividend(date, close * 0.3))
            .map_or((), drop),
        8 => series
            .actions
            .insert(gain(date, close * 0.1))
            .map_or((), drop),
        _ => series.rows[at..].iter_mut().for_each(|row| scale(row, 0.4)),
    }
}

fn times(action: &Action, factor: f64) -> Action {
    let kind = match action.kind {
        ActionKind::Dividend { amount } => ActionKind::Dividend {
            amount: amount * factor,
        },
        ActionKind::CapitalGain { amount } => ActionKind::CapitalGain {
            amount: amount * factor,
        },
        split @ ActionKind::Split { .. } => split,
    };
    Action { kind, ..*action }
}

proptest! {
    #[test]
    fn a_quiet_walk_has_no_flag(n in 1usize..1500, seed in any::<u64>()) {
        prop_assert_eq!(found(&walk(n, seed)), []);
    }

    #[test]
    fn a_block_in_another_unit_is_flagged_row_by_row(
        n in 10usize..400,
        seed in any::<u64>(),
        start in any::<prop::sample::Index>(),
        length in any::<prop::sample::Index>(),
        factor in prop::sample::select(vec![100.0, 0.01, 1000.0, 0.001]),
    ) {
        let mut series = walk(n, seed);
        let length = 1 + length.index(n / 3);
        // The newest rows are right, whatever is before them.
        let start = start.index(n - length - 4);
        for row in &mut series.rows[start..start + length] {
            scale(row, factor);
        }
        let block = series.rows[start..start + length].iter();
        let expected: Vec<(Rule, Date)> = block.map(|row| (Rule::UnitJump, row.date)).collect();
        prop_assert_eq!(found(&series), expected);
    }

    #[test]
    fn the_unit_of_the_prices_does_not_matter(
        n in 20usize..200,
        seed in any::<u64>(),
        faults in prop::collection::vec((0usize..10, any::<usize>()), 0..5),
        power in -6i32..=6,
    ) {
        let mut series = walk(n, seed);
        // The vendor's column is rounded to six decimals whatever the unit is: left out.
        series.rows.iter_mut().for_each(|row| row.adjustment = None);
        for (fault, at) in faults {
            spoil(&mut series, fault, at);
        }
        let mut scaled = series.clone();
        // A power of two, so that no comparison at a threshold turns on a rounding.
        let factor = 2f64.powi(power);
        scaled.rows.iter_mut().for_each(|row| scale(row, factor));
        scaled.actions = series.actions.iter().map(|action| times(action, factor)).collect();
        prop_assert_eq!(found(&series), found(&scaled));
    }

    #[test]
    fn flags_are_sorted_the_same_twice_and_never_on_stored_rows(
        n in 1usize..200,
        seed in any::<u64>(),
        faults in prop::collection::vec((0usize..10, any::<usize>()), 0..6),
        n_stored in 0usize..220,
    ) {
        let mut series = walk(n, seed);
        for (fault, at) in faults {
            spoil(&mut series, fault, at);
        }
        series.n_stored = n_stored;
        let flags = flags(&series);
        prop_assert_eq!(&flags, &super::fixtures::flags(&series));
        prop_assert!(flags.is_sorted_by_key(|flag| (flag.date, flag.rule, flag.column)));
        let newest_stored = series.rows.iter().take(n_stored).next_back().map(|row| row.date);
        prop_assert!(flags.iter().all(|flag| Some(flag.date) > newest_stored));
    }

    #[test]
    fn a_fault_in_the_last_rows_of_a_window_is_flagged(
        seed in any::<u64>(),
        back in 1usize..=10,
        context in 30usize..=60,
        fault in 0usize..6,
    ) {
        let n = context + 10;
        let mut series = walk(n, seed);
        series.n_stored = context;
        let at = n - back;
        let rule = match fault {
            0 => { scale(&mut series.rows[at], 0.01); Rule::UnitJump }
            1 => { scale(&mut series.rows[at], 0.5); Rule::PriceJump }
            2 => { series.rows[at].prices[3] = Some(0.0); Rule::ImpossiblePrice }
            3 => { series.rows[at].prices[3] = None; Rule::MissingPrice }
            4 => { series.rows[at].prices[0] = Some(1e-3); Rule::OutsideRange }
            _ => { series.rows[at].volume = Some(1e12); Rule::VolumeSpike }
        };
        let date = series.rows[at].date;
        prop_assert!(found(&series).contains(&(rule, date)), "{:?}", found(&series));
    }

    #[test]
    fn whatever_a_vendor_sends_is_inspected_without_panic(
        rows in prop::collection::vec(
            (
                prop::array::uniform4(prop::option::of(any::<f64>())),
                prop::option::of(any::<f64>()),
                prop::option::of(any::<f64>()),
            ),
            0..80,
        ),
        events in prop::collection::vec((0usize..90, 0usize..3, any::<f64>()), 0..12),
        n_stored in 0usize..90,
    ) {
        let dates = weekdays(90);
        let action = |(at, kind, amount): &(usize, usize, f64)| match kind {
            0 => split(dates[*at], *amount),
            1 => dividend(dates[*at], *amount),
            _ => gain(dates[*at], *amount),
        };
        let actions: Vec<Action> = events.iter().map(action).collect();
        let rows = rows.into_iter().zip(&dates);
        let series = Inspected {
            rows: rows
                .map(|((prices, volume, adjustment), date)| InspectedRow { date: *date, prices, volume, adjustment })
                .collect(),
            n_stored,
            stored: std::collections::BTreeSet::new(),
            actions: actions.iter().copied().collect(),
            known_actions: Some(actions.iter().skip(1).copied().collect()),
            currency: Some("GBp".to_owned()),
            ..Inspected::default()
        };
        let newest_stored = series.rows.iter().take(n_stored).next_back().map(|row| row.date);
        let flags = flags(&series);
        let of_rows = flags.iter().filter(|flag| {
            !matches!(flag.rule, Rule::EventRevised | Rule::EventVanished)
        });
        prop_assert!(of_rows.into_iter().all(|flag| Some(flag.date) > newest_stored));
    }
}
