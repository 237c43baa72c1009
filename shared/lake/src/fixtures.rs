//! What the tests of this room share: short ways to say bars and actions, and recorded answers.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::basis::Fetched;
use super::schema::stored_session;
use quantx_calendar::{Calendar, CustomCalendar, WeekMask, wall_time};
pub(super) use quantx_fixtures::{day, shared_data, us_listing as listing};
use quantx_market::{
    Action, ActionKind, Bar, BarSeries, Date, RegularPeriod, RowStamps, SessionRange, ShareBasis,
    TradingDate, VendorHistory, VendorRow,
};
use quantx_provider::yahoo::{Parsed, parse_chart};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn xnys() -> Calendar {
    Calendar::of("XNYS").unwrap()
}

/// A calendar whose holidays nobody knows: weekdays.
pub(super) fn weekdays() -> Calendar {
    let custom = CustomCalendar {
        name: "weekdays".to_owned(),
        time_zone: "Europe/Stockholm".to_owned(),
        week: WeekMask::MONDAY_TO_FRIDAY,
        open: wall_time("09:00").unwrap(),
        close: wall_time("17:30").unwrap(),
        breaks: Vec::new(),
        exceptions: None,
    };
    custom.build().unwrap()
}

/// The first `n` sessions of New York from `first` on.
pub(super) fn sessions(first: &str, n: usize) -> Vec<TradingDate> {
    let range = SessionRange::new(day(first), Date::MAX);
    xnys().sessions(range).take(n).collect()
}

pub(super) fn window(first: &str, last: &str) -> SessionRange {
    SessionRange::inclusive(day(first), day(last))
}

pub(super) fn bar_on(session: TradingDate, close: f64, volume: f64) -> Bar {
    Bar::new(session, [close; 4], volume).unwrap()
}

pub(super) fn bar(date: &str, close: f64) -> Bar {
    bar_on(stored_session(day(date)), close, 1000.0)
}

/// Flat bars on consecutive sessions from `first` on.
pub(super) fn bars(first: &str, closes: &[f64]) -> Vec<Bar> {
    let days = sessions(first, closes.len());
    let pairs = days.into_iter().zip(closes);
    pairs
        .map(|(session, close)| bar_on(session, *close, 1000.0))
        .collect()
}

pub(super) fn fetched(bars: Vec<Bar>, actions: &[Action]) -> Fetched {
    Fetched {
        bars: BarSeries::new(bars),
        actions: actions.iter().copied().collect(),
        ..Fetched::default()
    }
}

pub(super) fn split(date: &str, numerator: f64, denominator: f64) -> Action {
    Action {
        ex_date: day(date),
        kind: ActionKind::Split {
            numerator,
            denominator,
        },
    }
}

pub(super) fn dividend(date: &str, amount: f64) -> Action {
    Action {
        ex_date: day(date),
        kind: ActionKind::Dividend { amount },
    }
}

pub(super) fn capital_gain(date: &str, amount: f64) -> Action {
    Action {
        ex_date: day(date),
        kind: ActionKind::CapitalGain { amount },
    }
}

/// An official row of New York: stamped with the open.
pub(super) fn row(date: &str, prices: [f64; 4], volume: f64) -> VendorRow {
    let calendar = xnys();
    let session = calendar.session(day(date)).unwrap();
    let [open, high, low, close] = prices.map(Some);
    VendorRow {
        date: day(date),
        stamp: calendar.open(session),
        open,
        high,
        low,
        close,
        volume: Some(volume),
        adjusted_close: None,
    }
}

/// An answer of New York whose regular period is that of the session on `period`.
pub(super) fn answer(period: &str, rows: Vec<VendorRow>, actions: &[Action]) -> VendorHistory {
    let calendar = xnys();
    let session = calendar.session(day(period)).unwrap();
    VendorHistory {
        basis: ShareBasis::Newest,
        stamps: RowStamps::OpenOrLastTrade,
        currency: Some("USD".to_owned()),
        time_zone: TimeZone::get("America/New_York").unwrap(),
        first_trade: None,
        regular_period: Some(RegularPeriod {
            start: calendar.open(session),
            end: calendar.close(session),
        }),
        rows,
        duplicate_rows: 0,
        actions: actions.to_vec(),
        refused_actions: Vec::new(),
        foreign: Vec::new(),
        market_price: None,
    }
}

/// A price as Yahoo sends it while splits of `factor` in all are ahead of it.
pub(super) fn as_yahoo(price: f64, factor: f64) -> f64 {
    let six_decimals = (price / factor * 1e6).round() / 1e6;
    f64::from(six_decimals as f32)
}

/// A table in JSON beside the recorded answers.
pub(super) fn json_table<T: serde::de::DeserializeOwned>(file: &Path) -> T {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// A recorded answer: bare, or in the envelope of node-yahoo-finance2.
pub(super) fn recorded(file: &Path, symbol: &str) -> VendorHistory {
    let bytes = fs::read(file).unwrap();
    let whole: Value = serde_json::from_slice(&bytes).unwrap();
    let body = match whole.get("response") {
        None => bytes,
        Some(response) => match response.get("body") {
            Some(Value::String(text)) => text.clone().into_bytes(),
            _ => response["bodyJson"].to_string().into_bytes(),
        },
    };
    match parse_chart(&body, symbol).unwrap() {
        Parsed::History(history) => *history,
        other => panic!("{} is {other:?}", file.display()),
    }
}

/// Recorded answers of one listing in order of time, each with the instant it was asked at.
///
/// The recordings know the last trade only. A live last row was seen at that moment; an official
/// one is not there before 22:19 New York (measured on Yahoo), seven hours after the close is safe.
pub(super) fn snapshots(folder: &Path, symbol: &str) -> Vec<(Timestamp, VendorHistory)> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder.join("yahoo_chart/snapshots")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(rest) = name.strip_prefix(&format!("{symbol}_rmt")) else {
            continue;
        };
        let (date, time) = (rest.get(..8).unwrap(), rest.get(9..15).unwrap());
        let last_trade: Timestamp = format!("{date}T{time}Z").parse().unwrap();
        let history = recorded(&path, symbol);
        let last = history.rows.last().unwrap();
        let opening = |stamp: Timestamp| stamp.to_zoned(history.time_zone.clone()).time();
        let is_official = opening(last.stamp) == opening(history.regular_period.unwrap().start);
        let wait = if is_official { 7 } else { 0 };
        let volume = last.volume.unwrap_or(0.0) as u64;
        let now = last_trade + jiff::SignedDuration::from_hours(wait);
        found.push((now, volume, name, history));
    }
    found.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
    found
        .into_iter()
        .map(|(now, _, _, history)| (now, history))
        .collect()
}

/// One line of a price table of yfinance's repair tests.
#[derive(Debug, Clone)]
pub(super) struct TableRow {
    pub(super) date: Date,
    pub(super) close: f64,
    pub(super) adjusted_close: f64,
    pub(super) dividend: f64,
    pub(super) split: f64,
    pub(super) capital_gain: f64,
}

pub(super) fn price_table(folder: &Path, name: &str) -> Vec<TableRow> {
    let bytes = fs::read(folder.join("price_repair").join(name)).unwrap();
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let headers = reader.headers().unwrap().clone();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let number = |column: &str| -> f64 {
            let at = headers.iter().position(|header| header == column);
            at.map_or(0.0, |at| record.get(at).unwrap().parse().unwrap_or(0.0))
        };
        TableRow {
            date: day(record.get(0).unwrap().get(..10).unwrap()),
            close: number("Close"),
            adjusted_close: number("Adj Close"),
            dividend: number("Dividends"),
            split: number("Stock Splits"),
            capital_gain: number("Capital Gains"),
        }
    });
    let mut rows: Vec<TableRow> = rows.collect();
    rows.sort_by_key(|row| row.date);
    rows
}
