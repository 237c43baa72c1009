use proptest::prelude::*;

use super::*;
use crate::fixtures::sessions;

const N: usize = 24;

fn resolution() -> impl Strategy<Value = Option<Resolution>> {
    prop_oneof![Just(None), Just(Some(Released)), Just(Some(Rejected))]
}

fn context_for<'a>(
    sessions: &[TradingDate],
    from: usize,
    to: usize,
    pending: &'a [Pending],
) -> MergeContext<'a> {
    MergeContext {
        window: SessionRange::inclusive(sessions[from].date(), sessions[to].date()),
        pending,
        today: day("2024-08-01"),
        word: crate::merge::Word::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    // A vendor that sends some sessions 100 times too high and some 30 % off, a person who decides
    // about some of them, fetches in any order and number.
    #[test]
    fn decisions_hold_whatever_is_fetched_and_however_often(
        errors in prop::collection::vec(
            prop_oneof![4 => Just(1.0), 1 => Just(100.0), 1 => Just(1.3), 1 => Just(1.02)], N),
        decided in prop::collection::vec(resolution(), N),
        windows in prop::collection::vec((0_usize..10, 14_usize..N, any::<bool>()), 1..6),
    ) {
        let sessions = sessions("2024-06-03", N);
        let truth = |at: usize| bar(&sessions[at].to_string(), 10.0 + at as f64 / 10.0);
        let sent = |at: usize| bar(&sessions[at].to_string(), (10.0 + at as f64 / 10.0) * errors[at]);
        let decided: Vec<(Resolution, RefusedRow)> = (0..N)
            .filter(|at| errors[*at] != 1.0)
            .filter_map(|at| Some((decided[at]?, RefusedRow::of_bar(&sent(at), RefusalRule::from_name("any"), String::new()))))
            .collect();
        let decisions = decide(&decided);
        let decided_rows = DecisionIndex::new(&decisions, InstrumentKind::Share, &xnys(), None);
        let mut stored = History { bars: BarSeries::new((0..12).map(truth).collect()), ..History::default() };
        let mut pending: Vec<Pending> = Vec::new();
        for (from, to, is_right) in windows {
            let row = |at: usize| if is_right { truth(at) } else { sent(at) };
            let offer = fetched((from..=to).map(row).collect(), &[]);
            let merged = merge_with_decisions(&stored, &offer, context_for(&sessions, from, to, &pending), &decided_rows);
            let again = merge_with_decisions(&merged.history, &offer, context_for(&sessions, from, to, &merged.pending), &decided_rows);
            prop_assert_eq!(&again.history, &merged.history);
            prop_assert_eq!(&again.quarantine, &merged.quarantine);
            prop_assert_eq!(&again.pending, &merged.pending);
            for (resolution, row) in &decided {
                let is_stored = merged.history.bars.get(row.date)
                    .is_some_and(|bar| row.agrees_in_prices(bar.prices().map(|price| price.map(Price::get))));
                prop_assert_eq!(is_stored, *resolution == Released, "{} {:?}", row.date, resolution);
                let is_refused = merged.quarantine.iter().any(|refused| refused.says_the_same(row));
                prop_assert!(!is_refused, "{} is decided", row.date);
            }
            (stored, pending) = (merged.history, merged.pending);
        }
    }
}
