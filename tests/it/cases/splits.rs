//! Splits that are listed and not in the prices, or in some of them, or not yet, or impossible.

use std::path::PathBuf;

use jiff::civil::date;
use quantx::report::Outcome;

use super::{Case, listing, rows, shared_data, truth};

fn case(name: &str) -> Option<PathBuf> {
    Some(shared_data()?.join("cases").join(name))
}

#[tokio::test]
async fn a_split_of_no_shares_is_refused_as_an_event_and_the_rows_are_stored() {
    let Some(folder) = case("02-split-zero-denominator/vendor") else {
        return;
    };
    let case = Case::of(&[folder.join("ALCBI.PA.json")], date(2023, 1, 2)).await;
    let report = case.daily("2023-03-01T03:00:00Z", "ALCBI.PA").await;
    let listing = listing(&report);
    assert_eq!(listing.outcome, Outcome::Updated);
    assert_eq!(case.bars().await.len(), 42);
    let refused = &listing.refused_actions[0];
    assert_eq!(refused.reason, "no split has the ratio 1:0");
    assert_eq!(refused.action.ex_date, date(2023, 1, 16));
}

#[tokio::test]
async fn a_split_that_was_never_applied_is_read_as_what_it_is() {
    let Some(folder) = case("21-split-never-applied/vendor") else {
        return;
    };
    let truth = truth(&folder.join("../../21-truth.json"));
    for symbol in ["BCAN", "CNE", "MHH"] {
        let case = Case::of(&[folder.join(format!("{symbol}.json"))], date(2023, 6, 1)).await;
        let report = case.daily("2024-06-29T03:00:00Z", symbol).await;
        assert_eq!(
            listing(&report).outcome,
            Outcome::Updated,
            "{:?}",
            listing(&report)
        );
        let bars = rows(&case.bars().await);
        for (row, truth) in bars.iter().zip(&truth) {
            assert_eq!(row, truth, "{symbol}");
        }
        assert_eq!(bars.len(), truth.len(), "{symbol}");
    }
}

#[tokio::test]
async fn a_split_that_the_vendor_mends_a_week_later_needs_nobody() {
    let Some(folder) = case("21b-fixed-later") else {
        return;
    };
    let answers = ["v1", "v2", "v3", "v4"].map(|name| folder.join(name));
    let case = Case::of(&answers, date(2023, 6, 1)).await;
    let truth = truth(&folder.join("../21-truth.json"));
    for (now, stored) in [
        ("2024-03-26T03:00:00Z", 205),
        ("2024-04-06T03:00:00Z", 213),
        ("2024-04-09T03:00:00Z", 214),
        ("2024-04-10T03:00:00Z", 215),
    ] {
        let report = case.daily(now, "BCAN").await;
        assert_eq!(
            listing(&report).outcome,
            Outcome::Updated,
            "{:?}",
            listing(&report)
        );
        assert_eq!(rows(&case.bars().await), truth[..stored], "{now}");
    }
}

#[tokio::test]
async fn a_split_of_the_next_session_waits_for_its_bar() {
    let Some(folder) = case("24-event-of-next-session") else {
        return;
    };
    let truth = truth(&folder.join("../24-truth.json"));
    for night_before in ["v1_not_scaled", "v1_scaled"] {
        // A new listing: nothing tells the two readings apart.
        let answers = [night_before, "v2", "v3"].map(|name| folder.join(name));
        let case = Case::of(&answers, date(2024, 5, 1)).await;
        let report = case.daily("2024-06-08T03:00:00Z", "NVDA").await;
        let held = listing(&report);
        assert_eq!(held.outcome, Outcome::Refused, "{held:?}");
        assert_eq!(held.kind.as_deref(), Some("split_undecided"));
        assert!(case.bars().await.is_empty());
        for now in ["2024-06-11T03:00:00Z", "2024-06-13T03:00:00Z"] {
            let report = case.daily(now, "NVDA").await;
            assert_eq!(
                listing(&report).outcome,
                Outcome::Updated,
                "{:?}",
                listing(&report)
            );
            let bars = rows(&case.bars().await);
            assert_eq!(bars, truth[..bars.len()], "{now}");
        }
        assert_eq!(case.bars().await.len(), 30);
        // A stored one: the rows of the day before do.
        let answers = ["v0", night_before, "v2", "v3"].map(|name| folder.join(name));
        let case = Case::of(&answers, date(2024, 5, 1)).await;
        for now in [
            "2024-06-07T03:00:00Z",
            "2024-06-08T03:00:00Z",
            "2024-06-11T03:00:00Z",
            "2024-06-13T03:00:00Z",
        ] {
            let report = case.daily(now, "NVDA").await;
            assert_eq!(
                listing(&report).outcome,
                Outcome::Updated,
                "{:?}",
                listing(&report)
            );
            let bars = rows(&case.bars().await);
            assert_eq!(bars, truth[..bars.len()], "{night_before} {now}");
        }
        assert_eq!(case.bars().await.len(), 30);
    }
}
