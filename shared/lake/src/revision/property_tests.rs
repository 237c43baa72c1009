use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::fixtures::bar_on;
use quantx_market::Action;

/// 320 sessions from December 2019 to March 2021 that happened; every close is another number.
#[derive(Debug, Clone)]
struct Truth {
    bars: Vec<Bar>,
    actions: Vec<Action>,
}

const N: usize = 320;

fn truth() -> impl Strategy<Value = Truth> {
    let closes = prop::collection::vec(1_u32..12, N);
    let actions = prop::collection::vec((0_i32..465, 0_u8..4, 1_u32..9), 0..6);
    (closes, actions).prop_map(|(closes, actions)| Truth {
        bars: sessions("2019-12-02", N)
            .into_iter()
            .zip(closes)
            .zip(1_u32..)
            .map(|((session, high), low)| {
                bar_on(session, f64::from(high * 1000 + low) / 100.0, 7.0)
            })
            .collect(),
        actions: actions
            .into_iter()
            .map(|(days, kind, n)| {
                let ex_date = date(2019, 12, 1) + jiff::Span::new().days(days);
                match kind {
                    0 => split(&ex_date.to_string(), f64::from(n), 3.0),
                    _ => dividend(&ex_date.to_string(), f64::from(n) / 10.0),
                }
            })
            .collect::<ActionSet>()
            .iter()
            .copied()
            .collect(),
    })
}

/// What one answer is different in from what happened.
#[derive(Debug, Clone, Default)]
struct Lens {
    from: usize,
    to: usize,
    without_rows: Vec<usize>,
    corrected: Option<usize>,
    without_action: Option<usize>,
    more_cash: Option<usize>,
}

impl Truth {
    fn ask(&self, lens: &Lens, today: Date) -> Ask {
        let (first, last) = (
            self.bars[lens.from].date.date(),
            self.bars[lens.to].date.date(),
        );
        let mut actions = self.actions.clone();
        if let Some(index) = lens.without_action.filter(|index| *index < actions.len()) {
            actions.remove(index);
        }
        let more = lens
            .more_cash
            .map(|index| dividend(&self.bars[index].date.to_string(), 0.3));
        actions.extend(more);
        actions.retain(|action| action.ex_date >= first);
        let rows = (lens.from..=lens.to).filter(|index| !lens.without_rows.contains(index));
        let rows = rows.map(|index| {
            let bar = self.bars[index];
            let factor = if lens.corrected == Some(index) {
                1.03
            } else {
                1.0
            };
            bar_on(bar.date, bar.close.get() * factor, 7.0)
        });
        Ask {
            fetched: fetched(rows.collect(), &actions),
            window: SessionRange::inclusive(first, last),
            today,
            first_trade: None,
            judged: Vec::new(),
            remarks: Vec::new(),
            decisions: Decisions::none("AAPL"),
            calendar: xnys(),
        }
    }
}

fn lens() -> impl Strategy<Value = Lens> {
    // Around the changes of year: sessions 21 and 274 are the first of 2020 and 2021.
    let near = prop_oneof![0_usize..N, 15_usize..30, 268_usize..282];
    let some =
        || prop::option::weighted(0.4, prop_oneof![0_usize..N, 15_usize..30, 268_usize..282]);
    (
        0_usize..=255,
        262_usize..N,
        prop::collection::vec(near, 0..5),
        some(),
        prop::option::weighted(0.3, 0_usize..6),
        some(),
    )
        .prop_map(
            |(from, to, without_rows, corrected, without_action, more_cash)| Lens {
                from,
                to,
                without_rows,
                corrected,
                without_action,
                more_cash,
            },
        )
}

fn sha(revision: &Revision) -> Vec<(i16, String)> {
    revision
        .files
        .iter()
        .map(|file| (file.year, sha256_hex(&file.bytes)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_partial_base_gives_the_same_bytes_as_the_full_one_or_asks_for_it(
        truth in truth(),
        lenses in prop::collection::vec((lens(), any::<bool>()), 2..5),
    ) {
        let mut lake = Lake::default();
        let mut today = date(2021, 4, 1);
        for (lens, again) in lenses {
            for _ in 0..=u8::from(again) {
                today = today.tomorrow().unwrap();
                let ask = truth.ask(&lens, today);
                let from_year = ask.window.start().year();
                let full = ask.revise(&lake.base(i16::MIN)).unwrap();
                match ask.revise(&lake.base(from_year)) {
                    Ok(partial) => {
                        prop_assert_eq!(sha(&partial), sha(&full));
                        prop_assert_eq!(partial.record, full.record);
                        prop_assert_eq!(partial.absent, full.absent);
                        prop_assert_eq!(partial.quarantine, full.quarantine);
                    }
                    Err(RevisionError::NeedsAllYears) => {
                        let earlier = full.files.iter().any(|file| file.year < from_year);
                        prop_assert!(earlier, "all years were asked for and {:?} change", years(&full));
                    }
                    Err(error) => prop_assert!(false, "{error}"),
                }
                lake.commit(&ask);
            }
        }
    }

    #[test]
    fn the_order_of_windows_does_not_matter_for_the_final_bytes(
        truth in truth(),
        stretches in prop::collection::vec((0_usize..=100, 200_usize..N), 1..6),
        seed in any::<u64>(),
    ) {
        let all = |order: &[(usize, usize)]| {
            let mut lake = Lake::default();
            for (index, (from, to)) in order.iter().enumerate() {
                let lens = Lens { from: *from, to: *to, ..Lens::default() };
                let today = date(2021, 4, 1) + jiff::Span::new().days(index as i64);
                lake.commit(&truth.ask(&lens, today));
            }
            lake
        };
        let mut shuffled = stretches.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        let (a, b) = (all(&stretches), all(&shuffled));
        prop_assert!(a.files == b.files, "other bytes");
        prop_assert_eq!(&a.record().years, &b.record().years);
        prop_assert_eq!(&a.record().actions, &b.record().actions);
        prop_assert_eq!(a.record().asked_from, b.record().asked_from);
        prop_assert!(a.record().watch.is_empty());
        // And once more, in one go, is the same lake.
        let from = stretches.iter().map(|(from, _)| *from).min().unwrap();
        let to = stretches.iter().map(|(_, to)| *to).max().unwrap();
        prop_assert!(all(&[(from, to)]).files == a.files, "a backfill has other bytes");
    }
}
