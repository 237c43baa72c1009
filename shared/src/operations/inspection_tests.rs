use std::time::Duration;

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::calendar::Calendar;
use crate::lake::basis::{Finality, as_traded};
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
    }
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
    let flags = inspect(&mut history, from, None, &RuleSettings::default());
    let refused: Vec<Date> = flags
        .iter()
        .filter(|flag| flag.severity == Severity::Refuse)
        .map(|flag| flag.date)
        .collect();
    assert_eq!(refused, wrong);
    let mut fetched = as_traded(
        &history,
        Finality {
            calendar: &Calendar::of("XNYS").unwrap(),
            lag: Duration::ZERO,
            now: "2025-01-01T00:00:00Z".parse().unwrap(),
        },
    );
    let before = fetched.bars.len();
    refuse(&mut fetched, &flags);
    assert_eq!(fetched.bars.len(), before - 3);
    let rules: Vec<&str> = fetched
        .refused
        .iter()
        .map(|row| row.rule.as_str())
        .collect();
    assert_eq!(rules, ["unit_jump"; 3]);
}

#[test]
fn context_is_looked_at_and_dropped() {
    let mut history = quiet_history();
    let from = history.rows[80].date;
    let flags = inspect(&mut history, from, None, &RuleSettings::default());
    assert!(flags.is_empty(), "{flags:?}");
    assert_eq!(history.rows.len(), 10);
    assert_eq!(history.rows[0].date, from);
}
