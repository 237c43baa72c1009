//! A daily update by whole days of an exchange is the same lake for a handful of requests.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use quantx::operations::{WorkRequest, preview};
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

use crate::nights::{daily, lake, night};

const START: Date = date(2023, 10, 2);
const MARKET: &str = "synthetic:24:us";

#[tokio::test(flavor = "multi_thread")]
async fn days_make_the_lake_that_questions_by_listing_make() {
    let by_date = Lab::of_vendors(MARKET, "", 3, START, &["order: [eodhd]"]).await;
    let by_listing =
        Lab::of_vendors(MARKET, "", 3, START, &["order: [eodhd]", "by_date: false"]).await;
    let (ours, theirs) = (lake(), lake());
    let mut requests = [0, 0];
    for day in 1..=20 {
        let day = date(2024, 2, 20).checked_add(day.days()).unwrap();
        let report = daily(&by_date, &ours, day).await;
        assert_eq!(report.results.failed, 0);
        let other = daily(&by_listing, &theirs, day).await;
        requests = [report.vendor.requests, other.vendor.requests];
        assert_eq!(report.totals.changes, other.totals.changes, "{day}");
    }
    // Six or seven days of three requests; three requests for each of 24 listings.
    assert!((15..=24).contains(&requests[0]), "{requests:?}");
    assert_eq!(requests[1], 72);
    let differences = differences(&promised(&ours).await, &promised(&theirs).await);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_a_day_lacks_is_asked_singly() {
    let faults = "eodhd.gap=S0005:2024-03-05";
    let lab = Lab::of_vendors(MARKET, faults, 3, START, &["order: [eodhd]"]).await;
    let lake = lake();
    daily(&lab, &lake, date(2024, 3, 5)).await;
    let before = lab.server.vendor_requests()["eodhd"];
    let report = daily(&lab, &lake, date(2024, 3, 6)).await;
    let asked = lab.server.vendor_requests()["eodhd"] - before;
    assert!((18..=27).contains(&asked), "{asked}");
    let lacking: Vec<_> = report
        .listings
        .iter()
        .filter(|it| it.brought_nothing_of_due())
        .collect();
    assert_eq!(lacking.len(), 1);
    assert_eq!(
        (lacking[0].symbol.as_str(), lacking[0].new_holes),
        ("S0005", 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_not_there_costs_one_question_and_listings_are_asked_singly() {
    let faults = "eodhd.away=2024-03-06:1d";
    let order = ["order: [eodhd, yahoo]"];
    let lab = Lab::of_vendors(MARKET, faults, 3, START, &order).await;
    let lake = lake();
    daily(&lab, &lake, date(2024, 3, 5)).await;
    let report = daily(&lab, &lake, date(2024, 3, 6)).await;
    assert_eq!(report.results.failed, 0);
    assert_eq!(report.vendors["yahoo"].listings, 24);
    let report = daily(&lab, &lake, date(2024, 3, 7)).await;
    assert_eq!(report.vendors["eodhd"].listings, 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_says_which_way_and_what_it_costs() {
    let lab = Lab::of_vendors(MARKET, "", 3, START, &["order: [eodhd]"]).await;
    let lake = lake();
    daily(&lab, &lake, date(2024, 3, 5)).await;
    lab.at(night(date(2024, 3, 6)));
    let before = lab.server.vendor_requests()["eodhd"];
    let context = lab.context(Arc::clone(&lake));
    let order = WorkRequest::daily_update(&context, lab.listings(&lab.server.market().symbols()));
    let plan = preview(&context, &order).await.unwrap();
    assert_eq!(lab.server.vendor_requests()["eodhd"], before);
    let [planned] = plan.vendors.as_slice() else {
        panic!("{:?}", plan.vendors);
    };
    assert_eq!(planned.vendor, "eodhd");
    // One was suspended: its last rows lie farther back than days are asked for.
    assert_eq!((planned.by_date, planned.by_listing), (23, 1));
    assert_eq!(
        (planned.requests, planned.units),
        (3 * planned.days + 3, 300 * planned.days + 3)
    );
    daily(&lab, &lake, date(2024, 3, 6)).await;
    let asked = lab.server.vendor_requests()["eodhd"] - before;
    assert_eq!(usize::try_from(asked).unwrap(), planned.requests);
}
