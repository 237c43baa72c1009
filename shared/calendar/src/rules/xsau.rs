//! Saudi Exchange, Riyadh.
//!
//! Source: saudiexchange.sa, "Official holidays"; witnessed since 2021 (but for the edges of feasts, where the witness has other days than the exchange announced), announced to 2026, later ones
//! follow the moon as computed. Founding Day is a holiday since 2022. Until 28 June 2013 the week was
//! Saturday to Wednesday. Tables: dates of exchange_calendars 4.13.2.

use jiff::civil::date;

use super::holiday::*;
use super::{BASE, Exception, Hours, Market, Week, Year};
use crate::WeekMask;

pub(super) const MARKET: Market = Market {
    mic: "XSAU",
    time_zone: "Asia/Riyadh",
    hours: &[Hours::always(at(10, 0), at(15, 0))],
    weeks: &[
        Week::always(WeekMask::SATURDAY_TO_WEDNESDAY),
        Week::from(date(2013, 6, 29), WeekMask::SUNDAY_TO_THURSDAY),
    ],
    exact_from: date(2021, 1, 1),
    exact_to: date(2026, 12, 31),
    rules: |year| Year::of(year, &HOLIDAYS),
    exceptions: &EXCEPTIONS,
    ..BASE
};

const EXCEPTIONS: [Exception; 47] = [
    Exception::unknown(2021, 5, 12, "edge of a feast"),
    Exception::unknown(2021, 5, 13, "edge of a feast"),
    Exception::unknown(2021, 5, 16, "edge of a feast"),
    Exception::unknown(2021, 5, 17, "edge of a feast"),
    Exception::unknown(2021, 7, 15, "edge of a feast"),
    Exception::unknown(2021, 7, 18, "edge of a feast"),
    Exception::unknown(2021, 7, 22, "edge of a feast"),
    Exception::unknown(2021, 7, 25, "edge of a feast"),
    Exception::unknown(2022, 4, 27, "edge of a feast"),
    Exception::unknown(2022, 4, 28, "edge of a feast"),
    Exception::unknown(2022, 5, 8, "edge of a feast"),
    Exception::unknown(2022, 5, 9, "edge of a feast"),
    Exception::unknown(2022, 7, 6, "edge of a feast"),
    Exception::unknown(2022, 7, 7, "edge of a feast"),
    Exception::unknown(2022, 7, 13, "edge of a feast"),
    Exception::unknown(2022, 7, 14, "edge of a feast"),
    Exception::closed(2022, 9, 22, "eve of National Day"),
    Exception::closed(2022, 11, 23, "royal order after a football match"),
    Exception::unknown(2023, 4, 17, "edge of a feast"),
    Exception::unknown(2023, 4, 18, "edge of a feast"),
    Exception::unknown(2023, 4, 25, "edge of a feast"),
    Exception::unknown(2023, 4, 26, "edge of a feast"),
    Exception::closed(2023, 6, 25, "first day of the feast"),
    Exception::closed(2023, 6, 26, "second day of the feast"),
    Exception::open(2023, 7, 2, "first session after the feast"),
    Exception::unknown(2023, 9, 24, "substitute of National Day"),
    Exception::open(2024, 4, 14, "first session after the feast"),
    Exception::open(2024, 4, 15, "second session after the feast"),
    Exception::unknown(2024, 6, 12, "edge of a feast"),
    Exception::unknown(2024, 6, 13, "edge of a feast"),
    Exception::unknown(2024, 6, 23, "edge of a feast"),
    Exception::unknown(2024, 6, 24, "edge of a feast"),
    Exception::unknown(2025, 2, 23, "substitute of Founding Day"),
    Exception::unknown(2025, 3, 26, "edge of a feast"),
    Exception::unknown(2025, 3, 27, "edge of a feast"),
    Exception::unknown(2025, 4, 2, "edge of a feast"),
    Exception::unknown(2025, 4, 3, "edge of a feast"),
    Exception::open(2025, 6, 4, "last session before the feast"),
    Exception::closed(2025, 6, 10, "last day of the feast"),
    Exception::unknown(2026, 3, 16, "edge of a feast"),
    Exception::unknown(2026, 3, 17, "edge of a feast"),
    Exception::unknown(2026, 3, 23, "edge of a feast"),
    Exception::unknown(2026, 3, 24, "edge of a feast"),
    Exception::unknown(2026, 5, 21, "edge of a feast"),
    Exception::unknown(2026, 5, 24, "edge of a feast"),
    Exception::unknown(2026, 5, 28, "edge of a feast"),
    Exception::unknown(2026, 5, 31, "edge of a feast"),
];

const HOLIDAYS: [Holiday; 5] = [
    on(2, 22).since(2022), // Founding Day
    on(9, 23).since(2005), // National Day
    listed(&FITR),
    listed(&ADHA),
    listed(&OTHERS),
];

/// Eid al-Fitr.
const FITR: [u32; 47] = [
    2021_0513, 2021_0516, 2022_0428, 2022_0501, 2022_0502, 2022_0503, 2022_0504, 2022_0505,
    2022_0508, 2023_0418, 2023_0419, 2023_0420, 2023_0423, 2023_0424, 2023_0425, 2024_0407,
    2024_0408, 2024_0409, 2024_0410, 2024_0411, 2024_0414, 2024_0415, 2025_0327, 2025_0330,
    2025_0331, 2025_0401, 2025_0402, 2026_0317, 2026_0318, 2026_0319, 2026_0322, 2026_0323,
    2027_0307, 2027_0308, 2027_0309, 2027_0310, 2027_0311, 2028_0227, 2028_0228, 2028_0229,
    2028_0301, 2028_0302, 2029_0212, 2029_0213, 2029_0214, 2029_0215, 2029_0218,
];

/// Eid al-Adha.
const ADHA: [u32; 45] = [
    2021_0718, 2021_0719, 2021_0720, 2021_0721, 2021_0722, 2022_0707, 2022_0710, 2022_0711,
    2022_0712, 2022_0713, 2023_0627, 2023_0628, 2023_0629, 2023_0702, 2024_0613, 2024_0616,
    2024_0617, 2024_0618, 2024_0619, 2024_0620, 2024_0623, 2025_0604, 2025_0605, 2025_0608,
    2025_0609, 2026_0524, 2026_0525, 2026_0526, 2026_0527, 2026_0528, 2027_0516, 2027_0517,
    2027_0518, 2027_0519, 2027_0520, 2028_0503, 2028_0504, 2028_0507, 2028_0508, 2028_0509,
    2029_0422, 2029_0423, 2029_0424, 2029_0425, 2029_0426,
];

/// A day off in February 2021.
const OTHERS: [u32; 1] = [2021_0222];
