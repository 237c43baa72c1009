use std::collections::BTreeMap;

use super::flag::{Column, Findings};
use super::inspected::Inspected;
use super::rule::Rule;
use super::settings::RuleSettings;
use super::settings::Threshold;
use super::view::{Session, View};
use quantx_market::{Date, MarketPrice, Undecided, UndecidedBasis};

/// Rows and single prices in another unit; puts the view's sessions on the right level.
///
/// Stored rows are right. Without any, the newest traded rows are, and the price now, however many
/// older rows stand on another level; a price that is carried over sessions without trade proves
/// nothing, because the vendor carries it in whatever unit it has.
pub(super) fn check(series: &Inspected, view: &mut View, findings: &mut Findings<'_>) {
    let tolerance = findings.settings.get(Threshold::UnitTolerance);
    let levels = levels(view, tolerance);
    let right = right_levels(series, view, &levels, tolerance);
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
        if !series.is_stored(session.row, session.date)
            && let Some(prices) = prices
        {
            let exponents = column_exponents(prices, off, tolerance);
            let unit = series.currency.as_deref().unwrap_or("the quoted unit");
            report(exponents, prices, session.date, unit, findings);
        }
    }
}

/// Powers of ten between units: pence and pounds, or thousandths.
const POWERS: [i32; 4] = [2, -2, 3, -3];

/// The power of ten by which a price is another unit's and not a move; 0 for a move.
fn exponent(ratio: f64, tolerance: f64) -> i32 {
    POWERS
        .into_iter()
        .find(|power| {
            let off = ratio / 10f64.powi(*power);
            (1.0 / tolerance..tolerance).contains(&off)
        })
        .unwrap_or(0)
}

/// The factor between two units that `ratio` is by at most `tolerance`, a share of it.
pub(super) fn factor_near(ratio: f64, tolerance: f64) -> Option<f64> {
    let mut factors = POWERS.into_iter().map(|power| 10f64.powi(power));
    factors.find(|factor| (ratio / factor - 1.0).abs() <= tolerance)
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

/// So many newest traded rows on one level are no slip of the vendor.
const ENOUGH_ROWS: usize = 5;

fn right_levels(series: &Inspected, view: &View, levels: &[i32], tolerance: f64) -> Vec<i32> {
    if levels.iter().all(|level| *level == 0) {
        return vec![0];
    }
    let rows = view.sessions.iter().zip(levels);
    let stored = rows.filter(|(session, _)| series.is_stored(session.row, session.date));
    let mut stored: Vec<i32> = stored.map(|(_, level)| *level).collect();
    if !stored.is_empty() {
        stored.sort_unstable();
        stored.dedup();
        return stored;
    }
    match newest_level(view, levels, series.market_price, tolerance) {
        NewestLevel::Right(level) => vec![level],
        NewestLevel::Doubtful { usual, .. } => vec![usual],
    }
}

/// What the newest rows of a listing without stored rows say of its level.
enum NewestLevel {
    /// It is the one that is true now.
    Right(i32),
    /// They are too few against a history on another level.
    Doubtful { usual: i32, newest: i32 },
}

fn newest_level(view: &View, levels: &[i32], now: Option<f64>, tolerance: f64) -> NewestLevel {
    let is_traded = |session: &Session| session.volume.is_some_and(|volume| volume > 0.0);
    let rows = view.sessions.iter().zip(levels);
    let traded: Vec<i32> = rows
        .filter(|(s, _)| is_traded(s))
        .map(|(_, l)| *l)
        .collect();
    let counted = if traded.is_empty() { levels } else { &traded };
    let newest = counted.last().copied().unwrap_or_default();
    let in_a_row = counted.iter().rev().take_while(|level| **level == newest);
    let usual = usual_level(counted);
    if newest == usual || in_a_row.count() >= ENOUGH_ROWS {
        return NewestLevel::Right(newest);
    }
    // A single slip is found out by the price now, if that is on the level of the history.
    let last = view.sessions.last().zip(levels.last());
    let level_now = last
        .zip(now)
        .map(|((session, level), now)| level + exponent(now / session.close, tolerance));
    match level_now {
        Some(level) if level == usual => NewestLevel::Right(usual),
        _ => NewestLevel::Doubtful { usual, newest },
    }
}

/// The level of most rows, the newest of equals.
fn usual_level(levels: &[i32]) -> i32 {
    let mut rows: BTreeMap<i32, (usize, usize)> = BTreeMap::new();
    for (at, level) in levels.iter().enumerate() {
        let (count, newest) = rows.entry(*level).or_default();
        *count += 1;
        *newest = at;
    }
    let most = rows
        .into_iter()
        .max_by_key(|(_, count_and_newest)| *count_and_newest);
    most.map_or(0, |(level, _)| level)
}

/// Why the unit of a listing without stored rows cannot be decided, if it cannot.
pub(super) fn undecided(
    view: &View,
    now: Option<MarketPrice>,
    settings: &RuleSettings,
) -> Option<Undecided> {
    settings.severity(Rule::UnitJump)?;
    let tolerance = settings.get(Threshold::UnitTolerance);
    let levels = levels(view, tolerance);
    if levels.iter().all(|level| *level == 0) {
        return None;
    }
    match newest_level(view, &levels, now.map(|now| now.price), tolerance) {
        NewestLevel::Right(_) => None,
        NewestLevel::Doubtful { usual, newest } => {
            let last = view.sessions.last()?;
            Some(Undecided {
                basis: UndecidedBasis::Unit,
                reason: format!(
                    "the newest rows (close {} on {}) are {} times the level of the rows before them: \
                     a new unit or an error of the vendor; {ENOUGH_ROWS} traded rows on one level decide",
                    last.close,
                    last.date,
                    10f64.powi(newest - usual)
                ),
            })
        }
    }
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
