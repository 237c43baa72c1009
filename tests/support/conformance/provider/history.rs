//! What a good answer holds.

use std::time::Duration;

use quantx::market::{ActionKind, Date, VendorHistory};

use super::{Opened, Scene, Suite, dates};

/// Vendors round: two prices within this are one.
const SAME_PRICE: f64 = 1e-4;

pub(super) async fn run<F: AsyncFn(Scene) -> Opened>(suite: &Suite<'_, F>) {
    every_session_has_one_row_in_order(suite).await;
    the_window_begins_at_the_date_asked_for(suite).await;
    prices_are_on_the_vendors_basis_and_every_split_since_comes_along(suite).await;
    events_begin_with_the_window_too(suite).await;
    dates_and_unit_are_the_exchanges_own(suite).await;
    a_running_session_can_be_told_from_a_final_one(suite).await;
}

async fn every_session_has_one_row_in_order<F: AsyncFn(Scene) -> Opened>(suite: &Suite<'_, F>) {
    let opened = suite.well(suite.evening()).await;
    let history = opened.provider.daily_history(&suite.whole()).await.unwrap();
    assert_eq!(dates(&history), suite.dates_from(suite.first().date));
    assert_eq!(history.duplicate_rows, 0);
    assert!(
        history
            .rows
            .windows(2)
            .all(|two| two[0].stamp < two[1].stamp)
    );
    assert!(history.rows.iter().all(|row| !row.is_null()));
}

/// Inclusive: neither a row too many nor one too few, on a session and between two.
async fn the_window_begins_at_the_date_asked_for<F: AsyncFn(Scene) -> Opened>(
    suite: &Suite<'_, F>,
) {
    let opened = suite.well(suite.evening()).await;
    let known = &suite.world.sessions;
    let gap = known
        .windows(2)
        .find(|two| two[0].date.tomorrow().unwrap() < two[1].date)
        .expect("a weekend among the sessions");
    for start in [
        known[known.len() / 2].date,
        gap[0].date,
        gap[0].date.tomorrow().unwrap(),
        suite.last().date,
        suite.first().date.yesterday().unwrap(),
    ] {
        let request = suite.request(start, suite.evening());
        let history = opened.provider.daily_history(&request).await.unwrap();
        assert_eq!(dates(&history), suite.dates_from(start), "from {start}");
    }
}

/// Whatever the vendor divides its prices by, the splits in the same answer undo it.
async fn prices_are_on_the_vendors_basis_and_every_split_since_comes_along<
    F: AsyncFn(Scene) -> Opened,
>(
    suite: &Suite<'_, F>,
) {
    let opened = suite.well(suite.evening()).await;
    let split = suite.world.actions.iter();
    let mut split = split.filter(|action| action.kind.split_ratio().is_some());
    let ex_date = split.next().expect("a split among the events").ex_date;
    let before = suite.world.sessions[suite.index_from(ex_date) - 1].date;
    for start in [suite.first().date, before] {
        let request = suite.request(start, suite.evening());
        let history = opened.provider.daily_history(&request).await.unwrap();
        let known = &suite.world.sessions[suite.index_from(start)..];
        for (row, session) in history.rows.iter().zip(known) {
            let close = row.close.unwrap() * split_factor(&history, row.date);
            let difference = (close / session.close - 1.0).abs();
            assert!(
                difference < SAME_PRICE,
                "{}: {close} for {}",
                row.date,
                session.close
            );
        }
    }
}

fn split_factor(history: &VendorHistory, date: Date) -> f64 {
    let later = history.actions.iter().filter(|it| it.ex_date > date);
    later
        .filter_map(|action| action.kind.split_ratio())
        .map(|ratio| ratio.get())
        .product()
}

async fn events_begin_with_the_window_too<F: AsyncFn(Scene) -> Opened>(suite: &Suite<'_, F>) {
    let opened = suite.well(suite.evening()).await;
    let last = suite.world.actions.last().expect("an event");
    for start in [
        suite.first().date,
        last.ex_date,
        last.ex_date.tomorrow().unwrap(),
    ] {
        let request = suite.request(start, suite.evening());
        let history = opened.provider.daily_history(&request).await.unwrap();
        let shown = |kind: &ActionKind| match kind {
            ActionKind::Split { .. } => "split",
            ActionKind::Dividend { .. } => "dividend",
            ActionKind::CapitalGain { .. } => "capital gain",
        };
        let found: Vec<_> = history
            .actions
            .iter()
            .map(|action| (action.ex_date, shown(&action.kind)))
            .collect();
        let today = suite.last().date;
        let expected = suite.world.actions.iter();
        let expected: Vec<_> = expected
            .filter(|action| action.ex_date >= start && action.ex_date <= today)
            .map(|action| (action.ex_date, shown(&action.kind)))
            .collect();
        assert_eq!(found, expected, "from {start}");
        assert_eq!(history.refused_actions, []);
        assert_eq!(history.foreign, []);
    }
}

async fn dates_and_unit_are_the_exchanges_own<F: AsyncFn(Scene) -> Opened>(suite: &Suite<'_, F>) {
    let opened = suite.well(suite.evening()).await;
    let history = opened.provider.daily_history(&suite.whole()).await.unwrap();
    assert_eq!(history.time_zone, suite.world.time_zone);
    assert_eq!(history.currency.as_deref(), Some(suite.world.currency));
    for row in &history.rows {
        let local = row.stamp.to_zoned(suite.world.time_zone.clone()).date();
        assert_eq!(row.date, local);
    }
    if let Some(first) = history.first_trade {
        assert!(first <= suite.first().date, "{first}");
    }
}

/// A row of a session that is not over may be there, and then the answer says that it runs; of a final
/// one it says that it is over. Nothing is of later than now.
async fn a_running_session_can_be_told_from_a_final_one<F: AsyncFn(Scene) -> Opened>(
    suite: &Suite<'_, F>,
) {
    let session = suite.session_from(suite.last().date);
    let at_noon = session.open + Duration::from_secs(3_600);
    let start = suite.world.sessions[suite.world.sessions.len() - 5].date;
    for (now, is_over) in [(at_noon, false), (suite.evening(), true)] {
        let opened = suite.well(now).await;
        let request = suite.request(start, now);
        let history = opened.provider.daily_history(&request).await.unwrap();
        let newest = history.rows.last().unwrap();
        assert!(newest.stamp <= now && newest.date <= session.date);
        assert!(
            history
                .market_price
                .is_none_or(|it| it.date <= session.date)
        );
        let today = newest.date == session.date;
        assert!(today || !is_over, "the last session is lacking");
        if today {
            let period = history.regular_period.expect("no word about the session");
            assert_eq!((period.start, period.end), (session.open, session.end));
            assert_eq!(period.end <= now, is_over);
        }
    }
}
