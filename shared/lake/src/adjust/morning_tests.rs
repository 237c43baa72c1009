//! The checksum on the morning of an ex-date.

use super::*;
use crate::fixtures::{dividend, shared_data, snapshots};
use quantx_market::VendorRow;

/// The bar of the ex-date while its session has not begun.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bar {
    /// A row without prices.
    Empty,
    /// No row.
    Missing,
}

/// The answer as it is on the morning of `ex_date`: the column knows the dividend, its bar is not
/// there or has no price yet.
fn on_the_morning_of(ex_date: Date, mut history: VendorHistory, bar: Bar) -> VendorHistory {
    history.rows.retain(|row| row.date <= ex_date);
    if let Some(row) = history.rows.pop_if(|row| row.date == ex_date)
        && bar == Bar::Empty
    {
        history.rows.push(VendorRow {
            open: None,
            high: None,
            low: None,
            close: None,
            volume: None,
            adjusted_close: None,
            ..row
        });
    }
    history
}

#[test]
fn on_the_morning_of_an_ex_date_the_column_knows_the_dividend_already_and_agrees() {
    let Some(folder) = shared_data() else { return };
    let mut n_mornings = 0;
    for (now, history) in snapshots(&folder, "AAPL") {
        let cash = history.actions.iter();
        let cash = cash.filter(|action| action.kind.cash().is_some());
        let Some(ex_date) = cash.map(|action| action.ex_date).max() else {
            continue;
        };
        for bar in [Bar::Empty, Bar::Missing] {
            let morning = on_the_morning_of(ex_date, history.clone(), bar);
            let checksum = vendor_checksum(&morning).unwrap();
            assert!(checksum.difference <= 4e-7, "{now}: {checksum:?}");
            n_mornings += 1;
            // A dividend of next week that is listed and not in the column yet changes nothing.
            let mut early = morning.clone();
            let next_week = ex_date.saturating_add(jiff::Span::new().days(7));
            early.actions.push(dividend(&next_week.to_string(), 0.5));
            assert!(vendor_checksum(&early).unwrap().agrees(), "{now}");
            // One that the column knows and the list does not is reported, up to the last row.
            let mut lost = morning;
            lost.actions.clear();
            let checksum = vendor_checksum(&lost).unwrap();
            assert!(!checksum.agrees(), "{now}: {checksum:?}");
            let last = lost.rows.iter().rev().find(|row| !row.is_null()).unwrap();
            assert_eq!(checksum.until, Some(last.date), "{now}");
        }
    }
    assert!(n_mornings > 50, "{n_mornings}");
}
