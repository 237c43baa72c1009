//! Festivals of the Chinese calendar, 1990 to 2030.

use jiff::civil::date;

use quantx_market::Date;

/// A festival whose date the moon decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Festival {
    /// First day of the first month.
    NewYear,
    /// Ching Ming, of the sun: 4 or 5 April.
    Qingming,
    /// Fifth day of the fifth month.
    DragonBoat,
    /// Fifteenth day of the eighth month.
    MidAutumn,
}

/// A festival in a year; `None` where the table ends.
pub(super) fn festival(year: i16, festival: Festival) -> Option<Date> {
    let lunar = LUNAR.iter().find(|lunar| lunar.year == year)?;
    Some(match festival {
        Festival::NewYear => lunar.new_year,
        Festival::Qingming => lunar.qingming,
        Festival::DragonBoat => lunar.dragon_boat,
        Festival::MidAutumn => lunar.mid_autumn,
    })
}

/// The festivals of a year.
pub(super) struct Lunar {
    pub(super) year: i16,
    pub(super) new_year: Date,
    pub(super) qingming: Date,
    pub(super) buddha: Date,
    pub(super) dragon_boat: Date,
    pub(super) mid_autumn: Date,
    pub(super) chung_yeung: Date,
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
pub(super) static LUNAR: [Lunar; 41] = [
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
