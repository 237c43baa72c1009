//! What people decide about refused rows holds through every later run, crash and other decision.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
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
async fn a_crash_after_any_write_of_a_release_is_healed_by_the_same_command_or_by_the_next_run() {
    for again in [true, false] {
        for writes in 0..6 {
            let (lab, store) = block(60).await;
            let refused = entries(&lab, &store).await;
            let crashing: Arc<dyn LakeStore> =
                Arc::new(Faulty::new(Arc::clone(&store)).crash_after(writes));
            let context = lab.context(crashing);
            let ordered = order(Resolution::Released, all_open());
            // It may end with an error or name what it could not store.
            let _ = quarantine::decide(&context, &ordered, Effects::Write).await;
            if again {
                let decided = decide(&lab, &store, Resolution::Released, all_open()).await;
                assert!(
                    decided.iter().all(|decided| decided.is_done()),
                    "{writes}: {decided:?}"
                );
            } else if writes > 1 {
                // The first write is the announcement, the second one the decision.
                let report = lab.daily(&store, &[SYMBOL]).await.unwrap();
                assert_eq!(report.results.failed, 0, "{writes}: {:?}", report.listings);
            } else {
                continue;
            }
            for (entry, day) in refused.iter().zip([9, 10, 11]) {
                assert_eq!(
                    close(&lab, store.as_ref(), day).await,
                    entry.prices[3],
                    "{writes}"
                );
            }
            let status = entries(&lab, &store).await;
            assert!(
                status
                    .iter()
                    .all(|entry| entry.status == ReviewStatus::Released),
                "{writes}"
            );
            assert_eq!(
                decisions(&lab, store.as_ref()).await.decisions.len(),
                3,
                "{writes}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_of_several_people_at_once_lose_nothing() {
    for round in 0..12 {
        let (lab, store) = block(60).await;
        let refused = entries(&lab, &store).await;
        let decide_one = |at: usize| {
            let resolution = match (at + round) % 2 {
                0 => Resolution::Released,
                _ => Resolution::Rejected,
            };
            decide(&lab, &store, resolution, by_id(&refused[at]))
        };
        let symbols = [SYMBOL];
        let (one, two, three, run) = futures::join!(
            decide_one(0),
            decide_one(1),
            decide_one(2),
            lab.daily(&store, &symbols)
        );
        assert_eq!(run.unwrap().results.failed, 0);
        for decided in [one, two, three].concat() {
            assert!(decided.is_done(), "{decided:?}");
        }
        assert_eq!(decisions(&lab, store.as_ref()).await.decisions.len(), 3);
        let status: Vec<_> = entries(&lab, &store)
            .await
            .iter()
            .map(|e| e.status)
            .collect();
        let expected: Vec<_> = (0..3)
            .map(|at| match (at + round) % 2 {
                0 => ReviewStatus::Released,
                _ => ReviewStatus::Rejected,
            })
            .collect();
        assert_eq!(status, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_opposite_decisions_one_stands() {
    for _ in 0..12 {
        let (lab, store) = block(60).await;
        let refused = entries(&lab, &store).await;
        let (released, rejected) = futures::join!(
            decide(&lab, &store, Resolution::Released, by_id(&refused[0])),
            decide(&lab, &store, Resolution::Rejected, by_id(&refused[0]))
        );
        assert_eq!(released, [Decided::Added]);
        // First rejected and then released is a change of mind; the other way there is no way back.
        assert!(
            [[Decided::Rejected], [Decided::Refused]]
                .iter()
                .any(|d| d == rejected.as_slice()),
            "{rejected:?}"
        );
        assert_eq!(
            entries(&lab, &store).await[0].status,
            ReviewStatus::Released
        );
        assert_eq!(close(&lab, store.as_ref(), 9).await, refused[0].prices[3]);
    }
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

/// One thing that happens to the lake on a day.
#[derive(Debug, Clone, Copy)]
enum Event {
    Daily,
    Backfill,
    Release(usize),
    Reject(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Daily),
        1 => Just(Event::Backfill),
        1 => (0_usize..3).prop_map(Event::Release),
        1 => (0_usize..3).prop_map(Event::Reject),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 20, ..ProptestConfig::default() })]

    // Runs and decisions in any order, with crashes: every decision holds, and what the runs do
    // after the last of them is byte-equal however often they are repeated.
    #[test]
    fn decisions_hold_through_any_runs(
        events in prop::collection::vec((event(), 0_i8..2, prop::option::weighted(0.3, 0_u64..6)), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (lab, store) = block(90).await;
            let refused = entries(&lab, &store).await;
            let mut day = 12;
            for (event, days, crash_after) in events {
                day += days;
                lab.at(at(day, 3));
                let used: Arc<dyn LakeStore> = match crash_after {
                    Some(n) => Arc::new(Faulty::new(Arc::clone(&store)).crash_after(n)),
                    None => Arc::clone(&store),
                };
                let context = lab.context(Arc::clone(&used));
                let _ = match event {
                    Event::Daily => lab.daily(&used, &[SYMBOL]).await.is_ok(),
                    Event::Backfill => {
                        let end = date(2016, 3, day - 1);
                        lab.backfill(&used, &[SYMBOL], date(2014, 1, 2), end).await.is_ok()
                    }
                    Event::Release(at) => {
                        let ordered = order(Resolution::Released, by_id(&refused[at]));
                        quarantine::decide(&context, &ordered, Effects::Write).await.is_ok()
                    }
                    Event::Reject(at) => {
                        let ordered = order(Resolution::Rejected, by_id(&refused[at]));
                        quarantine::decide(&context, &ordered, Effects::Write).await.is_ok()
                    }
                };
            }
            for _ in 0..2 {
                day += 1;
                lab.at(at(day, 3));
                lab.daily(&store, &[SYMBOL]).await.unwrap();
            }
            let listing = lab.listings(&[SYMBOL]).remove(0);
            let decided = match store.get(&LakeKey::decisions(&listing)).await.unwrap() {
                Some(found) => Decisions::parse(&found.bytes, SYMBOL).unwrap(),
                None => Decisions::none(SYMBOL),
            };
            for (entry, day) in refused.iter().zip([9, 10, 11]) {
                let stored = close(&lab, store.as_ref(), day).await;
                let last = decided.decisions.iter().rev().find(|decision| decision.id == entry.id);
                match last.map(|decision| decision.resolution) {
                    Some(Resolution::Released) => assert_eq!(stored, entry.prices[3]),
                    Some(Resolution::Rejected) | None => assert_eq!(stored, None),
                }
            }
            let before = promised(store.as_ref()).await;
            lab.daily(&store, &[SYMBOL]).await.unwrap();
            assert_eq!(promised(store.as_ref()).await, before);
        });
    }
}
