//! The calendars against recorded session lists: every session, open and close.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::date;

use super::Calendar;
use quantx_fixtures::shared_data;
use quantx_market::{Date, SessionRange};

type Hours = (Timestamp, Timestamp);

/// Rows of `../shared/data/calendars/<mic>.csv` (exchange_calendars 5308ce20, see PROVENANCE.md):
/// session, open, close in UTC. `None` where the checkout has no such folder.
fn recorded(mic: &str) -> Option<BTreeMap<Date, Hours>> {
    let folder = shared_data()?.join("calendars");
    let path = folder.join(format!("{}.csv", mic.to_ascii_lowercase()));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let row = |line: &str| {
        let mut fields = line.split(',').map(|field| field.parse::<Timestamp>());
        let mut next = || fields.next().unwrap().unwrap();
        (
            next().to_zoned(jiff::tz::TimeZone::UTC).date(),
            (next(), next()),
        )
    };
    Some(text.lines().skip(1).map(row).collect())
}

/// Compares all dates from the file's first to its last session; returns how many sessions the
/// calendar has there, and the dates that differ.
fn compare(mic: &str, recorded: &BTreeMap<Date, Hours>) -> (usize, BTreeSet<Date>) {
    let calendar = Calendar::of(mic).unwrap();
    let (first, last) = (
        recorded.keys().next().unwrap(),
        recorded.keys().last().unwrap(),
    );
    let computed: BTreeMap<Date, Hours> = calendar
        .sessions(SessionRange::inclusive(*first, *last))
        .map(|session| {
            (
                session.date(),
                (calendar.open(session), calendar.close(session)),
            )
        })
        .collect();
    let dates: BTreeSet<Date> = computed.keys().chain(recorded.keys()).copied().collect();
    let differing = dates
        .into_iter()
        .filter(|date| computed.get(date) != recorded.get(date))
        .inspect(|date| {
            eprintln!(
                "{mic} {date}: {:?} recorded {:?}",
                computed.get(date),
                recorded.get(date)
            );
        })
        .collect();
    (computed.len(), differing)
}

fn check(mic: &str, n_sessions: usize, known_errors: &[Date]) {
    let Some(recorded) = recorded(mic) else {
        return;
    };
    let (n_compared, differing) = compare(mic, &recorded);
    eprintln!(
        "{mic}: {n_compared} sessions compared, {} differ",
        differing.len()
    );
    assert_eq!(differing, known_errors.iter().copied().collect(), "{mic}");
    assert_eq!(
        n_compared, n_sessions,
        "{mic}: not the file this test was written for"
    );
}

#[test]
fn new_york_equals_the_recorded_sessions() {
    check("XNYS", 8324, &[]);
}

#[test]
fn london_equals_the_recorded_sessions() {
    check("XLON", 8515, &[]);
}

#[test]
fn tokyo_equals_the_recorded_sessions() {
    check("XTKS", 6613, &[]);
}

#[test]
fn hong_kong_equals_the_recorded_sessions_but_for_two_storms_and_nine_birthdays() {
    let file_is_wrong = [
        // Sessions in the file, but there was no trading all day (HKEX news; exchange_calendars#600).
        date(2023, 9, 1), // Super typhoon Saola.
        date(2023, 9, 8), // Black rain storm.
        // Closed in the file, which has Buddha's birthday as a holiday in all years; it is one only
        // since 1999. The Hang Seng Index moved on those of 1992, 1994, 1997 and 1998 (Yahoo's rows
        // for ^HSI, read in 2026); the other years follow from the same law.
        date(1990, 5, 2),
        date(1991, 5, 21),
        date(1992, 5, 11),
        date(1993, 5, 28),
        date(1994, 5, 18),
        date(1995, 5, 8),
        date(1996, 5, 24),
        date(1997, 5, 14),
        date(1998, 5, 4),
    ];
    // The file has 8803; two too many, nine too few.
    check("XHKG", 8810, &file_is_wrong);
}
