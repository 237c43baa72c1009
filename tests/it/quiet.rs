//! A lake in which nothing happens is green, whatever its past.

use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use quantx::report::{Outcome, RunReport, Verdict};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;

const BEGIN: Date = date(2000, 1, 3);

/// The evening in New York of the last session that the lake begins with.
const FIRST: &str = "2023-04-05T23:30:00Z";

/// A listing as any other, two that were suspended for weeks, one that was delisted in March, one of
/// Hong Kong, and a symbol that nobody has.
const SYMBOLS: [&str; 6] = ["S0000", "S0006", "S0008", "S0016", "0009.HK", "APPL"];

async fn lab() -> Lab {
    let lab = Lab::new("synthetic:20", "", 11, BEGIN).await;
    lab.at(FIRST.parse().unwrap());
    lab
}

fn of(report: &RunReport, outcome: Outcome) -> Vec<&str> {
    let listings = report.listings.iter().filter(|l| l.outcome == outcome);
    listings.map(|l| l.symbol.as_str()).collect()
}

#[tokio::test]
async fn ten_quiet_days_of_a_lake_with_old_holes_a_typo_and_a_delisted_member_are_green() {
    let lab = lab().await;
    let lake: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let first = lab.daily(&lake, &SYMBOLS).await.unwrap();
    let missing = first.totals.coverage.missing;
    assert!(missing > 10, "{:?}", first.totals.coverage);
    assert_eq!(first.verdict, Verdict::Yellow, "{:?}", first.reasons);
    assert_eq!(of(&first, Outcome::UnknownSymbol), ["APPL", "S0008"]);

    // The same evening again: what was news this morning is news tonight.
    let again = lab.daily(&lake, &SYMBOLS).await.unwrap();
    assert_eq!(again.verdict, Verdict::Yellow, "{:?}", again.reasons);
    assert_eq!(again.totals.files_written, 0);

    let start: Timestamp = FIRST.parse().unwrap();
    let mut n_days = 0;
    let mut missing = Vec::new();
    for day in 1..=14 {
        let now = start + SignedDuration::from_hours(24 * day);
        lab.at(now);
        let report = lab.daily(&lake, &SYMBOLS).await.unwrap();
        assert_eq!(
            report.verdict,
            Verdict::Green,
            "{now}: {:?}",
            report.reasons
        );
        n_days += usize::from(report.totals.changes.bars_added > 0);
        missing.push(report.totals.coverage.missing);
    }
    assert_eq!(n_days, 10);
    // They were asked for again until the vendor has none for sure.
    assert!(
        missing.windows(2).all(|two| two[1] <= two[0]),
        "{missing:?}"
    );
    assert_eq!(missing.last(), Some(&0), "{missing:?}");
}

#[tokio::test]
async fn a_listing_that_began_after_the_asked_window_is_no_reason_to_look() {
    let lab = lab().await;
    let market = lab.server.market();
    let is_late = |symbol: &String| {
        let truth = market.truth(symbol).unwrap();
        let first = truth.rows.first().unwrap();
        truth.delisted.is_none() && first.date > date(2010, 6, 1)
    };
    let late = market.symbols().into_iter().find(is_late).unwrap();
    let symbols = ["S0000".to_owned(), late];
    let (start, end) = (date(2010, 1, 4), date(2010, 3, 31));
    let lake: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let report = lab.backfill(&lake, &symbols, start, end).await.unwrap();
    let [_, listing] = report.listings.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!(listing.outcome, Outcome::NoData);
    assert!(listing.is_not_listed_yet(), "{listing:?}");
    assert_eq!(report.verdict, Verdict::Green, "{:?}", report.reasons);
}
