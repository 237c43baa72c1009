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

fn read(bytes: Vec<u8>) -> Table {
    assert!(seal::is_whole(&bytes));
    parquet::read(bytes, None).unwrap()
}

fn texts(table: &Table, name: &str) -> Vec<String> {
    match table.column(name) {
        Some(Values::Texts(texts)) => texts.iter().flatten().map(str::to_owned).collect(),
        other => panic!("{name}: {other:?}"),
    }
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match table.column(name) {
        Some(Values::Numbers(numbers)) => numbers.iter().copied().flatten().collect(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_panel_has_every_row_by_date_and_symbol() {
    let msft = year("MSFT", "2024-01-02", &[300.0, 301.0, 302.0]);
    let aapl = year("AAPL", "2024-01-03", &[10.0, 10.5]);
    let one = encode_panel(&us(), &[msft.clone(), aapl.clone()], "x", 3).unwrap();
    let other = encode_panel(&us(), &[aapl, msft], "x", 3).unwrap();
    assert_eq!(one, other, "the order of the files does not matter");
    let table = read(one);
    assert_eq!(
        texts(&table, "Ticker"),
        ["MSFT", "AAPL", "MSFT", "AAPL", "MSFT"]
    );
    assert_eq!(numbers(&table, "Close"), [300.0, 10.0, 301.0, 10.5, 302.0]);
    assert_eq!(numbers(&table, "Dividends"), [0.0, 0.0, 0.0, 0.25, 0.25]);
    assert_eq!(table.names().count(), 12);
}

#[test]
fn actions_are_one_table() {
    let actions = [
        ("MSFT", dividend("2024-02-14", 0.75)),
        ("AAPL", split("2020-08-31", 4.0, 1.0)),
        ("AAPL", dividend("2024-02-14", 0.24)),
    ];
    let table = read(encode_actions(&us(), &actions, "x", 3).unwrap());
    assert_eq!(texts(&table, "Ticker"), ["AAPL", "AAPL", "MSFT"]);
    assert_eq!(texts(&table, "Kind"), ["split", "dividend", "dividend"]);
    assert_eq!(numbers(&table, "Ratio"), [4.0, 0.0, 0.0]);
}

#[test]
fn the_hash_tells_other_sources() {
    let of = |pairs: &[(&str, &str)]| sources_hash(pairs.iter().copied());
    assert_eq!(of(&[("A", "1"), ("B", "2")]), of(&[("A", "1"), ("B", "2")]));
    assert_ne!(of(&[("A", "1"), ("B", "2")]), of(&[("A", "1"), ("B", "3")]));
    assert_ne!(of(&[("A", "1")]), of(&[("A", "1"), ("B", "2")]));
}
