//! Red, yellow or green: what makes a run so.

use super::tests::{TODAY, check, ended, many, remark};
use super::*;
use crate::Outcome;
use quantx_lake::adjust::Checksum;
use quantx_lake::remarks::About;

use Outcome::{
    Failed, NoData, NotReached, Refused, Skipped, Throttled, Unchanged, UnknownSymbol, Updated,
};
use Verdict::{Green, Red, Yellow};

#[test]
fn a_run_that_stored_what_was_due_is_green() {
    check(&[many(10, Updated, 1, 1)], Green, "");
    // Some had a hole, and it was not their turn to fail.
    check(
        &[many(10, Updated, 1, 1), many(3, Unchanged, 1, 0)],
        Green,
        "",
    );
}

#[test]
fn a_run_with_nothing_due_is_green() {
    check(&[], Green, "");
    check(&[many(10, Unchanged, 0, 0)], Green, "");
    check(
        &[many(4, Skipped, 0, 0), many(6, Unchanged, 0, 0)],
        Green,
        "",
    );
}

#[test]
fn a_run_that_stored_nothing_of_what_was_due_is_red_however_politely_it_was_answered() {
    let reason = "nothing was stored although sessions were due";
    for outcome in [Unchanged, NoData, Refused, Throttled, Failed] {
        check(&[many(1, outcome, 1, 0)], Red, reason);
        check(&[many(10, outcome, 3, 0)], Red, reason);
        // Listings without anything due do not hide it.
        check(
            &[many(10, outcome, 1, 0), many(90, Skipped, 0, 0)],
            Red,
            reason,
        );
    }
    check(
        &[many(1, Updated, 1, 1), many(9, NoData, 1, 0)],
        Red,
        "9 of 10 listings with sessions due brought none",
    );
    check(
        &[many(5, Updated, 1, 1), many(5, Unchanged, 1, 0)],
        Green,
        "",
    );
    check(
        &[many(5, Updated, 1, 1), many(6, Unchanged, 1, 0)],
        Red,
        "6 of 11",
    );
}

#[test]
fn a_few_listings_that_stall_since_an_earlier_run_are_no_reason_to_be_red_when_nothing_else_is_due()
{
    // A holiday, or the second run of a day.
    check(
        &[many(1, Unchanged, 9, 0), many(5, Unchanged, 0, 0)],
        Green,
        "",
    );
    check(
        &[many(50, Unchanged, 9, 0), many(50, Unchanged, 0, 0)],
        Green,
        "",
    );
    // News of today is, and so is most of the lake.
    let mut new = many(1, Unchanged, 1, 0);
    new[0].new_holes = 1;
    check(&[new, many(5, Unchanged, 0, 0)], Red, "nothing was stored");
    check(
        &[many(51, Unchanged, 9, 0), many(49, Unchanged, 0, 0)],
        Red,
        "nothing was stored",
    );
    // One exchange is open and the other has a holiday: the whole of the first brought nothing.
    let mut abroad = many(5, Unchanged, 1, 0);
    abroad
        .iter_mut()
        .for_each(|it| it.exchange = "hk".to_owned());
    check(
        &[abroad, many(95, Unchanged, 0, 0)],
        Red,
        "nothing was stored although sessions were due for 5 of 100",
    );
    // Who did not answer is not known to stall.
    check(
        &[many(2, Throttled, 9, 0), many(8, Unchanged, 0, 0)],
        Red,
        "nothing was stored",
    );
}

#[test]
fn a_symbol_that_the_vendor_does_not_know_colours_nothing_unless_it_is_most_of_them() {
    check(
        &[many(9, Updated, 1, 1), many(1, UnknownSymbol, 1, 0)],
        Green,
        "",
    );
    // Twice is once: the others have nothing due any more.
    check(
        &[many(3, Unchanged, 0, 0), many(1, UnknownSymbol, 1, 0)],
        Green,
        "",
    );
    check(
        &[many(60, Updated, 1, 1), many(40, UnknownSymbol, 900, 0)],
        Green,
        "",
    );
    let reason = "the vendor knows 6 of 10 symbols no more";
    check(
        &[many(4, Updated, 1, 1), many(6, UnknownSymbol, 1, 0)],
        Red,
        reason,
    );
    check(&[many(1, UnknownSymbol, 1, 0)], Red, "1 of 1 symbols");
}

#[test]
fn a_volume_that_healed_is_no_session_that_came() {
    let mut healed = ended("AAPL", Updated, 1, 0);
    healed.changes.volumes_corrected = 3;
    check(&[vec![healed]], Red, "nothing was stored");
}

#[test]
fn failures_up_to_the_limit_are_yellow_and_one_more_is_red() {
    for outcome in [Failed, Throttled, Refused] {
        check(
            &[many(9, Updated, 1, 1), many(1, outcome, 1, 0)],
            Yellow,
            "",
        );
        check(
            &[many(90, Updated, 1, 1), many(10, outcome, 1, 0)],
            Yellow,
            "",
        );
        check(
            &[many(89, Updated, 1, 1), many(11, outcome, 1, 0)],
            Red,
            "11 of 100 listings failed, more than quality.max_failure_rate (10 %)",
        );
        check(
            &[many(8, Updated, 1, 1), many(1, outcome, 1, 0)],
            Red,
            "1 of 9",
        );
    }
}

#[test]
fn what_needs_a_look_is_yellow() {
    let fine = || many(9, Updated, 1, 1);
    check(&[fine(), many(1, NoData, 1, 0)], Yellow, "");
    check(
        &[fine(), many(1, NotReached, 0, 0)],
        Yellow,
        "1 of 10 listings were not reached",
    );
    check(&[many(3, NotReached, 0, 0)], Yellow, "3 of 3");
    let with = |change: fn(&mut ListingReport)| {
        let mut listing = ended("AAPL", Updated, 1, 1);
        change(&mut listing);
        vec![listing]
    };
    check(
        &[fine(), with(|l| l.add_remark(About::RefusedRow))],
        Yellow,
        "1 of 10 listings have refused rows; `quantx quarantine list` shows them: AAPL",
    );
    let checksum = |listing: &mut ListingReport| {
        listing.checksum = Some(Checksum {
            date: jiff::civil::date(2024, 6, 10),
            vendor: 1.0,
            ours: 2.0,
            difference: 0.5,
            until: None,
            rows: 1,
        });
        listing.add_remark(About::AdjustedClose);
    };
    check(
        &[fine(), with(checksum)],
        Yellow,
        "another adjusted close than the vendor's",
    );
    for (about, reason) in [
        (About::Suspect, "have suspect flags"),
        (About::RefusedEvent, "have refused events"),
        (About::Contradiction, "that the vendor contradicts"),
    ] {
        let mut listing = ended("AAPL", Updated, 1, 1);
        listing.add_remark(about);
        check(&[fine(), vec![listing]], Yellow, reason);
    }
    // What happens every day is not news.
    let counts = |listing: &mut ListingReport| {
        listing.rows = RowCounts {
            refused: 1,
            null: 1,
            live: 1,
            off_session: 1,
            off_session_traded: 1,
            duplicate: 1,
            outside_range: 1,
            incomplete: 1,
            coarse_volume: 1,
        };
    };
    check(&[fine(), with(counts)], Green, "");
}

#[test]
fn what_was_said_before_is_no_reason_to_look_unless_stored_prices_wait_for_a_decision() {
    let standing = |about: About| {
        let mut listing = ended("AAPL", Updated, 1, 1);
        let yesterday = TODAY.yesterday().unwrap();
        listing.remember(&[remark(about, yesterday)], TODAY);
        vec![listing]
    };
    for about in [
        About::Suspect,
        About::RefusedRow,
        About::AdjustedClose,
        About::RefusedEvent,
        About::ClosedDay,
    ] {
        let report = check(&[many(3, Updated, 1, 1), standing(about)], Green, "");
        assert_eq!(report.totals.standing, 1);
    }
    check(&[standing(About::Contradiction)], Yellow, "contradicts");
}

#[test]
fn a_listing_that_was_not_listed_yet_is_no_reason_to_look() {
    let early = || {
        vec![ended("FB", NoData, 0, 0).because(crate::NOT_LISTED_YET, "listed since 2012-05-18")]
    };
    check(&[many(3, Updated, 1, 1), early()], Green, "");
    check(&[early()], Red, "not one of 1 listings was listed");
}
