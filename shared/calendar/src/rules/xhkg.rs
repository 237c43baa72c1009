//! Stock Exchange of Hong Kong.
//!
//! Source: General Holidays Ordinance (Cap. 149) and its yearly gazette notices, hkex.com.hk "Trading
//! calendar"; closures for weather from the exchange's news. Since 2024-09-23 the exchange trades
//! through typhoons and rain storms.
//!
//! Half days on the eve of Lunar New Year are known from 2013 on; earlier ones have the full day here,
//! as in the calendar's witness.

use jiff::civil::{Time, Weekday, date, time};

use super::days::{easter, last, nth, shift, sunday_to_monday};
use super::{Exception, Hours, Market, Year};
use quantx_market::Date;

const FOUR: Time = time(16, 0, 0, 0);

pub(super) const MARKET: Market = Market {
    mic: "XHKG",
    time_zone: "Asia/Hong_Kong",
    hours: &[
        Hours::always(time(10, 0, 0, 0), FOUR),
        Hours::from(LONGER_MORNINGS, time(9, 30, 0, 0), FOUR),
    ],
    exact_from: Some(date(1990, 1, 1)),
    rules,
    exceptions: &EXCEPTIONS,
};

/// First session with the open at 09:30, and with half days ending at noon.
const LONGER_MORNINGS: Date = date(2011, 3, 7);

const EXCEPTIONS: [Exception; 28] = [
    Exception::closed(1991, 6, 18, "day after the Queen's birthday"),
    Exception::closed(1992, 7, 22, "typhoon Gary"),
    Exception::closed(1993, 9, 17, "typhoon Becky"),
    Exception::closed(1994, 6, 14, "Dragon Boat, on the Queen's birthday"),
    Exception::closed(1997, 6, 30, "Queen's birthday, eve of the return to China"),
    Exception::closed(1997, 7, 2, "day after the return to China"),
    Exception::closed(1997, 8, 18, "victory in the Sino-Japanese war"),
    Exception::closed(1997, 10, 2, "day after National Day"),
    Exception::closed(1998, 8, 17, "victory in the Sino-Japanese war"),
    Exception::closed(1998, 10, 2, "day after National Day"),
    Exception::closed(1999, 9, 16, "typhoon York"),
    Exception::closed(1999, 12, 31, "eve of the year 2000"),
    Exception::closed(2001, 7, 6, "typhoon Utor"),
    Exception::closed(2001, 7, 25, "typhoon Yutu"),
    Exception::closed(2008, 8, 6, "typhoon Kammuri"),
    Exception::closed(2008, 8, 22, "typhoon Nuri"),
    Exception::closed(2011, 9, 29, "typhoon Nesat"),
    Exception::closed(2013, 8, 14, "typhoon Utor"),
    Exception::closed(2015, 9, 3, "victory in the Sino-Japanese war + 70 years"),
    Exception::closed(2016, 8, 2, "typhoon Nida"),
    Exception::closed(2016, 10, 21, "typhoon Haima"),
    Exception::closed(2017, 8, 23, "typhoon Hato"),
    Exception::closed(2020, 10, 13, "typhoon Nangka"),
    Exception::closed(2021, 10, 13, "typhoon Kompasu"),
    Exception::closed(2023, 7, 17, "typhoon Talim"),
    Exception::closed(2023, 9, 1, "typhoon Saola"),
    Exception::closed(2023, 9, 8, "black rain storm"),
    Exception::closed(2024, 9, 6, "typhoon Yagi"),
];

fn rules(year: i16) -> Year {
    let mut rules = Year::default();
    let on = |month, day| date(year, month, day);
    let easter = easter(year);
    rules.close(sunday_to_monday(on(1, 1)));
    rules.close_all([shift(easter, -2), shift(easter, 1)]);
    if year < 1997 {
        let queens_week = if matches!(year, 1993 | 1994) { 2 } else { 3 };
        rules.close(nth(queens_week, Weekday::Monday, year, 6));
        rules.close(last(Weekday::Monday, year, 8)); // Liberation Day
    } else {
        // Return to China, and National Day.
        rules.close_all([on(7, 1), on(10, 1)].map(sunday_to_monday));
    }
    if year >= 1999 {
        rules.close(sunday_to_monday(on(5, 1)));
    }
    christmas(year, &mut rules);
    if let Some(lunar) = LUNAR.iter().find(|lunar| lunar.year == year) {
        lunar_holidays(lunar, &mut rules);
    }
    rules
}

/// Christmas Day and the next weekday after it; both on weekdays when Christmas is on a weekend.
fn christmas(year: i16, rules: &mut Year) {
    let christmas = date(year, 12, 25);
    rules.close_all([christmas, shift(christmas, 1)]);
    if matches!(christmas.weekday(), Weekday::Saturday | Weekday::Sunday) {
        rules.close(shift(christmas, 2));
    }
    for eve in [shift(christmas, -1), date(year, 12, 31)] {
        rules.close_early(eve, half_day_close(eve));
    }
}

fn half_day_close(day: Date) -> Time {
    if day < LONGER_MORNINGS {
        time(12, 30, 0, 0)
    } else {
        time(12, 0, 0, 0)
    }
}

fn lunar_holidays(lunar: &Lunar, rules: &mut Year) {
    new_year(lunar.new_year, rules);
    let easter_monday = shift(easter(lunar.year), 1);
    let qingming = sunday_to_monday(lunar.qingming);
    rules.close(if qingming == easter_monday {
        shift(qingming, 1)
    } else {
        qingming
    });
    if lunar.year >= 1999 {
        rules.close(sunday_to_monday(lunar.buddha));
    }
    rules.close(sunday_to_monday(lunar.dragon_boat));
    rules.close(after_mid_autumn(lunar.mid_autumn));
    rules.close(sunday_to_monday(lunar.chung_yeung));
}

/// Three days; for a Sunday among them the eve, and since 2013 the fourth day instead.
fn new_year(new_year: Date, rules: &mut Year) {
    let days = [new_year, shift(new_year, 1), shift(new_year, 2)];
    rules.close_all(days);
    let eve = shift(new_year, -1);
    if new_year.year() < 2013 {
        if new_year.weekday() == Weekday::Saturday {
            rules.close(eve);
        }
        return;
    }
    if days.iter().any(|day| day.weekday() == Weekday::Sunday) {
        rules.close(shift(new_year, 3));
    }
    rules.close_early(eve, half_day_close(eve));
}

/// The day after the festival. A Sunday moves to Monday since 2022 (before, the festival itself on
/// Saturday was the holiday), and 1 October, taken already, to the next day.
fn after_mid_autumn(festival: Date) -> Date {
    let day = shift(festival, 1);
    if (day.month(), day.day()) == (10, 1) {
        return shift(day, 1);
    }
    if day.year() >= 2022 {
        sunday_to_monday(day)
    } else {
        day
    }
}

/// The moving holidays of a year.
struct Lunar {
    year: i16,
    new_year: Date,
    qingming: Date,
    buddha: Date,
    dragon_boat: Date,
    mid_autumn: Date,
    chung_yeung: Date,
}

/// From (month, day) pairs in the order of the year.
const fn lunar(year: i16, days: [(i8, i8); 6]) -> Lunar {
    let [
        new_year,
        qingming,
        buddha,
        dragon_boat,
        mid_autumn,
        chung_yeung,
    ] = days;
    Lunar {
        year,
        new_year: date(year, new_year.0, new_year.1),
        qingming: date(year, qingming.0, qingming.1),
        buddha: date(year, buddha.0, buddha.1),
        dragon_boat: date(year, dragon_boat.0, dragon_boat.1),
        mid_autumn: date(year, mid_autumn.0, mid_autumn.1),
        chung_yeung: date(year, chung_yeung.0, chung_yeung.1),
    }
}

/// Lunar New Year, Ching Ming, Buddha's birthday, Dragon Boat, Mid-Autumn, Chung Yeung.
///
/// Source: Hong Kong Observatory, Gregorian-lunar calendar conversion tables.
static LUNAR: [Lunar; 41] = [
    lunar(1990, [(1, 27), (4, 5), (5, 2), (5, 28), (10, 3), (10, 26)]),
    lunar(1991, [(2, 15), (4, 5), (5, 21), (6, 16), (9, 22), (10, 16)]),
    lunar(1992, [(2, 4), (4, 4), (5, 10), (6, 5), (9, 11), (10, 4)]),
    lunar(1993, [(1, 23), (4, 5), (5, 28), (6, 24), (9, 30), (10, 23)]),
    lunar(1994, [(2, 10), (4, 5), (5, 18), (6, 13), (9, 20), (10, 13)]),
    lunar(1995, [(1, 31), (4, 5), (5, 7), (6, 2), (9, 9), (11, 1)]),
    lunar(1996, [(2, 19), (4, 4), (5, 24), (6, 20), (9, 27), (10, 20)]),
    lunar(1997, [(2, 7), (4, 5), (5, 14), (6, 9), (9, 16), (10, 10)]),
    lunar(1998, [(1, 28), (4, 5), (5, 3), (5, 30), (10, 5), (10, 28)]),
    lunar(1999, [(2, 16), (4, 5), (5, 22), (6, 18), (9, 24), (10, 17)]),
    lunar(2000, [(2, 5), (4, 4), (5, 11), (6, 6), (9, 12), (10, 6)]),
    lunar(2001, [(1, 24), (4, 5), (4, 30), (6, 25), (10, 1), (10, 25)]),
    lunar(2002, [(2, 12), (4, 5), (5, 19), (6, 15), (9, 21), (10, 14)]),
    lunar(2003, [(2, 1), (4, 5), (5, 8), (6, 4), (9, 11), (10, 4)]),
    lunar(2004, [(1, 22), (4, 4), (5, 26), (6, 22), (9, 28), (10, 22)]),
    lunar(2005, [(2, 9), (4, 5), (5, 15), (6, 11), (9, 18), (10, 11)]),
    lunar(2006, [(1, 29), (4, 5), (5, 5), (5, 31), (10, 6), (10, 30)]),
    lunar(2007, [(2, 18), (4, 5), (5, 24), (6, 19), (9, 25), (10, 19)]),
    lunar(2008, [(2, 7), (4, 4), (5, 12), (6, 8), (9, 14), (10, 7)]),
    lunar(2009, [(1, 26), (4, 4), (5, 2), (5, 28), (10, 3), (10, 26)]),
    lunar(2010, [(2, 14), (4, 5), (5, 21), (6, 16), (9, 22), (10, 16)]),
    lunar(2011, [(2, 3), (4, 5), (5, 10), (6, 6), (9, 12), (10, 5)]),
    lunar(2012, [(1, 23), (4, 4), (4, 28), (6, 23), (9, 30), (10, 23)]),
    lunar(2013, [(2, 10), (4, 4), (5, 17), (6, 12), (9, 19), (10, 13)]),
    lunar(2014, [(1, 31), (4, 5), (5, 6), (6, 2), (9, 8), (10, 2)]),
    lunar(2015, [(2, 19), (4, 5), (5, 25), (6, 20), (9, 27), (10, 21)]),
    lunar(2016, [(2, 8), (4, 4), (5, 14), (6, 9), (9, 15), (10, 9)]),
    lunar(2017, [(1, 28), (4, 4), (5, 3), (5, 30), (10, 4), (10, 28)]),
    lunar(2018, [(2, 16), (4, 5), (5, 22), (6, 18), (9, 24), (10, 17)]),
    lunar(2019, [(2, 5), (4, 5), (5, 12), (6, 7), (9, 13), (10, 7)]),
    lunar(2020, [(1, 25), (4, 4), (4, 30), (6, 25), (10, 1), (10, 25)]),
    lunar(2021, [(2, 12), (4, 4), (5, 19), (6, 14), (9, 21), (10, 14)]),
    lunar(2022, [(2, 1), (4, 5), (5, 8), (6, 3), (9, 10), (10, 4)]),
    lunar(2023, [(1, 22), (4, 5), (5, 26), (6, 22), (9, 29), (10, 23)]),
    lunar(2024, [(2, 10), (4, 4), (5, 15), (6, 10), (9, 17), (10, 11)]),
    lunar(2025, [(1, 29), (4, 4), (5, 5), (5, 31), (10, 6), (10, 29)]),
    lunar(2026, [(2, 17), (4, 5), (5, 24), (6, 19), (9, 25), (10, 18)]),
    lunar(2027, [(2, 6), (4, 5), (5, 13), (6, 9), (9, 15), (10, 8)]),
    lunar(2028, [(1, 26), (4, 4), (5, 2), (5, 28), (10, 3), (10, 26)]),
    lunar(2029, [(2, 13), (4, 4), (5, 20), (6, 16), (9, 22), (10, 16)]),
    lunar(2030, [(2, 3), (4, 5), (5, 9), (6, 5), (9, 12), (10, 5)]),
];
