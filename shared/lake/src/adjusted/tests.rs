use std::collections::BTreeMap;

use super::*;
use crate::codec::DerivedColumns;
use crate::parquet;
use crate::schema::stored_session;
use jiff::civil::date;
use quantx_market::Bar;

/// The example of docs/data-model.md: a 4:1 split and a dividend of 0.25 per new share on Tuesday.
fn year() -> StoredYear {
    let bar = |day: i8, close: f64, volume: Option<f64>| {
        let session = stored_session(date(2024, 7, day));
        Bar::new(
            session,
            [Some(close), Some(close), None, Some(close)],
            volume,
        )
        .unwrap()
    };
    StoredYear {
        symbol: "AAPL".to_owned(),
        bars: vec![
            bar(5, 98.0, Some(100.0)),
            bar(8, 100.0, None),
            bar(9, 24.9, Some(400.0)),
        ],
        derived: DerivedColumns {
            adjusted_close: vec![24.255, 24.75, 24.9],
            split_factor: vec![4.0, 4.0, 1.0],
            dividends: vec![0.0, 0.0, 0.25],
            splits: vec![0.0, 0.0, 4.0],
        },
        metadata: Default::default(),
    }
}

fn all() -> SessionRange {
    SessionRange::inclusive(date(2024, 1, 1), date(2024, 12, 31))
}

fn closes(basis: Basis) -> Vec<f64> {
    let rows = adjusted(&[year()], all(), basis);
    rows.iter().map(|row| row.close).collect()
}

#[test]
fn each_basis_has_its_closes() {
    assert_eq!(closes(Basis::AsTraded), [98.0, 100.0, 24.9]);
    assert_eq!(closes(Basis::Splits), [24.5, 25.0, 24.9]);
    assert_eq!(closes(Basis::Total), [24.255, 24.75, 24.9]);
}

#[test]
fn volumes_follow_splits_and_what_is_unknown_stays_unknown() {
    let rows = adjusted(&[year()], all(), Basis::Total);
    let volumes: Vec<_> = rows.iter().map(|row| row.volume).collect();
    assert_eq!(volumes, [Some(400), None, Some(400)]);
    assert_eq!((rows[0].low, rows[2].dividend), (None, 0.25));
    let high = rows[0].high.unwrap();
    assert!((high - 24.255).abs() < 1e-12, "{high}");
}

#[test]
fn a_range_is_kept_to() {
    let one = SessionRange::inclusive(date(2024, 7, 6), date(2024, 7, 8));
    let rows = adjusted(&[year()], one, Basis::AsTraded);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].date, date(2024, 7, 8));
}

#[test]
fn csv_has_a_header_once_and_nothing_for_the_unknown() {
    let unknown = BTreeMap::new();
    let mut export = Export::new(ExportFormat::Csv, Basis::Splits);
    let rows = || adjusted(&[year()], all(), Basis::Splits);
    export.add("AAPL", "us", rows(), &unknown).unwrap();
    let mut text = export.take().unwrap();
    export.add("0700.HK", "hk", rows(), &unknown).unwrap();
    text.extend(export.finish().unwrap());
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(
        lines[..3],
        [
            "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits,Ticker,Exchange",
            "2024-07-05,24.5,24.5,,24.5,400,0,0,AAPL,us",
            "2024-07-08,25,25,,25,,0,0,AAPL,us",
        ]
    );
    assert!(lines[6].ends_with(",0.25,4,0700.HK,hk"), "{}", lines[6]);
}

#[test]
fn a_table_without_a_row_still_has_its_header() {
    let export = Export::new(ExportFormat::Csv, Basis::AsTraded);
    let text = String::from_utf8(export.finish().unwrap()).unwrap();
    assert!(text.starts_with("Date,Open,High,Low,Close,Adj Close,Volume,"));
}

#[test]
fn a_parquet_table_has_the_same_values() {
    let mut export = Export::new(ExportFormat::Parquet, Basis::Total);
    export
        .add(
            "AAPL",
            "us",
            adjusted(&[year()], all(), Basis::Total),
            &BTreeMap::new(),
        )
        .unwrap();
    let table = parquet::read(export.finish().unwrap().into(), None).unwrap();
    assert_eq!(table.rows(), 3);
    let names: Vec<&str> = table.names().collect();
    assert!(
        !names.contains(&"Adj Close") && names.contains(&"Close"),
        "{names:?}"
    );
    let parquet::Values::Numbers(closes) = table.column("Close").unwrap() else {
        panic!("numbers");
    };
    assert_eq!(closes, &[Some(24.255), Some(24.75), Some(24.9)]);
}

#[test]
fn a_table_says_since_when_each_row_is_known_if_it_is_asked() {
    let rows = adjusted(&[year()], all(), Basis::AsTraded);
    let at: jiff::Timestamp = "2024-07-05T20:00:00Z".parse().unwrap();
    let since = BTreeMap::from([(rows[0].date, at)]);
    let mut export = Export::new(ExportFormat::Csv, Basis::AsTraded).with_known_since();
    export.add("AAPL", "us", rows.clone(), &since).unwrap();
    let text = String::from_utf8(export.finish().unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].ends_with(",Ticker,Exchange,Known Since"), "{text}");
    assert!(
        lines[1].ends_with(",AAPL,us,2024-07-05T20:00:00Z"),
        "{text}"
    );
    assert!(lines[2].ends_with(",AAPL,us,"), "{text}");
    let mut export = Export::new(ExportFormat::Parquet, Basis::AsTraded).with_known_since();
    export.add("AAPL", "us", rows, &since).unwrap();
    let table = crate::parquet::read(export.finish().unwrap().into(), None).unwrap();
    let known = table.column("Known Since").unwrap();
    assert_eq!(known.null_count(), table.rows() - 1);
}
