use super::flag::{Column, Findings};
use super::inspected::{Inspected, InspectedRow};
use super::rule::Rule;
use crate::market::{Bar, BarFault, TradingDate};

/// Rows that cannot be a [`Bar`], for whatever reason comes first.
pub(super) fn check(series: &Inspected, findings: &mut Findings<'_>) {
    for row in series.rows.iter().skip(series.n_stored) {
        if row.is_null() {
            continue;
        }
        if let Some(fault) = fault(row)
            && let Some(rule) = Rule::from_name(fault.rule())
        {
            findings.add(rule, row.date, column(&fault), fault.to_string());
        }
    }
}

/// As [`Bar::new`] judges it, and what is missing before that.
fn fault(row: &InspectedRow) -> Option<BarFault> {
    let mut prices = [0.0; 4];
    for ((price, value), column) in prices.iter_mut().zip(row.prices).zip(Column::PRICES) {
        let Some(value) = value else {
            return Some(BarFault::MissingPrice {
                column: column.name(),
            });
        };
        *price = value;
    }
    let Some(volume) = row.volume else {
        return Some(BarFault::MissingVolume);
    };
    let bar = Bar::new(TradingDate::approved(row.date), prices, volume);
    bar.err()
}

fn column(fault: &BarFault) -> Option<Column> {
    match fault {
        BarFault::MissingPrice { column }
        | BarFault::ImpossiblePrice { column, .. }
        | BarFault::OutsideRange { column, .. } => Column::PRICES
            .into_iter()
            .find(|known| known.name() == *column),
        BarFault::MissingVolume | BarFault::ImpossibleVolume { .. } => Some(Column::Volume),
        _ => None,
    }
}
