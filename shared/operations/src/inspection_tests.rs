use std::time::Duration;

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use quantx_calendar::Calendar;
use quantx_market::{Action, ActionKind, RowStamps, SessionRange, ShareBasis, VendorRow};

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
        basis: ShareBasis::Newest,
        stamps: RowStamps::OpenOrLastTrade,
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
        kind: quantx_market::InstrumentKind::Share,
        calendar: &Calendar::of("XNYS").unwrap(),
        lag: Duration::ZERO,
        now: "2025-01-01T00:00:00Z".parse().unwrap(),
        today: date(2025, 1, 1),
        source: &Source::default(),
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
    let refused: Vec<(Date, &str)> = refused.map(|row| (row.date, row.rule.name())).collect();
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
    assert_eq!(read.fetched.bars.len(), 10);
    assert_eq!(read.fetched.bars.first().unwrap().date.date(), from);
}

#[test]
fn more_than_the_limits_allow_is_refused_by_name() {
    let limits = |rows: usize, events: usize, years: usize| {
        let count = |n| std::num::NonZeroUsize::new(n).unwrap();
        AnswerLimits {
            rows: count(rows),
            events: count(events),
            years: count(years),
        }
    };
    let mut history = quiet_history();
    let gain = |ex_date| Action {
        ex_date,
        kind: ActionKind::CapitalGain { amount: 1.0 },
    };
    history.actions = vec![gain(date(2020, 5, 5)), gain(date(2024, 5, 6))];
    assert_eq!(too_much(&history, limits(90, 2, 5)), None);
    let cases = [
        (limits(89, 2, 5), "too_many_rows", "90 rows"),
        (limits(90, 1, 5), "too_many_events", "2 events"),
        (limits(90, 2, 4), "too_many_years", "5 years"),
    ];
    for (limits, kind, found) in cases {
        let over = too_much(&history, limits).unwrap();
        assert_eq!(over.kind(), kind);
        let what = kind.trim_start_matches("too_many_");
        let expect = format!(
            "the answer has {found} of one listing, limits.answer_{what} allows {}",
            over.allowed
        );
        assert_eq!(over.to_string(), expect);
    }
    history.rows.clear();
    history.actions.clear();
    assert_eq!(too_much(&history, limits(1, 1, 1)), None);
}

#[test]
fn an_absurd_bar_goes_to_quarantine_so_that_the_right_one_can_come() {
    let mut history = quiet_history();
    let (from, absurd) = (history.rows[0].date, history.rows[80].date);
    let row = &mut history.rows[80];
    [row.open, row.high, row.low, row.close] = [Some(1e308); 4];
    let n_rows = history.rows.len();
    let fetched = read(history, from).fetched;
    let refused: Vec<_> = fetched
        .refused
        .iter()
        .map(|row| (row.date, row.rule.name()))
        .collect();
    assert_eq!(refused, [(absurd, "impossible_price")]);
    assert_eq!(fetched.bars.get(absurd), None);
    assert_eq!(fetched.bars.len(), n_rows - 1);
}

/// Every third day a split, and the price jumps as if none of them were adjusted for.
fn nothing_but_splits() -> VendorHistory {
    let mut history = quiet_history();
    let first = history.rows[0];
    history.rows.clear();
    for nth in 0..24_000 {
        let days = jiff::Span::new().days(nth);
        let close = Some(if nth % 6 < 3 { 10.0 } else { 20.0 });
        let date = date(1961, 1, 2) + days;
        history.rows.push(VendorRow {
            date,
            stamp: first.stamp,
            open: close,
            high: close,
            low: close,
            close,
            ..first
        });
        if nth % 3 == 0 {
            let (numerator, denominator) = if nth % 2 == 0 { (2.0, 1.0) } else { (1.0, 2.0) };
            let kind = ActionKind::Split {
                numerator,
                denominator,
            };
            history.actions.push(Action {
                ex_date: date,
                kind,
            });
        }
    }
    history
}

/// That it ends is held by the time limit of every test: the walk over all splits for each event took
/// minutes.
#[test]
fn an_answer_of_nothing_but_splits_takes_neither_time_nor_memory_without_end() {
    let history = nothing_but_splits();
    let (from, n_rows) = (history.rows[0].date, history.rows.len());
    let flags = read(history, from).flags.len();
    assert!(flags < 25 * n_rows, "{flags} flags");
}
