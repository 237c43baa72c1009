//! Whole runs with witnesses: a vendor that lies is outvoted, and the lake is the truth.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use quantx::operations::quarantine;
use quantx::storage::LakeStore;
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

use crate::nights::{days, lake, night, record};

const START: Date = date(2023, 11, 1);

/// The year files of a lake; records also say who confirmed.
async fn year_files(lake: &Arc<dyn LakeStore>) -> BTreeMap<String, bytes::Bytes> {
    let mut files = promised(lake).await;
    files.retain(|path, _| path.ends_with(".parquet"));
    files
}

async fn is_the_truth(ours: &Arc<dyn LakeStore>, market: &str, seed: u64, from: Date, n: i64) {
    let lab = Lab::new(market, "", seed, START).await;
    let truth = lake();
    days(&lab, &truth, from, n).await;
    let differences = differences(&year_files(ours).await, &year_files(&truth).await);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

const THREE: [&str; 3] = [
    "order: [yahoo]",
    "witnesses: [eodhd, alpaca]",
    "confirm: always",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_first_vendor_is_outvoted_and_the_lake_is_the_truth() {
    let faults = "yahoo.lie=S0003:2024-03-06:2:1.02,yahoo.lie=S0004:2024-03-07:1:0.97:close,\
                  yahoo.lie=S0001:2024-03-08:1:1.05:high,yahoo.lie=S0002:2024-03-05:9:1.5";
    let market = "synthetic:6:us";
    let lab = Lab::of_vendors(market, faults, 5, START, &THREE).await;
    let lake = lake();
    let from = date(2024, 3, 1);
    let reports = days(&lab, &lake, from, 25).await;
    is_the_truth(&lake, market, 5, from, 25).await;
    let record = record(&lake, &lab, "S0003").await;
    let voted: Vec<_> = record
        .sources
        .iter()
        .map(|run| (run.from, run.to, run.vendor.as_str()))
        .collect();
    assert_eq!(voted, [(date(2024, 3, 6), date(2024, 3, 7), "eodhd")]);
    let last = reports.last().unwrap();
    assert!(
        last.certificate
            .confirmed
            .get(&3)
            .is_some_and(|rows| *rows > 50),
        "{:?}",
        last.certificate
    );
}

/// Two weeks out of three the vendor that is asked has something wrong of somebody.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_year_with_a_lying_vendor_the_lake_is_the_truth() {
    let (market, from, nights) = ("synthetic:4:us", date(2024, 1, 3), 366);
    let lies = (0..24).map(|n: i64| {
        let day = from.checked_add((4 + 15 * n).days()).unwrap();
        let (symbol, sessions) = (n % 4, 1 + n % 7);
        let (factor, cells) = [
            ("1.02", "prices"),
            ("0.97", "close"),
            ("1.05", "high"),
            ("1.5", "prices"),
            ("0.9", "low"),
            ("1.01", "open"),
        ][usize::try_from(n).unwrap() % 6];
        format!("yahoo.lie=S{symbol:04}:{day}:{sessions}:{factor}:{cells}")
    });
    let faults = lies.collect::<Vec<_>>().join(",");
    let lab = Lab::of_vendors(market, &faults, 5, START, &THREE).await;
    let lake = lake();
    days(&lab, &lake, from, nights).await;
    is_the_truth(&lake, market, 5, from, nights).await;
    let mut outvoted = 0;
    for symbol in lab.server.market().symbols() {
        outvoted += record(&lake, &lab, &symbol).await.sources.len();
    }
    assert!(outvoted >= 20, "{outvoted} stretches of other vendors");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_a_witness_has_too_is_taken_at_once() {
    // Wrong for a day, then put right by the vendor itself.
    let faults = "yahoo.lie=S0003:2024-03-06:1:1.004:prices:2d";
    let market = "synthetic:4:us";
    let providers = ["order: [yahoo]", "witnesses: [tiingo]"];
    let lab = Lab::of_vendors(market, faults, 5, START, &providers).await;
    let lake = lake();
    let from = date(2024, 3, 1);
    let reports = days(&lab, &lake, from, 8).await;
    let corrected: Vec<usize> = reports
        .iter()
        .map(|it| it.totals.changes.prices_corrected)
        .collect();
    // Told on the 7th and seen right on the 8th: alone it would have waited for the 9th.
    assert_eq!(corrected, [0, 0, 0, 0, 0, 0, 0, 1], "{corrected:?}");
    is_the_truth(&lake, market, 5, from, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dividend_of_one_vendor_alone_never_reaches_the_adjusted_close() {
    let faults = "eodhd.phantom=S0002:2024-03-07:1.1";
    let providers = [
        "order: [eodhd]",
        "witnesses: [yahoo, tiingo]",
        "confirm: always",
        "by_date: false",
    ];
    let market = "synthetic:4:us";
    let lab = Lab::of_vendors(market, faults, 5, START, &providers).await;
    let lake = lake();
    days(&lab, &lake, date(2024, 3, 4), 8).await;
    let record = record(&lake, &lab, "S0002").await;
    assert_eq!(record.judged.len(), 1, "{:?}", record.judged);
    assert!(record.judged[0].is_held());
    assert_eq!(record.judged[0].rule.name(), "only_one_vendor");
    assert!(
        !record
            .actions
            .iter()
            .any(|action| action.ex_date == date(2024, 3, 7))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_s_own_page_excuses_a_halted_session() {
    let faults = "yahoo.gap=0009.HK:2024-03-06,hkex.gap=0009.HK:2024-03-06";
    let providers = [
        "order: [yahoo]",
        "per_exchange: { hk: { witnesses: [hkex] } }",
    ];
    let lab = Lab::of_vendors("synthetic:10", faults, 5, START, &providers).await;
    let lake = lake();
    for day in 4..=9 {
        lab.at(night(date(2024, 3, day)).checked_add(20.hours()).unwrap());
        lab.daily(&lake, &["0009.HK"]).await.unwrap();
    }
    let record = record(&lake, &lab, "0009.HK").await;
    let hole = record.watch.holes.get(&date(2024, 3, 6)).unwrap();
    assert!(hole.is_excused(99), "{hole:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn quarantine_shows_what_the_others_said_and_asks_nobody() {
    let faults = "yahoo.lie=S0003:2024-03-07:1:100";
    let providers = ["order: [yahoo]", "witnesses: [eodhd]"];
    let lab = Lab::of_vendors("synthetic:4:us", faults, 5, START, &providers).await;
    let lake = lake();
    days(&lab, &lake, date(2024, 3, 4), 5).await;
    let before = lab.server.vendor_requests();
    let context = lab.context(Arc::clone(&lake));
    let report = quarantine::survey(&context, None).await.unwrap();
    assert_eq!(lab.server.vendor_requests(), before);
    let entry = report
        .entries
        .iter()
        .find(|it| it.date == date(2024, 3, 7))
        .unwrap();
    let words: Vec<&str> = entry.others.iter().map(|it| it.vendor.as_str()).collect();
    assert_eq!(words, ["eodhd"]);
    let truth = lab.server.market().truth("S0003").unwrap();
    assert_eq!(
        entry.others[0].prices[3],
        truth.row(date(2024, 3, 7)).unwrap().close
    );
}
