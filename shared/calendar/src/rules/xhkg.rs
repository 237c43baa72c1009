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
use super::lunar::{LUNAR, Lunar};
use super::{BASE, Exception, Hours, Market, Year};
use quantx_market::Date;

const FOUR: Time = time(16, 0, 0, 0);

pub(super) const MARKET: Market = Market {
    mic: "XHKG",
    time_zone: "Asia/Hong_Kong",
    hours: &[
        Hours::always(time(10, 0, 0, 0), FOUR),
        Hours::from(LONGER_MORNINGS, time(9, 30, 0, 0), FOUR),
    ],
    rules,
    exceptions: &EXCEPTIONS,
    ..BASE
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
