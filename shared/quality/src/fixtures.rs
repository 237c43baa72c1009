//! What the tests of this room share: short ways to say rows.

use super::{Flag, Inspected, InspectedRow, Known, Rule, RuleSettings, inspect, read_basis};
pub(crate) use quantx_fixtures::{
    TableRow, answer, day, dividend, gain, shared_data, split, table, table_file,
};
use quantx_market::{Date, VendorHistory};

/// `n` weekdays from 2020-01-01 on.
pub(crate) fn weekdays(n: usize) -> Vec<Date> {
    let all = day("2020-01-01").series(jiff::ToSpan::days(1));
    let is_weekday = |date: &Date| date.weekday().to_monday_one_offset() <= 5;
    all.filter(is_weekday).take(n).collect()
}

/// A quiet walk: moves of about one per cent, never news. `seed` makes another one.
pub(crate) fn walk(n: usize, seed: u64) -> Inspected {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut normal = move || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let mut close = 50.0;
    let rows = weekdays(n).into_iter().map(|date| {
        let open = close * (0.005 * normal()).exp();
        close = open * (0.012 * normal()).exp();
        let high = f64::max(open, close) * (0.004 * normal().abs()).exp();
        let low = f64::min(open, close) * (-0.004 * normal().abs()).exp();
        InspectedRow {
            date,
            prices: [open, high, low, close].map(Some),
            volume: Some((1e6 * (0.4 * normal()).exp()).round()),
            adjustment: Some(1.0),
        }
    });
    Inspected {
        rows: rows.collect(),
        ..Inspected::default()
    }
}

pub(crate) fn flags(series: &Inspected) -> Vec<Flag> {
    inspect(series, &RuleSettings::default()).flags
}

/// What is said of an answer of a listing that the lake does not know.
pub(crate) fn examined(mut history: VendorHistory, settings: &RuleSettings) -> Vec<Flag> {
    let (reading, mut flags) = read_basis(&mut history, Known::default(), settings);
    flags.extend(inspect(&Inspected::of_answer(&history, &reading), settings).flags);
    flags.sort_by_key(|flag| (flag.date, flag.rule, flag.column));
    flags
}

/// Rules and dates alone.
pub(crate) fn found(series: &Inspected) -> Vec<(Rule, Date)> {
    let flags = flags(series).into_iter();
    flags.map(|flag| (flag.rule, flag.date)).collect()
}
