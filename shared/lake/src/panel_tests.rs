use std::io::Cursor;

use super::*;
use crate::adjust::adjust;
use crate::codec::{DerivedColumns, FileContext, decode, encode};
use crate::fixtures::{bars, dividend, listing, split};

fn year(symbol: &str, start: &str, closes: &[f64]) -> StoredYear {
    let listing = listing(symbol);
    let bars = bars(start, closes);
    let adjustment = adjust(
        &bars,
        None,
        &[dividend("2024-01-04", 0.25)].into_iter().collect(),
    );
    let derived = DerivedColumns::slice(&adjustment, 0..bars.len());
    let file = FileContext {
        listing: &listing,
        currency: "USD",
        unit_scale: 1.0,
        actions_hash: "none",
        compression_level: 3,
    };
    decode(&encode(&bars, &derived, &file).unwrap()).unwrap()
}

fn us() -> ExchangeCode {
    ExchangeCode::parse("us").unwrap()
}

fn read(bytes: Vec<u8>) -> DataFrame {
    assert!(seal::is_whole(&bytes));
    ParquetReader::new(Cursor::new(bytes)).finish().unwrap()
}

#[test]
fn a_panel_has_every_row_by_date_and_symbol() {
    let msft = year("MSFT", "2024-01-02", &[300.0, 301.0, 302.0]);
    let aapl = year("AAPL", "2024-01-03", &[10.0, 10.5]);
    let one = encode_panel(&us(), &[msft.clone(), aapl.clone()], "x", 3).unwrap();
    let other = encode_panel(&us(), &[aapl, msft], "x", 3).unwrap();
    assert_eq!(one, other, "the order of the files does not matter");
    let frame = read(one);
    let column = |name: &str| frame.column(name).unwrap().clone();
    let tickers = column("Ticker");
    let tickers: Vec<&str> = tickers.str().unwrap().iter().flatten().collect();
    assert_eq!(tickers, ["MSFT", "AAPL", "MSFT", "AAPL", "MSFT"]);
    let closes: Vec<f64> = column("Close").f64().unwrap().into_no_null_iter().collect();
    assert_eq!(closes, [300.0, 10.0, 301.0, 10.5, 302.0]);
    let dividends: Vec<f64> = column("Dividends")
        .f64()
        .unwrap()
        .into_no_null_iter()
        .collect();
    assert_eq!(dividends, [0.0, 0.0, 0.0, 0.25, 0.25]);
    assert_eq!(frame.width(), 12);
}

#[test]
fn actions_are_one_table() {
    let actions = [
        ("MSFT", dividend("2024-02-14", 0.75)),
        ("AAPL", split("2020-08-31", 4.0, 1.0)),
        ("AAPL", dividend("2024-02-14", 0.24)),
    ];
    let frame = read(encode_actions(&us(), &actions, "x", 3).unwrap());
    let texts = |name: &str| -> Vec<String> {
        let column = frame.column(name).unwrap();
        column
            .str()
            .unwrap()
            .iter()
            .flatten()
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(texts("Ticker"), ["AAPL", "AAPL", "MSFT"]);
    assert_eq!(texts("Kind"), ["split", "dividend", "dividend"]);
    let ratios: Vec<f64> = frame
        .column("Ratio")
        .unwrap()
        .f64()
        .unwrap()
        .into_no_null_iter()
        .collect();
    assert_eq!(ratios, [4.0, 0.0, 0.0]);
}

#[test]
fn the_hash_tells_other_sources() {
    let of = |pairs: &[(&str, &str)]| sources_hash(pairs.iter().copied());
    assert_eq!(of(&[("A", "1"), ("B", "2")]), of(&[("A", "1"), ("B", "2")]));
    assert_ne!(of(&[("A", "1"), ("B", "2")]), of(&[("A", "1"), ("B", "3")]));
    assert_ne!(of(&[("A", "1")]), of(&[("A", "1"), ("B", "2")]));
}
