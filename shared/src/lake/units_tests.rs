use super::*;
use crate::lake::fixtures::{bars, split};

/// Closes on consecutive sessions: how many of the offered ones are refused, and which.
fn check(stored: &[f64], offered: &[f64], actions: &[crate::market::Action], refused: &[f64]) {
    let all = bars("2024-06-03", &[stored, offered].concat());
    let (stored, offered) = all.split_at(stored.len());
    let (fit, misfits) = split_levels(stored, offered, &actions.iter().copied().collect(), |_| {
        false
    });
    let closes: Vec<f64> = misfits.iter().filter_map(|row| row.prices[3]).collect();
    assert_eq!(closes, refused, "{offered:?}");
    assert_eq!(fit.len() + misfits.len(), offered.len());
    assert!(
        misfits.iter().all(
            |row| row.rule == "unit_jump" && !fit.iter().any(|bar| bar.date.date() == row.date)
        )
    );
}

#[test]
fn a_block_of_pence_among_pounds_is_refused() {
    check(&[4.0, 4.1], &[4.2, 410.0, 420.0, 4.1], &[], &[410.0, 420.0]);
    check(&[4.0, 4.1], &[410.0, 420.0], &[], &[410.0, 420.0]);
    check(&[400.0], &[4.0, 400.0], &[], &[4.0]);
    check(&[4.0], &[4000.0, 4.0, 0.004], &[], &[4000.0, 0.004]);
}

#[test]
fn without_stored_rows_the_level_of_most_is_right_and_of_equals_the_newest() {
    check(&[], &[4.0, 410.0, 4.1, 4.2], &[], &[410.0]);
    check(&[], &[410.0, 4.0, 4.1, 4.2], &[], &[410.0]);
    check(&[], &[410.0, 400.0, 4.1, 4.2], &[], &[410.0, 400.0]);
}

#[test]
fn steps_of_a_hundred_and_of_a_thousand_do_not_cancel() {
    check(&[4.0], &[400.0, 0.4, 400.0], &[], &[400.0, 0.4, 400.0]);
}

#[test]
fn wild_moves_and_known_splits_are_no_change_of_unit() {
    check(&[4.0], &[200.0, 4.0, 0.1], &[], &[]);
    check(
        &[45_000.0],
        &[450.0, 455.0],
        &[split("2024-06-04", 100.0, 1.0)],
        &[],
    );
    check(&[4.5], &[450.0], &[split("2024-06-04", 1.0, 100.0)], &[]);
    // The split is known, the prices were not changed by it and go up besides.
    check(&[450.0], &[45_000.0], &[split("2024-06-04", 1.0, 3.0)], &[]);
}
