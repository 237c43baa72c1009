//! Rows of yfinance's repair corpus that are on another basis: each is read as what it is or refused.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::*;
use crate::Severity;
use crate::fixtures::{TableRow, answer, examined};
use quantx_fixtures::repair_pair;

const PAIRS: [&str; 7] = [
    "4063-T-1d-bad-stock-split",
    "AET-L-1d-100x-error",
    "CNE-L-1d-bad-stock-split",
    "LA-V-1d-bad-stock-split",
    "SPM-MI-1d-bad-stock-split",
    "SSW-JO-1d-100x-error",
    "IBE-MC-1d-no-bad-divs",
];

/// The table's closes as traded.
fn as_traded(rows: &[TableRow]) -> Vec<Option<f64>> {
    let history = answer(rows);
    let reading = BasisReading::all_applied(&history);
    let rows = history.rows.iter().zip(reading.factors);
    rows.map(|(row, factor)| row.close.map(|close| close * factor))
        .collect()
}

#[test]
fn no_row_of_another_basis_is_read_as_if_it_were_on_its_own() {
    let mut text = String::from(
        "[right, refused, wrong] of changed rows, [right, refused, wrong] of the others\n",
    );
    for name in PAIRS {
        let Some(pair) = repair_pair(name) else {
            return;
        };
        let (rows, fixed) = (pair.sent, pair.repaired);
        let mut history = answer(&rows);
        let (reading, _) = read(&mut history, Known::default(), &RuleSettings::default());
        assert_eq!(reading.undecided, None, "{name}");
        let flags = examined(answer(&rows), &RuleSettings::default());
        let refused = flags
            .iter()
            .filter(|flag| flag.severity == Severity::Refuse);
        let refused: BTreeSet<Date> = refused.map(|flag| flag.date).collect();
        let mut counts = [[0; 3]; 2];
        let ours = history.rows.iter().zip(&reading.factors);
        for (((row, factor), truth), before) in ours.zip(as_traded(&fixed)).zip(as_traded(&rows)) {
            let (Some(close), Some(truth), Some(before)) = (row.close, truth, before) else {
                continue;
            };
            let same = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-3;
            let which = usize::from(same(before, truth));
            let how = match (refused.contains(&row.date), same(close * factor, truth)) {
                (true, _) => 1,
                (false, true) => 0,
                (false, false) => 2,
            };
            counts[which][how] += 1;
        }
        writeln!(text, "{name}: {:?}, {:?}", counts[0], counts[1]).unwrap();
        assert_eq!((counts[0][2], counts[1][2]), (0, 0), "{name}: {text}");
    }
    insta::assert_snapshot!(text, @r"
    [right, refused, wrong] of changed rows, [right, refused, wrong] of the others
    4063-T-1d-bad-stock-split: [9, 0, 0], [13, 0, 0]
    AET-L-1d-100x-error: [0, 14, 0], [9, 0, 0]
    CNE-L-1d-bad-stock-split: [1, 0, 0], [9, 0, 0]
    LA-V-1d-bad-stock-split: [0, 1, 0], [40, 0, 0]
    SPM-MI-1d-bad-stock-split: [0, 13, 0], [9, 0, 0]
    SSW-JO-1d-100x-error: [0, 22, 0], [7, 0, 0]
    IBE-MC-1d-no-bad-divs: [0, 0, 0], [677, 0, 0]
    ");
}
