//! However a history is cut into runs, whatever crashes in between, the lake ends byte-equal to
//! that of one backfill. docs/architecture.md, invariants 3 and 7.

use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use quantx::report::Outcome;
use quantx::storage::{LakeStore, MemoryStore};
use quantx_faulty::Faulty;
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

/// One visit of the timer.
#[derive(Debug, Clone)]
struct TimerTick {
    /// Days since the visit before.
    days: i64,
    /// Hour of the day, UTC: markets are open somewhere at any of them.
    hour: i8,
    /// The process dies after so many writes.
    crash_after: Option<u64>,
    /// The visit is a backfill up to some days ago instead of a daily update.
    backfill_until_days_ago: Option<i64>,
}

fn visit() -> impl Strategy<Value = TimerTick> {
    (
        prop_oneof![4 => Just(1_i64), 1 => 0..12_i64],
        0..24_i8,
        prop::option::weighted(0.4, 0..24_u64),
        prop::option::weighted(0.1, 0..9_i64),
    )
        .prop_map(
            |(days, hour, crash_after, backfill_until_days_ago)| TimerTick {
                days,
                hour,
                crash_after,
                backfill_until_days_ago,
            },
        )
}

fn instant(day: Date, hour: i8) -> Timestamp {
    day.at(hour, 10, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
}

/// Visits the vendor as told, then once more in peace, and compares with one backfill.
async fn converges(market: &str, faults: &str, seed: u64, begin: Date, visits: &[TimerTick]) {
    let start = begin.checked_sub(90.days()).unwrap();
    let lab = Lab::new(market, faults, seed, start).await;
    let lake: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let mut day = begin;
    for visit in visits {
        day = day.checked_add(visit.days.days()).unwrap();
        lab.at(instant(day, visit.hour));
        let symbols = symbols(&lab);
        let store: Arc<dyn LakeStore> = match visit.crash_after {
            Some(n) => Arc::new(Faulty::new(Arc::clone(&lake)).crash_after(n)),
            None => Arc::clone(&lake),
        };
        // A crash ends the run with an error; what matters is what it left behind.
        let _ = match visit.backfill_until_days_ago {
            Some(ago) => {
                let until = day.checked_sub(ago.days()).unwrap();
                lab.backfill(&store, &symbols, start, until).await
            }
            None => lab.daily(&store, &symbols).await,
        };
    }
    // Faults heal: a fortnight of quiet visits, then all is as if it had been fetched at once.
    for _ in 0..14 {
        day = day.checked_add(1.day()).unwrap();
        lab.at(instant(day, 4));
        lab.daily(&lake, &symbols(&lab)).await.unwrap();
    }
    let answering = answering(&lab, day);
    let mut unsettled = answering.clone();
    for _ in 0..6 {
        let report = lab.daily(&lake, &answering).await.unwrap();
        unsettled = report
            .listings
            .iter()
            .filter(|l| !matches!(l.outcome, Outcome::Updated | Outcome::Unchanged))
            .map(|l| format!("{} {:?} {:?}", l.symbol, l.outcome, l.detail))
            .collect();
        if unsettled.is_empty() {
            break;
        }
    }
    assert!(unsettled.is_empty(), "{unsettled:?}");
    let at_once: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    for _ in 0..6 {
        let report = lab
            .backfill(&at_once, &answering, start, day)
            .await
            .unwrap();
        if report.results.failed == 0 {
            break;
        }
    }
    let mut ours = promised(&lake).await;
    // What the vendor has forgotten since, one backfill cannot bring.
    let theirs = promised(&at_once).await;
    let known: Vec<String> = answering.iter().map(|s| folder(&lab, s)).collect();
    ours.retain(|path, _| known.iter().any(|folder| path.starts_with(folder)));
    let differences = differences(&ours, &theirs);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(!theirs.is_empty());
}

fn folder(lab: &Lab, symbol: &str) -> String {
    let listing = lab.listings(&[symbol]).remove(0);
    format!(
        "data/exchange={}/ticker={}/",
        listing.exchange(),
        listing.ticker()
    )
}

fn symbols(lab: &Lab) -> Vec<String> {
    lab.server.market().symbols()
}

/// Symbols whose history the vendor still serves, with something in the range.
fn answering(lab: &Lab, day: Date) -> Vec<String> {
    let market = lab.server.market();
    let serves = |symbol: &String| {
        market.truth(symbol).is_some_and(|truth| {
            let recent = day.checked_sub(20.days()).unwrap();
            truth.answers_on(day)
                && truth
                    .rows
                    .iter()
                    .any(|row| row.date > recent && row.date <= day)
        })
    };
    market.symbols().into_iter().filter(serves).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_runs_with_crashes_end_as_one_backfill(
        seed in 0..1000_u64,
        offset in 0..7000_i64,
        visits in prop::collection::vec(visit(), 1..12),
    ) {
        let begin = date(2004, 1, 5).checked_add(offset.days()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(converges("synthetic:20", "", seed, begin, &visits));
    }

    #[test]
    fn any_runs_against_a_bad_vendor_end_as_one_backfill(
        seed in 0..1000_u64,
        offset in 0..7000_i64,
        visits in prop::collection::vec(visit(), 1..10),
    ) {
        let begin = date(2004, 1, 5).checked_add(offset.days()).unwrap();
        let hole = begin.checked_add(6.days()).unwrap();
        let block = begin.checked_add(3.days()).unwrap();
        let faults = format!(
            "429=0.03,429ra=0.01:0,500=0.05,truncate=0.03,html=0.02,wrong-symbol=0.02,\
             drop-session={hole}:4d:0.7,block100x=S0003:{block}:3:4d,revised-dividend=S0004"
        );
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(converges("synthetic:10", &faults, seed, begin, &visits));
    }
}
