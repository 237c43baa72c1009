use super::flag::{Column, Findings};
use super::inspected::Inspected;
use super::rule::Rule;
use quantx_market::BarFault;

/// Rows that cannot be a [`Bar`](quantx_market::Bar), for whatever reason comes first.
pub(super) fn check(series: &Inspected, findings: &mut Findings<'_>) {
    let tolerance = findings.settings.range_tolerance();
    for row in series.rows.iter().skip(series.n_stored) {
        if row.is_null() {
            continue;
        }
        if let Some(fault) = BarFault::of(series.kind, row.prices, row.volume, tolerance)
            && let Some(rule) = Rule::from_name(fault.rule())
        {
            findings.add(rule, row.date, column(&fault), fault.to_string());
        }
    }
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
