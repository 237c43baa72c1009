//! Decisions hold through any sequence of runs.

use proptest::prelude::*;

use super::*;

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
