//! The rules against yfinance's repair corpus: real faults of Yahoo, each with its mended twin.
//!
//! What counts as a changed row, in the lake's terms: open, high, low, close, volume, dividends,
//! splits or gains differ between the twins. Where only `Adj Close` differs, the changed row is the
//! ex-date whose step of `Adj Close / Close` differs: the lake computes the adjusted close itself
//! from closes and events, so a flag at that ex-date stands for all the rows before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use super::fixtures::{TableRow, answer, examined, shared_data, table_file};
use super::{Flag, Known, Rule, RuleSettings, read_basis};
use quantx_market::{BasisReading, Date};

/// Rounding of the mended tables: four decimals.
const SAME: f64 = 1e-5;
const SAME_STEP: f64 = 2e-4;

fn is_changed(bad: &TableRow, fixed: &TableRow) -> bool {
    let values = |row: &TableRow| {
        let [o, h, l, c] = row.prices.map(|price| price.unwrap_or(f64::NAN));
        let volume = row.volume.unwrap_or(f64::NAN);
        [o, h, l, c, volume, row.dividend, row.split, row.gain]
    };
    values(bad)
        .into_iter()
        .zip(values(fixed))
        .any(|(a, b)| a.is_nan() != b.is_nan() || (a - b).abs() > SAME * a.abs().max(b.abs()))
}

/// Per session the step of `Adj Close / Close` from the session with prices before it.
fn steps(rows: &[TableRow]) -> BTreeMap<Date, f64> {
    let adjustment = |row: &TableRow| row.prices[3].zip(row.adjusted_close).map(|(c, a)| a / c);
    let priced: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row.date, adjustment(row)?)))
        .collect();
    priced
        .windows(2)
        .map(|pair| (pair[1].0, pair[0].1 / pair[1].1))
        .collect()
}

fn changed(bad: &[TableRow], fixed: &[TableRow]) -> BTreeSet<Date> {
    assert!(
        bad.iter()
            .map(|row| row.date)
            .eq(fixed.iter().map(|row| row.date))
    );
    let (bad_steps, fixed_steps) = (steps(bad), steps(fixed));
    let rows = bad
        .iter()
        .zip(fixed)
        .filter(|(bad, fixed)| is_changed(bad, fixed));
    let by_step = bad_steps
        .iter()
        .filter(|(date, step)| (*step - fixed_steps[date]).abs() > SAME_STEP);
    let by_step = by_step.map(|(date, _)| *date);
    rows.map(|(bad, _)| bad.date).chain(by_step).collect()
}

fn judged(rows: &[TableRow]) -> Vec<Flag> {
    examined(answer(rows), &RuleSettings::default())
}

/// Rows that are read on another basis than the listed splits say.
fn read_otherwise(rows: &[TableRow]) -> Vec<Date> {
    let mut history = answer(rows);
    let listed = BasisReading::all_applied(&history);
    let (reading, _) = read_basis(&mut history, Known::default(), &RuleSettings::default());
    let factors = reading.factors.iter().zip(&listed.factors).zip(rows);
    let otherwise = factors.filter(|((read, listed), _)| read != listed);
    otherwise.map(|(_, row)| row.date).collect()
}

/// Flagged and changed, flagged, changed, neither.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Matrix([usize; 4]);

impl Matrix {
    fn of(rows: &[TableRow], changed: &BTreeSet<Date>, flagged: &BTreeSet<Date>) -> Self {
        let mut cells = [0; 4];
        for row in rows {
            let at = match (changed.contains(&row.date), flagged.contains(&row.date)) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
            };
            cells[at] += 1;
        }
        Self(cells)
    }
}

fn by_rule(flags: &[Flag]) -> String {
    let mut counts: BTreeMap<Rule, usize> = BTreeMap::new();
    for flag in flags {
        *counts.entry(flag.rule).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(rule, n)| format!("{rule} {n}"))
        .collect();
    counts.join(", ")
}

fn dates(flags: &[Flag]) -> BTreeSet<Date> {
    flags.iter().map(|flag| flag.date).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("price_repair")).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files
        .filter(|name| !name.ends_with("-fixed.csv"))
        .map(|name| name.trim_end_matches(".csv").to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_row_that_the_mended_twin_changes_is_flagged() {
    let Some(folder) = shared_data() else { return };
    let read = |name: &str| table_file(&folder.join(format!("price_repair/{name}.csv")));
    let mut text = String::from("[hit, missed, flagged beside, clean]\n");
    let mut total = [0; 4];
    for name in names(&folder) {
        let rows = read(&name);
        let flags = judged(&rows);
        let mut flagged = dates(&flags);
        flagged.extend(read_otherwise(&rows));
        if name.contains("no-bad") {
            assert_eq!(flags, [], "{name}");
        }
        let fixed_file = folder.join(format!("price_repair/{name}-fixed.csv"));
        let fixed = match fixed_file.is_file() {
            true => read(&format!("{name}-fixed")),
            false => rows.clone(),
        };
        let changed = changed(&rows, &fixed);
        assert_eq!(changed.is_empty(), name.contains("no-bad"), "{name}");
        let missed: Vec<_> = changed.difference(&flagged).collect();
        assert!(missed.is_empty(), "{name}: {missed:?}");
        let matrix = Matrix::of(&rows, &changed, &flagged);
        for (sum, cell) in total.iter_mut().zip(matrix.0) {
            *sum += cell;
        }
        writeln!(text, "{name}: {:?}", matrix.0).unwrap();
        for (which, flags) in [("as sent", &flags), ("mended", &judged(&fixed))] {
            if !flags.is_empty() {
                writeln!(text, "  {which}: {}", by_rule(flags)).unwrap();
            }
        }
    }
    writeln!(text, "total: {total:?}").unwrap();
    eprintln!("{text}");
    // Beside the changed rows, and in the mended twins again, all of it true:
    // ABDP and NVT have opens outside low..high that no mending touched (44 and 248 rows), NVT two
    // more blocks in 1/100 of its unit (35 rows); CNE did pay 53 % of its price; the mended DODFX
    // and VWILX still send dividend and gain side by side, which the lake would add up.
    insta::assert_snapshot!(text);
}

/// Which fault is found by which rule, and that one fault has one name where it can.
#[test]
fn a_fault_is_called_by_its_name() {
    let Some(folder) = shared_data() else { return };
    let cases = [
        ("4063-T-1d-bad-div", "2023-03-30", Rule::DividendUnit),
        (
            "1398-HK-1d-bad-div",
            "2024-07-08",
            Rule::DividendAdjustmentDisagrees,
        ),
        (
            "8TRA-DE-1d-missing-div-adjust",
            "2023-06-02",
            Rule::DividendAdjustmentDisagrees,
        ),
        ("ABDP-L-1d-bad-div", "2024-02-08", Rule::DividendUnit),
        ("NVT-L-1d-bad-div", "2023-07-20", Rule::DividendUnit),
        ("TEM-L-1d-bad-div", "2022-06-23", Rule::DividendTooLarge),
        ("TEM-L-1d-bad-div", "2022-06-30", Rule::DividendUnit),
        ("KAP-IL-1d-bad-div", "2022-07-13", Rule::DuplicateDividend),
        (
            "DODFX-1d-cg-double-count",
            "2025-12-18",
            Rule::CapitalGainInDividend,
        ),
        ("AET-L-1d-100x-error", "2022-05-20", Rule::UnitJump),
        (
            "CNE-L-1d-bad-stock-split",
            "2023-05-16",
            Rule::SplitNotApplied,
        ),
        ("LA-V-1d-bad-stock-split", "2020-08-26", Rule::SplitBasis),
        ("SPM-MI-1d-bad-stock-split", "2022-06-01", Rule::SplitBasis),
    ];
    for (name, date, rule) in cases {
        let flags = judged(&table_file(
            &folder.join(format!("price_repair/{name}.csv")),
        ));
        let is_it = |flag: &Flag| flag.date.to_string() == date && flag.rule == rule;
        assert!(flags.iter().any(is_it), "{name} {date} {rule}");
    }
}

/// Even without the vendor's adjusted close, prices and neighbours tell most of the faults.
#[test]
fn without_an_adjusted_close_the_prices_still_tell() {
    let Some(folder) = shared_data() else { return };
    let mut missed = Vec::new();
    for name in names(&folder)
        .iter()
        .filter(|name| !name.contains("no-bad"))
    {
        let read = |name: &str| table_file(&folder.join(format!("price_repair/{name}.csv")));
        let (rows, fixed) = (read(name), read(&format!("{name}-fixed")));
        let blind: Vec<TableRow> = rows
            .iter()
            .map(|row| TableRow {
                adjusted_close: None,
                ..*row
            })
            .collect();
        let mut flagged = dates(&judged(&blind));
        flagged.extend(read_otherwise(&blind));
        let by_column = rows
            .iter()
            .zip(&fixed)
            .filter(|(bad, fixed)| is_changed(bad, fixed));
        let unseen = by_column.filter(|(bad, _)| !flagged.contains(&bad.date));
        missed.extend(unseen.map(|(bad, _)| format!("{name} {}", bad.date)));
    }
    assert_eq!(missed, Vec::<String>::new());
}
