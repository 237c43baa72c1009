use super::*;

#[test]
fn a_new_listing_is_backfilled_if_the_settings_say_so() {
    check(
        None,
        DAILY,
        "2024-06-10",
        ("2020-01-01", "2024-06-10", 1117),
    );
    let off = PlanPolicy {
        backfill_new: false,
        ..POLICY
    };
    assert_eq!(
        decide(None, DAILY, off, "2024-06-10"),
        Decision::Skip(SkipReason::NewListing)
    );
    // A backfill is asked for by name.
    let asked = decide(
        None,
        backfill("2024-06-03", "2024-06-07"),
        off,
        "2024-06-10",
    );
    assert!(
        matches!(asked, Decision::Fetch(FetchPlan { due: 5, .. })),
        "{asked:?}"
    );
    let later = PlanPolicy {
        backfill_start: day("2024-06-11"),
        ..POLICY
    };
    assert_eq!(
        decide(None, DAILY, later, "2024-06-10"),
        Decision::Skip(SkipReason::NothingFinal)
    );
    let mut empty = stored_to("2024-06-07");
    empty.years.clear();
    check(
        Some(&empty),
        DAILY,
        "2024-06-10",
        ("2020-01-01", "2024-06-10", 1117),
    );
}

#[test]
fn a_backfill_of_a_new_listing_ends_with_the_last_final_session() {
    check(
        None,
        backfill("2024-06-03", "2024-12-31"),
        "2024-06-10",
        ("2024-06-03", "2024-06-10", 6),
    );
    check(
        None,
        backfill("2024-06-03", "2024-06-03"),
        "2024-06-10",
        ("2024-06-03", "2024-06-03", 1),
    );
    for (start, end) in [
        ("2024-06-07", "2024-06-03"),
        ("2024-06-11", "2024-06-30"),
        // A weekend, a holiday.
        ("2024-06-08", "2024-06-09"),
        ("2024-05-27", "2024-05-27"),
    ] {
        check_skip(
            None,
            backfill(start, end),
            "2024-06-10",
            SkipReason::NothingFinal,
        );
    }
}

#[test]
fn a_backfill_of_what_is_stored_asks_nothing() {
    let stored = stored_to("2024-06-10");
    for (start, end) in [
        ("2020-01-01", "2024-06-10"),
        ("2020-01-01", "2030-01-01"),
        ("2022-01-01", "2022-12-31"),
        // Saturday to Monday's holiday would be new dates without a session.
        ("2019-12-31", "2019-12-30"),
    ] {
        let reason = if end < start {
            SkipReason::NothingFinal
        } else {
            SkipReason::Complete
        };
        check_skip(Some(&stored), backfill(start, end), "2024-06-10", reason);
    }
    let after_weekend = record("2024-06-03", "2024-06-03", "2024-06-10");
    check_skip(
        Some(&after_weekend),
        backfill("2024-06-01", "2024-06-10"),
        "2024-06-10",
        SkipReason::Complete,
    );
}

#[test]
fn a_backfill_extends_backwards_in_one_stretch_and_forwards_from_the_overlap() {
    let stored = stored_to("2024-06-07");
    check(
        Some(&stored),
        backfill("2019-12-30", "2022-01-01"),
        "2024-06-10",
        ("2019-12-30", "2024-06-07", 2),
    );
    check(
        Some(&stored),
        backfill("2019-12-30", "2024-06-10"),
        "2024-06-10",
        ("2019-12-30", "2024-06-10", 3),
    );
    check(
        Some(&stored),
        backfill("2020-01-01", "2024-06-10"),
        "2024-06-10",
        ("2024-06-03", "2024-06-10", 1),
    );
    // An end long before the stored rows: the stretch reaches to them all the same.
    check(
        Some(&stored),
        backfill("2019-12-30", "2019-12-31"),
        "2024-06-10",
        ("2019-12-30", "2024-06-07", 2),
    );
}

#[test]
fn a_backfill_asks_again_for_every_hole_of_its_range_once_a_day() {
    let holed = with_holes(
        stored_to("2024-06-10"),
        &[("2021-05-04", 2), ("2022-05-04", 3)],
    );
    let whole = backfill("2020-01-01", "2024-06-10");
    check(
        Some(&holed),
        whole,
        "2024-06-10",
        ("2021-05-04", "2024-06-10", 0),
    );
    check_skip(
        Some(&holed),
        backfill("2022-01-01", "2024-06-10"),
        "2024-06-10",
        SkipReason::Complete,
    );
    let mut asked_today = holed;
    for hole in asked_today.watch.holes.values_mut() {
        hole.last_asked = day("2024-06-11");
    }
    check_skip(
        Some(&asked_today),
        whole,
        "2024-06-10",
        SkipReason::Complete,
    );
}
