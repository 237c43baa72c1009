use super::flag::{Column, Findings};
use super::inspected::{Inspected, InspectedRow};
use super::rule::Rule;
use crate::market::{Bar, BarFault, TradingDate};

/// Rows that cannot be a [`Bar`], for whatever reason comes first.
pub(super) fn check(series: &Inspected, findings: &mut Findings<'_>) {
    let tolerance = findings.settings.range_tolerance();
    for row in series.rows.iter().skip(series.n_stored) {
        if row.is_null() {
            continue;
        }
        if let Some(fault) = fault(row, tolerance)
            && let Some(rule) = Rule::from_name(fault.rule())
        {
            findings.add(rule, row.date, column(&fault), fault.to_string());
        }
    }
}

/// As [`Bar::new`] and [`Bar::check_range`] judge it.
fn fault(row: &InspectedRow, tolerance: f64) -> Option<BarFault> {
    let bar = Bar::new(TradingDate::approved(row.date), row.prices, row.volume);
    bar.and_then(|bar| bar.check_range(tolerance)).err()
}

fn column(fault: &BarFault) -> Option<Column> {
    match fault {
        BarFault::MissingPrice { column }
        | BarFault::ImpossiblePrice { column, .. }
        | BarFault::OutsideRange { column, .. } => Column::PRICES
            .into_iter()
            .find(|known| known.name() == *column),
        BarFault::ImpossibleVolume { .. } => Some(Column::Volume),
        _ => None,
    }
}
