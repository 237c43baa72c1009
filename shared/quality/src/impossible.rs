use std::collections::BTreeMap;

use super::flag::{Column, Findings};
use super::inspected::{Inspected, InspectedRow};
use super::rule::Rule;
use super::settings::{RuleSettings, Threshold};
use super::statistics::median;
use quantx_market::{ActionSet, Bar, SplitFactors};

/// Rows that are judged by one level, and as many on either side that help to find it.
const BLOCK: usize = 30;

/// Impossible rows by their index: the column, and what is wrong with it.
pub(super) type Impossible = BTreeMap<usize, (Column, String)>;

/// Notes the rows that are new.
pub(super) fn check(series: &Inspected, impossible: &Impossible, findings: &mut Findings<'_>) {
    for (index, (column, detail)) in impossible.range(series.n_stored..) {
        if let Some(row) = series.rows.get(*index) {
            let column = Some(*column);
            findings.add(Rule::ImpossiblePrice, row.date, column, detail.clone());
        }
    }
}

/// Rows with a price that no listing can have: beyond any that was ever quoted, or a million times off
/// the rows around it. Stored rows are among them, so that no other rule is misled.
///
/// Once stored, such a price could not be corrected: the right one differs by more than a correction may.
pub(super) fn find(series: &Inspected, settings: &RuleSettings) -> Impossible {
    beyond(series, settings, settings.get(Threshold::ImpossibleAbove))
}

/// Stored bars, ascending, with a price that `find` would refuse: by index, and what is wrong. Empty
/// while the rule is off. `actions` are those of the listing, in as-declared terms.
pub fn impossible_bars(
    bars: &[Bar],
    actions: &ActionSet,
    settings: &RuleSettings,
) -> BTreeMap<usize, String> {
    if settings.severity(Rule::ImpossiblePrice).is_none() {
        return BTreeMap::new();
    }
    let series = Inspected {
        rows: bars.iter().map(InspectedRow::of_bar).collect(),
        actions: actions.clone(),
        ..Inspected::default()
    };
    let found = find(&series, settings).into_iter();
    found.map(|(at, (_, detail))| (at, detail)).collect()
}

/// The same while the basis of the rows is not decided: only against the rows around, because a price
/// may be many times too high for no other reason than a split.
pub(super) fn off_level(series: &Inspected, settings: &RuleSettings) -> Impossible {
    beyond(series, settings, f64::INFINITY)
}

fn beyond(series: &Inspected, settings: &RuleSettings, above: f64) -> Impossible {
    let mut later = SplitFactors::new(&series.actions);
    let newest_first = series.rows.iter().rev();
    let mut factors: Vec<f64> = newest_first.map(|row| later.after(row.date)).collect();
    factors.reverse();
    let times = settings.get(Threshold::ImpossibleTimes);
    let mut impossible = Impossible::new();
    for (nth, block) in series.rows.chunks(BLOCK).enumerate() {
        let first = nth * BLOCK;
        let level = level(series, &factors, first);
        for (row, index) in block.iter().zip(first..) {
            let factor = factors.get(index).copied().unwrap_or(1.0);
            let found = prices(row).find_map(|(column, price)| {
                let off = level.map_or(1.0, |level| price / factor / level);
                let name = column.name();
                if price > above {
                    Some((column, format!("{name} {price:e} is above {above:e}")))
                } else if off > times || off * times < 1.0 {
                    let detail = format!("{name} {price:e} is {off:.1e} times its level");
                    Some((column, detail))
                } else {
                    None
                }
            });
            impossible.extend(found.map(|found| (index, found)));
        }
    }
    impossible
}

/// Prices that are prices at all.
fn prices(row: &InspectedRow) -> impl Iterator<Item = (Column, f64)> {
    let columns = Column::PRICES.into_iter().zip(row.prices);
    let prices = columns.filter_map(|(column, price)| Some((column, price?)));
    prices.filter(|(_, price)| price.is_finite() && *price > 0.0)
}

/// The usual close around the block that begins at `first`, on the basis of the newest share.
fn level(series: &Inspected, factors: &[f64], first: usize) -> Option<f64> {
    let from = first.saturating_sub(BLOCK);
    let rows = series.rows.iter().zip(factors);
    let around = rows.skip(from).take(first - from + 2 * BLOCK);
    let closes = around.filter_map(|(row, factor)| {
        let [.., close] = row.prices;
        Some(close? / factor)
    });
    let mut closes: Vec<f64> = closes
        .filter(|close| close.is_finite() && *close > 0.0)
        .collect();
    median(&mut closes)
}
