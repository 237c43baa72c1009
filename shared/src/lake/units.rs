//! Blocks of rows in another unit (pence for pounds, 100 times too high). Pure.
//!
//! Vendors switch a stretch of rows by a factor of 100 or 1000 and switch back days later. No
//! listing moves like that in one session, so rows on another level than their history are refused.

use super::basis::RefusedRow;
use crate::market::{ActionSet, Bar, Date};

/// A step that is a change of unit and not a move: 100 or 1000 times, give or take a wild session.
fn unit_step(ratio: f64) -> i64 {
    let near = |factor: f64| (factor / 1.6..factor * 1.6).contains(&ratio);
    // Distinct sizes for 100 and 1000, so that a step up by one and down by the other is no return.
    if near(100.0) {
        2
    } else if near(0.01) {
        -2
    } else if near(1000.0) {
        3
    } else if near(0.001) {
        -3
    } else {
        0
    }
}

/// Divides `offered` into rows on the level of the history and rows in another unit.
///
/// With stored bars their level is right; without, the level with the most rows, then the newest.
/// Rows that `is_released` by a person are on whatever level they are and prove none.
pub(crate) fn split_levels(
    stored: &[Bar],
    offered: &[Bar],
    actions: &ActionSet,
    is_released: impl Fn(Date) -> bool,
) -> (Vec<Bar>, Vec<RefusedRow>) {
    let mut rows: Vec<(&Bar, Origin)> = Vec::with_capacity(stored.len() + offered.len());
    let known = |date: Date| {
        stored
            .binary_search_by_key(&date, |bar| bar.date.date())
            .is_ok()
    };
    let origin = |bar: &Bar, origin| match is_released(bar.date.date()) {
        true => Origin::Released,
        false => origin,
    };
    rows.extend(stored.iter().map(|bar| (bar, origin(bar, Origin::Stored))));
    let new = offered.iter().filter(|bar| !known(bar.date.date()));
    rows.extend(new.map(|bar| (bar, origin(bar, Origin::New))));
    rows.sort_by_key(|(bar, _)| bar.date);
    let levels = levels(&rows, actions);
    if levels.iter().all(|level| *level == 0) {
        return (offered.to_vec(), Vec::new());
    }
    let right = right_levels(&rows, &levels);
    let mut misfits = Vec::new();
    for ((bar, origin), level) in rows.iter().zip(&levels) {
        if *origin == Origin::New && !right.contains(level) {
            misfits.push(RefusedRow::of_bar(
                bar,
                "unit_jump",
                format!(
                    "close {} is in another unit than the rows around it",
                    bar.close
                ),
            ));
        }
    }
    let refused = |date: Date| misfits.binary_search_by_key(&date, |row| row.date).is_ok();
    let fit = offered
        .iter()
        .filter(|bar| !refused(bar.date.date()))
        .copied()
        .collect();
    (fit, misfits)
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Stored,
    New,
    Released,
}

/// The running sum of unit steps, one value per row.
fn levels(rows: &[(&Bar, Origin)], actions: &ActionSet) -> Vec<i64> {
    let mut level = 0;
    let mut previous: Option<&Bar> = None;
    rows.iter()
        .map(|(bar, _)| {
            if let Some(before) = previous {
                let plain = bar.close.get() / before.close.get();
                // The product over all actions is only needed where a step is suspected.
                if unit_step(plain) != 0 {
                    let split = actions.split_factor_after(before.date.date())
                        / actions.split_factor_after(bar.date.date());
                    level += unit_step(plain * split);
                }
            }
            previous = Some(bar);
            level
        })
        .collect()
}

fn right_levels(rows: &[(&Bar, Origin)], levels: &[i64]) -> Vec<i64> {
    let mut counts: Vec<(i64, usize)> = Vec::new();
    let any_stored = rows.iter().any(|(_, origin)| *origin == Origin::Stored);
    let witness = if any_stored {
        Origin::Stored
    } else {
        Origin::New
    };
    for ((_, origin), level) in rows.iter().zip(levels) {
        if *origin != witness {
            continue;
        }
        match counts.iter_mut().find(|(known, _)| known == level) {
            Some((_, count)) => *count += 1,
            None => counts.push((*level, 1)),
        }
    }
    if any_stored {
        return counts.into_iter().map(|(level, _)| level).collect();
    }
    // `max_by_key` keeps the last of equals, and levels were met in order of time.
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.into_iter().map(|(level, _)| level).collect()
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
