use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;

use super::{Calendar, known_calendars};
use quantx_market::{Date, SessionRange, TradingDate};

fn calendar(mic: &str) -> Calendar {
    Calendar::of(mic).unwrap()
}

fn session(mic: &str, date: Date) -> TradingDate {
    calendar(mic)
        .session(date)
        .unwrap_or_else(|| panic!("{mic} {date} is no session"))
}

fn is_open(mic: &str, date: Date) -> bool {
    calendar(mic).session(date).is_some()
}

fn at(stamp: &str) -> Timestamp {
    stamp.parse().unwrap()
}

fn year(year: i16) -> SessionRange {
    SessionRange::new(date(year, 1, 1), date(year + 1, 1, 1))
}

#[test]
fn every_known_exchange_has_a_calendar_and_no_other() {
    assert_eq!(known_calendars().count(), 47);
    // Of futures nothing is confirmed.
    assert!(calendar("GLBX").is_approximate() && calendar("GLBX").confirmed().is_none());
    for mic in known_calendars().filter(|mic| *mic != "GLBX") {
        assert_eq!(calendar(mic).mic(), mic);
        assert!(!calendar(mic).is_approximate(), "{mic}");
        assert!(!calendar(mic).is_approximate_on(date(2024, 6, 4)), "{mic}");
    }
    assert!(Calendar::of("XXXX").is_none());
    assert!(Calendar::of("xnys").is_none());
    assert_eq!(format!("{:?}", calendar("XNYS")), r#"Calendar("XNYS")"#);
}

#[test]
fn closed_days_have_no_session() {
    for (mic, closed) in [
        ("XNYS", date(2001, 9, 11)),
        ("XNYS", date(2012, 10, 29)),
        ("XNYS", date(2021, 12, 24)), // Christmas on a Saturday.
        ("XNYS", date(2022, 6, 20)),  // Juneteenth on a Sunday.
        ("XNYS", date(2023, 1, 2)),   // New Year on a Sunday.
        ("XNYS", date(2025, 1, 9)),
        ("XNYS", date(2026, 7, 3)),
        ("XLON", date(2022, 9, 19)),
        ("XLON", date(2023, 5, 8)),
        ("XLON", date(2027, 12, 28)), // Boxing Day on a Sunday.
        ("XLON", date(2028, 1, 3)),
        ("XETR", date(2000, 10, 3)),
        ("XETR", date(2021, 5, 24)),
        ("XPAR", date(2024, 5, 1)),
        ("XHKG", date(2023, 9, 1)),
        ("XHKG", date(2026, 4, 7)), // Ching Ming on Easter Sunday.
        ("XHKG", date(2029, 9, 24)),
        ("XTKS", date(1993, 6, 9)),
        ("XTKS", date(2019, 4, 30)), // The Golden Week of ten days.
        ("XTKS", date(2020, 10, 1)),
        ("XTKS", date(2026, 5, 6)),  // 3 May on a Sunday.
        ("XTKS", date(2026, 9, 22)), // Between two holidays.
    ] {
        assert!(!is_open(mic, closed), "{mic} {closed}");
    }
}

#[test]
fn days_that_look_like_holidays_have_a_session() {
    for (mic, open) in [
        ("XNYS", date(2021, 12, 31)), // New Year on a Saturday is not made up for.
        ("XNYS", date(1997, 1, 20)),  // Martin Luther King's day, a year before the first.
        ("XNYS", date(2021, 6, 18)),
        ("XNYS", date(2025, 12, 26)),
        ("XLON", date(2002, 5, 27)),
        ("XETR", date(2022, 6, 6)),
        ("XETR", date(2023, 10, 3)),
        ("XPAR", date(2024, 7, 14).tomorrow().unwrap()),
        ("XHKG", date(1998, 5, 4)),
        ("XTKS", date(2019, 12, 23)), // The old emperor's birthday, a year after the last.
    ] {
        assert!(is_open(mic, open), "{mic} {open}");
    }
}

#[test]
fn a_half_day_counts_as_a_session_and_closes_early() {
    for (mic, day, close) in [
        ("XNYS", date(2024, 11, 29), "2024-11-29T18:00:00Z"),
        ("XNYS", date(1992, 12, 24), "1992-12-24T19:00:00Z"),
        ("XNYS", date(2025, 7, 3), "2025-07-03T17:00:00Z"),
        ("XLON", date(2022, 12, 23), "2022-12-23T12:30:00Z"),
        ("XETR", date(2024, 12, 30), "2024-12-30T13:00:00Z"),
        ("XPAR", date(2024, 12, 31), "2024-12-31T13:05:00Z"),
        ("XHKG", date(2010, 12, 31), "2010-12-31T04:30:00Z"),
        ("XHKG", date(2024, 2, 9), "2024-02-09T04:00:00Z"),
    ] {
        let session = session(mic, day);
        assert!(calendar(mic).is_half_day(session), "{mic} {day}");
        assert_eq!(calendar(mic).close(session), at(close), "{mic} {day}");
    }
    assert!(!calendar("XNYS").is_half_day(session("XNYS", date(2026, 7, 2))));
}

#[test]
fn opens_and_closes_follow_daylight_saving_and_reforms() {
    for (mic, day, open, close) in [
        (
            "XNYS",
            date(2024, 3, 8),
            "2024-03-08T14:30:00Z",
            "2024-03-08T21:00:00Z",
        ),
        (
            "XNYS",
            date(2024, 3, 11),
            "2024-03-11T13:30:00Z",
            "2024-03-11T20:00:00Z",
        ),
        (
            "XNYS",
            date(2006, 4, 3),
            "2006-04-03T13:30:00Z",
            "2006-04-03T20:00:00Z",
        ),
        (
            "XNYS",
            date(2029, 11, 5),
            "2029-11-05T14:30:00Z",
            "2029-11-05T21:00:00Z",
        ),
        (
            "XLON",
            date(2024, 3, 28),
            "2024-03-28T08:00:00Z",
            "2024-03-28T16:30:00Z",
        ),
        (
            "XLON",
            date(2024, 4, 2),
            "2024-04-02T07:00:00Z",
            "2024-04-02T15:30:00Z",
        ),
        (
            "XTKS",
            date(2024, 11, 1),
            "2024-11-01T00:00:00Z",
            "2024-11-01T06:00:00Z",
        ),
        (
            "XTKS",
            date(2024, 11, 5),
            "2024-11-05T00:00:00Z",
            "2024-11-05T06:30:00Z",
        ),
        (
            "XHKG",
            date(2011, 3, 4),
            "2011-03-04T02:00:00Z",
            "2011-03-04T08:00:00Z",
        ),
        (
            "XHKG",
            date(2011, 3, 7),
            "2011-03-07T01:30:00Z",
            "2011-03-07T08:00:00Z",
        ),
        (
            "XHEL",
            date(2024, 7, 1),
            "2024-07-01T07:00:00Z",
            "2024-07-01T15:30:00Z",
        ),
    ] {
        let session = session(mic, day);
        assert_eq!(calendar(mic).open(session), at(open), "{mic} {day}");
        assert_eq!(calendar(mic).close(session), at(close), "{mic} {day}");
    }
}

#[test]
fn a_year_of_new_york_has_its_sessions() {
    for (of, n_sessions) in [
        (1996, 254),
        (2001, 248),
        (2012, 250),
        (2024, 252),
        (2025, 250),
        (2026, 251),
    ] {
        assert_eq!(calendar("XNYS").count(year(of)), n_sessions, "{of}");
    }
}

#[test]
fn the_newest_closed_session_waits_for_close_and_lag() {
    let newest = |mic: &str, now: &str, lag_minutes: u64| {
        let session =
            calendar(mic).last_closed_session(at(now), Duration::from_secs(60 * lag_minutes));
        session.map(TradingDate::date)
    };
    for (mic, now, lag_minutes, expect) in [
        ("XNYS", "2024-11-27T20:59:59Z", 0, date(2024, 11, 26)),
        ("XNYS", "2024-11-27T21:00:00Z", 0, date(2024, 11, 27)),
        ("XNYS", "2024-11-27T21:14:59Z", 15, date(2024, 11, 26)),
        ("XNYS", "2024-11-27T21:15:00Z", 15, date(2024, 11, 27)),
        ("XNYS", "2024-11-29T18:00:00Z", 0, date(2024, 11, 29)), // Half day.
        ("XNYS", "2024-12-01T12:00:00Z", 0, date(2024, 11, 29)), // Sunday.
        ("XNYS", "2001-09-16T12:00:00Z", 0, date(2001, 9, 10)),
        // A month of lag, as a careless setting may ask for.
        (
            "XNYS",
            "2024-11-27T21:00:00Z",
            60 * 24 * 30,
            date(2024, 10, 28),
        ),
        // Monday morning in Tokyo is Sunday evening in UTC.
        ("XTKS", "2024-11-10T23:30:00Z", 0, date(2024, 11, 8)),
        ("XTKS", "2024-11-11T06:30:00Z", 0, date(2024, 11, 11)),
        ("XNYS", "2030-12-31T21:00:00Z", 0, date(2030, 12, 31)),
    ] {
        assert_eq!(
            newest(mic, now, lag_minutes),
            Some(expect),
            "{mic} {now} {lag_minutes}"
        );
    }
    assert_eq!(
        newest("XNYS", "2031-01-01T00:00:00Z", 0),
        None,
        "the calendar has ended"
    );
    assert_eq!(newest("XNYS", "1959-12-31T21:00:00Z", 0), None);
    assert_eq!(
        calendar("XNYS").last_closed_session(Timestamp::MAX, Duration::ZERO),
        None
    );
    assert_eq!(
        calendar("XNYS").last_closed_session(Timestamp::MIN, Duration::MAX),
        None
    );
}

#[test]
fn neighbours_are_found_across_holidays_and_end_at_the_edges() {
    let xnys = calendar("XNYS");
    let dates = |found: Option<TradingDate>| found.map(TradingDate::date);
    assert_eq!(
        dates(xnys.on_or_after(date(2001, 9, 11))),
        Some(date(2001, 9, 17))
    );
    assert_eq!(
        dates(xnys.on_or_before(date(2001, 9, 16))),
        Some(date(2001, 9, 10))
    );
    let monday = session("XNYS", date(2001, 9, 17));
    assert_eq!(xnys.back(monday, 0), Some(monday));
    assert_eq!(dates(xnys.back(monday, 1)), Some(date(2001, 9, 10)));
    assert_eq!(dates(xnys.back(monday, 5)), Some(date(2001, 9, 4)));
    let first = xnys.on_or_after(Date::MIN).unwrap();
    assert_eq!(first.date(), date(1960, 1, 1));
    assert_eq!(xnys.back(first, 1), None);
    assert_eq!(xnys.back(monday, usize::MAX), None);
    assert_eq!(xnys.on_or_before(date(1959, 12, 31)), None);
    assert_eq!(xnys.on_or_after(date(2031, 1, 1)), None);
    assert_eq!(
        dates(xnys.on_or_before(Date::MAX)),
        Some(date(2030, 12, 31))
    );
}

#[test]
fn ranges_are_half_open_and_clamped() {
    let xnys = calendar("XNYS");
    let week = SessionRange::new(date(2024, 7, 1), date(2024, 7, 5));
    let sessions: Vec<Date> = xnys.sessions(week).map(TradingDate::date).collect();
    assert_eq!(
        sessions,
        [date(2024, 7, 1), date(2024, 7, 2), date(2024, 7, 3)]
    );
    assert_eq!(xnys.count(week), 3);
    let all = SessionRange::new(Date::MIN, Date::MAX);
    assert_eq!(xnys.sessions(all).count(), xnys.count(all));
    let outside = SessionRange::inclusive(date(2031, 1, 1), date(2040, 1, 1));
    assert_eq!(xnys.count(outside), 0);
    assert_eq!(xnys.session(date(2031, 1, 2)), None);
    assert_eq!(xnys.session(date(1959, 12, 31)), None);
    assert_eq!(xnys.session(Date::MAX), None);
}

#[test]
fn every_way_to_ask_gives_the_same_sessions() {
    for mic in known_calendars() {
        let calendar = calendar(mic);
        let all = SessionRange::inclusive(Calendar::first_date(), Calendar::last_date());
        let mut previous: Option<TradingDate> = None;
        let mut n_sessions = 0;
        for day in Calendar::first_date().series(jiff::Span::new().days(1)) {
            if day > Calendar::last_date() {
                break;
            }
            let session = calendar.session(day);
            let before = previous;
            previous = session.or(previous);
            assert_eq!(calendar.on_or_before(day), previous, "{mic} {day}");
            if let Some(session) = session {
                n_sessions += 1;
                assert_eq!(calendar.on_or_after(day), Some(session), "{mic} {day}");
                assert_eq!(calendar.back(session, 1), before, "{mic} {day}");
                assert!(
                    calendar.open(session) < calendar.close(session),
                    "{mic} {day}"
                );
            }
        }
        assert_eq!(calendar.count(all), n_sessions, "{mic}");
    }
}

#[test]
fn what_is_not_known_says_so() {
    for (mic, exact, approximate) in [
        ("XNYS", date(1990, 1, 1), date(1989, 12, 31)),
        ("XETR", date(2000, 1, 1), date(1999, 12, 31)),
        ("XPAR", date(2002, 1, 1), date(2001, 12, 31)),
        ("XTKS", date(2030, 12, 31), date(2031, 1, 1)),
    ] {
        assert!(!calendar(mic).is_approximate_on(exact), "{mic} {exact}");
        assert!(
            calendar(mic).is_approximate_on(approximate),
            "{mic} {approximate}"
        );
    }
    assert!(
        is_open("XNYS", date(1989, 12, 25)),
        "before 1990 every weekday counts"
    );
    // One day on which sources disagree, between two that are sure.
    for (day, approximate) in [
        (date(2023, 9, 21), false),
        (date(2023, 9, 24), true),
        (date(2023, 9, 25), false),
    ] {
        assert_eq!(
            calendar("XSAU").is_approximate_on(day),
            approximate,
            "{day}"
        );
    }
    assert_eq!(
        calendar("XSHG").confirmed(),
        Some(SessionRange::inclusive(
            date(1991, 1, 1),
            date(2026, 12, 31)
        ))
    );
}

#[test]
fn an_exchange_has_no_session_before_its_first() {
    for (mic, first) in [
        ("XSHG", date(1990, 12, 19)),
        ("XWAR", date(1991, 4, 16)),
        ("XPRA", date(1993, 4, 6)),
        ("XNSE", date(1994, 11, 3)),
        ("XKOS", date(1996, 7, 1)),
    ] {
        let found = calendar(mic).on_or_after(Date::MIN).unwrap();
        assert_eq!(found.date(), first, "{mic}");
    }
}

#[test]
fn approximate_sessions_are_counted_as_they_are_named() {
    for mic in ["XNYS", "XSHG", "XSAU", "XBKK", "XPAR"] {
        let calendar = calendar(mic);
        for range in [
            SessionRange::inclusive(date(1985, 1, 1), date(2030, 12, 31)),
            SessionRange::inclusive(date(2022, 11, 1), date(2023, 9, 30)),
            SessionRange::inclusive(date(2026, 12, 1), date(2027, 1, 31)),
            SessionRange::inclusive(date(1970, 1, 1), date(1970, 2, 1)),
        ] {
            let sessions = calendar.sessions(range);
            let named = sessions
                .filter(|it| calendar.is_approximate_on(it.date()))
                .count();
            assert_eq!(calendar.count_approximate(range), named, "{mic} {range}");
        }
    }
}
