//! Stock Exchange of Thailand, Bangkok.
//!
//! Source: set.or.th, "Holidays", from decisions of the cabinet and the Bank of Thailand: known to 2026,
//! later ones follow the moon as computed. Tables: dates of exchange_calendars 4.13.2, names of
//! python-holidays 0.109.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XBKK",
    time_zone: "Asia/Bangkok",
    hours: &[Hours::always(at(10, 0), at(16, 30))],
    exact_to: date(2026, 12, 31),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 17] = [
    Exception::open(2003, 12, 31, "bank holiday moved to 2 January"),
    Exception::unknown(
        2017,
        4,
        17,
        "substitute of Songkran by decision of the cabinet",
    ),
    Exception::open(2020, 4, 13, "Songkran, put off in the pandemic"),
    Exception::open(2020, 4, 14, "Songkran, put off in the pandemic"),
    Exception::open(2020, 4, 15, "Songkran, put off in the pandemic"),
    Exception::closed(2020, 7, 27, "substitute of Songkran"),
    Exception::closed(2020, 9, 4, "substitute of Songkran"),
    Exception::closed(2020, 9, 7, "substitute of Songkran"),
    Exception::unknown(2020, 11, 19, "bridge by decision of the cabinet"),
    Exception::unknown(2020, 11, 20, "bridge by decision of the cabinet"),
    Exception::unknown(2020, 12, 11, "bridge by decision of the cabinet"),
    Exception::unknown(2021, 4, 12, "bridge by decision of the cabinet"),
    Exception::unknown(2022, 7, 15, "bridge by decision of the cabinet"),
    Exception::unknown(2022, 12, 30, "bridge by decision of the cabinet"),
    Exception::unknown(2023, 7, 31, "bridge by decision of the cabinet"),
    Exception::unknown(2024, 12, 30, "bridge by decision of the cabinet"),
    Exception::unknown(
        2025,
        4,
        16,
        "substitute of Songkran by decision of the cabinet",
    ),
];

const HOLIDAYS: [Holiday; 20] = [
    on(1, 1),
    on(4, 6).moves(Moves::ToMonday), // Chakri
    on(4, 13),                       // Songkran
    on(4, 14),
    on(4, 15),
    on(5, 1).moves(Moves::ToMonday),
    on(8, 12).moves(Moves::ToMonday),  // Queen Sirikit
    on(10, 23).moves(Moves::ToMonday), // Chulalongkorn
    on(12, 5).moves(Moves::ToMonday),  // King Bhumibol
    on(12, 10).moves(Moves::ToMonday), // Constitution
    on(12, 31),
    listed(&MAKHA),
    listed(&CORONATION),
    listed(&VISAKHA),
    listed(&ASARNHA),
    listed(&ROYAL),
    listed(&BANK_HOLIDAY),
    listed(&YEAR_END),
    listed(&SONGKRAN),
    listed(&OTHERS),
];

/// Makha Bucha.
const MAKHA: [u32; 34] = [
    1990_0209, 1991_0228, 1992_0218, 1994_0225, 1998_0211, 2001_0208, 2002_0226, 2003_0217,
    2004_0305, 2005_0223, 2006_0213, 2007_0305, 2008_0221, 2009_0209, 2010_0301, 2011_0218,
    2012_0307, 2013_0225, 2014_0214, 2015_0304, 2016_0222, 2017_0213, 2018_0301, 2019_0219,
    2020_0210, 2021_0226, 2022_0216, 2023_0306, 2024_0226, 2025_0212, 2026_0303, 2027_0222,
    2028_0210, 2029_0227,
];

/// Coronation Day.
const CORONATION: [u32; 36] = [
    1992_0505, 1993_0505, 1994_0505, 1995_0505, 1996_0506, 1997_0505, 1998_0505, 1999_0505,
    2000_0505, 2001_0507, 2002_0506, 2003_0505, 2004_0505, 2005_0505, 2006_0505, 2007_0507,
    2008_0505, 2009_0505, 2010_0505, 2011_0505, 2012_0507, 2013_0506, 2014_0505, 2015_0505,
    2016_0505, 2020_0504, 2021_0504, 2022_0504, 2023_0504, 2024_0506, 2025_0505, 2026_0504,
    2027_0504, 2028_0504, 2029_0504, 2030_0506,
];

/// Visakha Bucha.
const VISAKHA: [u32; 30] = [
    1991_0528, 1993_0604, 1994_0524, 2002_0527, 2003_0515, 2004_0602, 2005_0523, 2007_0531,
    2008_0519, 2009_0508, 2010_0528, 2011_0517, 2012_0604, 2013_0524, 2014_0513, 2015_0601,
    2016_0520, 2017_0510, 2018_0529, 2019_0520, 2020_0506, 2021_0526, 2022_0516, 2023_0605,
    2024_0522, 2025_0512, 2026_0601, 2027_0520, 2028_0508, 2029_0528,
];

/// Asarnha Bucha and Buddhist Lent.
const ASARNHA: [u32; 36] = [
    1991_0726, 1992_0714, 1993_0802, 1994_0722, 1995_0712, 1996_0730, 1998_0709, 1999_0728,
    2001_0705, 2002_0725, 2003_0714, 2004_0802, 2006_0711, 2007_0730, 2008_0717, 2009_0707,
    2010_0726, 2011_0715, 2012_0802, 2013_0722, 2014_0711, 2015_0730, 2016_0719, 2017_0710,
    2018_0727, 2019_0716, 2020_0706, 2021_0726, 2022_0713, 2023_0801, 2024_0722, 2025_0710,
    2026_0729, 2027_0719, 2028_0706, 2029_0725,
];

/// Birthdays of King Vajiralongkorn and Queen Suthida, memorial of King Bhumibol.
const ROYAL: [u32; 38] = [
    2017_0728, 2017_1013, 2018_1015, 2019_0603, 2019_0729, 2019_1014, 2020_0603, 2020_0728,
    2020_1013, 2021_0603, 2021_0728, 2021_1013, 2022_0603, 2022_0728, 2022_1013, 2023_0728,
    2023_1013, 2024_0603, 2024_0729, 2024_1014, 2025_0603, 2025_0728, 2025_1013, 2026_0603,
    2026_0728, 2026_1013, 2027_0603, 2027_0728, 2027_1013, 2028_0605, 2028_0728, 2028_1013,
    2029_0604, 2029_0730, 2029_1015, 2030_0603, 2030_0729, 2030_1014,
];

/// Mid-year closing of banks.
const BANK_HOLIDAY: [u32; 12] = [
    2002_0701, 2003_0701, 2004_0701, 2005_0701, 2008_0701, 2009_0701, 2010_0701, 2011_0701,
    2013_0701, 2014_0701, 2015_0701, 2016_0701,
];

/// Substitutes of New Year.
const YEAR_END: [u32; 22] = [
    1993_0308, 1994_0103, 1995_0102, 1995_0103, 1996_0102, 1998_0511, 2000_0103, 2001_0102,
    2005_0103, 2006_0102, 2007_0102, 2011_0103, 2012_0102, 2012_0103, 2017_0102, 2017_0103,
    2018_0102, 2022_0103, 2023_0102, 2023_0103, 2028_0103, 2029_0102,
];

/// Substitutes of Songkran.
const SONGKRAN: [u32; 10] = [
    2001_0416, 2002_0416, 2007_0416, 2012_0416, 2013_0416, 2018_0416, 2019_0416, 2024_0416,
    2029_0416, 2030_0416,
];

/// Bridges and single days by decision of the cabinet.
const OTHERS: [u32; 49] = [
    1990_0102, 1990_0416, 1990_0507, 1990_0509, 1991_0416, 1991_0506, 1995_0215, 1996_0305,
    1996_0416, 1997_0522, 1999_0302, 2000_0518, 2002_1230, 2004_0102, 2005_0722, 2006_0419,
    2006_0512, 2006_0612, 2006_0613, 2006_0920, 2007_1224, 2009_0102, 2009_0706, 2010_0520,
    2010_0521, 2010_0813, 2011_0516, 2012_0409, 2013_1230, 2014_0811, 2015_0102, 2015_0504,
    2016_0506, 2016_0718, 2017_1026, 2018_0730, 2019_0506, 2021_0212, 2021_0924, 2021_1022,
    2022_0729, 2022_1014, 2023_0505, 2023_1229, 2024_0102, 2024_0412, 2025_0602, 2025_0811,
    2026_0102,
];
