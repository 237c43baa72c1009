use proptest::prelude::*;

use super::*;
use crate::fixtures::{bar_on, sessions};
use quantx_market::ActionKind;

/// Sixty sessions that happened, and fetches that saw a stretch of them.
#[derive(Debug, Clone)]
struct Truth {
    bars: Vec<Bar>,
    actions: Vec<Action>,
}

impl Truth {
    fn fetch(&self, (from, to): (usize, usize)) -> (Fetched, SessionRange) {
        let (first, last) = (self.bars[from].date.date(), self.bars[to].date.date());
        // An answer reaches up to now: it tells actions after the last row it may store.
        let known = self
            .actions
            .iter()
            .filter(|action| action.ex_date >= first)
            .copied();
        let rows = self.bars[from..=to].to_vec();
        (
            fetched(rows, &known.collect::<Vec<_>>()),
            SessionRange::inclusive(first, last),
        )
    }

    fn add(&self, stored: &History, stretch: (usize, usize)) -> History {
        let (offer, window) = self.fetch(stretch);
        join(stored, &offer, window)
    }
}

fn join(stored: &History, offer: &Fetched, window: SessionRange) -> History {
    let merged = merge(
        stored,
        offer,
        MergeContext {
            window,
            pending: &[],
            today: day("2024-12-02"),
            word: Word::default(),
        },
    );
    assert_eq!((merged.held, merged.quarantine.len()), (None, 0));
    merged.history
}

fn truth() -> impl Strategy<Value = Truth> {
    let closes = prop::collection::vec(900_u32..1100, 60);
    let actions = prop::collection::vec((0_i32..88, 0_u8..3, 1_u32..9), 0..8);
    (closes, actions).prop_map(|(closes, actions)| Truth {
        bars: closes
            .iter()
            .zip(sessions("2024-06-03", 60))
            .map(|(cents, session)| bar_on(session, f64::from(*cents) / 100.0, f64::from(*cents)))
            .collect(),
        actions: actions
            .into_iter()
            .map(|(days, kind, n)| Action {
                ex_date: day("2024-06-01") + jiff::Span::new().days(days),
                kind: match kind {
                    0 => ActionKind::Split { numerator: f64::from(n), denominator: 2.0 },
                    1 => ActionKind::Dividend { amount: f64::from(n) / 10.0 },
                    _ => ActionKind::CapitalGain { amount: f64::from(n) / 20.0 },
                },
            })
            // One of a kind a day, as an answer has them after parsing.
            .collect::<ActionSet>()
            .iter()
            .copied()
            .collect(),
    })
}

impl Truth {
    /// A fetch that does not know all: what it lacks is drawn from `seed`.
    fn half_blind_fetch(&self, stretch: (usize, usize), seed: u64) -> (Fetched, SessionRange) {
        let (mut offer, window) = self.fetch(stretch);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bars = offer.bars.into_bars();
        for bar in &mut bars {
            match random.u8(0..10) {
                0 => bar.open = None,
                1 => bar.high = None,
                2 => bar.low = None,
                3 => bar.volume = None,
                4 => (bar.open, bar.high, bar.low, bar.volume) = (None, None, None, None),
                _ => {}
            }
        }
        offer.bars = BarSeries::new(bars);
        (offer, window)
    }
}

/// Every stretch has sessions 25 to 35, so that any two overlap.
fn stretch() -> impl Strategy<Value = (usize, usize)> {
    (0_usize..=25, 35_usize..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn merging_twice_is_merging_once(truth in truth(), a in stretch(), b in stretch()) {
        let stored = truth.add(&History::default(), a);
        let once = truth.add(&stored, b);
        let (offer, window) = truth.fetch(b);
        let context = MergeContext { window, pending: &[], today: day("2024-12-02"), word: Word::default() };
        let twice = merge(&once, &offer, context);
        prop_assert_eq!(twice, Merged { history: once, ..Merged::default() });
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        truth in truth(),
        stretches in prop::collection::vec(stretch(), 1..7),
        seed in any::<u64>(),
    ) {
        let all = |order: &[(usize, usize)]| {
            order.iter().fold(History::default(), |stored, stretch| truth.add(&stored, *stretch))
        };
        let mut shuffled = stretches.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        prop_assert_eq!(all(&stretches), all(&shuffled));
    }

    #[test]
    fn what_one_fetch_does_not_know_another_tells_in_any_order(
        truth in truth(),
        looks in prop::collection::vec((stretch(), any::<u64>()), 1..7),
        seed in any::<u64>(),
    ) {
        let all = |order: &[((usize, usize), u64)]| {
            order.iter().fold(History::default(), |stored, (stretch, seed)| {
                let (offer, window) = truth.half_blind_fetch(*stretch, *seed);
                let once = join(&stored, &offer, window);
                assert_eq!(join(&once, &offer, window), once, "twice is once");
                once
            })
        };
        let mut shuffled = looks.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        let merged = all(&looks);
        prop_assert_eq!(&merged, &all(&shuffled));
        // What is known is the truth, and it is known if any look knew it.
        for (index, bar) in truth.bars.iter().enumerate() {
            let seen = looks.iter().filter(|((from, to), _)| (*from..=*to).contains(&index));
            let mut known = [false; 5];
            for (stretch, seed) in seen {
                let (offer, _) = truth.half_blind_fetch(*stretch, *seed);
                let bar = offer.bars.get(bar.date.date()).unwrap();
                let [open, high, low, close] = bar.prices().map(|price| price.is_some());
                let now = [open, high, low, close, bar.volume.is_some()];
                known.iter_mut().zip(now).for_each(|(known, now)| *known |= now);
            }
            let expected = known[3].then_some(Bar {
                open: bar.open.filter(|_| known[0]),
                high: bar.high.filter(|_| known[1]),
                low: bar.low.filter(|_| known[2]),
                volume: bar.volume.filter(|_| known[4]),
                ..*bar
            });
            prop_assert_eq!(merged.bars.get(bar.date.date()), expected.as_ref());
        }
    }

    #[test]
    fn a_volume_that_was_known_exactly_survives_every_reverse_split(
        volume in prop_oneof![0_u64..2000, 0_u64..10_000_000_000],
        factors in prop::collection::vec(1_u64..300, 1..6),
    ) {
        let mut unit = 1.0;
        let mut stored = Some(volume);
        for factor in factors {
            unit *= factor as f64;
            let vendor = (volume as f64 / unit).round();
            let said = (vendor > 0.0 || unit < 2.0).then_some((vendor * unit).round() as u64);
            prop_assert!(said.is_none_or(|said| said.abs_diff(volume) as f64 <= unit / 2.0));
            let kept = newer_volume(stored, said, unit);
            prop_assert_eq!(kept, Some(volume));
            prop_assert_eq!(newer_volume(kept, said, unit), kept);
            // In the other order: what was known badly is replaced by what is known well.
            prop_assert_eq!(newer_volume(said, Some(volume), 1.0), Some(volume));
            stored = kept;
        }
    }

    #[test]
    fn the_grouping_of_fetches_does_not_matter(
        truth in truth(), a in stretch(), b in stretch(), c in stretch(),
    ) {
        let empty = History::default();
        let left = truth.add(&truth.add(&truth.add(&empty, a), b), c);
        let right = truth.add(&truth.add(&empty, b), c);
        let actions: Vec<Action> = right.actions.iter().copied().collect();
        let offer = fetched(right.bars.bars().to_vec(), &actions);
        let window = SessionRange::inclusive(
            right.bars.first().unwrap().date.date(),
            right.bars.last().unwrap().date.date(),
        );
        prop_assert_eq!(left, join(&truth.add(&empty, a), &offer, window));
    }

    #[test]
    fn every_offered_row_is_stored_refused_or_explained(
        truth in truth(),
        a in stretch(),
        b in stretch(),
        factors in prop::collection::vec(prop::sample::select(
            vec![1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.00001, 1.004, 0.95, 1.2, 100.0, 0.01]), 60),
        n_refused in 0_usize..4,
        confirmed in any::<bool>(),
    ) {
        let stored = truth.add(&History::default(), a);
        let (mut offer, window) = truth.fetch(b);
        let changed = offer.bars.bars().iter().zip(factors).map(|(bar, factor)| {
            bar_on(bar.date, bar.close.get() * factor, 5.0)
        });
        let mut rows: Vec<Bar> = changed.collect();
        offer.refused = rows
            .drain(3..3 + n_refused)
            .map(|bar| RefusedRow::of_bar(&bar, RefusalRule::from_name("missing_price"), "no close".to_owned()))
            .collect();
        offer.bars = BarSeries::new(rows);
        let context = MergeContext { window, pending: &[], today: day("2024-12-02"), word: Word::default() };
        let mut merged = merge(&stored, &offer, context);
        if confirmed {
            let pending = merged.pending.clone();
            let tomorrow = MergeContext { pending: &pending, today: day("2024-12-03"), ..context };
            merged = merge(&stored, &offer, tomorrow);
        }
        let (mut taken, mut refused, mut explained) = (0, 0, 0);
        for bar in offer.bars.bars() {
            let now = merged.history.bars.get(bar.date.date());
            let agrees = now.is_some_and(|now| now.close.relative_difference(bar.close) <= 1e-4);
            let aside = merged.quarantine.iter().any(|row| row.date == bar.date.date());
            match (agrees, aside) {
                (true, false) => taken += 1,
                (_, true) => refused += 1,
                (false, false) => {
                    // Only a whole fetch that was held back leaves stored sessions without a note.
                    prop_assert!(merged.held.is_some() && now.is_some(), "{} is lost", bar.date);
                    explained += 1;
                }
            }
        }
        prop_assert_eq!(taken + refused + explained, offer.bars.len());
        for row in &offer.refused {
            prop_assert!(merged.quarantine.contains(row));
        }
        let mut dates: Vec<Date> = merged.quarantine.iter().map(|row| row.date).collect();
        prop_assert!(dates.is_sorted());
        dates.dedup();
        prop_assert_eq!(dates.len(), merged.quarantine.len());
        if merged.held.is_some() {
            prop_assert_eq!(&merged.history, &stored);
        }
        // No stored session is ever lost.
        for bar in stored.bars.bars() {
            prop_assert!(merged.history.bars.get(bar.date.date()).is_some());
        }
    }
}
