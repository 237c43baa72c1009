//! What people decide about refused rows holds through every later run, crash and other decision.

mod any_runs;
mod writers;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use quantx::lake::LakeKey;
use quantx::lake::codec;
use quantx::lake::decisions::{Decisions, Resolution};
use quantx::lake::quarantine::ReviewStatus;
use quantx::operations::Effects;
use quantx::operations::quarantine::{
    self, Choice, Decided, DecisionRequest, EntryReport, QuarantineError,
};
use quantx::report::{Outcome, Verdict};
use quantx::storage::{LakeStore, MemoryStore};
use quantx_faulty::Faulty;
use quantx_tests::lab::Lab;
use quantx_tests::lakes::{differences, promised};

const SYMBOL: &str = "S0003";

fn at(day: i8, month: i8) -> Timestamp {
    let zoned = date(2016, month, day)
        .at(4, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC);
    zoned.unwrap().timestamp()
}

/// Prices of three sessions from 9 March 2016 on are 100 times too high for `days` days; the lake
/// was filled up to the 8th and then updated on each of the next days.
async fn block(days: u32) -> (Lab, Arc<dyn LakeStore>) {
    let faults = format!("block100x={SYMBOL}:2016-03-09:3:{days}d");
    let lab = Lab::new("synthetic:20", &faults, 3, date(2014, 1, 2)).await;
    let store: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    for day in [9, 10, 11, 12] {
        lab.at(at(day, 3));
        lab.daily(&store, &[SYMBOL]).await.unwrap();
    }
    (lab, store)
}

async fn entries(lab: &Lab, store: &Arc<dyn LakeStore>) -> Vec<EntryReport> {
    let context = lab.context(Arc::clone(store));
    let report = quarantine::survey(&context, None).await.unwrap();
    assert_eq!(report.unreadable, []);
    report.entries
}

fn open(entries: &[EntryReport]) -> Vec<String> {
    let open = entries.iter().filter(|entry| entry.status.is_open());
    open.map(|entry| format!("{} {}", entry.date, entry.rule))
        .collect()
}

fn order(resolution: Resolution, choice: Choice) -> DecisionRequest {
    DecisionRequest {
        resolution,
        choice,
        amount: None,
        by: "ann".to_owned(),
        note: None,
    }
}

fn all_open() -> Choice {
    Choice::Open {
        listings: None,
        rule: None,
    }
}

fn by_id(entry: &EntryReport) -> Choice {
    Choice::Ids(vec![entry.id.to_string()])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_announced_before_it_is_made() {
    let (lab, store) = block(60).await;
    let path = format!("data/exchange=us/ticker={SYMBOL}/_symbol.json");
    let key = LakeKey::parse(&path).unwrap();
    let is_announced = async |store: &Arc<dyn LakeStore>| {
        let record = store.get(&key).await.unwrap().unwrap().bytes;
        let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
        record["watch"]["decided"] == true
    };
    assert!(!is_announced(&store).await);
    // The process dies after its first write, which is the announcement.
    let dying: Arc<dyn LakeStore> = Arc::new(Faulty::new(Arc::clone(&store)).crash_after(1));
    let context = lab.context(dying);
    let rejection = order(Resolution::Rejected, all_open());
    quarantine::decide(&context, &rejection, Effects::Write)
        .await
        .unwrap_err();
    assert!(is_announced(&store).await);
    assert!(!open(&entries(&lab, &store).await).is_empty());
    decide(&lab, &store, Resolution::Rejected, all_open()).await;
    assert!(open(&entries(&lab, &store).await).is_empty());
    // A run that changes the record keeps it.
    lab.at(at(16, 3));
    let report = lab.daily(&store, &[SYMBOL]).await.unwrap();
    assert!(report.totals.changes.bars_added > 0);
    assert!(is_announced(&store).await);
}

async fn decide(
    lab: &Lab,
    store: &Arc<dyn LakeStore>,
    resolution: Resolution,
    choice: Choice,
) -> Vec<Decided> {
    let context = lab.context(Arc::clone(store));
    let order = order(resolution, choice);
    let report = quarantine::decide(&context, &order, Effects::Write)
        .await
        .unwrap();
    report.entries.iter().map(|entry| entry.decided).collect()
}

async fn close(lab: &Lab, store: &dyn LakeStore, day: i8) -> Option<f64> {
    let listing = lab.listings(&[SYMBOL]).remove(0);
    let file = store
        .get(&LakeKey::bars(&listing, 2016))
        .await
        .unwrap()
        .unwrap();
    let year = codec::decode(&file.bytes).unwrap();
    let bar = year
        .bars
        .iter()
        .find(|bar| bar.date.date() == date(2016, 3, day));
    bar.map(|bar| bar.close.get())
}

async fn decisions(lab: &Lab, store: &dyn LakeStore) -> Decisions {
    let listing = lab.listings(&[SYMBOL]).remove(0);
    let found = store
        .get(&LakeKey::decisions(&listing))
        .await
        .unwrap()
        .unwrap();
    Decisions::parse(&found.bytes, SYMBOL).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_rows_stay_out_quietly_and_the_right_ones_come_later() {
    let (lab, store) = block(12).await;
    let refused = entries(&lab, &store).await;
    assert_eq!(
        open(&refused),
        [
            "2016-03-09 unit_jump",
            "2016-03-10 unit_jump",
            "2016-03-11 unit_jump"
        ]
    );
    assert_eq!(
        decide(&lab, &store, Resolution::Rejected, all_open()).await,
        [Decided::Rejected; 3]
    );
    assert_eq!(open(&entries(&lab, &store).await), [""; 0]);
    let before = promised(store.as_ref()).await;
    for _ in 0..2 {
        let report = lab.daily(&store, &[SYMBOL]).await.unwrap();
        assert_eq!(
            (report.verdict, report.totals.rows.refused),
            (Verdict::Green, 0)
        );
        assert_eq!(report.listings[0].outcome, Outcome::Unchanged);
    }
    assert_eq!(promised(store.as_ref()).await, before);
    for day in [15, 16, 17] {
        lab.at(at(day, 3));
        let report = lab.daily(&store, &[SYMBOL]).await.unwrap();
        assert_eq!(
            (report.verdict, report.totals.rows.refused),
            (Verdict::Green, 0),
            "{day}"
        );
        assert_eq!(close(&lab, store.as_ref(), 10).await, None);
    }
    // The vendor has corrected the block: what it sends now nobody has rejected.
    lab.at(at(22, 3));
    lab.backfill(&store, &[SYMBOL], date(2014, 1, 2), date(2016, 3, 21))
        .await
        .unwrap();
    let clean: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    lab.backfill(&clean, &[SYMBOL], date(2014, 1, 2), date(2016, 3, 21))
        .await
        .unwrap();
    let differences = differences(&promised(&store).await, &promised(&clean).await);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn released_rows_stay_until_a_person_releases_others() {
    let (lab, store) = block(12).await;
    let refused = entries(&lab, &store).await;
    let wanted = by_id(&refused[1]);
    assert_eq!(close(&lab, store.as_ref(), 10).await, None);
    assert_eq!(
        decide(&lab, &store, Resolution::Released, wanted.clone()).await,
        [Decided::Added]
    );
    let released = close(&lab, store.as_ref(), 10).await;
    assert_eq!(released, refused[1].prices[3]);
    let before = promised(store.as_ref()).await;
    assert_eq!(
        decide(&lab, &store, Resolution::Released, wanted).await,
        [Decided::AlreadyDecided]
    );
    decide(&lab, &store, Resolution::Rejected, all_open()).await;
    let first = lab.daily(&store, &[SYMBOL]).await.unwrap();
    assert_eq!(first.verdict, Verdict::Green, "{:?}", first.listings);
    assert_eq!(promised(store.as_ref()).await, before);
    lab.at(at(16, 3));
    lab.daily(&store, &[SYMBOL]).await.unwrap();
    assert_eq!(close(&lab, store.as_ref(), 10).await, released);
    // The vendor corrects it: the word of a person stands, and new sessions still come.
    lab.at(at(22, 3));
    for _ in 0..3 {
        let report = lab
            .backfill(&store, &[SYMBOL], date(2014, 1, 2), date(2016, 3, 21))
            .await
            .unwrap();
        assert_eq!(report.results.failed, 0, "{:?}", report.listings);
        assert_eq!(close(&lab, store.as_ref(), 10).await, released);
    }
    lab.daily(&store, &[SYMBOL]).await.unwrap();
    let contradicted = entries(&lab, &store).await;
    assert_eq!(open(&contradicted), ["2016-03-10 correction_of_released"]);
    let choice = Choice::Open {
        listings: None,
        rule: Some("correction_of_released".to_owned()),
    };
    assert_eq!(
        decide(&lab, &store, Resolution::Released, choice).await,
        [Decided::Replaced]
    );
    let clean: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    lab.backfill(&clean, &[SYMBOL], date(2014, 1, 2), date(2016, 3, 21))
        .await
        .unwrap();
    let differences = differences(&promised(&store).await, &promised(&clean).await);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(open(&entries(&lab, &store).await), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_made_anew_follows_the_decisions() {
    let (lab, store) = block(60).await;
    let refused = entries(&lab, &store).await;
    decide(&lab, &store, Resolution::Released, by_id(&refused[0])).await;
    decide(&lab, &store, Resolution::Rejected, by_id(&refused[1])).await;
    lab.at(at(18, 3));
    lab.daily(&store, &[SYMBOL]).await.unwrap();
    let anew: Arc<dyn LakeStore> = Arc::new(MemoryStore::new());
    let listing = lab.listings(&[SYMBOL]).remove(0);
    let key = LakeKey::decisions(&listing);
    let bytes = store.get(&key).await.unwrap().unwrap().bytes;
    anew.put(&key, bytes, quantx::storage::Precondition::Absent)
        .await
        .unwrap();
    lab.backfill(&anew, &[SYMBOL], date(2014, 1, 2), date(2016, 3, 17))
        .await
        .unwrap();
    let differences = differences(&promised(&store).await, &promised(&anew).await);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_decided_is_told_and_changes_nothing() {
    let (lab, store) = block(60).await;
    let refused = entries(&lab, &store).await;
    decide(&lab, &store, Resolution::Released, by_id(&refused[0])).await;
    let before = promised(store.as_ref()).await;
    assert_eq!(
        decide(&lab, &store, Resolution::Rejected, by_id(&refused[0])).await,
        [Decided::Refused]
    );
    // A session that is not over as of an earlier day.
    lab.at(at(10, 3));
    assert_eq!(
        decide(&lab, &store, Resolution::Released, by_id(&refused[2])).await,
        [Decided::Refused]
    );
    lab.at(at(12, 3));
    let context = lab.context(Arc::clone(&store));
    for (id, problem) in [
        ("ffffffffffff", "there is no entry"),
        ("3", "is not an entry's id"),
        ("zzzz", "is not an entry's id"),
    ] {
        let ordered = order(Resolution::Released, Choice::Ids(vec![id.to_owned()]));
        let error = quarantine::decide(&context, &ordered, Effects::Write)
            .await
            .unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
        assert!(!matches!(error, QuarantineError::Operation(_)));
    }
    let dry = order(Resolution::Released, all_open());
    let report = quarantine::decide(&context, &dry, Effects::ReadOnly)
        .await
        .unwrap();
    let foreseen: Vec<_> = report.entries.iter().map(|entry| entry.decided).collect();
    assert_eq!(foreseen, [Decided::Added; 2]);
    assert_eq!(promised(store.as_ref()).await, before);
    assert_eq!(decisions(&lab, store.as_ref()).await.decisions.len(), 1);
}
