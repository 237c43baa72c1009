//! What the tests of this room share: short ways to say rows, and recorded price tables.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Flag, Inspected, InspectedRow, Known, Rule, RuleSettings, inspect, read_basis};
use crate::market::{Action, ActionKind, Date, VendorHistory, VendorRow};

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// `n` weekdays from 2020-01-01 on.
pub(crate) fn weekdays(n: usize) -> Vec<Date> {
    let all = day("2020-01-01").series(jiff::ToSpan::days(1));
    let is_weekday = |date: &Date| date.weekday().to_monday_one_offset() <= 5;
    all.filter(is_weekday).take(n).collect()
}

/// A quiet walk: moves of about one per cent, never news. `seed` makes another one.
pub(crate) fn walk(n: usize, seed: u64) -> Inspected {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut normal = move || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let mut close = 50.0;
    let rows = weekdays(n).into_iter().map(|date| {
        let open = close * (0.005 * normal()).exp();
        close = open * (0.012 * normal()).exp();
        let high = f64::max(open, close) * (0.004 * normal().abs()).exp();
        let low = f64::min(open, close) * (-0.004 * normal().abs()).exp();
        InspectedRow {
            date,
            prices: [open, high, low, close].map(Some),
            volume: Some((1e6 * (0.4 * normal()).exp()).round()),
            kept: Some(1.0),
        }
    });
    Inspected {
        rows: rows.collect(),
        ..Inspected::default()
    }
}

pub(crate) fn flags(series: &Inspected) -> Vec<Flag> {
    inspect(series, &RuleSettings::default()).flags
}

/// What is said of an answer of a listing that the lake does not know.
pub(crate) fn examined(mut history: VendorHistory, settings: &RuleSettings) -> Vec<Flag> {
    let (reading, mut flags) = read_basis(&mut history, Known::default(), settings);
    flags.extend(inspect(&Inspected::of_answer(&history, &reading), settings).flags);
    flags.sort_by_key(|flag| (flag.date, flag.rule, flag.column));
    flags
}

/// Rules and dates alone.
pub(crate) fn found(series: &Inspected) -> Vec<(Rule, Date)> {
    let flags = flags(series).into_iter();
    flags.map(|flag| (flag.rule, flag.date)).collect()
}

pub(crate) fn dividend(ex_date: Date, amount: f64) -> Action {
    Action {
        ex_date,
        kind: ActionKind::Dividend { amount },
    }
}

pub(crate) fn gain(ex_date: Date, amount: f64) -> Action {
    Action {
        ex_date,
        kind: ActionKind::CapitalGain { amount },
    }
}

pub(crate) fn split(ex_date: Date, ratio: f64) -> Action {
    Action {
        ex_date,
        kind: ActionKind::Split {
            numerator: ratio,
            denominator: 1.0,
        },
    }
}

/// The recorded price tables, where they are there.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(folder)
}

/// One line of a table, with empty cells as `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TableRow {
    pub(crate) date: Date,
    /// Open, high, low, close.
    pub(crate) prices: [Option<f64>; 4],
    pub(crate) adjusted_close: Option<f64>,
    pub(crate) volume: Option<f64>,
    pub(crate) dividend: f64,
    pub(crate) split: f64,
    pub(crate) gain: f64,
}

/// Reads a table by its column names, whatever their case; ascending by date.
pub(crate) fn table(bytes: &[u8]) -> Vec<TableRow> {
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|h| h.eq_ignore_ascii_case(name));
    let names = ["Open", "High", "Low", "Close", "Adj Close", "Volume"];
    let columns = names.map(column);
    let events = ["Dividends", "Stock Splits", "Capital Gains"].map(column);
    let rows = reader.records().map(|line| {
        let line = line.unwrap();
        let number = |at: Option<usize>| -> Option<f64> {
            let cell = line.get(at?).unwrap();
            (!cell.is_empty()).then(|| cell.parse().unwrap())
        };
        let [open, high, low, close, adjusted_close, volume] = columns.map(number);
        let [dividend, split, gain] = events.map(|at| number(at).unwrap_or(0.0));
        TableRow {
            date: day(line.get(0).unwrap().get(..10).unwrap()),
            prices: [open, high, low, close],
            adjusted_close,
            volume,
            dividend,
            split,
            gain,
        }
    });
    let mut rows: Vec<TableRow> = rows.collect();
    rows.sort_by_key(|row| row.date);
    rows
}

pub(crate) fn table_file(file: &Path) -> Vec<TableRow> {
    table(&fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display())))
}

/// A table on Yahoo's basis as the answer it was made of.
pub(crate) fn answer(rows: &[TableRow]) -> VendorHistory {
    let mut actions = Vec::new();
    for row in rows {
        if row.split != 0.0 {
            actions.push(split(row.date, row.split));
        }
        if row.dividend != 0.0 {
            actions.push(dividend(row.date, row.dividend));
        }
        if row.gain != 0.0 {
            actions.push(gain(row.date, row.gain));
        }
    }
    let rows = rows.iter().map(|row| {
        let [open, high, low, close] = row.prices;
        VendorRow {
            date: row.date,
            stamp: Timestamp::UNIX_EPOCH,
            open,
            high,
            low,
            close,
            volume: row.volume,
            adjusted_close: row.adjusted_close,
        }
    });
    VendorHistory {
        currency: None,
        time_zone: TimeZone::UTC,
        first_trade: None,
        regular_period: None,
        rows: rows.collect(),
        duplicate_rows: 0,
        actions,
        refused_actions: Vec::new(),
        foreign: Vec::new(),
        market_price: None,
    }
}
