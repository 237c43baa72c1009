use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_plan_overlaps_five_stored_sessions_and_covers_what_is_due(
        last_back in 0_usize..200,
        holes in prop::collection::btree_set(1_usize..260, 0..120),
        lookback in 0_usize..30,
        start in 0_i32..5200,
        is_backfill in any::<bool>(),
    ) {
        let calendar = xnys();
        let last_final = calendar.session(day("2024-06-10")).unwrap();
        let last = calendar.back(last_final, last_back).unwrap();
        let mut stored = record("2020-01-01", "2020-01-02", &last.to_string());
        for hole in holes {
            let date = calendar.back(last, hole).unwrap().date();
            stored.watch.holes.insert(date, Hole { asks: 9, last_asked: day("2024-06-01"), row: None });
        }
        let start = day("2010-01-01") + jiff::Span::new().days(start);
        let intent = if is_backfill {
            Intent::Backfill { start, end: last_final.date() }
        } else {
            Intent::Daily { lookback }
        };
        let decision = plan(Some(&stored), intent, POLICY, &calendar, last_final, day("2024-06-11"));
        let Decision::Fetch(fetch) = decision else {
            prop_assert!(is_backfill && last_back == 0, "{decision:?}");
            return Ok(());
        };
        let overlap = calendar.sessions(SessionRange::inclusive(fetch.from, last.date()));
        let overlap = overlap.filter(|session| !stored.watch.holes.contains_key(&session.date()));
        prop_assert!(overlap.count() >= MIN_OVERLAP);
        prop_assert_eq!(fetch.until, last_final.date());
        prop_assert!(fetch.window().contains(last_final.date()));
        prop_assert!(fetch.from >= stored.asked_from || fetch.from == start);
        prop_assert!(fetch.due >= last_back);
    }
}
