//! What stands beside shares, through whole runs: indices, currencies, crypto, a future below zero, a fund; and
//! dividends in another currency than the prices.

use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use quantx::lake::proof::Depth;
use quantx::lake::record::CommitRecord;
use quantx::lake::{LakeKey, codec};
use quantx::market::Bar;
use quantx::operations::verify::{self, VerifyRequest};
use quantx::report::{Outcome, RunReport, Verdict};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

const MARKET: &str = "synthetic:2:kinds";

async fn lab(backfill_start: Date) -> (Lab, Vec<String>, Arc<dyn LakeStore>) {
    let lab = Lab::new(MARKET, "", 11, backfill_start).await;
    let symbols = lab.server.market().symbols();
    (lab, symbols, Arc::new(MemoryStore::new()))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

async fn record(lake: &Arc<dyn LakeStore>, lab: &Lab, symbol: &str) -> CommitRecord {
    let key = LakeKey::commit(&lab.listings(&[symbol]).remove(0));
    let object = lake.get(&key).await.unwrap().unwrap();
    CommitRecord::parse(&object.bytes, symbol).unwrap()
}

async fn bars(lake: &Arc<dyn LakeStore>, lab: &Lab, symbol: &str, year: i16) -> Vec<Bar> {
    let key = LakeKey::bars(&lab.listings(&[symbol]).remove(0), year);
    let object = lake.get(&key).await.unwrap().unwrap();
    codec::decode(&object.bytes).unwrap().bars
}

async fn proves(lab: &Lab, lake: &Arc<dyn LakeStore>) {
    let context = lab.context(Arc::clone(lake));
    let request = VerifyRequest {
        listings: None,
        depth: Depth::Deep,
        leftovers: None,
        repair: None,
    };
    let report = verify::verify(&context, &request).await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

fn is_quiet(report: &RunReport) {
    let told: Vec<_> = report
        .listings
        .iter()
        .map(|l| (&l.symbol, l.outcome, &l.detail, &l.flags, &l.checksum))
        .collect();
    assert_eq!(
        report.verdict,
        Verdict::Green,
        "{:?} {told:#?}",
        report.reasons
    );
}

#[tokio::test]
async fn a_lake_of_all_kinds_is_filled_kept_up_to_date_and_proven() {
    let start = date(2019, 6, 3);
    let (lab, symbols, lake) = lab(start).await;
    lab.at(at("2020-05-01T06:00:00Z"));
    let report = lab
        .backfill(&lake, &symbols, start, day("2020-04-30"))
        .await
        .unwrap();
    is_quiet(&report);
    assert_eq!(report.results.success, symbols.len());
    proves(&lab, &lake).await;

    // The next morning, and the same morning again.
    lab.at(at("2020-05-02T06:00:00Z"));
    let report = lab.daily(&lake, &symbols).await.unwrap();
    is_quiet(&report);
    let stored = promised(&lake).await;
    let again = lab.daily(&lake, &symbols).await.unwrap();
    assert!(
        again
            .listings
            .iter()
            .all(|l| l.outcome == Outcome::Unchanged)
    );
    assert!(differences(&stored, &promised(&lake).await).is_empty());
    proves(&lab, &lake).await;

    // Crude oil fell through zero, and a close of zero is a price too.
    let oil = bars(&lake, &lab, "CL=F", 2020).await;
    let close = |on: &str| {
        let bar = oil.iter().find(|bar| bar.date.date() == day(on)).unwrap();
        (bar.close.get(), bar.low.unwrap().get())
    };
    assert_eq!(close("2020-04-20"), (-37.63, -40.32));
    assert_eq!(close("2020-04-22"), (0.0, -1.0));
    // The fund has values and no volume.
    let fund = bars(&lake, &lab, "0P0000SYN1", 2020).await;
    assert!(fund.iter().all(|bar| bar.volume.is_none()));
    assert!(record(&lake, &lab, "0P0000SYN1").await.actions.len() >= 3);
    // Crypto has Sundays, currencies have Christmas, and the record has the vendor's symbol.
    let has = |bars: &[Bar], on: &str| bars.iter().any(|bar| bar.date.date() == day(on));
    assert!(has(&bars(&lake, &lab, "BTC-USD", 2020).await, "2020-03-29"));
    assert!(has(
        &bars(&lake, &lab, "EURUSD=X", 2019).await,
        "2019-12-25"
    ));
    assert_eq!(record(&lake, &lab, "^GSPC").await.exchange, "index");
}

#[tokio::test]
async fn days_of_updates_over_both_changes_of_clocks_end_as_one_backfill() {
    for begin in [date(2020, 3, 23), date(2020, 10, 19)] {
        let start = begin.checked_sub(40.days()).unwrap();
        let (lab, symbols, lake) = lab(start).await;
        let mut today = begin;
        // Three weeks, at hours at which some of the markets are open.
        for n in 0..21 {
            let hour = [6, 1, 22, 14][n % 4];
            let now = today.at(hour, 30, 0, 0).in_tz("UTC").unwrap();
            lab.at(now.timestamp());
            lab.daily(&lake, &symbols).await.unwrap();
            today = today.tomorrow().unwrap();
        }
        let now = today.at(8, 0, 0, 0).in_tz("UTC").unwrap();
        lab.at(now.timestamp());
        is_quiet(&lab.daily(&lake, &symbols).await.unwrap());
        let at_once: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
        lab.backfill(&at_once, &symbols, start, today)
            .await
            .unwrap();
        let differences = differences(&promised(&lake).await, &promised(&at_once).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        // A row of each weekday, dated in London: the stamps of summer are of the evening before in UTC.
        let euro = bars(&lake, &lab, "EURUSD=X", 2020).await;
        let truth = lab.server.market().truth("EURUSD=X").unwrap();
        for bar in &euro {
            let row = truth.row(bar.date.date()).unwrap();
            let close = row.close.unwrap();
            assert!(
                (bar.close.get() - close).abs() < 1e-9,
                "{}",
                bar.date.date()
            );
        }
        let dates: Vec<Date> = euro.iter().map(|bar| bar.date.date()).collect();
        assert!(dates.windows(2).all(|pair| {
            let between = pair[0].until(pair[1]).unwrap().get_days();
            between == 1 || between == 3
        }));
        proves(&lab, &lake).await;
    }
}

#[tokio::test]
async fn dividends_in_dollars_are_converted_with_the_close_of_the_session_before() {
    let start = date(2019, 6, 3);
    let (lab, symbols, lake) = lab(start).await;
    lab.at(at("2020-05-01T06:00:00Z"));
    lab.backfill(&lake, &symbols, start, day("2020-04-30"))
        .await
        .unwrap();
    let peg = lab.server.market().truth("USDHKD=X").unwrap();
    let own = record(&lake, &lab, "0000.HK").await;
    assert!(own.judged.len() >= 3, "{:?}", own.judged);
    for event in &own.judged {
        let conversion = event.conversion.as_ref().unwrap();
        let before = peg
            .rows
            .iter()
            .rfind(|row| row.date < event.vendor.ex_date)
            .unwrap();
        let rate = before.close.unwrap();
        assert!((conversion.rate - rate).abs() < 1e-9, "{conversion:?}");
        assert_eq!(
            (
                conversion.date,
                conversion.currency.as_str(),
                conversion.into.as_str()
            ),
            (before.date, "USD", "HKD")
        );
        assert_eq!(conversion.source, format!("lake USDHKD=X {rate}"));
        let amount = event.vendor.kind.cash().unwrap();
        let ours = event.ours.unwrap();
        assert!((ours / (amount * rate) - 1.0).abs() < 1e-6, "{event:?}");
        assert!(own.actions.contains(&event.applied().unwrap()));
    }
    assert_eq!(own.actions.len(), own.judged.len());

    // Without the pair in the lake the vendor is asked for it: once, for all listings, and with the same rates.
    let shares: Vec<String> = symbols
        .iter()
        .filter(|s| s.ends_with(".HK"))
        .cloned()
        .collect();
    let bare: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let report = lab
        .backfill(&bare, &shares, start, day("2020-04-30"))
        .await
        .unwrap();
    is_quiet(&report);
    assert_eq!(report.vendor.requests, shares.len() as u64 + 1);
    let theirs = record(&bare, &lab, "0000.HK").await;
    assert_eq!(theirs.actions, own.actions);
    for event in &theirs.judged {
        let source = &event.conversion.as_ref().unwrap().source;
        assert!(source.starts_with("yahoo USDHKD=X "), "{source}");
    }
    // A rate that was used is kept and never asked for again, not even by a fetch of the whole history.
    lab.at(at("2020-05-02T06:00:00Z"));
    let report = lab.daily(&bare, &shares).await.unwrap();
    assert_eq!(report.vendor.requests, shares.len() as u64);
    let earlier = start.checked_sub(7.days()).unwrap();
    lab.backfill(&bare, &shares, earlier, day("2020-05-01"))
        .await
        .unwrap();
    let after = record(&bare, &lab, "0000.HK").await;
    assert_eq!(after.asked_from, earlier);
    let kept = after
        .judged
        .iter()
        .filter(|event| event.vendor.ex_date >= start);
    assert!(kept.eq(&theirs.judged), "{:?}", after.judged);
    proves(&lab, &bare).await;
}
