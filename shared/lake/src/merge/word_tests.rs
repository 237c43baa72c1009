use super::*;
use crate::fixtures::{bars, day, dividend, fetched, window};
use crate::record::Pending;
use crate::sources::{SourceRun, Spoken, Standing};

fn run(from: &str, to: &str, vendor: &str, standing: Standing) -> SourceRun {
    SourceRun {
        from: day(from),
        to: day(to),
        vendor: vendor.to_owned(),
        standing,
    }
}

fn history(closes: &[f64]) -> History {
    History {
        bars: BarSeries::new(bars("2024-03-04", closes)),
        ..History::default()
    }
}

fn closes(merged: &Merged) -> Vec<f64> {
    merged
        .history
        .bars
        .bars()
        .iter()
        .map(|bar| bar.close.get())
        .collect()
}

fn merge_on(
    today: &str,
    stored: &History,
    offer: &[f64],
    pending: &[Pending],
    word: Word<'_>,
) -> Merged {
    let offer = fetched(bars("2024-03-04", offer), &[]);
    let context = MergeContext {
        window: window("2024-03-04", "2024-03-29"),
        pending,
        today: day(today),
        word,
    };
    merge(stored, &offer, context)
}

const STANDS_IN: Standing = Standing::Provisional;

fn eodhd(standing: Standing) -> Word<'static> {
    Word {
        vendor: "eodhd",
        standing,
        ..Word::default()
    }
}

#[test]
fn who_stands_in_adds_rows_and_changes_none() {
    let stored = history(&[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]);
    // Half a cent, a real difference, and a new session.
    let offer = [10.004, 11.3, 12.0, 13.0, 14.0, 15.0, 16.0];
    let mut word = eodhd(STANDS_IN);
    for today in ["2024-03-12", "2024-03-13", "2024-03-14"] {
        let merged = merge_on(today, &stored, &offer, &[], word);
        assert_eq!(
            closes(&merged),
            [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0],
            "{today}"
        );
        assert_eq!(
            (merged.stats.bars_added, merged.stats.volumes_corrected),
            (1, 0)
        );
        assert!(merged.pending.is_empty() && merged.quarantine.is_empty() && merged.held.is_none());
        assert_eq!(merged.disputes.len(), 1);
        assert!(
            merged.disputes[0]
                .words("eodhd")
                .contains("eodhd says 11.3")
        );
    }
    // As the first in the order its word has weight.
    word.standing = Standing::Settled;
    let merged = merge_on("2024-03-12", &stored, &offer, &[], word);
    assert_eq!((merged.pending.len(), merged.disputes.len()), (1, 0));
}

#[test]
fn who_stands_in_on_another_level_is_held() {
    let stored = history(&[10.0, 11.0, 12.0, 13.0, 14.0]);
    let offer = [20.0, 22.0, 24.0, 26.0, 28.0, 30.0];
    let merged = merge_on("2024-03-12", &stored, &offer, &[], eodhd(STANDS_IN));
    assert!(
        matches!(merged.held, Some(Held::Rebased { .. })),
        "{:?}",
        merged.held
    );
    assert_eq!(closes(&merged), [10.0, 11.0, 12.0, 13.0, 14.0]);
}

#[test]
fn the_first_vendor_takes_over_what_is_the_same_and_has_the_last_word_on_the_rest_on_two_days() {
    let stored = history(&[10.0, 11.0, 12.0, 13.0, 14.004, 30.0]);
    let sources = [run(
        "2024-03-08",
        "2024-03-11",
        "eodhd",
        Standing::Provisional,
    )];
    let word = Word {
        sources: &sources,
        ..Word::default()
    };
    let offer = [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0];
    let merged = merge_on("2024-03-13", &stored, &offer, &[], word);
    // Half a tick apart: its own digits at once. Twice as much: a claim, whatever the size; its new row
    // follows all the same.
    assert_eq!(closes(&merged), [10.0, 11.0, 12.0, 13.0, 14.0, 30.0, 16.0]);
    assert_eq!(
        merged.settled,
        BTreeMap::from([(day("2024-03-08"), Spoken::HasIt)])
    );
    assert_eq!((merged.pending.len(), &merged.held), (1, &None));
    let next = merge_on("2024-03-14", &merged.history, &offer, &merged.pending, word);
    assert_eq!(closes(&next), offer);
    assert_eq!(next.stats.prices_corrected, 1);
}

#[test]
fn what_the_first_vendor_lacks_stays_with_the_one_that_had_it() {
    let stored = history(&[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]);
    let sources = [run(
        "2024-03-11",
        "2024-03-11",
        "eodhd",
        Standing::Provisional,
    )];
    let word = Word {
        sources: &sources,
        ..Word::default()
    };
    let merged = merge_on(
        "2024-03-13",
        &stored,
        &[10.0, 11.0, 12.0, 13.0, 14.0],
        &[],
        word,
    );
    assert_eq!(closes(&merged).len(), 6);
    assert_eq!(
        merged.settled,
        BTreeMap::from([(day("2024-03-11"), Spoken::HasNothing)])
    );
}

#[test]
fn a_history_that_stood_in_as_a_whole_gives_way_as_a_whole() {
    let stored = history(&[20.0, 22.0, 24.0, 26.0]);
    let sources = [run(
        "2024-03-04",
        "2024-03-07",
        "eodhd",
        Standing::Provisional,
    )];
    let word = Word {
        sources: &sources,
        ..Word::default()
    };
    let offer = [10.0, 11.0, 12.0, 13.0, 14.0];
    let merged = merge_on("2024-03-12", &stored, &offer, &[], word);
    assert_eq!(merged.held, None);
    let next = merge_on("2024-03-13", &merged.history, &offer, &merged.pending, word);
    assert_eq!(closes(&next), offer);
}

#[test]
fn two_lineages_correct_at_once_and_two_against_it_stop_a_repeated_claim() {
    let stored = history(&[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]);
    let offer = [10.0, 11.0, 12.6, 13.0, 14.0, 15.0];
    let date = day("2024-03-06");
    let confirmed = Vote {
        confirmed: BTreeSet::from([date]),
        ..Vote::default()
    };
    let word = Word {
        vote: Some(&confirmed),
        ..Word::default()
    };
    let merged = merge_on("2024-03-12", &stored, &offer, &[], word);
    assert_eq!(closes(&merged), offer);
    assert!(merged.quarantine.is_empty() && merged.pending.is_empty());
    let denied = Vote {
        denied: BTreeSet::from([date]),
        ..Vote::default()
    };
    let word = Word {
        vote: Some(&denied),
        ..Word::default()
    };
    let first = merge_on("2024-03-12", &stored, &offer, &[], word);
    let second = merge_on("2024-03-13", &stored, &offer, &first.pending, word);
    assert_eq!(second.history, stored);
    // Without witnesses the second day would have made it true.
    let alone = merge_on(
        "2024-03-13",
        &stored,
        &offer,
        &first.pending,
        Word::default(),
    );
    assert_eq!(closes(&alone), offer);
}

#[test]
fn who_was_outvoted_may_repeat_himself_without_a_claim() {
    let stored = history(&[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]);
    let sources = [run("2024-03-11", "2024-03-11", "tiingo", Standing::Voted)];
    let word = Word {
        sources: &sources,
        ..Word::default()
    };
    let offer = [10.0, 11.0, 12.0, 13.0, 14.0, 15.9, 16.0];
    let merged = merge_on("2024-03-13", &stored, &offer, &[], word);
    assert_eq!(closes(&merged), [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0]);
    assert!(merged.pending.is_empty() && merged.held.is_none() && merged.quarantine.is_empty());
}

#[test]
fn who_stands_in_adds_events_since_the_first_vendor_was_heard_and_takes_none_away() {
    let mut stored = history(&[10.0, 11.0, 12.0, 13.0, 14.0]);
    stored.actions.insert(dividend("2024-03-05", 0.5));
    let events = [dividend("2024-03-06", 0.7), dividend("2024-03-11", 0.9)];
    let offer = fetched(
        bars("2024-03-04", &[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]),
        &events,
    );
    let context = |today: &str, word| MergeContext {
        window: window("2024-03-04", "2024-03-29"),
        pending: &[],
        today: day(today),
        word,
    };
    let merged = merge(&stored, &offer, context("2024-03-12", eodhd(STANDS_IN)));
    let dates: Vec<Date> = merged
        .history
        .actions
        .iter()
        .map(|action| action.ex_date)
        .collect();
    assert_eq!(dates, [day("2024-03-05"), day("2024-03-11")]);
    assert!(merged.pending.is_empty());
}
