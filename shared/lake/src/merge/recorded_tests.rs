//! The same listings asked again and again in 2025, as recorded: see PROVENANCE.md beside them.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::basis::{Finality, final_rows};
use crate::fixtures::{shared_data, snapshots};
use quantx_calendar::Calendar;
use quantx_market::{BasisReading, VendorHistory};

fn fetch(mic: &str, now: Timestamp, history: &VendorHistory) -> (Fetched, SessionRange, Date) {
    let calendar = Calendar::of(mic).unwrap();
    let lag = Duration::ZERO;
    let fetched = final_rows(
        history,
        &BasisReading::all_applied(history).undo(history),
        Finality {
            kind: quantx_market::InstrumentKind::Share,
            calendar: &calendar,
            lag,
            now,
            range_tolerance: 0.03,
        },
    );
    let today = now.to_zoned(history.time_zone.clone()).date();
    let first = history.rows.first().unwrap().date;
    (fetched, SessionRange::inclusive(first, today), today)
}

#[test]
fn forty_eight_answers_for_apple_converge_to_the_last_one() {
    let Some(folder) = shared_data() else { return };
    let answers = snapshots(&folder, "AAPL");
    assert_eq!(answers.len(), 48);
    let mut stored = History::default();
    let mut stats = MergeStats::default();
    let mut live = 0;
    for (now, history) in &answers {
        let (fetched, window, today) = fetch("XNYS", *now, history);
        let merged = merge(
            &stored,
            &fetched,
            MergeContext {
                window,
                pending: &[],
                today,
                word: Word::default(),
            },
        );
        assert_eq!((merged.held, &merged.quarantine), (None, &vec![]), "{now}");
        assert_eq!(merged.pending, [], "{now}");
        assert_eq!(
            fetched.null_sessions.len() + fetched.off_session.len(),
            0,
            "{now}"
        );
        live += fetched.live_sessions.len();
        stats.bars_added += merged.stats.bars_added;
        stats.volumes_corrected += merged.stats.volumes_corrected;
        stats.prices_corrected += merged.stats.prices_corrected;
        stats.actions_added += merged.stats.actions_added;
        stats.actions_revised += merged.stats.actions_revised;
        stored = merged.history;
    }
    let (now, last) = answers.last().unwrap();
    let (fetched, _, _) = fetch("XNYS", *now, last);
    let common = fetched.bars.bars().iter().map(|bar| {
        assert_eq!(stored.bars.get(bar.date.date()), Some(bar), "{}", bar.date);
    });
    let common = common.count();
    eprintln!(
        "{} rows, {common} in common, {live} live rows, {stats:?}",
        stored.bars.len()
    );
    // From 2025-02-18 to 2025-10-28, without a session missing.
    let calendar = Calendar::of("XNYS").unwrap();
    let range = SessionRange::inclusive(
        stored.bars.first().unwrap().date.date(),
        stored.bars.last().unwrap().date.date(),
    );
    assert_eq!(range.to_string(), "[2025-02-18, 2025-10-29)");
    assert_eq!(stored.bars.len(), calendar.count(range));
    assert_eq!((common, stored.actions.len()), (126, 2));
    assert_eq!((stats.prices_corrected, stats.actions_revised), (0, 0));
    assert_eq!(stats.bars_added, stored.bars.len());
    assert!(stats.volumes_corrected > 0);
}

#[test]
fn null_rows_of_a_german_listing_are_filled_by_the_next_answer() {
    let Some(folder) = shared_data() else { return };
    let answers = snapshots(&folder, "GS2C.DE");
    assert_eq!(answers.len(), 14);
    let seen = |date: &str| {
        let found = answers
            .iter()
            .find(|(now, _)| now.to_string().starts_with(date));
        let (now, history) = found.unwrap();
        fetch("XETR", *now, history)
    };
    let dates = |history: &History| {
        let bars = history.bars.bars().iter();
        bars.map(|bar| bar.date.to_string()).collect::<Vec<_>>()
    };
    let (offer, window, today) = seen("2025-10-01");
    let nulls: Vec<String> = offer
        .null_sessions
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(nulls, ["2025-09-29", "2025-09-30"]);
    let context = MergeContext {
        window,
        pending: &[],
        today,
        word: Word::default(),
    };
    let first = merge(&History::default(), &offer, context);
    assert_eq!(dates(&first.history), ["2025-09-25", "2025-09-26"]);
    let (offer, window, today) = seen("2025-10-02");
    let context = MergeContext {
        window,
        pending: &[],
        today,
        word: Word::default(),
    };
    let second = merge(&first.history, &offer, context);
    assert_eq!((second.held, second.stats.bars_added), (None, 3));
    assert_eq!(
        dates(&second.history),
        [
            "2025-09-25",
            "2025-09-26",
            "2025-09-29",
            "2025-09-30",
            "2025-10-01"
        ]
    );
    // Eight days later with a range of five: nothing in common, nothing taken, nothing lost.
    let (offer, window, today) = seen("2025-10-10");
    let context = MergeContext {
        window,
        pending: &[],
        today,
        word: Word::default(),
    };
    let third = merge(&second.history, &offer, context);
    assert_eq!(
        (third.held, &third.history),
        (Some(Held::NoOverlap), &second.history)
    );
    assert_eq!(third.quarantine.len(), offer.bars.len());
}
