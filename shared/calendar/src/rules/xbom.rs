//! BSE and National Stock Exchange of India, Mumbai.
//!
//! Source: bseindia.com and nseindia.com, "Trading holidays", announced year by year: known to 2026.
//! Tables: dates of exchange_calendars 4.13.2, names of python-holidays 0.109.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Year};

pub(super) const MARKET: Market = Market {
    mic: "XBOM",
    time_zone: "Asia/Kolkata",
    hours: &[Hours::always(at(9, 15), at(15, 30))],
    // The list of 1998 is too short to be true.
    exact_from: date(1999, 1, 1),
    exact_to: date(2026, 12, 31),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 13] = [
    Exception::open(2013, 11, 3, "Muhurat on a Sunday"),
    Exception::open(2015, 2, 28, "union budget on a Saturday"),
    Exception::open(2016, 10, 30, "Muhurat on a Sunday"),
    Exception::open(2019, 10, 27, "Muhurat on a Sunday"),
    Exception::open(2020, 2, 1, "union budget on a Saturday"),
    Exception::open(2020, 11, 14, "Muhurat on a Saturday"),
    Exception::open(2023, 11, 12, "Muhurat on a Sunday"),
    Exception::open(
        2024,
        1,
        20,
        "session on a Saturday, as Monday was a holiday",
    ),
    Exception::open(2024, 3, 2, "drill of the disaster recovery site"),
    Exception::open(2024, 5, 18, "drill of the disaster recovery site"),
    Exception::open(2025, 2, 1, "union budget on a Saturday"),
    Exception::open(2026, 2, 1, "union budget on a Sunday"),
    Exception::open(2026, 11, 8, "Muhurat on a Sunday"),
];

/// National Stock Exchange, whose shares trade since 3 November 1994.
pub(super) const NATIONAL: Market = Market {
    mic: "XNSE",
    first: Some(date(1994, 11, 3)),
    ..MARKET
};

const HOLIDAYS: [Holiday; 20] = [
    on(1, 26), // Republic Day
    GOOD_FRIDAY,
    on(4, 14), // Ambedkar
    on(5, 1),  // Maharashtra Day
    on(8, 15), // Independence
    on(10, 2), // Gandhi
    on(12, 25),
    listed(&MUHURAT).hours(at(18, 15), at(19, 15)),
    listed(&[2024_0302, 2024_0518]).early(at(12, 40)),
    listed(&[2025_1021]).hours(at(13, 45), at(14, 45)),
    listed(&SHIVARATRI),
    listed(&HOLI),
    listed(&RAM_NAVAMI_AND_MAHAVIR),
    listed(&ID),
    listed(&MUHARRAM),
    listed(&GANESH),
    listed(&DUSSEHRA),
    listed(&DIWALI),
    listed(&GURU_NANAK),
    listed(&OTHERS),
];

/// Maha Shivaratri.
const SHIVARATRI: [u32; 19] = [
    1999_0302, 2003_0213, 2007_0216, 2008_0306, 2009_0223, 2010_0212, 2011_0302, 2012_0220,
    2014_0227, 2015_0217, 2016_0307, 2017_0224, 2018_0213, 2019_0304, 2020_0221, 2021_0311,
    2022_0301, 2024_0308, 2025_0226,
];

/// Holi.
const HOLI: [u32; 26] = [
    1999_0318, 1999_0325, 1999_0329, 2000_0320, 2003_0318, 2006_0315, 2007_0327, 2008_0320,
    2009_0310, 2009_0311, 2010_0301, 2012_0308, 2013_0327, 2014_0317, 2015_0306, 2016_0324,
    2017_0313, 2018_0302, 2019_0321, 2020_0310, 2021_0329, 2022_0318, 2023_0307, 2024_0325,
    2025_0314, 2026_0303,
];

/// Ram Navami and Mahavir Jayanti.
const RAM_NAVAMI_AND_MAHAVIR: [u32; 26] = [
    1999_0430, 2006_0406, 2006_0411, 2008_0418, 2009_0403, 2009_0407, 2010_0324, 2011_0412,
    2012_0405, 2013_0419, 2013_0424, 2014_0408, 2015_0402, 2016_0415, 2017_0404, 2018_0329,
    2019_0417, 2020_0402, 2020_0406, 2021_0421, 2023_0330, 2023_0404, 2024_0417, 2025_0410,
    2026_0326, 2026_0331,
];

/// Id-ul-Fitr and Bakri Id.
const ID: [u32; 36] = [
    2000_0317, 2001_0306, 2001_1217, 2003_1126, 2004_0202, 2004_1115, 2005_0121, 2005_1104,
    2006_0111, 2006_1025, 2007_0101, 2007_1221, 2008_1209, 2009_0921, 2010_0910, 2010_1117,
    2011_0831, 2011_1107, 2012_0820, 2013_0809, 2013_1016, 2014_0729, 2014_1006, 2015_0925,
    2016_0706, 2017_0626, 2018_0822, 2019_0605, 2019_0812, 2020_0525, 2021_0721, 2022_0503,
    2023_0629, 2024_0411, 2024_0617, 2025_0331,
];

/// Muharram.
const MUHARRAM: [u32; 19] = [
    1999_0427, 2001_0405, 2002_0325, 2003_0314, 2004_0302, 2006_0209, 2007_0130, 2009_0108,
    2009_1228, 2010_1217, 2011_1206, 2013_1115, 2014_1104, 2016_1012, 2019_0910, 2021_0819,
    2022_0809, 2024_0717, 2026_0626,
];

/// Ganesh Chaturthi.
const GANESH: [u32; 22] = [
    1999_0913, 2000_0901, 2001_0822, 2002_0910, 2005_0907, 2008_0903, 2011_0901, 2012_0919,
    2013_0909, 2014_0829, 2015_0917, 2016_0905, 2016_0913, 2017_0825, 2018_0913, 2018_0920,
    2019_0902, 2021_0910, 2022_0831, 2023_0919, 2025_0827, 2026_0914,
];

/// Dussehra.
const DUSSEHRA: [u32; 18] = [
    2001_1026, 2002_1015, 2004_1013, 2004_1022, 2005_1012, 2008_1009, 2009_0928, 2009_1013,
    2011_1006, 2012_1024, 2014_1003, 2015_1022, 2016_1011, 2019_1008, 2021_1015, 2022_1005,
    2023_1024, 2026_1020,
];

/// Diwali.
const DIWALI: [u32; 24] = [
    1999_1108, 1999_1110, 1999_1123, 2001_1116, 2002_1106, 2005_1103, 2006_1024, 2008_1030,
    2009_1019, 2011_1027, 2012_1114, 2013_1104, 2014_1024, 2015_1112, 2016_1031, 2017_1020,
    2018_1108, 2019_1028, 2020_1116, 2021_1105, 2022_1026, 2023_1114, 2025_1022, 2026_1110,
];

/// Guru Nanak Jayanti.
const GURU_NANAK: [u32; 20] = [
    2001_1130, 2002_1119, 2004_1126, 2005_1115, 2008_1113, 2009_1102, 2011_1110, 2012_1128,
    2014_1106, 2015_1125, 2016_1114, 2018_1123, 2019_1112, 2020_1130, 2021_1119, 2022_1108,
    2023_1127, 2024_1115, 2025_1105, 2026_1124,
];

/// New Year until 2010, elections, mourning, storms and floods, and festivals of one year.
const OTHERS: [u32; 25] = [
    1999_0101, 1999_0120, 1999_1019, 1999_1231, 2001_0101, 2004_0101, 2004_0426, 2005_0728,
    2007_0502, 2008_0519, 2008_1127, 2009_0430, 2010_0101, 2014_0424, 2014_1015, 2016_0419,
    2018_1018, 2019_0429, 2019_1021, 2021_0513, 2024_0122, 2024_0520, 2024_1120, 2026_0115,
    2026_0528,
];

/// The session of Diwali lasts an hour, in the evening mostly; the hours of single years differ a little.
/// The witness has the day as a full session until 2013 and as a holiday since.
const MUHURAT: [u32; 13] = [
    2013_1103, 2014_1023, 2015_1111, 2016_1030, 2017_1019, 2018_1107, 2019_1027, 2020_1114,
    2021_1104, 2022_1024, 2023_1112, 2024_1101, 2026_1108,
];
