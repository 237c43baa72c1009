//! Ways to damage a lake.

use std::fs;
use std::sync::OnceLock;

use jiff::civil::Date;
use quantx::calendar::Calendar;
use quantx::lake::codec::{self, FileContext, StoredYear};
use quantx::market::{ExchangeTable, Listing, TradingDate};
use quantx::settings::{EnvMap, Overrides, Settings};
use serde_json::Value;

use crate::cli::Desk;

pub(super) fn bars(ticker: &str, year: i16) -> String {
    format!("data/exchange=us/ticker={ticker}/year={year}/data.parquet")
}

pub(super) fn record(ticker: &str) -> String {
    format!("data/exchange=us/ticker={ticker}/_symbol.json")
}

pub(super) fn read(desk: &Desk, path: &str) -> Vec<u8> {
    fs::read(desk.path(&format!("data/{path}"))).unwrap()
}

pub(super) fn write(desk: &Desk, path: &str, bytes: impl AsRef<[u8]>) {
    let file = desk.path(&format!("data/{path}"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

pub(super) fn remove(desk: &Desk, path: &str) {
    fs::remove_file(desk.path(&format!("data/{path}"))).unwrap();
}

/// Changes the bytes of an object.
pub(super) fn edit(desk: &Desk, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = read(desk, path);
    change(&mut bytes);
    write(desk, path, bytes);
}

/// Changes JSON.
pub(super) fn json(desk: &Desk, path: &str, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&read(desk, path)).unwrap();
    change(&mut value);
    write(desk, path, serde_json::to_vec_pretty(&value).unwrap());
}

fn exchanges() -> &'static ExchangeTable {
    static TABLE: OnceLock<ExchangeTable> = OnceLock::new();
    TABLE.get_or_init(|| {
        let built_in = Settings::resolve(None, None, &EnvMap::default(), &Overrides::default());
        built_in.unwrap().exchanges
    })
}

/// Changes rows and seals the file again, as a program that knows the format would.
pub(super) fn rows(desk: &Desk, path: &str, change: impl FnOnce(&mut StoredYear)) {
    let mut year = codec::decode(&read(desk, path)).unwrap();
    change(&mut year);
    let has_remark_about = |key: &str| year.metadata[key].as_str();
    let context = FileContext {
        listing: &Listing::parse(&year.symbol, exchanges()).unwrap(),
        currency: has_remark_about("quantx.currency"),
        unit_scale: has_remark_about("quantx.unit_scale").parse().unwrap(),
        actions_hash: has_remark_about("quantx.actions_sha256"),
        compression_level: 3,
    };
    let bytes = codec::encode(&year.bars, &year.derived, &context).unwrap();
    write(desk, path, bytes);
}

/// Makes the record name the file as it is now.
pub(super) fn recommit(desk: &Desk, ticker: &str, year: i16) {
    let bytes = read(desk, &bars(ticker, year));
    let rows = codec::decode(&bytes).unwrap().bars;
    json(desk, &record(ticker), |record| {
        let entry = &mut record["years"][year.to_string()];
        entry["sha256"] = codec::sha256_hex(&bytes).into();
        entry["rows"] = rows.len().into();
        entry["first"] = rows[0].date.to_string().into();
        entry["last"] = rows[rows.len() - 1].date.to_string().into();
    });
}

pub(super) fn remove_row(year: &mut StoredYear, row: usize) {
    year.bars.remove(row);
    let derived = &mut year.derived;
    derived.adjusted_close.remove(row);
    derived.split_factor.remove(row);
    derived.dividends.remove(row);
    derived.splits.remove(row);
}

/// Puts a copy of the row behind it.
pub(super) fn repeat_row(year: &mut StoredYear, row: usize) {
    let bar = year.bars[row];
    year.bars.insert(row + 1, bar);
    for column in columns(year) {
        let value = column[row];
        column.insert(row + 1, value);
    }
}

pub(super) fn swap_rows(year: &mut StoredYear, one: usize, other: usize) {
    year.bars.swap(one, other);
    for column in columns(year) {
        column.swap(one, other);
    }
}

fn columns(year: &mut StoredYear) -> [&mut Vec<f64>; 4] {
    let derived = &mut year.derived;
    [
        &mut derived.adjusted_close,
        &mut derived.split_factor,
        &mut derived.dividends,
        &mut derived.splits,
    ]
}

/// A date that was a session in Hong Kong, whatever New York did.
pub(super) fn hong_kong(date: Date) -> TradingDate {
    Calendar::of("XHKG").unwrap().session(date).unwrap()
}
