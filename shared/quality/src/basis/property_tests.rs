//! Whatever rows a split is in, each row is read as traded or refused; never wrong.

use proptest::prelude::*;

use super::tests::{answer_of, as_traded_closes, closes, split_walk, undo};
use super::*;
use crate::Severity;

/// A ratio that can be distinguished from the walk's moves of about 2 % a day.
fn ratio() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![
        1.5,
        2.0,
        3.0,
        5.0,
        10.0,
        0.5,
        0.2,
        0.1,
        1.0 / 30.0,
        1.0 / 190.0,
    ])
}

/// Rows that are not read as traded, without those that are refused.
fn wrong(
    history: &VendorHistory,
    reading: &BasisReading,
    flags: &[Flag],
    truth: &[f64],
) -> Vec<usize> {
    let refused = |date: Date| {
        let mut flags = flags.iter();
        flags.any(|flag| flag.date == date && flag.severity == Severity::Refuse)
    };
    let ours = closes(history, reading).into_iter().zip(truth).enumerate();
    ours.filter(|(_, (ours, truth))| (ours / *truth - 1.0).abs() > 1e-9)
        .map(|(index, _)| index)
        .filter(|index| !refused(history.rows[*index].date))
        .collect()
}

proptest! {
    #[test]
    fn a_split_in_some_rows_before_it_is_told_row_by_row(
        ratio in ratio(),
        seed in any::<u64>(),
        at in 20usize..100,
        block in (any::<prop::sample::Index>(), 1usize..40),
    ) {
        let (rows, action) = split_walk(120, at, ratio, seed);
        let mut history = answer_of(&rows, &[action]);
        // A stretch that ends at the ex-date or a few sessions before it.
        let end = at - block.0.index(8);
        let start = end.saturating_sub(block.1);
        for row in &mut history.rows[start..end] {
            undo(row, ratio);
        }
        let (reading, flags) = read(&mut history, Known::default(), &RuleSettings::default());
        if reading.undecided.is_none() {
            let wrong = wrong(&history, &reading, &flags, &as_traded_closes(&rows));
            prop_assert!(wrong.is_empty(), "{:?} of {}..{}", wrong, start, end);
        }
    }

    #[test]
    fn a_clean_history_with_splits_is_read_as_listed(
        ratios in prop::collection::vec((ratio(), 1usize..199), 0..6),
        seed in any::<u64>(),
    ) {
        let mut rows = crate::fixtures::walk(200, seed).rows;
        let mut actions = Vec::new();
        for (ratio, at) in ratios {
            for row in rows.iter_mut().skip(at) {
                row.prices = row.prices.map(|price| price.map(|p| p / ratio));
                row.volume = row.volume.map(|volume| volume * ratio);
            }
            let date = rows[at].date;
            if actions.iter().all(|action: &Action| action.ex_date != date) {
                actions.push(crate::fixtures::split(date, ratio));
            } else {
                return Ok(());
            }
        }
        // A price beyond every market's is none.
        let closes = as_traded_closes(&rows).into_iter();
        prop_assume!(closes.into_iter().all(|close| (1e-5..1e5).contains(&close)));
        actions.sort_by_key(|action| action.ex_date);
        let mut history = answer_of(&rows, &actions);
        let listed = BasisReading::all_applied(&history);
        let (reading, flags) = read(&mut history, Known::default(), &RuleSettings::default());
        prop_assert_eq!((reading, flags), (listed, vec![]));
    }
}
