use jiff::civil::{Weekday, date};
use proptest::prelude::*;

use super::{
    Calendar, CalendarError, CustomCalendar, DayException, Exceptions, WeekMask, known_calendars,
    wall_time,
};
use quantx_market::{Date, SessionRange};

fn dubai() -> CustomCalendar {
    CustomCalendar {
        name: "XDFM".to_owned(),
        time_zone: "Asia/Dubai".to_owned(),
        week: WeekMask::MONDAY_TO_FRIDAY,
        open: wall_time("10:00").unwrap(),
        close: wall_time("15:00").unwrap(),
        breaks: Vec::new(),
        exceptions: Some(Exceptions::parse(TABLE).unwrap()),
    }
}

const TABLE: &str = "\
# Two years of an exchange
2024-12-02 National Day
2024-12-24 12:30 Christmas Eve   # a half day

2025-01-04 open a Saturday
2025-01-01
";

fn error(change: impl FnOnce(&mut CustomCalendar)) -> String {
    let mut custom = dubai();
    change(&mut custom);
    custom.build().unwrap_err().to_string()
}

#[test]
fn a_calendar_of_ones_own_has_the_sessions_of_its_table() {
    let calendar = dubai().build().unwrap();
    assert_eq!(calendar.mic(), "XDFM");
    let sessions = |first, last| -> Vec<Date> {
        let range = SessionRange::inclusive(first, last);
        calendar.sessions(range).map(|it| it.date()).collect()
    };
    assert_eq!(
        sessions(date(2024, 11, 30), date(2024, 12, 3)),
        [date(2024, 12, 3)]
    );
    assert_eq!(
        sessions(date(2025, 1, 1), date(2025, 1, 4)),
        [date(2025, 1, 2), date(2025, 1, 3), date(2025, 1, 4)]
    );
    let eve = calendar.session(date(2024, 12, 24)).unwrap();
    assert!(calendar.is_half_day(eve));
    assert_eq!(calendar.close(eve).to_string(), "2024-12-24T08:30:00Z");
    assert_eq!(calendar.open(eve).to_string(), "2024-12-24T06:00:00Z");
}

#[test]
fn only_the_years_of_the_table_are_confirmed() {
    let calendar = dubai().build().unwrap();
    assert!(!calendar.is_approximate());
    for (day, approximate) in [
        (date(2023, 12, 31), true),
        (date(2024, 1, 1), false),
        (date(2025, 12, 31), false),
        (date(2026, 1, 1), true),
    ] {
        assert_eq!(calendar.is_approximate_on(day), approximate, "{day}");
    }
    let unknown = CustomCalendar {
        exceptions: None,
        ..dubai()
    };
    let unknown = unknown.build().unwrap();
    assert!(unknown.is_approximate());
    assert!(unknown.is_approximate_on(date(2024, 6, 3)));
}

#[test]
fn what_cannot_be_a_calendar_is_refused_in_plain_words() {
    let time = |text| wall_time(text).unwrap();
    let table = |text: &str| Some(Exceptions::parse(text).unwrap());
    for (message, expect) in [
        (
            error(|it| it.time_zone = "Asia/Dubia".to_owned()),
            r#"time zone "Asia/Dubia" is unknown; IANA names are allowed, as Asia/Dubai"#,
        ),
        (
            error(|it| it.close = time("09:00")),
            "the session closes at 09:00:00, not after its open at 10:00:00; a close at midnight is written 24:00",
        ),
        (
            error(|it| it.breaks = vec![(time("14:30"), time("15:00"))]),
            "the break from 14:30:00 to 15:00:00 is not within 10:00:00 to 15:00:00 and after the break before it",
        ),
        (
            error(|it| {
                it.breaks = vec![
                    (time("12:00"), time("13:00")),
                    (time("12:30"), time("14:00")),
                ];
            }),
            "the break from 12:30:00 to 14:00:00 is not within 10:00:00 to 15:00:00 and after the break before it",
        ),
        (
            error(|it| it.exceptions = table("2031-01-01")),
            "2031-01-01 is outside of the dates that calendars cover, 1960-01-01 to 2030-12-31",
        ),
        (
            error(|it| it.exceptions = table("2024-06-03 open")),
            "2024-06-03 is named as an open day, but the week (mon,tue,wed,thu,fri) has a session then anyway",
        ),
        (
            error(|it| it.exceptions = table("2024-06-01 12:00")),
            "2024-06-01 is named as a half day, but the week (mon,tue,wed,thu,fri) has no session then",
        ),
        (
            error(|it| it.exceptions = table("2024-06-03 15:00")),
            "the half day 2024-06-03 closes at 15:00:00, not between the open at 10:00:00 and the close at 15:00:00",
        ),
    ] {
        assert_eq!(message, expect);
    }
}

#[test]
fn a_table_that_cannot_be_read_names_its_line() {
    let message = |text: &str| Exceptions::parse(text).unwrap_err().to_string();
    assert_eq!(
        message("2024-01-01\n\n# x\n01.05.2024 Labour Day"),
        r#"line 4 of the table of holidays starts with "01.05.2024", not with a date as 2024-12-25"#
    );
    assert_eq!(
        message("2024-01-01\n2024-01-01 again"),
        "2024-01-01 stands twice among the holidays and half days"
    );
    assert_eq!(
        message("2024-12-24 12:5 eve"),
        r#"time "12:5" is not hours and minutes from 00:00 to 24:00, as 09:30"#
    );
    for bad in ["", "9:30", "24:01", "12:60", "-1:00", "+9:30", "noon"] {
        assert!(
            matches!(wall_time(bad), Err(CalendarError::BadTime { .. })),
            "{bad}"
        );
    }
    let twice = Exceptions::closed([date(2024, 1, 1), date(2024, 1, 1)]);
    assert_eq!(
        twice,
        Err(CalendarError::DateTwice {
            date: date(2024, 1, 1)
        })
    );
}

#[test]
fn around_the_clock_a_session_ends_at_midnight() {
    let own = CustomCalendar::around_the_clock("FX", "Europe/London", WeekMask::MONDAY_TO_FRIDAY);
    let own = own.build().unwrap();
    let monday = own.session(date(2024, 7, 1)).unwrap();
    assert_eq!(own.open(monday).to_string(), "2024-06-30T23:00:00Z");
    assert_eq!(own.close(monday).to_string(), "2024-07-01T23:00:00Z");
    let currencies = Calendar::of("24x5").unwrap();
    let crypto = Calendar::of("24x7").unwrap();
    let year = SessionRange::new(date(2024, 1, 1), date(2025, 1, 1));
    assert_eq!(currencies.count(year), 262);
    // The clocks of London change on Sundays: midnight is 23:00 in UTC from 2024-04-01 to 2024-10-25.
    let opens = |on| currencies.open(currencies.session(on).unwrap()).to_string();
    assert_eq!(opens(date(2024, 3, 29)), "2024-03-29T00:00:00Z");
    assert_eq!(opens(date(2024, 4, 1)), "2024-03-31T23:00:00Z");
    assert_eq!(opens(date(2024, 10, 25)), "2024-10-24T23:00:00Z");
    assert_eq!(opens(date(2024, 10, 28)), "2024-10-28T00:00:00Z");
    let futures = Calendar::of("GLBX").unwrap();
    assert!(
        futures.session(date(2024, 3, 29)).is_none() && futures.session(date(2024, 7, 4)).is_some()
    );
    assert!(futures.is_approximate_on(date(2024, 7, 4)));
    assert_eq!(crypto.count(year), 366);
    assert!(!crypto.is_approximate_on(date(2024, 12, 25)));
    let christmas = crypto.session(date(2024, 12, 25)).unwrap();
    assert!(!crypto.is_half_day(christmas));
    assert_eq!(crypto.close(christmas).to_string(), "2024-12-26T00:00:00Z");
    let newest = |now: &str| {
        let newest = crypto.last_closed_session(now.parse().unwrap(), std::time::Duration::ZERO);
        newest.unwrap().date()
    };
    assert_eq!(newest("2024-12-25T23:59:59Z"), date(2024, 12, 24));
    assert_eq!(newest("2024-12-26T00:00:00Z"), date(2024, 12, 25));
}

/// A table of what differs from the week, as a person would write it down from a calendar.
fn written_down(calendar: &Calendar, week: WeekMask, range: SessionRange) -> String {
    let mut table = String::new();
    for day in range.start().series(jiff::Span::new().days(1)) {
        if !range.contains(day) {
            return table;
        }
        match (week.contains(day.weekday()), calendar.session(day)) {
            (true, None) => table.push_str(&format!("{day} holiday\n")),
            (false, Some(_)) => table.push_str(&format!("{day} open\n")),
            _ => {}
        }
    }
    table
}

#[test]
fn a_known_calendar_written_down_as_a_table_has_the_same_sessions() {
    let range = SessionRange::inclusive(date(1990, 1, 1), Calendar::last_date());
    for mic in known_calendars() {
        let known = Calendar::of(mic).unwrap();
        for week in [WeekMask::MONDAY_TO_FRIDAY, WeekMask::SUNDAY_TO_THURSDAY] {
            let table = Exceptions::parse(&written_down(&known, week, range)).unwrap();
            let read = CustomCalendar {
                week,
                exceptions: Some(table),
                ..dubai()
            };
            let read = read.build().unwrap();
            assert!(
                read.sessions(range).eq(known.sessions(range)),
                "{mic} {week}"
            );
        }
    }
}

fn any_weekday() -> impl Strategy<Value = Weekday> {
    (0_i8..7).prop_map(|offset| Weekday::from_monday_zero_offset(offset).unwrap())
}

proptest! {
    // Each case works out 71 years.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_week_and_holidays_make_sessions_on_days_of_the_week_that_are_no_holidays(
        days in proptest::collection::vec(any_weekday(), 1..7),
        holidays in proptest::collection::btree_set(0_i32..25_000, 0..60),
        (open, length) in (0_i32..1438, 1_i32..1439),
    ) {
        let week = WeekMask::of(days).unwrap();
        prop_assert_eq!(week.to_string().parse::<WeekMask>(), Ok(week));
        let close = (open + length).min(1440);
        let clock = |minute: i32| wall_time(&format!("{:02}:{:02}", minute / 60, minute % 60)).unwrap();
        let first = Calendar::first_date();
        let holidays: Vec<Date> = holidays
            .into_iter()
            .map(|days| first.saturating_add(jiff::Span::new().days(days)))
            .collect();
        let custom = CustomCalendar {
            week,
            open: clock(open),
            close: clock(close),
            exceptions: Some(Exceptions::closed(holidays.clone()).unwrap()),
            ..dubai()
        };
        let calendar = custom.build().unwrap();
        let all = SessionRange::inclusive(first, Calendar::last_date());
        let mut previous = None;
        for session in calendar.sessions(all) {
            prop_assert!(previous < Some(session));
            previous = Some(session);
            prop_assert!(week.contains(session.date().weekday()));
            prop_assert!(!holidays.contains(&session.date()));
            prop_assert!(calendar.open(session) < calendar.close(session));
        }
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| all.contains(*day));
        let expected = days.filter(|day| week.contains(day.weekday()) && !holidays.contains(day));
        prop_assert_eq!(calendar.count(all), expected.count());
    }
}

#[test]
fn an_exception_is_kept_once_for_each_date() {
    let mut exceptions = Exceptions::default();
    exceptions
        .insert(date(2024, 1, 6), DayException::Open)
        .unwrap();
    exceptions
        .insert(date(2024, 1, 1), DayException::Closed)
        .unwrap();
    let dates: Vec<Date> = exceptions.iter().map(|(date, _)| date).collect();
    assert_eq!(dates, [date(2024, 1, 1), date(2024, 1, 6)]);
}

#[test]
fn dates_of_ones_own_amend_a_known_calendar_and_count_as_confirmed() {
    let known = Calendar::of("XSHG").unwrap();
    let table = "2027-02-09 Lunar New Year\n2027-02-10 12:00 half\n2027-02-06 open a Saturday\n2026-01-01 known already";
    let own = known.amended(&Exceptions::parse(table).unwrap()).unwrap();
    let (closed, half, open) = (date(2027, 2, 9), date(2027, 2, 10), date(2027, 2, 6));
    assert!(known.is_approximate_on(closed) && known.session(closed).is_some());
    assert!(!own.is_approximate_on(closed) && own.session(closed).is_none());
    assert!(own.is_half_day(own.session(half).unwrap()) && !own.is_approximate_on(half));
    assert!(own.session(open).is_some() && known.session(open).is_none());
    let year = SessionRange::inclusive(date(2027, 1, 1), date(2027, 12, 31));
    assert_eq!(own.count(year), known.count(year));
    let counted = own
        .sessions(year)
        .filter(|it| own.is_approximate_on(it.date()));
    assert_eq!(own.count_approximate(year), counted.count());
    assert_eq!(own.mic(), "XSHG");
    let all = SessionRange::inclusive(Calendar::first_date(), Calendar::last_date());
    assert_eq!(own.sessions(all).count(), own.count(all));
    for (table, message) in [
        ("2031-01-01", "outside of the dates that calendars cover"),
        (
            "2026-01-01 12:00",
            "2026-01-01 is named as a half day, but the calendar XSHG has no session then",
        ),
        (
            "2026-01-06 16:00",
            "the half day 2026-01-06 closes at 16:00:00",
        ),
    ] {
        let error = known
            .amended(&Exceptions::parse(table).unwrap())
            .unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn a_week_that_may_be_a_holiday_is_no_delay_and_a_longer_one_is() {
    let shanghai = Calendar::of("XSHG").unwrap();
    // Holidays of 2027 are not proclaimed.
    let year = SessionRange::inclusive(date(2027, 1, 1), date(2027, 12, 31));
    let sessions: Vec<Date> = shanghai.sessions(year).map(|it| it.date()).collect();
    assert_eq!(shanghai.longest_closure(), 10);
    assert_eq!(shanghai.due_after(sessions[0], sessions[10]), 0);
    assert_eq!(shanghai.due_after(sessions[0], sessions[11]), 11);
    // One day that is sure makes all of them due.
    let sure = date(2026, 12, 30);
    assert!(shanghai.session(date(2026, 12, 31)).is_some());
    assert_eq!(shanghai.due_after(sure, sessions[1]), 3);
    let york = Calendar::of("XNYS").unwrap();
    assert_eq!(york.due_after(date(2027, 2, 5), date(2027, 2, 8)), 1);
}
