use super::flag::{Column, Findings};
use super::inspected::Inspected;
use super::rule::Rule;
use super::settings::Threshold;
use super::view::View;
use crate::market::Date;

/// Rows and single prices in another unit; puts the view's sessions on the right level.
///
/// Stored rows are right. Without any, the level with the most traded rows is, because a vendor
/// carries prices over sessions without trade in whatever unit it has; then the level with the most
/// rows, then the newest.
pub(super) fn check(series: &Inspected, view: &mut View, findings: &mut Findings<'_>) {
    let tolerance = findings.settings.get(Threshold::UnitTolerance);
    let levels = levels(view, tolerance);
    let right = right_levels(view, &levels);
    for (at, level) in levels.iter().enumerate() {
        let Some(session) = view.sessions.get_mut(at) else {
            continue;
        };
        // The nearest of the right ones: with stored rows there may be several.
        let nearest = right.iter().min_by_key(|right| (*right - level).abs());
        let off = level - nearest.unwrap_or(level);
        if off != 0 {
            let scale = 10f64.powi(-off);
            session.close *= scale;
            session.open = session.open.map(|open| open * scale);
        }
        let prices = series.rows.get(session.row).map(|row| row.prices);
        if at >= view.n_stored
            && let Some(prices) = prices
        {
            let exponents = column_exponents(prices, off, tolerance);
            let unit = series.currency.as_deref().unwrap_or("the quoted unit");
            report(exponents, prices, session.date, unit, findings);
        }
    }
}

/// The power of ten by which a price is another unit's and not a move; 0 for a move.
fn exponent(ratio: f64, tolerance: f64) -> i32 {
    [2, -2, 3, -3]
        .into_iter()
        .find(|power| {
            let off = ratio / 10f64.powi(*power);
            (1.0 / tolerance..tolerance).contains(&off)
        })
        .unwrap_or(0)
}

/// Whether `exponent` may be other than 0, without powers: true for hardly any row.
fn is_far(ratio: f64) -> bool {
    !(0.1..10.0).contains(&ratio)
}

/// The running sum of unit steps of the closes, one value per session.
fn levels(view: &View, tolerance: f64) -> Vec<i32> {
    let mut level = 0;
    let mut before: Option<f64> = None;
    let sessions = view.sessions.iter();
    sessions
        .map(|session| {
            let ratio = before.map_or(1.0, |before| session.close / before);
            if is_far(ratio) {
                level += exponent(ratio, tolerance);
            }
            before = Some(session.close);
            level
        })
        .collect()
}

fn right_levels(view: &View, levels: &[i32]) -> Vec<i32> {
    if levels.iter().all(|level| *level == 0) {
        return vec![0];
    }
    let mut counts: Vec<(i32, usize, usize)> = Vec::new();
    for (at, (session, level)) in view.sessions.iter().zip(levels).enumerate() {
        if view.n_stored > 0 && at >= view.n_stored {
            break;
        }
        let traded = usize::from(session.volume.is_some_and(|volume| volume > 0.0));
        match counts.iter_mut().find(|(known, ..)| known == level) {
            Some((_, traded_rows, rows)) => {
                *traded_rows += traded;
                *rows += 1;
            }
            None => counts.push((*level, traded, 1)),
        }
    }
    if view.n_stored > 0 {
        return counts.into_iter().map(|(level, ..)| level).collect();
    }
    // `max_by_key` keeps the last of equals, and levels were met in order of time.
    let most = counts
        .into_iter()
        .max_by_key(|(_, traded, rows)| (*traded, *rows));
    most.into_iter().map(|(level, ..)| level).collect()
}

/// By how many powers of ten each price of a row is off whose close is off by `off`.
fn column_exponents(prices: [Option<f64>; 4], off: i32, tolerance: f64) -> [i32; 4] {
    let close = prices[3].unwrap_or(f64::NAN);
    prices.map(|price| {
        let ratio = price
            .filter(|price| *price > 0.0)
            .map(|price| price / close);
        off + ratio
            .filter(|ratio| ratio.is_finite() && is_far(*ratio))
            .map_or(0, |ratio| exponent(ratio, tolerance))
    })
}

fn report(
    exponents: [i32; 4],
    prices: [Option<f64>; 4],
    date: Date,
    unit: &str,
    findings: &mut Findings<'_>,
) {
    let [.., close] = exponents;
    let times = |off: i32| match off {
        0.. => format!("{} times", 10f64.powi(off)),
        _ => format!("1/{} of", 10f64.powi(-off)),
    };
    if exponents.iter().all(|off| *off == close) {
        if close != 0 {
            let detail = format!("the row is {} its level in {unit}", times(close));
            findings.add(Rule::UnitJump, date, None, detail);
        }
        return;
    }
    for ((off, price), column) in exponents.into_iter().zip(prices).zip(Column::PRICES) {
        if off != 0
            && let Some(price) = price
        {
            let name = column.name();
            let detail = format!("{name} {price} is {} its level in {unit}", times(off));
            findings.add(Rule::UnitJump, date, Some(column), detail);
        }
    }
}
