use super::*;
use crate::RunId;
use crate::decisions::DecisionsError;
use crate::fixtures::{at, bar, bars, day, dividend, fetched, window, xnys};
use crate::merge::{MergeContext, Merged, merge_with_decisions};
use crate::quarantine::{QuarantineFile, entries};
use quantx_market::{Price, TradingDate};

const JUNE: (&str, &str) = ("2024-06-03", "2024-06-28");

fn run() -> RunId {
    RunId::new("daily_update", at("2024-06-20T02:00:00Z")).unwrap()
}

fn refused(date: &str, close: f64, rule: &str) -> RefusedRow {
    RefusedRow::of_bar(
        &bar(date, close),
        RefusalRule::from_name(rule),
        "because".to_owned(),
    )
}

/// Decides in order; the evidence is the row itself.
fn decide(decided: &[(Resolution, RefusedRow)]) -> Decisions {
    let mut decisions = Decisions::none("AAPL");
    for (resolution, row) in decided {
        let rows = vec![row.clone()];
        let entry = entries("AAPL", vec![QuarantineFile { run: run(), rows }], None).remove(0);
        decisions.decisions.push(Decision {
            id: entry.id,
            resolution: *resolution,
            row: row.clone(),
            run: run(),
            by: "ann".to_owned(),
            at: at("2024-06-21T08:00:00Z"),
            note: Some("looked it up".to_owned()),
        });
    }
    decisions
}

fn history(first: &str, closes: &[f64]) -> History {
    History {
        bars: BarSeries::new(bars(first, closes)),
        ..History::default()
    }
}

fn merge_on(
    today: &str,
    stored: &History,
    offer: &Fetched,
    pending: &[Pending],
    decisions: &Decisions,
) -> Merged {
    let context = MergeContext {
        window: window(JUNE.0, JUNE.1),
        pending,
        today: day(today),
        word: crate::merge::Word::default(),
    };
    merge_with_decisions(
        stored,
        offer,
        context,
        &DecisionIndex::new(decisions, InstrumentKind::Share, &xnys(), None),
    )
}

fn close(history: &History, date: &str) -> Option<f64> {
    history.bars.get(day(date)).map(|bar| bar.close.get())
}

fn rules(merged: &Merged) -> Vec<(String, &str)> {
    let rows = merged.quarantine.iter();
    rows.map(|row| (row.date.to_string(), row.rule.name()))
        .collect()
}

use Resolution::{Rejected, Released};

#[test]
fn a_released_correction_stands_at_once_and_stays() {
    let stored = history("2024-06-03", &[10.0; 8]);
    let mut closes = [10.0; 9];
    closes[4] = 14.0;
    let offer = fetched(bars("2024-06-03", &closes), &[]);
    let none = Decisions::none("AAPL");
    let before = merge_on("2024-06-14", &stored, &offer, &[], &none);
    assert_eq!(
        rules(&before),
        [("2024-06-07".to_owned(), "correction_too_large")]
    );
    let decisions = decide(&[(Released, before.quarantine[0].clone())]);
    let after = merge_on(
        "2024-06-15",
        &before.history,
        &offer,
        &before.pending,
        &decisions,
    );
    assert_eq!(close(&after.history, "2024-06-07"), Some(14.0));
    assert_eq!((after.stats.prices_corrected, after.held), (1, None));
    assert_eq!((&after.quarantine, &after.pending), (&vec![], &vec![]));
    let again = merge_on("2024-06-16", &after.history, &offer, &[], &decisions);
    assert_eq!(
        again,
        Merged {
            history: after.history,
            ..Merged::default()
        }
    );
}

#[test]
fn a_rejected_correction_is_as_if_it_had_not_come() {
    let stored = history("2024-06-03", &[10.0; 8]);
    // The newest common session is in dispute: without a decision the whole fetch is held.
    let mut closes = [10.0; 9];
    closes[7] = 10.5;
    let offer = fetched(bars("2024-06-03", &closes), &[]);
    let none = Decisions::none("AAPL");
    let before = merge_on("2024-06-14", &stored, &offer, &[], &none);
    assert!(before.held.is_some() && before.pending.len() == 1);
    let row = before
        .quarantine
        .iter()
        .find(|row| row.rule.name() == "correction_unconfirmed");
    let decisions = decide(&[(Rejected, row.unwrap().clone())]);
    let mut pending = before.pending;
    for today in ["2024-06-14", "2024-06-15", "2024-06-16"] {
        let after = merge_on(today, &before.history, &offer, &pending, &decisions);
        assert_eq!(
            (after.held, &after.quarantine, &after.pending),
            (None, &vec![], &vec![])
        );
        assert_eq!(close(&after.history, "2024-06-12"), Some(10.0));
        assert_eq!(after.stats.bars_added, 1, "the new session is taken");
        pending = after.pending;
    }
}

#[test]
fn rows_in_another_unit_are_decided_one_by_one() {
    let stored = history("2024-06-03", &[4.0; 6]);
    let closes = [4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 400.0, 410.0, 4.1];
    let rows = bars("2024-06-03", &closes).into_iter();
    let (wrong, good): (Vec<Bar>, Vec<Bar>) = rows.partition(|bar| bar.close.get() > 100.0);
    let mut offer = fetched(good, &[]);
    // As the rules refuse them before the merge.
    let refused = wrong.iter();
    offer.refused = refused
        .map(|bar| RefusedRow::of_bar(bar, RefusalRule::from_name("unit_jump"), String::new()))
        .collect();
    let none = Decisions::none("AAPL");
    let before = merge_on("2024-06-14", &stored, &offer, &[], &none);
    assert_eq!(before.quarantine.len(), 2);
    let first = before.quarantine[0].clone();
    let released = decide(&[(Released, first.clone())]);
    let after = merge_on("2024-06-15", &before.history, &offer, &[], &released);
    assert_eq!(close(&after.history, "2024-06-11"), Some(400.0));
    // Its neighbour on the same level is no more right than before.
    assert_eq!(rules(&after), [("2024-06-12".to_owned(), "unit_jump")]);
    let at_once = merge_on("2024-06-15", &History::default(), &offer, &[], &released);
    assert_eq!(at_once.history, after.history);
    let rejected = decide(&[(Rejected, first), (Rejected, before.quarantine[1].clone())]);
    let after = merge_on("2024-06-15", &before.history, &offer, &[], &rejected);
    assert_eq!((after.quarantine.len(), after.history), (0, before.history));
}

#[test]
fn what_a_person_released_only_a_person_changes() {
    let stored = history("2024-06-03", &[10.0; 8]);
    let released = refused("2024-06-07", 14.0, "correction_too_large");
    let decisions = decide(&[(Released, released.clone())]);
    let offer = |close: f64| {
        let mut closes = [10.0; 9];
        closes[4] = close;
        fetched(bars("2024-06-03", &closes), &[])
    };
    let first = merge_on("2024-06-14", &stored, &offer(14.0), &[], &decisions);
    // A small correction that two days agree on would be taken of any other row.
    let mut merged = first.clone();
    for today in ["2024-06-15", "2024-06-16", "2024-06-17"] {
        merged = merge_on(
            today,
            &merged.history,
            &offer(14.2),
            &merged.pending,
            &decisions,
        );
        assert_eq!(
            rules(&merged),
            [("2024-06-07".to_owned(), "correction_of_released")]
        );
        assert_eq!(
            (close(&merged.history, "2024-06-07"), merged.held),
            (Some(14.0), None)
        );
    }
    let correction = merged.quarantine[0].clone();
    let both = decide(&[(Released, released.clone()), (Released, correction.clone())]);
    let replaced = merge_on("2024-06-18", &merged.history, &offer(14.2), &[], &both);
    assert_eq!(close(&replaced.history, "2024-06-07"), Some(14.2));
    assert_eq!(replaced.quarantine, []);
    // The vendor changes its mind back: the first word was overruled and stays out quietly.
    let back = merge_on("2024-06-19", &replaced.history, &offer(14.0), &[], &both);
    assert_eq!(
        (&back.quarantine, close(&back.history, "2024-06-07")),
        (&vec![], Some(14.2))
    );
    let settled = decide(&[(Released, released), (Rejected, correction)]);
    let quiet = merge_on("2024-06-18", &merged.history, &offer(14.2), &[], &settled);
    assert_eq!(
        (&quiet.quarantine, close(&quiet.history, "2024-06-07")),
        (&vec![], Some(14.0))
    );
}

#[test]
fn a_vendor_that_corrects_a_released_block_is_not_held_back() {
    let stored = history("2024-06-03", &[4.0; 5]);
    let block: Vec<_> = bars("2024-06-10", &[400.0; 4])
        .iter()
        .map(|bar| {
            (
                Released,
                RefusedRow::of_bar(bar, RefusalRule::from_name("unit_jump"), String::new()),
            )
        })
        .collect();
    let decisions = decide(&block);
    let wrong = fetched(
        bars(
            "2024-06-03",
            &[4.0, 4.0, 4.0, 4.0, 4.0, 400.0, 400.0, 400.0, 400.0],
        ),
        &[],
    );
    let first = merge_on("2024-06-14", &stored, &wrong, &[], &decisions);
    assert_eq!((first.history.bars.len(), first.quarantine.len()), (9, 0));
    // Of five common sessions four are released ones that the vendor now contradicts.
    let right = fetched(bars("2024-06-07", &[4.0; 6]), &[]);
    let second = merge_on("2024-06-18", &first.history, &right, &[], &decisions);
    assert_eq!((second.held, second.stats.bars_added), (None, 1));
    assert_eq!(second.quarantine.len(), 4);
    assert!(
        second
            .quarantine
            .iter()
            .all(|row| row.rule.name() == "correction_of_released")
    );
}

#[test]
fn a_rule_of_any_name_can_be_overruled_and_the_volume_follows_the_vendor() {
    let stored = history("2024-06-03", &[10.0; 8]);
    let spike = refused("2024-06-13", 13.0, "close_spike");
    let offer = |volume: f64| {
        let mut offer = fetched(bars("2024-06-03", &[10.0; 8]), &[]);
        offer.refused.push(RefusedRow {
            volume: Some(volume),
            ..spike.clone()
        });
        offer
    };
    let none = Decisions::none("AAPL");
    assert_eq!(
        merge_on("2024-06-14", &stored, &offer(1000.0), &[], &none)
            .quarantine
            .len(),
        1
    );
    let released = decide(&[(Released, spike.clone())]);
    let after = merge_on("2024-06-14", &stored, &offer(1000.0), &[], &released);
    assert_eq!(
        (close(&after.history, "2024-06-13"), after.quarantine.len()),
        (Some(13.0), 0)
    );
    let restated = merge_on("2024-06-15", &after.history, &offer(1200.0), &[], &released);
    let volume = restated.history.bars.get(day("2024-06-13")).unwrap().volume;
    assert_eq!((volume, restated.quarantine.len()), (Some(1200), 0));
    // The vendor no longer sends the row: it stays.
    let gone = merge_on(
        "2024-06-16",
        &restated.history,
        &fetched(bars("2024-06-03", &[10.0; 8]), &[]),
        &[],
        &released,
    );
    assert_eq!(gone.history, restated.history);
    let rejected = decide(&[(Rejected, spike.clone())]);
    let out = merge_on("2024-06-15", &stored, &offer(1200.0), &[], &rejected);
    assert_eq!((&out.history, out.quarantine.len()), (&stored, 0));
}

#[test]
fn an_empty_window_changes_nothing_but_what_was_released() {
    let mut stored = history("2024-06-03", &[10.0; 8]);
    stored.actions = [dividend("2024-06-05", 0.1)].into_iter().collect();
    let claims = [
        Pending::Prices {
            date: day("2024-06-04"),
            prices: [10.1; 4].map(Some),
            seen_on: day("2024-06-14"),
        },
        Pending::Prices {
            date: day("2024-06-07"),
            prices: [14.0; 4].map(Some),
            seen_on: day("2024-06-14"),
        },
        Pending::Vanished {
            action: dividend("2024-06-05", 0.1),
            seen_on: day("2024-06-14"),
        },
    ];
    let decisions = decide(&[(
        Released,
        refused("2024-06-07", 14.0, "correction_too_large"),
    )]);
    let context = MergeContext {
        window: SessionRange::new(day("2024-06-03"), day("2024-06-03")),
        pending: &claims,
        today: day("2024-06-20"),
        word: crate::merge::Word::default(),
    };
    let merged = merge_with_decisions(
        &stored,
        &Fetched::default(),
        context,
        &DecisionIndex::new(&decisions, InstrumentKind::Share, &xnys(), None),
    );
    assert_eq!(merged.history.actions, stored.actions);
    assert_eq!(merged.pending, [claims[0], claims[2]]);
    assert_eq!(close(&merged.history, "2024-06-07"), Some(14.0));
    assert_eq!(merged.history.bars.len(), 8);
    // What was not read cannot be changed.
    let later = DecisionIndex::new(
        &decisions,
        InstrumentKind::Share,
        &xnys(),
        Some(day("2024-06-07")),
    );
    assert_eq!(
        merge_with_decisions(&stored, &Fetched::default(), context, &later).history,
        stored
    );
    let nothing = merge_with_decisions(
        &History::default(),
        &Fetched::default(),
        context,
        &DecisionIndex::new(&decisions, InstrumentKind::Share, &xnys(), None),
    );
    assert!(nothing.history.bars.is_empty());
}

#[test]
fn decisions_read_what_they_write_and_nothing_else() {
    let mut decisions = decide(&[
        (Rejected, refused("2024-06-07", 0.1 + 0.2, "unit_jump")),
        (
            Released,
            refused("2024-06-10", 1.0 / 3.0, "correction_too_large"),
        ),
    ]);
    decisions.decisions[1].note = None;
    let bytes = decisions.to_bytes().unwrap();
    assert_eq!(Decisions::parse(&bytes, "AAPL").unwrap(), decisions);
    let wrong = Decisions::parse(&bytes, "IBM");
    assert!(matches!(wrong, Err(DecisionsError::WrongListing { .. })));
    let text = String::from_utf8(bytes).unwrap();
    let newer = text.replacen("\"schema\": 2", "\"schema\": 3, \"more\": 1", 1);
    let newer = Decisions::parse(newer.as_bytes(), "AAPL");
    assert!(matches!(
        newer,
        Err(DecisionsError::NewerSchema { found: 3 })
    ));
    let unknown = text.replacen("\"schema\": 2", "\"schema\": 2, \"more\": 1", 1);
    for damaged in [unknown.as_str(), "", "[]", "{\"schema\": 1}"] {
        let damaged = Decisions::parse(damaged.as_bytes(), "AAPL");
        assert!(matches!(damaged, Err(DecisionsError::Json(_))));
    }
}

#[path = "volume_tests.rs"]
mod volumes;

#[path = "property_tests.rs"]
mod properties;
