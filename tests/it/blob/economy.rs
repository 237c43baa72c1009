//! What the store costs: requests as Azure bills them, and bytes that travel.

use std::sync::Arc;

use jiff::civil::date;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::operations::{WorkRequest, preview};
use quantx::storage::blob::BlobStore;
use quantx::storage::{LakeStore, MemoryStore, Precondition};
use quantx::usage::BilledUsage;
use quantx_tests::azurite::Azurite;
use quantx_tests::lab::Lab;
use quantx_tests::wire_proxy::{Only, WireFault};

use super::{as_shipped, bars, behind_a_proxy, config, open};

/// Operations alone.
fn requests(store: &BlobStore) -> BilledUsage {
    BilledUsage {
        bytes_out: 0,
        bytes_in: 0,
        ..store.billed().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_costs_what_it_must() {
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let store = open(config.clone()).await;
    let costs = |writes, reads, lists, others, deletes| BilledUsage {
        writes,
        reads,
        lists,
        others,
        deletes,
        ..BilledUsage::default()
    };
    assert_eq!(
        requests(&store),
        costs(0, 0, 1, 1, 0),
        "looks for the container, creates it"
    );
    let mut before = requests(&store);
    let mut spent = || {
        let spent = requests(&store) - before;
        before = requests(&store);
        spent
    };
    let key = bars(2024);
    assert!(store.get(&key).await.unwrap().is_none());
    assert_eq!(spent(), costs(0, 1, 0, 0, 0), "missing");
    let etag = store
        .put(&key, "1".into(), Precondition::Absent)
        .await
        .unwrap();
    assert_eq!(spent(), costs(1, 0, 0, 0, 0), "put");
    store.get(&key).await.unwrap();
    assert_eq!(spent(), costs(0, 1, 0, 0, 0), "unchanged");
    store
        .put(&key, "2".into(), Precondition::Absent)
        .await
        .unwrap_err();
    assert_eq!(spent(), costs(1, 0, 0, 0, 0), "a conflict");
    proxy.script(Only::Writes, [WireFault::LoseAnswer]);
    let etag = store
        .put(&key, "2".into(), Precondition::Matches(etag))
        .await
        .unwrap();
    assert_eq!(spent(), costs(2, 0, 0, 1, 0), "a lost answer");
    store.list(&LakePrefix::All).await.unwrap();
    assert_eq!(spent(), costs(0, 0, 1, 0, 0), "a list");
    store.delete(&key, etag).await.unwrap();
    assert_eq!(spent(), costs(0, 0, 0, 0, 1), "a delete");

    let mib = |n: usize| vec![1; n * 1024 * 1024].into();
    store.put(&key, mib(8), Precondition::Absent).await.unwrap();
    assert_eq!(spent(), costs(1, 0, 0, 0, 0), "one request up to 8 MiB");
    store
        .put(&bars(2023), mib(20), Precondition::Absent)
        .await
        .unwrap();
    assert_eq!(spent(), costs(4, 0, 0, 0, 0), "three blocks and their list");
    let fresh = open(config).await;
    fresh.get(&key).await.unwrap();
    assert_eq!(requests(&fresh), costs(0, 1, 0, 1, 0));
    fresh.get(&bars(2023)).await.unwrap();
    assert_eq!(requests(&fresh), costs(0, 4, 0, 1, 0), "three ranges");
}

/// A run reads each file to plan, to merge and to write the manifest: only the first one is sent.
#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_object_is_sent_once() {
    const OBJECTS: i16 = 40;
    const SIZE: usize = 13_000;
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let writer = open(config.clone()).await;
    for year in 1..=OBJECTS {
        let content = vec![year as u8; SIZE];
        writer
            .put(&bars(year), content.into(), Precondition::Absent)
            .await
            .unwrap();
    }
    let sent_by = async |kept_bytes: usize| {
        let mut config = config.clone();
        config.limits.kept_bytes = kept_bytes;
        let reader = open(config).await;
        let before = proxy.bytes_answered();
        let began = tokio::time::Instant::now();
        for _ in 0..3 {
            for year in 1..=OBJECTS {
                let object = reader.get(&bars(year)).await.unwrap().unwrap();
                assert!(object.bytes == vec![year as u8; SIZE]);
            }
        }
        let took = began.elapsed();
        assert_eq!(requests(&reader).reads, 3 * OBJECTS as u64);
        let sent = proxy.bytes_answered() - before;
        eprintln!("kept {kept_bytes}: {sent} bytes in {took:?}");
        sent
    };
    let whole = OBJECTS as u64 * SIZE as u64;
    assert_eq!(sent_by(0).await, 3 * whole);
    assert_eq!(sent_by(64 * 1024 * 1024).await, whole);

    // What a writer has just written is not sent to it at all, and what others write is.
    let before = proxy.bytes_answered();
    let mine = writer.get(&bars(1)).await.unwrap().unwrap();
    assert_eq!(proxy.bytes_answered(), before);
    let other = open(config).await;
    let (key, current) = (bars(1), Precondition::Matches(mine.etag));
    other.put(&key, "newer".into(), current).await.unwrap();
    assert_eq!(writer.get(&bars(1)).await.unwrap().unwrap().bytes, "newer");
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_come_in_pages_and_leave_out_what_is_not_ours() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let store = open(config(&azurite.connection_string(), "lake")).await;
    for run in 0..30 {
        let key = LakeKey::parse(&format!("reports/backfill_20240705_2304{run:02}.json")).unwrap();
        store
            .put(&key, "{}".into(), Precondition::Absent)
            .await
            .unwrap();
    }
    let listed = store.list(&LakePrefix::Reports).await.unwrap();
    assert_eq!(listed.len(), 30);
    assert!(
        listed
            .iter()
            .all(|entry| entry.etag.is_some() && entry.size_bytes == 2)
    );
    assert!(store.list(&LakePrefix::Commits).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_counted_as_it_travels() {
    let Some((_azurite, proxy, config)) = behind_a_proxy().await else {
        return;
    };
    let writer = open(config.clone()).await;
    let before = proxy.bytes_answered();
    let key = bars(1);
    let content = vec![7; 5_000];
    let put = writer.put(&key, content.into(), Precondition::Absent);
    let etag = put.await.unwrap();
    writer.get(&key).await.unwrap();
    let billed = writer.billed().unwrap();
    assert_eq!((billed.bytes_out, billed.bytes_in), (5_000, 0));
    let reader = open(config).await;
    for _ in 0..3 {
        reader.get(&bars(1)).await.unwrap();
    }
    let billed = reader.billed().unwrap();
    assert_eq!((billed.bytes_out, billed.bytes_in), (0, 5_000));
    assert_eq!(proxy.bytes_answered() - before, 5_000);
    // A try whose answer is lost has sent its content all the same.
    proxy.script(Only::Writes, [WireFault::LoseAnswer]);
    let again = Precondition::Matches(etag);
    writer
        .put(&bars(1), vec![8; 1_000].into(), again)
        .await
        .unwrap();
    assert_eq!(writer.billed().unwrap().bytes_out, 7_000);
}

/// 500 listings, one new bar each: four operations per listing, and a few of the run. A new action
/// rewrites older years and costs more; listings with one are left out.
#[tokio::test(flavor = "multi_thread")]
async fn a_daily_run_costs_four_operations_per_listing() {
    const LISTINGS: usize = 500;
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let lab = Lab::new("synthetic:530:us", "", 9, date(2014, 10, 1)).await;
    let (yesterday, today) = ("2015-06-09T04:00:00Z", "2015-06-10T04:00:00Z");
    let memory: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let all = lab.server.market().symbols();
    lab.at(yesterday.parse().unwrap());
    lab.daily(&memory, &all).await.unwrap();
    lab.at(today.parse().unwrap());
    let report = lab.daily(&memory, &all).await.unwrap();
    let one_bar = report
        .listings
        .iter()
        .filter(|listing| listing.changes.bars_added == 1 && listing.files_written == 1);
    let symbols: Vec<String> = one_bar.map(|l| l.symbol.clone()).take(LISTINGS).collect();
    assert_eq!(symbols.len(), LISTINGS);

    let connect = async || open(as_shipped(&azurite.connection_string(), "lake")).await;
    lab.at(yesterday.parse().unwrap());
    let store: Arc<dyn LakeStore> = connect().await;
    lab.daily(&store, &symbols).await.unwrap();
    // A run of the next day is a process of its own, which remembers nothing.
    lab.at(today.parse().unwrap());
    let store = connect().await;
    let opened = store.billed().unwrap();
    let watched: Arc<dyn LakeStore> = Arc::clone(&store) as _;
    let planner: Arc<dyn LakeStore> = connect().await;
    let context = lab.context(planner);
    let order = WorkRequest::daily_update(&context, lab.listings(&symbols));
    let plan = preview(&context, &order).await.unwrap().operations;
    let report = lab.daily(&watched, &symbols).await.unwrap();
    assert_eq!(report.totals.changes.bars_added, LISTINGS);
    let used = store.billed().unwrap() - opened;
    eprintln!("{used:?} for {LISTINGS} listings, {plan:?} planned");
    // What a plan says is what a run may cost, and not much more than it does.
    assert!(
        plan.writes >= used.writes && plan.writes <= used.writes + 20,
        "{plan:?}"
    );
    assert!(
        plan.reads >= used.reads && plan.reads <= used.reads + 50,
        "{plan:?}"
    );
    assert!(plan.lists >= used.lists, "{plan:?}");
    // The manifest per 100 listings, read and written, and the report. The tables for reading: pages of
    // names, the changed year's files, and what lies there of the tables.
    let (listings, chunks) = (LISTINGS as u64, LISTINGS.div_ceil(100) as u64);
    // The status page lists the reports, reads four files and writes them.
    const PAGE_FILES: u64 = 4;
    assert!(used.lists <= 2 + 4 * listings / 5_000, "{used:?}");
    let of_tables = listings + 30;
    assert!(
        used.operations() <= 4 * listings + 2 * chunks + 1 + of_tables + 2 * PAGE_FILES + 1,
        "{used:?}"
    );
    // The panel and the bars of the changed year, the index, a version of the bars and the list of versions.
    assert!(
        used.writes <= 2 * listings + chunks + 1 + 5 + PAGE_FILES,
        "{used:?}"
    );

    // Nothing new: the report is written, and the record of a listing whose hole was asked for again.
    lab.at("2015-06-10T04:01:00Z".parse().unwrap());
    let store = connect().await;
    let opened = store.billed().unwrap();
    let watched: Arc<dyn LakeStore> = Arc::clone(&store) as _;
    let again = lab.daily(&watched, &symbols).await.unwrap();
    let used = store.billed().unwrap() - opened;
    assert_eq!(again.totals.files_written, 0);
    assert!((1..=5 + PAGE_FILES).contains(&used.writes), "{used:?}");

    // What the report says is what was counted.
    let billed = again.store.billed.unwrap();
    let after = used.writes - billed.writes;
    // Its own put comes after, and the page, whose file of listings may be as it was.
    assert!((PAGE_FILES..=1 + PAGE_FILES).contains(&after), "{after}");
    assert_eq!(billed.reads + PAGE_FILES, used.reads);
    let cost = again.cost.unwrap();
    let reads = cost
        .lines
        .iter()
        .find(|line| line.what == "Blob Storage reads")
        .unwrap();
    assert_eq!(reads.amount, billed.reads as f64);
}
