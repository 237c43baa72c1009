use std::collections::BTreeMap;

use super::*;
use quantx_lake::record::{Hole, Pending, Watch, YearEntry};
use quantx_lake::schema::SCHEMA_VERSION;

const POLICY: PlanPolicy = PlanPolicy {
    backfill_start: Date::constant(2020, 1, 1),
    backfill_new: true,
    hole_asks: 3,
    hole_window: 10,
};
const DAILY: Intent = Intent::Daily { lookback: 5 };

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn xnys() -> Calendar {
    Calendar::of("XNYS").unwrap()
}

fn backfill(start: &str, end: &str) -> Intent {
    Intent::Backfill {
        start: day(start),
        end: day(end),
    }
}

/// A listing asked for from `asked_from` on, with rows from `first` to `last`.
fn record(asked_from: &str, first: &str, last: &str) -> CommitRecord {
    let entry = YearEntry {
        rows: 1,
        first: day(first),
        last: day(last),
        sha256: String::new(),
    };
    CommitRecord {
        schema: SCHEMA_VERSION,
        symbol: "AAPL".to_owned(),
        exchange: "us".to_owned(),
        currency: None,
        unit_scale: 1.0,
        first_trade: None,
        asked_from: day(asked_from),
        actions: vec![],
        judged: Vec::new(),
        sources: Vec::new(),
        confirmed: Vec::new(),
        years: BTreeMap::from([(2024, entry)]),
        watch: Watch::default(),
        revision: 1,
        updated: "2024-06-10T00:00:00Z".parse().unwrap(),
    }
}

fn stored_to(last: &str) -> CommitRecord {
    record("2020-01-01", "2020-01-02", last)
}

fn with_holes(mut record: CommitRecord, holes: &[(&str, u32)]) -> CommitRecord {
    for (date, asks) in holes {
        let hole = Hole {
            asks: *asks,
            last_asked: day("2024-06-01"),
            row: None,
        };
        record.watch.holes.insert(day(date), hole);
    }
    record
}

fn decide(
    record: Option<&CommitRecord>,
    intent: Intent,
    policy: PlanPolicy,
    last_final: &str,
) -> Decision {
    let calendar = xnys();
    let session = calendar.session(day(last_final)).unwrap();
    let today = session.date().tomorrow().unwrap();
    plan(record, intent, policy, &calendar, session, today)
}

fn check(
    record: Option<&CommitRecord>,
    intent: Intent,
    last_final: &str,
    expected: (&str, &str, usize),
) {
    let (from, until, due) = expected;
    let fetch = FetchPlan {
        from: day(from),
        until: day(until),
        due,
    };
    assert_eq!(
        decide(record, intent, POLICY, last_final),
        Decision::Fetch(fetch),
        "{intent:?} {last_final}"
    );
}

fn check_skip(record: Option<&CommitRecord>, intent: Intent, last_final: &str, reason: SkipReason) {
    assert_eq!(
        decide(record, intent, POLICY, last_final),
        Decision::Skip(reason),
        "{intent:?} {last_final}"
    );
}

#[test]
fn a_rewrite_that_was_announced_and_not_ended_is_ended() {
    let stored = stored_to("2024-06-10");
    let again = backfill("2020-01-01", "2024-06-10");
    check_skip(Some(&stored), again, "2024-06-10", SkipReason::Complete);
    let mut announced = stored;
    announced.watch.rewriting.insert(2023);
    let expected = ("2024-06-04", "2024-06-10", 0);
    check(Some(&announced), again, "2024-06-10", expected);
}

#[test]
fn a_day_asks_for_the_new_session_and_five_stored_ones() {
    // Monday 10 June is due; 3 to 7 June overlap.
    check(
        Some(&stored_to("2024-06-07")),
        DAILY,
        "2024-06-10",
        ("2024-06-03", "2024-06-10", 1),
    );
}

#[test]
fn a_listing_that_is_up_to_date_is_still_looked_at() {
    check(
        Some(&stored_to("2024-06-10")),
        DAILY,
        "2024-06-10",
        ("2024-06-04", "2024-06-10", 0),
    );
    let longer = Intent::Daily { lookback: 8 };
    check(
        Some(&stored_to("2024-06-10")),
        longer,
        "2024-06-10",
        ("2024-05-30", "2024-06-10", 0),
    );
    // Fewer than the overlap is not possible.
    for lookback in [0, 1, 4] {
        check(
            Some(&stored_to("2024-06-10")),
            Intent::Daily { lookback },
            "2024-06-10",
            ("2024-06-04", "2024-06-10", 0),
        );
    }
}

#[test]
fn an_outage_of_weeks_heals_in_one_run() {
    // 13 May to 7 June: 27 May is a holiday.
    check(
        Some(&stored_to("2024-05-10")),
        DAILY,
        "2024-06-07",
        ("2024-05-06", "2024-06-07", 19),
    );
    check(
        Some(&stored_to("2023-06-09")),
        DAILY,
        "2024-06-07",
        ("2023-06-05", "2024-06-07", 250),
    );
}

#[test]
fn a_change_of_year_and_half_days_are_sessions_as_all_others() {
    // 31 December and 1 January are no sessions, 24 December 2024 is a half day.
    check(
        Some(&stored_to("2023-12-29")),
        DAILY,
        "2024-01-03",
        ("2023-12-22", "2024-01-03", 2),
    );
    check(
        Some(&stored_to("2024-12-23")),
        DAILY,
        "2024-12-24",
        ("2024-12-17", "2024-12-24", 1),
    );
    check(
        Some(&stored_to("2024-07-02")),
        DAILY,
        "2024-07-05",
        ("2024-06-26", "2024-07-05", 2),
    );
}

#[test]
fn an_overlap_counts_stored_sessions_and_not_holes() {
    let two = with_holes(
        stored_to("2024-06-07"),
        &[("2024-06-04", 9), ("2024-06-06", 9)],
    );
    check(
        Some(&two),
        DAILY,
        "2024-06-10",
        ("2024-05-30", "2024-06-10", 1),
    );
    // A halt from 16 May to 6 June: 7 June and 10 to 15 May are stored.
    let calendar = xnys();
    let halted = calendar.sessions(SessionRange::inclusive(
        day("2024-05-16"),
        day("2024-06-06"),
    ));
    let mut halt = stored_to("2024-06-07");
    for session in halted {
        halt.watch.holes.insert(
            session.date(),
            Hole {
                asks: 9,
                last_asked: day("2024-06-08"),
                row: None,
            },
        );
    }
    check(
        Some(&halt),
        DAILY,
        "2024-06-10",
        ("2024-05-10", "2024-06-10", 1),
    );
}

#[test]
fn a_young_listing_overlaps_all_it_has() {
    let young = record("2020-01-01", "2024-06-06", "2024-06-07");
    // The lookback reaches further, as it would for any listing.
    check(
        Some(&young),
        DAILY,
        "2024-06-10",
        ("2024-06-04", "2024-06-10", 1),
    );
    check(
        Some(&young),
        backfill("2020-01-01", "2024-06-10"),
        "2024-06-10",
        ("2024-06-06", "2024-06-10", 1),
    );
    // Nothing before the first date asked for: that would be half a backfill.
    let recent = record("2024-06-06", "2024-06-06", "2024-06-07");
    check(
        Some(&recent),
        DAILY,
        "2024-06-10",
        ("2024-06-06", "2024-06-10", 1),
    );
}

#[test]
fn there_is_nothing_to_ask_for_before_the_first_trade() {
    let mut young = record("2020-01-01", "2021-03-01", "2024-06-10");
    young.first_trade = Some(day("2021-03-01"));
    check_skip(
        Some(&young),
        backfill("2010-01-01", "2024-06-10"),
        "2024-06-10",
        SkipReason::Complete,
    );
    check_skip(
        Some(&young),
        backfill("2010-01-01", "2020-12-31"),
        "2024-06-10",
        SkipReason::NothingFinal,
    );
    young.asked_from = day("2022-01-03");
    check(
        Some(&young),
        backfill("2010-01-01", "2024-06-10"),
        "2024-06-10",
        ("2021-03-01", "2024-06-10", 214),
    );
}

#[test]
fn a_day_asks_again_for_young_holes_that_were_not_asked_for_often_enough() {
    // The last ten sessions begin on 28 May.
    for (hole, asks, from) in [
        ("2024-05-28", 2, "2024-05-28"),
        ("2024-05-28", 3, "2024-06-04"),
        // An old one: its pause since 1 June is over, or it was asked for often enough.
        ("2024-05-24", 2, "2024-05-24"),
        ("2024-05-24", 3, "2024-06-04"),
    ] {
        let holed = with_holes(stored_to("2024-06-10"), &[(hole, asks)]);
        check(Some(&holed), DAILY, "2024-06-10", (from, "2024-06-10", 0));
    }
}

#[test]
fn a_claim_that_waits_is_inside_the_next_window() {
    let mut claimed = stored_to("2024-06-07");
    claimed.watch.pending.push(Pending::Prices {
        date: day("2023-05-04"),
        prices: [1.0; 4].map(Some),
        seen_on: day("2024-06-08"),
    });
    check(
        Some(&claimed),
        DAILY,
        "2024-06-10",
        ("2023-05-04", "2024-06-10", 1),
    );
    check(
        Some(&claimed),
        backfill("2020-01-01", "2024-06-10"),
        "2024-06-10",
        ("2023-05-04", "2024-06-10", 1),
    );
}

#[test]
fn a_run_of_the_past_takes_nothing_back() {
    check(
        Some(&stored_to("2024-06-10")),
        DAILY,
        "2024-06-05",
        ("2024-05-30", "2024-06-10", 0),
    );
}

#[path = "plan_property_tests.rs"]
mod properties;

#[path = "plan_backfill_tests.rs"]
mod backfills;
