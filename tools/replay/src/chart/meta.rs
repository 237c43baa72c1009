use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::moment::BarLife;
use super::points::{Point, PointMaker};
use super::request::{ChartRequest, RANGES, Window};
use super::wire::{Meta, Number, Period, TradingPeriods};
use crate::venue::Venue;

/// Sessions of a year, for the 52 week range.
const YEAR: usize = 252;

/// `meta` of an answer whose first session is `first`.
pub(super) fn meta<'a>(maker: &PointMaker<'a>, request: &ChartRequest, first: usize) -> Meta<'a> {
    let truth = maker.truth;
    let venue = &truth.venue;
    let facts = venue.facts;
    let opened = maker.moment.opened;
    let year = maker.points(opened.saturating_sub(YEAR), opened);
    let last = year.last().copied().or_else(|| last_before(maker, opened));
    // Shown prices are rounded, as in the recordings: 269.7 beside a close of 269.70001220703125.
    let hint = 10_f64.powi(i32::from(facts.price_hint));
    let shown = |price: f64| Number::of(facts, (price * hint).round() / hint);
    let [_, high, low, close] = last.map_or([None; 4], |point| point.prices);
    let offset = ZoneOffset::at(&venue.zone, maker.moment.as_of);
    Meta {
        currency: facts.currency,
        symbol: maker
            .defects
            .wrong_symbol
            .as_deref()
            .unwrap_or(&truth.symbol),
        exchange_name: facts.name,
        full_exchange_name: facts.full_name,
        instrument_type: facts.instrument,
        first_trade_date: venue.open_stamp(truth.first_trade),
        regular_market_time: last.map_or(maker.moment.as_of, |point| last_trade(maker, &point)),
        has_pre_post_market_data: facts.pre != facts.open,
        gmtoffset: offset.seconds,
        timezone: offset.abbreviation.clone(),
        exchange_timezone_name: facts.zone_name,
        regular_market_price: close.map(shown),
        fifty_two_week_high: year
            .iter()
            .filter_map(|p| p.prices[1])
            .reduce(f64::max)
            .map(shown),
        fifty_two_week_low: year
            .iter()
            .filter_map(|p| p.prices[2])
            .reduce(f64::min)
            .map(shown),
        regular_market_day_high: high.map(shown),
        regular_market_day_low: low.map(shown),
        regular_market_volume: last.and_then(|point| point.volume),
        long_name: format!("{} as replayed", truth.symbol),
        short_name: &truth.symbol,
        chart_previous_close: last_before(maker, first)
            .and_then(|point| point.close())
            .map(shown),
        price_hint: facts.price_hint,
        current_trading_period: trading_periods(venue, maker.moment.today, &offset),
        data_granularity: "1d",
        range: match request.window {
            Window::Period { .. } => "",
            Window::Range(range) => range.name(),
        },
        valid_ranges: RANGES,
    }
}

/// The last row of the sessions before `end`, however far back.
fn last_before(maker: &PointMaker<'_>, end: usize) -> Option<Point> {
    let sessions = &maker.truth.venue.sessions;
    let until = sessions.get(end.checked_sub(1)?)?.date;
    let n_rows = maker.truth.rows.partition_point(|row| row.date <= until);
    let rows = maker.truth.rows.get(..n_rows)?;
    // More than one step back only where the vendor has lost a session.
    rows.iter().rev().find_map(|row| {
        let index = sessions.index_of(row.date)?;
        maker.points(index, index + 1).first().copied()
    })
}

/// `regularMarketTime`: the last trade of the row's session by now.
fn last_trade(maker: &PointMaker<'_>, point: &Point) -> i64 {
    let venue = &maker.truth.venue;
    let index = venue.sessions.opened_by(point.stamp).saturating_sub(1);
    match maker.moment.life(venue, index) {
        BarLife::Open { .. } => maker.moment.as_of,
        BarLife::Evening | BarLife::Restating | BarLife::Final => venue
            .sessions
            .get(index)
            .map_or(point.stamp, |session| session.close + 1),
    }
}

/// Today's periods, or those of the most recent session.
///
/// Measured on `yahoo_chart/snapshots`: after a Friday's close (2025-08-29, 09-19, 10-10) Friday's
/// stay, after a Monday's to Thursday's the next day's come at local midnight.
fn trading_periods(venue: &Venue, today: Date, offset: &ZoneOffset) -> TradingPeriods {
    let facts = venue.facts;
    let n_sessions = venue.sessions.before(today.tomorrow().unwrap_or(Date::MAX));
    let session = venue.sessions.get(n_sessions.saturating_sub(1));
    let (date, open, close) = session.map_or_else(
        || {
            let close = venue.stamp(today, facts.close);
            (today, venue.stamp(today, facts.open), close)
        },
        |session| (session.date, session.open, session.close),
    );
    let period = |start, end| Period {
        timezone: offset.abbreviation.clone(),
        start,
        end,
        gmtoffset: offset.seconds,
    };
    let (mut pre, mut post) = (open, close);
    if facts.pre != facts.open {
        pre = venue.stamp(date, facts.pre);
    }
    if facts.post != facts.close {
        post = venue.stamp(date, facts.post).max(close);
    }
    TradingPeriods {
        pre: period(pre, open),
        regular: period(open, close),
        post: period(close, post),
    }
}

#[derive(Debug)]
struct ZoneOffset {
    seconds: i32,
    abbreviation: String,
}

impl ZoneOffset {
    fn at(zone: &TimeZone, second: i64) -> Self {
        let stamp = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        let info = zone.to_offset_info(stamp);
        Self {
            seconds: info.offset().seconds(),
            abbreviation: info.abbreviation().to_owned(),
        }
    }
}
