//! Tokyo Stock Exchange: Japan's national holidays and the days around New Year.
//!
//! Source: Public Holiday Law (Act 178 of 1948) with its amendments of 1995 (Marine Day), 1998 and
//! 2001 (Happy Monday), 2005 (Showa Day, substitution), 2014 (Mountain Day) and the special laws for
//! the imperial family and the Olympic years; jpx.co.jp, "Market holidays".
//!
//! Until 2009 the first and until 2008 the last session of a year ended at noon; the calendar has
//! the full day, as its witness does.

use jiff::civil::{Weekday, date, time};

use super::days::{is_weekend, nth, shift};
use super::{BASE, Exception, Hours, Market, Year};
use quantx_market::Date;

pub(super) const MARKET: Market = Market {
    mic: "XTKS",
    time_zone: "Asia/Tokyo",
    hours: &[
        Hours::always(time(9, 0, 0, 0), time(15, 0, 0, 0)),
        // With the arrowhead 4.0 trading system.
        Hours::from(date(2024, 11, 5), time(9, 0, 0, 0), time(15, 30, 0, 0)),
    ],
    rules,
    exceptions: &EXCEPTIONS,
    ..BASE
};

/// Special holidays are in [`national_holidays`], where they make the days between them holidays too.
const EXCEPTIONS: [Exception; 1] = [Exception::closed(
    2020,
    10,
    1,
    "failure of the trading system, all day",
)];

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    // Bank holidays by the Banking Act, kept by the exchange.
    rules.close_all([date(year, 1, 2), date(year, 1, 3), date(year, 12, 31)]);
    let national = national_holidays(year);
    rules.close_all(substitutes(year, &national));
    rules.close_all(days_between(&national));
    rules.close_all(national);
    rules
}

/// The holidays of the law itself, ascending.
fn national_holidays(year: i16) -> Vec<Date> {
    let on = |month, day| date(year, month, day);
    let monday = |n, month| nth(n, Weekday::Monday, year, month);
    let mut days = vec![
        on(1, 1),
        on(2, 11),
        on(5, 3),
        on(5, 5),
        on(11, 3),
        on(11, 23),
    ];
    days.push(if year < 2000 { on(1, 15) } else { monday(2, 1) }); // Coming of Age
    days.extend([vernal_equinox(year), autumnal_equinox(year)]);
    days.push(on(4, 29)); // Greenery Day until 2006, then Showa Day
    if year >= 2007 {
        days.push(on(5, 4)); // Greenery Day
    }
    days.extend(summer_holidays(year));
    days.push(if year < 2003 { on(9, 15) } else { monday(3, 9) }); // Respect for the Aged
    match year {
        ..=2018 => days.push(on(12, 23)), // Emperor Akihito's birthday
        2019 => {}
        2020.. => days.push(on(2, 23)), // Emperor Naruhito's birthday
    }
    match year {
        1990 => days.push(on(11, 12)), // Enthronement of Emperor Akihito
        1993 => days.push(on(6, 9)),   // Wedding of Crown Prince Naruhito
        2019 => days.extend([on(5, 1), on(10, 22)]), // Accession and enthronement of Emperor Naruhito
        _ => {}
    }
    days.sort();
    days
}

/// Marine, Mountain and Sports Day, which moved to the Olympic games in 2020 and 2021.
fn summer_holidays(year: i16) -> Vec<Date> {
    let on = |month, day| date(year, month, day);
    let monday = |n, month| nth(n, Weekday::Monday, year, month);
    match year {
        ..=1995 => vec![on(10, 10)],
        1996..=1999 => vec![on(7, 20), on(10, 10)],
        2000..=2002 => vec![on(7, 20), monday(2, 10)],
        2003..=2015 => vec![monday(3, 7), monday(2, 10)],
        2020 => vec![on(7, 23), on(7, 24), on(8, 10)],
        2021 => vec![on(7, 22), on(7, 23), on(8, 8)],
        2016.. => vec![monday(3, 7), on(8, 11), monday(2, 10)],
    }
}

/// For each holiday on a Sunday the next day: until 2006 only if that is no holiday itself, since
/// 2007 the next day that is none.
fn substitutes(year: i16, national: &[Date]) -> Vec<Date> {
    let sundays = national
        .iter()
        .filter(|day| day.weekday() == Weekday::Sunday);
    let substitute = sundays.map(|sunday| {
        let mut day = shift(*sunday, 1);
        while year >= 2007 && national.contains(&day) {
            day = shift(day, 1);
        }
        day
    });
    substitute.collect()
}

/// A day with a holiday on both sides is one too: 4 May until 2006, some Tuesdays in September,
/// the Golden Week of 2019.
fn days_between(national: &[Date]) -> Vec<Date> {
    let next_but_one = |pair: &[Date]| shift(pair[0], 2) == pair[1];
    let pairs = national.windows(2).filter(|pair| next_but_one(pair));
    let between = pairs.map(|pair| shift(pair[0], 1));
    between.filter(|day| !is_weekend(*day)).collect()
}

/// Source: the usual approximation for 1980 to 2099 (Ephemeris of the Hydrographic Department); the
/// government announces the date a year ahead, and it has always been this one.
fn vernal_equinox(year: i16) -> Date {
    equinox(year, 3, 20_843_100)
}

fn autumnal_equinox(year: i16) -> Date {
    equinox(year, 9, 23_248_800)
}

/// `day_of_1980` in millionths of a day.
fn equinox(year: i16, month: i8, day_of_1980: i64) -> Date {
    let years = i64::from(year) - 1980;
    let day = (day_of_1980 + 242_194 * years) / 1_000_000 - years / 4;
    shift(date(year, month, 1), day - 1)
}
