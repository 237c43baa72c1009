//! A year in which the vendor does nothing wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use quantx::report::Verdict;

use super::{World, calendars, days};

/// Histories begin a month before the first visit.
const BEGIN: Date = date(2025, 10, 31);
const FIRST: Date = date(2025, 12, 1);
const LAST: Date = date(2026, 11, 30);

/// Set: all days of the year and three listings of each exchange, some minutes; else the days of a timer that comes on
/// some days of the week, and two.
const WHOLE: &str = "QUANTX_WHOLE_YEAR";

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks for the longer test"
)]
fn is_whole() -> bool {
    std::env::var_os(WHOLE).is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_every_exchange_ends_green_each_day_and_is_the_truth() {
    let (market, step) = match is_whole() {
        true => ("synthetic:132:all", 1),
        false => ("synthetic:88:all", 8),
    };
    let world = World::new(market, "", "", BEGIN, |_| true).await;
    let listings = world.lab.listings(&world.symbols);
    let exchanges: BTreeSet<_> = listings
        .iter()
        .map(|it| it.exchange().to_string())
        .collect();
    assert_eq!(
        exchanges,
        calendars().into_keys().collect(),
        "every exchange of the settings"
    );
    let mut weekdays: BTreeMap<i8, usize> = BTreeMap::new();
    let mut last = FIRST;
    let mut n_visits = 0;
    for day in days(FIRST, LAST).step_by(step) {
        let report = world.on(day).await;
        let seen = (
            report.verdict,
            report.reasons.as_slice(),
            report.market_events.as_slice(),
        );
        assert_eq!(seen, (Verdict::Green, &[][..], &[][..]), "{day}");
        let cells = report.totals.coverage;
        assert_eq!((cells.missing, cells.excused), (0, 0), "{day}: {cells:?}");
        let listings = report.listings.iter();
        let off_session: usize = listings.map(|it| it.off_session.len()).sum();
        assert_eq!(off_session, 0, "{day}");
        *weekdays
            .entry(day.weekday().to_monday_one_offset())
            .or_default() += 1;
        n_visits += 1;
        last = day;
    }
    assert_eq!(
        weekdays.len(),
        7,
        "every day of the week has its visits: {weekdays:?}"
    );
    let n_rows = world.is_the_truth(last, |_, _| false).await;
    eprintln!(
        "{n_visits} visits, {} listings, {n_rows} rows",
        world.symbols.len()
    );
    // 44 exchanges have from 240 to 262 sessions in a year and a month.
    assert!(n_rows > world.symbols.len() * 250, "{n_rows}");
}
