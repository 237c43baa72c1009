//! Decisions that crash, and those of several people at once.

use super::*;

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
            let standing = entries(&lab, &store).await;
            assert!(
                standing
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
            let ruling = match (at + round) % 2 {
                0 => Resolution::Released,
                _ => Resolution::Rejected,
            };
            decide(&lab, &store, ruling, by_id(&refused[at]))
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
        let standing: Vec<_> = entries(&lab, &store)
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
        assert_eq!(standing, expected);
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
