//! Dates that people know, one by one: reforms, moved weeks, storms, half days, changes of clocks.

use std::time::Duration;

use jiff::civil::date;

use super::Calendar;
use quantx_market::{Date, SessionRange};

fn calendar(mic: &str) -> Calendar {
    Calendar::of(mic).unwrap()
}

/// Open and close in UTC; `None` without a session.
fn hours(mic: &str, day: Date) -> Option<(String, String)> {
    let calendar = calendar(mic);
    let session = calendar.session(day)?;
    Some((
        calendar.open(session).to_string(),
        calendar.close(session).to_string(),
    ))
}

fn sessions(mic: &str, first: Date, last: Date) -> Vec<Date> {
    let range = SessionRange::inclusive(first, last);
    calendar(mic).sessions(range).map(|it| it.date()).collect()
}

#[test]
fn tel_aviv_traded_sunday_to_thursday_until_2026_and_monday_to_friday_since() {
    let december = [28, 29, 30, 31].map(|day| date(2025, 12, day));
    // The last Sunday is the day before the first Monday of the new week.
    let january = [1, 4, 5, 6, 7, 8, 9, 12].map(|day| date(2026, 1, day));
    assert_eq!(
        sessions("XTAE", date(2025, 12, 26), date(2026, 1, 12)),
        [december.as_slice(), january.as_slice()].concat()
    );
    // Sundays and, since, Fridays end early by rule: no half days.
    for (day, close) in [
        (date(2025, 12, 28), "2025-12-28T13:40:00Z"),
        (date(2025, 12, 29), "2025-12-29T15:15:00Z"),
        (date(2026, 1, 9), "2026-01-09T11:50:00Z"),
        (date(2026, 7, 10), "2026-07-10T10:50:00Z"),
    ] {
        let session = calendar("XTAE").session(day).unwrap();
        assert_eq!(hours("XTAE", day).unwrap().1, close);
        assert!(!calendar("XTAE").is_half_day(session), "{day}");
    }
    // Between the first and the last days of Passover.
    let between = calendar("XTAE").session(date(2024, 4, 24)).unwrap();
    assert!(calendar("XTAE").is_half_day(between));
    assert_eq!(
        hours("XTAE", date(2024, 4, 24)).unwrap().1,
        "2024-04-24T11:15:00Z"
    );
}

#[test]
fn tel_aviv_keeps_the_feasts() {
    for closed in [
        date(2023, 9, 25), // Day of Atonement
        date(2024, 4, 23), // Passover
        date(2024, 5, 13), // Memorial Day, moved from Sunday
        date(2024, 5, 14), // Independence Day
        date(2025, 10, 2),
        date(2026, 4, 21), // Memorial Day
        date(2026, 4, 22), // Independence Day
        date(2026, 9, 21),
    ] {
        assert_eq!(hours("XTAE", closed), None, "{closed}");
    }
}

#[test]
fn riyadh_trades_sunday_to_thursday() {
    assert_eq!(
        sessions("XSAU", date(2024, 9, 19), date(2024, 9, 25)),
        [19, 22, 24, 25].map(|day| date(2024, 9, day)),
        "Monday 23 September is National Day"
    );
}

#[test]
fn hong_kong_trades_through_storms_since_2024_09_23() {
    for closed in [date(2023, 7, 17), date(2023, 9, 1), date(2024, 9, 6)] {
        assert_eq!(hours("XHKG", closed), None, "{closed}");
    }
    // Signal 8 for Toraji, and the strongest signals for Ragasa.
    for open in [date(2024, 11, 14), date(2025, 9, 23), date(2025, 9, 24)] {
        assert!(hours("XHKG", open).is_some(), "{open}");
    }
}

#[test]
fn tokyo_closes_half_an_hour_later_since_2024_11_05() {
    assert_eq!(
        hours("XTKS", date(2024, 11, 1)).unwrap().1,
        "2024-11-01T06:00:00Z"
    );
    assert_eq!(
        hours("XTKS", date(2024, 11, 4)),
        None,
        "Culture Day, on a Sunday"
    );
    assert_eq!(
        hours("XTKS", date(2024, 11, 5)).unwrap().1,
        "2024-11-05T06:30:00Z"
    );
}

#[test]
fn seoul_opens_late_on_the_first_session_and_on_the_day_of_the_exam() {
    for (day, open, close) in [
        (
            date(2024, 1, 2),
            "2024-01-02T01:00:00Z",
            "2024-01-02T06:30:00Z",
        ),
        (
            date(2024, 1, 3),
            "2024-01-03T00:00:00Z",
            "2024-01-03T06:30:00Z",
        ),
        (
            date(2024, 11, 14),
            "2024-11-14T01:00:00Z",
            "2024-11-14T07:30:00Z",
        ),
        (
            date(1998, 12, 5),
            "1998-12-05T00:30:00Z",
            "1998-12-05T06:00:00Z",
        ), // The last Saturday.
    ] {
        assert_eq!(
            hours("XKRX", day),
            Some((open.to_owned(), close.to_owned())),
            "{day}"
        );
    }
    assert_eq!(hours("XKRX", date(1998, 12, 12)), None);
    let exam = calendar("XKRX").session(date(2024, 11, 14)).unwrap();
    assert!(
        !calendar("XKRX").is_half_day(exam),
        "it ends later, not earlier"
    );
}

#[test]
fn mumbai_trades_for_an_hour_on_diwali_and_on_days_of_the_budget() {
    for (mic, day, close) in [
        ("XNSE", date(2021, 11, 4), "2021-11-04T13:45:00Z"),
        ("XBOM", date(2023, 11, 12), "2023-11-12T13:45:00Z"), // A Sunday.
        ("XNSE", date(2025, 10, 21), "2025-10-21T09:15:00Z"),
        ("XBOM", date(2025, 2, 1), "2025-02-01T10:00:00Z"), // A Saturday.
        ("XNSE", date(2024, 3, 2), "2024-03-02T07:10:00Z"),
    ] {
        assert_eq!(hours(mic, day).unwrap().1, close, "{mic} {day}");
    }
    assert_eq!(hours("XNSE", date(2024, 1, 22)), None);
}

#[test]
fn half_days_close_early() {
    for (mic, day, close) in [
        (
            "XSTO",
            date(2024, 10, 31).tomorrow().unwrap(),
            "2024-11-01T12:00:00Z",
        ),
        ("XOSL", date(2025, 4, 16), "2025-04-16T11:00:00Z"),
        ("XTSE", date(2024, 12, 24), "2024-12-24T18:00:00Z"),
        ("XASX", date(2024, 12, 24), "2024-12-24T03:10:00Z"),
        ("XNZE", date(2024, 12, 31), "2024-12-30T23:45:00Z"),
        ("XDUB", date(2023, 12, 22), "2023-12-22T12:28:00Z"),
        ("XMAD", date(2024, 12, 24), "2024-12-24T13:00:00Z"),
        ("XWBO", date(2024, 12, 30), "2024-12-30T13:15:00Z"),
        ("XIST", date(2024, 4, 9), "2024-04-09T09:30:00Z"),
        ("XKLS", date(2024, 2, 9), "2024-02-09T04:30:00Z"),
        ("XAMS", date(2024, 12, 24), "2024-12-24T13:05:00Z"),
        ("XLIS", date(2024, 12, 24), "2024-12-24T13:05:00Z"),
    ] {
        let session = calendar(mic).session(day).unwrap();
        assert!(calendar(mic).is_half_day(session), "{mic} {day}");
        assert_eq!(
            calendar(mic).close(session).to_string(),
            close,
            "{mic} {day}"
        );
    }
    // The morning of Ash Wednesday is off, its end is the usual one.
    let ash_wednesday = hours("BVMF", date(2024, 2, 14)).unwrap();
    assert_eq!(ash_wednesday.0, "2024-02-14T16:00:00Z");
    assert_eq!(ash_wednesday.1, "2024-02-14T21:00:00Z");
}

#[test]
fn closes_follow_each_countrys_change_of_clocks() {
    for (mic, day, close) in [
        ("XASX", date(2024, 4, 5), "2024-04-05T05:00:00Z"),
        ("XASX", date(2024, 4, 8), "2024-04-08T06:00:00Z"),
        ("BVMF", date(2019, 2, 15), "2019-02-15T19:00:00Z"),
        ("BVMF", date(2019, 2, 18), "2019-02-18T20:00:00Z"), // The last summer time of Brazil.
        ("XIST", date(2016, 7, 1), "2016-07-01T15:00:00Z"),
        ("XIST", date(2016, 12, 1), "2016-12-01T15:00:00Z"), // Summer time all year since 2016.
        ("XMEX", date(2022, 7, 1), "2022-07-01T20:00:00Z"),
        ("XMEX", date(2023, 7, 3), "2023-07-03T21:00:00Z"), // None since October 2022.
        ("XTSE", date(2024, 3, 11), "2024-03-11T20:00:00Z"),
        ("XTAE", date(2024, 3, 28), "2024-03-28T15:15:00Z"),
        ("XTAE", date(2024, 4, 1), "2024-04-01T14:15:00Z"),
    ] {
        assert_eq!(hours(mic, day).unwrap().1, close, "{mic} {day}");
    }
}

#[test]
fn holidays_that_came_and_went() {
    for (mic, closed, open) in [
        ("XSTO", date(2004, 5, 31), date(2005, 5, 16)), // Whit Monday.
        ("XCSE", date(2023, 5, 5), date(2024, 4, 26)),  // Great Prayer Day.
        ("XWBO", date(2018, 8, 15), date(2019, 8, 15)), // Assumption.
        ("XMEX", date(2024, 10, 1), date(2023, 10, 2)),
        ("BVMF", date(2024, 11, 20), date(2023, 11, 20)),
        ("XTSE", date(2008, 2, 18), date(2007, 2, 19)), // Family Day.
        ("XNZE", date(2022, 6, 24), date(2021, 6, 25)), // Matariki.
        ("XIST", date(2017, 8, 30), date(2016, 7, 15)),
        ("XPRA", date(2013, 3, 29), date(2012, 4, 6)), // Good Friday.
        ("XKRX", date(2026, 7, 17), date(2025, 7, 17)), // Constitution Day.
        ("XTAI", date(2025, 12, 25), date(2024, 12, 25)),
        ("XATH", date(2015, 7, 1), date(2015, 8, 3)), // Capital controls.
        ("XJSE", date(2024, 5, 29), date(2024, 5, 28)),
    ] {
        assert_eq!(hours(mic, closed), None, "{mic} {closed}");
        assert!(hours(mic, open).is_some(), "{mic} {open}");
    }
}

#[test]
fn the_newest_closed_session_is_found_in_every_week() {
    for (mic, now, newest) in [
        ("XTAE", "2025-12-28T13:40:00Z", date(2025, 12, 28)),
        ("XTAE", "2026-01-11T20:00:00Z", date(2026, 1, 9)),
        ("XSAU", "2024-09-22T12:00:00Z", date(2024, 9, 22)),
        ("XNZE", "2024-12-30T23:45:00Z", date(2024, 12, 31)),
        ("24x5", "2024-12-29T00:00:00Z", date(2024, 12, 27)),
        // Half days: the day after Thanksgiving, Christmas Eve.
        ("XNYS", "2024-11-29T17:59:59Z", date(2024, 11, 27)),
        ("XNYS", "2024-11-29T18:00:00Z", date(2024, 11, 29)),
        ("XHKG", "2024-12-24T03:59:59Z", date(2024, 12, 23)),
        ("XHKG", "2024-12-24T04:00:00Z", date(2024, 12, 24)),
        ("XLON", "2024-12-24T12:29:59Z", date(2024, 12, 23)),
        ("XLON", "2024-12-24T12:30:00Z", date(2024, 12, 24)),
        // Clocks of New York on 2026-03-08 and 2026-11-01, of London on 2026-03-29, of Sydney on 2026-04-05.
        ("XNYS", "2026-03-06T20:59:59Z", date(2026, 3, 5)),
        ("XNYS", "2026-03-09T20:00:00Z", date(2026, 3, 9)),
        ("XNYS", "2026-11-02T20:00:00Z", date(2026, 10, 30)),
        ("XNYS", "2026-11-02T21:00:00Z", date(2026, 11, 2)),
        ("XLON", "2026-03-27T16:30:00Z", date(2026, 3, 27)),
        ("XLON", "2026-03-30T15:29:59Z", date(2026, 3, 27)),
        ("XLON", "2026-03-30T15:30:00Z", date(2026, 3, 30)),
        ("XASX", "2026-04-02T05:00:00Z", date(2026, 4, 2)),
        ("XASX", "2026-04-07T05:59:59Z", date(2026, 4, 2)),
        ("XASX", "2026-04-07T06:00:00Z", date(2026, 4, 7)),
        // Tokyo's later close.
        ("XTKS", "2024-11-01T06:00:00Z", date(2024, 11, 1)),
        ("XTKS", "2024-11-05T06:29:59Z", date(2024, 11, 1)),
        ("XTKS", "2024-11-05T06:30:00Z", date(2024, 11, 5)),
        // A typhoon that closed Hong Kong, and one through which it traded.
        ("XHKG", "2024-09-06T12:00:00Z", date(2024, 9, 5)),
        ("XHKG", "2025-09-23T08:00:00Z", date(2025, 9, 23)),
        // Tel Aviv's first Monday and Friday of the new week.
        ("XTAE", "2026-01-05T15:15:00Z", date(2026, 1, 5)),
        ("XTAE", "2026-01-09T11:49:59Z", date(2026, 1, 8)),
    ] {
        let found = calendar(mic).last_closed_session(now.parse().unwrap(), Duration::ZERO);
        assert_eq!(found.unwrap().date(), newest, "{mic} {now}");
    }
}

#[test]
fn nobody_waits_for_a_holiday_beyond_the_day_on_which_others_traded() {
    // Nothing of 2028 is confirmed in Shanghai.
    let shanghai = calendar("XSHG");
    let (last, until) = (date(2028, 6, 7), date(2028, 6, 15));
    assert_eq!(shanghai.due_after(last, until), 0);
    for (traded, due) in [
        (None, 0),
        (Some(date(2028, 6, 7)), 0),
        (Some(date(2028, 6, 1)), 0),
        // Nobody knows of the days before it.
        (Some(date(2028, 6, 12)), 1),
        (Some(date(2028, 6, 15)), 1),
        (Some(date(2028, 6, 20)), 1),
    ] {
        assert_eq!(
            shanghai.due_after_trading(last, until, traded),
            due,
            "{traded:?}"
        );
    }
    // More than a closure is due as before, counted from the day on which others traded.
    let far = date(2028, 6, 30);
    assert_eq!(shanghai.due_after(last, far), 17);
    assert_eq!(
        shanghai.due_after_trading(last, far, Some(date(2028, 6, 12))),
        1 + 14
    );
    // Where the calendar is sure nothing changes.
    let london = calendar("XLON");
    for traded in [None, Some(date(2026, 6, 3)), Some(date(2026, 6, 5))] {
        let due = london.due_after_trading(date(2026, 6, 1), date(2026, 6, 5), traded);
        assert_eq!(due, 4, "{traded:?}");
    }
}
