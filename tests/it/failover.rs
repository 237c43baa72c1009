//! A vendor that is away is stood in for, and has the last word when it is back.

use std::sync::Arc;

use jiff::civil::{Date, date};
use quantx::lake::sources::Standing;
use quantx::report::{Outcome, Verdict};
use quantx::storage::LakeStore;
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

use crate::nights::{days, lake, night, record};

const START: Date = date(2024, 1, 2);
const AWAY: &str = "yahoo.away=2024-03-06:7d";

/// The lake that Yahoo alone makes, without any fault.
async fn with_yahoo_alone(market: &str, from: Date, n: i64) -> Arc<dyn LakeStore> {
    let lab = Lab::new(market, "", 7, START).await;
    let lake = lake();
    days(&lab, &lake, from, n).await;
    lake
}

async fn is_same(ours: &Arc<dyn LakeStore>, theirs: &Arc<dyn LakeStore>) {
    let differences = differences(&promised(ours).await, &promised(theirs).await);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_week_without_the_first_vendor_the_lake_is_byte_for_byte_its_own() {
    let order = ["order: [yahoo, eodhd]", "by_date: false"];
    let lab = Lab::of_vendors("synthetic:9:us", AWAY, 7, START, &order).await;
    let lake = lake();
    let from = date(2024, 3, 2);
    let before = days(&lab, &lake, from, 4).await;
    assert_eq!(before[3].vendors["yahoo"].listings, 9);
    assert_eq!(before[3].vendors["eodhd"].listings, 0);
    let away = days(&lab, &lake, date(2024, 3, 6), 7).await;
    for report in &away {
        assert_eq!(report.results.failed, 0, "{:?}", report.reasons);
        assert_eq!(report.vendors["eodhd"].listings, 9);
        assert_ne!(report.verdict, Verdict::Red);
    }
    let stood_in = record(&lake, &lab, "S0003").await;
    assert_eq!(stood_in.sources.len(), 1);
    let run = &stood_in.sources[0];
    assert_eq!(
        (run.vendor.as_str(), run.standing),
        ("eodhd", Standing::Provisional)
    );
    assert_eq!((run.from, run.to), (date(2024, 3, 5), date(2024, 3, 11)));
    let back = days(&lab, &lake, date(2024, 3, 13), 3).await;
    assert_eq!(back[2].vendors["yahoo"].listings, 9);
    assert!(record(&lake, &lab, "S0003").await.sources.is_empty());
    is_same(&lake, &with_yahoo_alone("synthetic:9:us", from, 14).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_stand_in_leaves_nothing_behind() {
    let faults = format!(
        "{AWAY},eodhd.lie=S0003:2024-03-07:3:1.3,eodhd.lie=S0004:2024-03-11:1:100,eodhd.gap=S0005:2024-03-08"
    );
    let order = ["order: [yahoo, eodhd]", "by_date: false"];
    let lab = Lab::of_vendors("synthetic:9:us", &faults, 7, START, &order).await;
    let lake = lake();
    let from = date(2024, 3, 2);
    days(&lab, &lake, from, 18).await;
    is_same(&lake, &with_yahoo_alone("synthetic:9:us", from, 18).await).await;
    for symbol in lab.server.market().symbols() {
        let record = record(&lake, &lab, &symbol).await;
        assert!(
            record.sources.is_empty() && record.watch.pending.is_empty(),
            "{symbol}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_symbol_that_the_first_vendor_does_not_know_is_asked_of_nobody_else() {
    let order = ["order: [yahoo, eodhd]", "by_date: false"];
    let lab = Lab::of_vendors("synthetic:3:us", "outage404=1@2024-03-05", 7, START, &order).await;
    let lake = lake();
    days(&lab, &lake, date(2024, 3, 1), 4).await;
    let report = days(&lab, &lake, date(2024, 3, 5), 1).await.remove(0);
    let outcomes = report.listings.iter().map(|it| it.outcome);
    assert!(
        outcomes.clone().all(|it| it == Outcome::UnknownSymbol),
        "{:?}",
        outcomes.collect::<Vec<_>>()
    );
    assert_eq!(lab.server.vendor_requests().get("eodhd"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_exchange_has_its_own_order_and_a_missing_key_is_one_line() {
    let lab = Lab::new("synthetic:40", "", 7, START).await;
    let order = [
        "order: [yahoo]",
        "per_exchange: { uk: { order: [eodhd] }, us: { order: [csv, yahoo] } }",
    ];
    let several = Lab::of_vendors("synthetic:40", "", 7, START, &order).await;
    let lake = lake();
    several.at(night(date(2024, 3, 7)));
    let symbols = ["S0003", "S0029.L"];
    let report = several.daily(&lake, &symbols).await.unwrap();
    let by: Vec<_> = report
        .listings
        .iter()
        .map(|it| (it.symbol.as_str(), it.vendor.as_deref()))
        .collect();
    assert_eq!(by, [("S0029.L", Some("eodhd")), ("S0003", Some("yahoo"))]);
    let off: Vec<_> = report
        .notices
        .iter()
        .filter(|it| it.contains("csv is off"))
        .collect();
    assert_eq!(off.len(), 1, "{:?}", report.notices);
    // Of Yahoo alone nothing is said, and nothing of who answered.
    lab.at(night(date(2024, 3, 6)));
    let own = crate::nights::lake();
    let alone = lab.daily(&own, &["S0003"]).await.unwrap();
    assert!(alone.vendors.is_empty() && alone.listings[0].vendor.is_none());
}
