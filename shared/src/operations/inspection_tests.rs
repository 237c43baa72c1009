use std::time::Duration;

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::calendar::Calendar;
use crate::market::{SessionRange, VendorRow};

/// Ninety sessions that move by half a percent to and fro.
fn quiet_history() -> VendorHistory {
    let calendar = Calendar::of("XNYS").unwrap();
    let sessions = calendar.sessions(SessionRange::new(date(2024, 1, 2), Date::MAX));
    let rows = sessions.take(90).enumerate().map(|(n, session)| {
        let close = Some(50.0 + 0.25 * (n * 7 % 5) as f64);
        VendorRow {
            date: session.date(),
            stamp: calendar.open(session),
            open: close,
            high: close,
            low: close,
            close,
            volume: Some(1_000.0 + (n * 31 % 7) as f64),
            adjusted_close: None,
        }
    });
    VendorHistory {
        currency: Some("USD".to_owned()),
        time_zone: TimeZone::get("America/New_York").unwrap(),
        first_trade: None,
        regular_period: None,
        rows: rows.collect(),
        duplicate_rows: 0,
        actions: Vec::new(),
        refused_actions: Vec::new(),
        foreign: Vec::new(),
        market_price: None,
    }
}

fn read(history: VendorHistory, from: Date) -> Interpreted {
    let base = Base::default();
    let decisions = Decisions::none("X");
    let reading = Reading {
        calendar: &Calendar::of("XNYS").unwrap(),
        lag: Duration::ZERO,
        now: "2025-01-01T00:00:00Z".parse().unwrap(),
        today: date(2025, 1, 1),
        from,
        rules: &RuleSettings::default(),
    };
    interpret(history, &base, &decisions, reading)
}

#[test]
fn a_block_in_another_unit_is_refused_and_the_rest_is_kept() {
    let mut history = quiet_history();
    for row in &mut history.rows[70..73] {
        let high = row.close.map(|price| price * 100.0);
        [row.open, row.high, row.low, row.close] = [high; 4];
    }
    let from = history.rows[0].date;
    let wrong: Vec<Date> = history.rows[70..73].iter().map(|row| row.date).collect();
    let clean = read(quiet_history(), from);
    let read = read(history, from);
    let refused = read.fetched.refused.iter();
    let refused: Vec<(Date, &str)> = refused.map(|row| (row.date, row.rule.as_str())).collect();
    let expected: Vec<(Date, &str)> = wrong.into_iter().map(|date| (date, "unit_jump")).collect();
    assert_eq!(refused, expected);
    assert_eq!(read.fetched.bars.len(), clean.fetched.bars.len() - 3);
}

#[test]
fn context_is_looked_at_and_dropped() {
    let history = quiet_history();
    let from = history.rows[80].date;
    let read = read(history, from);
    assert!(read.flags.is_empty(), "{:?}", read.flags);
    // The newest row has no opening stamp to prove it final.
    assert_eq!(read.fetched.bars.len(), 9);
    assert_eq!(read.fetched.bars.first().unwrap().date.date(), from);
}
