use super::*;
use crate::fixtures::{bar, bars, day, dividend, fetched, split, window};

const JUNE: (&str, &str) = ("2024-06-03", "2024-06-28");

fn history(first: &str, closes: &[f64]) -> History {
    History {
        bars: BarSeries::new(bars(first, closes)),
        actions: ActionSet::default(),
    }
}

fn merge_on(today: &str, stored: &History, offered: &Fetched, pending: &[Pending]) -> Merged {
    merge(
        stored,
        offered,
        MergeContext {
            window: window(JUNE.0, JUNE.1),
            pending,
            today: day(today),
            word: Word::default(),
        },
    )
}

fn rules(merged: &Merged) -> Vec<(String, &str)> {
    let rows = merged.quarantine.iter();
    rows.map(|row| (row.date.to_string(), row.rule.name()))
        .collect()
}

fn close(history: &History, date: &str) -> f64 {
    history.bars.get(day(date)).unwrap().close.get()
}

#[test]
fn a_first_fetch_is_taken_and_a_second_of_the_same_changes_nothing() {
    let offer = fetched(
        bars("2024-06-03", &[10.0, 10.1, 10.2]),
        &[dividend("2024-06-04", 0.1)],
    );
    let once = merge_on("2024-06-06", &History::default(), &offer, &[]);
    assert_eq!((once.stats.bars_added, once.stats.actions_added), (3, 1));
    let twice = merge_on("2024-06-06", &once.history, &offer, &[]);
    assert_eq!(
        twice,
        Merged {
            history: once.history,
            ..Merged::default()
        }
    );
}

#[test]
fn rows_outside_the_window_are_neither_taken_nor_put_aside() {
    let mut offer = fetched(bars("2024-05-30", &[10.0; 24]), &[]);
    for date in ["2024-05-29", "2024-06-19", "2024-07-05"] {
        offer.refused.push(RefusedRow::of_bar(
            &bar(date, 1.0),
            RefusalRule::from_name("missing_price"),
            String::new(),
        ));
    }
    let merged = merge_on("2024-07-05", &History::default(), &offer, &[]);
    let (first, last) = (
        merged.history.bars.first().unwrap(),
        merged.history.bars.last().unwrap(),
    );
    assert_eq!(
        (first.date.to_string(), last.date.to_string()),
        (JUNE.0.into(), JUNE.1.into())
    );
    assert_eq!(rules(&merged), [("2024-06-19".to_owned(), "missing_price")]);
}

#[test]
fn a_stale_volume_heals_at_the_next_overlap() {
    let stored = history("2024-06-03", &[10.0, 10.1]);
    let mut rows = bars("2024-06-03", &[10.0, 10.1, 10.2]);
    rows[1].volume = Some(2500);
    let merged = merge_on("2024-06-06", &stored, &fetched(rows, &[]), &[]);
    assert_eq!(
        (merged.stats.bars_added, merged.stats.volumes_corrected),
        (1, 1)
    );
    assert_eq!(
        merged.history.bars.get(day("2024-06-04")).unwrap().volume,
        Some(2500)
    );
    assert_eq!(merged.stats.prices_corrected, 0);
}

#[test]
fn a_volume_that_the_vendor_only_says_less_exactly_is_kept() {
    let mut stored = history("2024-06-03", &[10.0; 3]);
    let mut rows = stored.bars.into_bars();
    (rows[0].volume, rows[1].volume, rows[2].volume) = (Some(684), Some(684), None);
    stored.bars = BarSeries::new(rows.clone());
    // After 1:190 the vendor has 4 and 3 new shares; its 0 is unknown already.
    (rows[0].volume, rows[1].volume, rows[2].volume) = (Some(760), Some(570), Some(190));
    let mut offer = fetched(rows, &[]);
    for bar in stored.bars.bars() {
        offer.volume_units.insert(bar.date.date(), 190.0);
    }
    let merged = merge_on("2024-06-06", &stored, &offer, &[]);
    let volumes = |merged: &Merged| -> Vec<Option<u64>> {
        let bars = merged.history.bars.bars().iter();
        bars.map(|bar| bar.volume).collect()
    };
    assert_eq!(volumes(&merged), [Some(684), Some(570), Some(190)]);
    let stats = merged.stats;
    assert_eq!((stats.volumes_corrected, stats.values_filled), (1, 1));
    let again = merge_on("2024-06-07", &merged.history, &offer, &[]);
    assert_eq!(again.stats, MergeStats::default());
    // An unknown volume never replaces a known one.
    let mut rows = offer.bars.clone().into_bars();
    rows.iter_mut().for_each(|bar| bar.volume = None);
    offer.bars = BarSeries::new(rows);
    let kept = merge_on("2024-06-08", &merged.history, &offer, &[]);
    assert_eq!(volumes(&kept), [Some(684), Some(570), Some(190)]);
}

#[test]
fn a_confirmed_correction_keeps_what_it_does_not_know() {
    let stored = history("2024-06-03", &[10.0; 5]);
    let mut rows = stored.bars.clone().into_bars();
    let close = quantx_market::Price::new(10.5).unwrap();
    (rows[1].open, rows[1].high, rows[1].close) = (None, Some(close), close);
    let offer = fetched(rows, &[]);
    let first = merge_on("2024-06-10", &stored, &offer, &[]);
    assert_eq!((first.held, first.pending.len()), (None, 1));
    let second = merge_on("2024-06-11", &first.history, &offer, &first.pending);
    assert_eq!(
        (second.stats.prices_corrected, second.pending.len()),
        (1, 0)
    );
    let bar = second.history.bars.get(day("2024-06-04")).unwrap();
    let prices = bar.prices().map(|price| price.unwrap().get());
    assert_eq!(prices, [10.0, 10.5, 10.0, 10.5]);
}

#[test]
fn a_fetch_on_another_basis_is_held_back_whole() {
    let stored = history("2024-06-03", &[10.0, 10.1, 10.2, 10.3, 10.4]);
    let claim = Pending::Vanished {
        action: dividend("2024-06-03", 1.0),
        seen_on: day("2024-06-09"),
    };
    for (closes, rule) in [
        (vec![5.0, 5.05, 5.1, 5.15, 5.2, 5.25], "rebased"),
        (
            vec![1000.0, 1010.0, 1020.0, 1030.0, 1040.0, 1050.0],
            "rebased",
        ),
        (vec![10.0, 10.1, 10.2, 10.3, 10.5, 10.5], "disagrees"),
        (vec![10.1, 10.2, 10.35, 10.3, 10.4, 10.5], "disagrees"),
    ] {
        let offer = fetched(bars("2024-06-03", &closes), &[dividend("2024-06-05", 0.2)]);
        let merged = merge_on("2024-06-11", &stored, &offer, &[claim]);
        assert_eq!(
            merged.held.as_ref().unwrap().rule().name(),
            rule,
            "{closes:?}"
        );
        assert_eq!(merged.history, stored);
        assert_eq!(merged.stats, MergeStats::default());
        assert!(
            rules(&merged).contains(&("2024-06-10".to_owned(), rule)),
            "{closes:?}"
        );
        assert!(merged.pending.contains(&claim), "{closes:?}");
        assert!(!merged.held.as_ref().unwrap().reason().is_empty());
    }
}

#[test]
fn a_fetch_without_a_session_in_common_is_held_back() {
    let stored = history("2024-06-03", &[10.0, 10.1]);
    let merged = merge_on(
        "2024-06-11",
        &stored,
        &fetched(bars("2024-06-05", &[10.0; 2]), &[]),
        &[],
    );
    assert_eq!(
        (merged.held.clone(), merged.history.clone()),
        (Some(Held::NoOverlap), stored.clone())
    );
    let expected = [
        ("2024-06-05".to_owned(), "no_overlap"),
        ("2024-06-06".to_owned(), "no_overlap"),
    ];
    assert_eq!(rules(&merged), expected);
    // An answer without a row says nothing against the stored ones.
    let empty = merge_on("2024-06-11", &stored, &fetched(vec![], &[]), &[]);
    assert_eq!((empty.held, empty.history), (None, stored));
}

#[test]
fn a_correction_is_taken_when_a_fetch_of_another_day_repeats_it() {
    let stored = history("2024-06-03", &[10.0, 10.1, 10.2, 10.3, 10.4]);
    let offer = fetched(
        bars("2024-06-03", &[10.0, 10.1, 10.5, 10.3, 10.4, 10.5]),
        &[],
    );
    let first = merge_on("2024-06-11", &stored, &offer, &[]);
    assert_eq!((first.held.clone(), first.stats.bars_added), (None, 1));
    assert_eq!(
        rules(&first),
        [("2024-06-05".to_owned(), "correction_unconfirmed")]
    );
    assert_eq!(close(&first.history, "2024-06-05"), 10.2);
    assert_eq!(first.pending.len(), 1);
    // Again on the same day: still one claim, with the day it was first seen.
    let same_day = merge_on("2024-06-11", &first.history, &offer, &first.pending);
    assert_eq!(same_day.pending, first.pending);
    assert_eq!(close(&same_day.history, "2024-06-05"), 10.2);
    let next_day = merge_on("2024-06-12", &first.history, &offer, &same_day.pending);
    assert_eq!(close(&next_day.history, "2024-06-05"), 10.5);
    assert_eq!(
        next_day.stats,
        MergeStats {
            prices_corrected: 1,
            ..MergeStats::default()
        }
    );
    assert_eq!((next_day.pending.len(), next_day.quarantine.len()), (0, 0));
}

#[test]
fn a_claim_starts_again_with_other_prices_and_ends_when_the_vendor_goes_back() {
    let stored = history("2024-06-03", &[10.0, 10.1, 10.2, 10.3, 10.4]);
    let says = |close: f64| fetched(bars("2024-06-03", &[10.0, 10.1, close, 10.3, 10.4]), &[]);
    let first = merge_on("2024-06-11", &stored, &says(10.5), &[]);
    let other = merge_on("2024-06-12", &stored, &says(10.6), &first.pending);
    assert_eq!(close(&other.history, "2024-06-05"), 10.2);
    assert!(
        matches!(other.pending.as_slice(), [Pending::Prices { seen_on, .. }] if *seen_on == day("2024-06-12"))
    );
    let back = merge_on("2024-06-13", &stored, &says(10.2), &other.pending);
    assert_eq!((back.pending.len(), back.history), (0, stored));
}

#[test]
fn a_claim_on_a_date_that_was_not_asked_for_waits() {
    let stored = history("2024-05-28", &[10.0; 10]);
    let claims = [
        Pending::Prices {
            date: day("2024-05-29"),
            prices: [10.5; 4].map(Some),
            seen_on: day("2024-06-06"),
        },
        Pending::Prices {
            date: day("2024-06-04"),
            prices: [10.5; 4].map(Some),
            seen_on: day("2024-06-06"),
        },
    ];
    let offer = fetched(bars("2024-06-03", &[10.0; 6]), &[]);
    let merged = merge_on("2024-06-11", &stored, &offer, &claims);
    assert_eq!(merged.pending, claims[..1]);
}

#[test]
fn a_change_of_more_than_a_tenth_is_never_believed() {
    let stored = history("2024-06-03", &[10.0, 10.1, 10.2, 10.3, 10.4]);
    for wrong in [8.9, 11.5, 1020.0, 0.102] {
        let offer = fetched(
            bars("2024-06-03", &[10.0, 10.1, wrong, 10.3, 10.4, 10.5]),
            &[],
        );
        let mut pending = Vec::new();
        for today in ["2024-06-11", "2024-06-12", "2024-06-13"] {
            let merged = merge_on(today, &stored, &offer, &pending);
            assert_eq!(close(&merged.history, "2024-06-05"), 10.2, "{wrong}");
            assert_eq!(
                rules(&merged),
                [("2024-06-05".to_owned(), "correction_too_large")]
            );
            // The rows beside it are in order, and the newest proves it.
            assert_eq!(close(&merged.history, "2024-06-10"), 10.5);
            pending = merged.pending;
            assert_eq!(pending, []);
        }
    }
}

#[test]
fn a_wrong_newest_common_session_holds_what_follows_it() {
    let stored = history("2024-06-03", &[10.0, 10.1, 10.2, 10.3, 10.4]);
    let offer = fetched(
        bars("2024-06-03", &[10.0, 10.1, 10.2, 10.3, 11.0, 11.1]),
        &[],
    );
    let first = merge_on("2024-06-11", &stored, &offer, &[]);
    assert_eq!(
        first.held,
        Some(Held::Disagrees {
            differing: 1,
            common: 5
        })
    );
    let next = merge_on("2024-06-12", &first.history, &offer, &first.pending);
    assert_eq!(
        (next.held, close(&next.history, "2024-06-10")),
        (None, 11.1)
    );
    assert_eq!(close(&next.history, "2024-06-07"), 11.0);
}

#[test]
fn an_action_comes_with_its_bar_and_not_before() {
    let stored = history("2024-06-03", &[10.0, 10.1]);
    let actions = [
        dividend("2024-06-04", 0.1),
        dividend("2024-06-05", 0.2),
        split("2024-06-07", 2.0, 1.0),
    ];
    let before = merge_on(
        "2024-06-04",
        &stored,
        &fetched(bars("2024-06-03", &[10.0, 10.1]), &actions),
        &[],
    );
    assert_eq!(
        before.history.actions,
        actions[..1].iter().copied().collect()
    );
    let offer = fetched(bars("2024-06-03", &[10.0, 10.1, 10.2]), &actions);
    let after = merge_on("2024-06-05", &before.history, &offer, &[]);
    assert_eq!(
        after.history.actions,
        actions[..2].iter().copied().collect()
    );
    assert_eq!(after.stats.actions_added, 1);
}

#[test]
fn a_revised_dividend_is_taken_at_once_and_one_outside_the_window_stays() {
    let mut stored = history("2024-05-28", &[10.0; 10]);
    stored.actions = [dividend("2024-05-30", 0.5), dividend("2024-06-05", 0.2)]
        .into_iter()
        .collect();
    let offer = fetched(
        bars("2024-06-03", &[10.0; 6]),
        &[dividend("2024-06-05", 0.3)],
    );
    let merged = merge_on("2024-06-11", &stored, &offer, &[]);
    assert_eq!(
        (merged.stats.actions_added, merged.stats.actions_revised),
        (0, 1)
    );
    let expected: ActionSet = [dividend("2024-05-30", 0.5), dividend("2024-06-05", 0.3)]
        .into_iter()
        .collect();
    assert_eq!(merged.history.actions, expected);
    assert_eq!(merged.pending, []);
}

#[test]
fn an_action_goes_when_fetches_of_two_days_do_not_have_it() {
    let mut stored = history("2024-06-03", &[10.0; 5]);
    stored.actions.insert(dividend("2024-06-05", 0.2));
    let without = fetched(bars("2024-06-03", &[10.0; 5]), &[]);
    let first = merge_on("2024-06-11", &stored, &without, &[]);
    assert_eq!((first.history.actions.len(), first.pending.len()), (1, 1));
    let same_day = merge_on("2024-06-11", &stored, &without, &first.pending);
    assert_eq!(
        (same_day.history.actions.len(), &same_day.pending),
        (1, &first.pending)
    );
    let with = fetched(
        bars("2024-06-03", &[10.0; 5]),
        &[dividend("2024-06-05", 0.2)],
    );
    let back = merge_on("2024-06-12", &stored, &with, &first.pending);
    assert_eq!((back.history.actions.len(), back.pending.len()), (1, 0));
    let gone = merge_on("2024-06-12", &stored, &without, &first.pending);
    assert_eq!((gone.history.actions.len(), gone.pending.len()), (0, 0));
    assert_eq!(gone.stats.actions_removed, 1);
}

#[path = "property_tests.rs"]
mod properties;
