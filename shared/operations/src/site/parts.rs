//! What the page is made of, with the calendars of its exchanges.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::history::History;
use crate::context::Context;
use crate::error::OperationError;
use quantx_calendar::Calendar;
use quantx_market::{ExchangeCode, SessionRange, TradingDate};
use quantx_report::page::{Page, PageCalendars, PageEvent, PageListing, PageMarket, PageParts};

/// The parts of a page of `listings` as of `now`.
pub(crate) fn parts(
    context: &Context,
    now: Timestamp,
    scope: String,
    listings: Vec<PageListing>,
    events: Vec<PageEvent>,
    history: History,
) -> PageParts {
    let codes: BTreeSet<&str> = listings.iter().map(|it| it.exchange.as_str()).collect();
    let markets = codes.into_iter().filter_map(|code| {
        let name = ExchangeCode::parse(code).ok()?;
        let exchange = context.settings.exchanges.get(&name)?;
        let calendar = context.settings.calendars.of(&name)?;
        let market = PageMarket {
            mic: exchange.mic.clone(),
            approximate: calendar.is_approximate(),
            due: calendar
                .last_closed_session(now, exchange.lag)
                .map(TradingDate::date),
        };
        Some((code.to_owned(), market))
    });
    PageParts {
        now,
        scope,
        markets: markets.collect(),
        listings,
        not_in_lake: Vec::new(),
        events,
        runs: history.runs,
        refreshes: history.refreshes,
    }
}

/// Sums the parts up, on a thread of its own.
///
/// # Errors
/// [`OperationError::Worker`] when the thread ended early.
pub(crate) async fn page(context: &Context, parts: PageParts) -> Result<Page, OperationError> {
    let calendars = parts.markets.keys().filter_map(|code| {
        let name = ExchangeCode::parse(code).ok()?;
        let calendar = context.settings.calendars.of(&name)?;
        Some((code.clone(), calendar))
    });
    let calendars = Calendars(calendars.collect());
    let summed = tokio::task::spawn_blocking(move || Page::new(parts, &calendars));
    Ok(summed.await?)
}

/// By the lake's exchange code.
struct Calendars(BTreeMap<String, Calendar>);

impl PageCalendars for Calendars {
    fn sessions(&self, exchange: &str, range: SessionRange) -> usize {
        self.0
            .get(exchange)
            .map_or(0, |calendar| calendar.count(range))
    }

    fn delay(&self, exchange: &str, range: SessionRange) -> usize {
        let Some(calendar) = self.0.get(exchange) else {
            return 0;
        };
        let last = range.start().yesterday();
        let until = range.end().yesterday();
        match (last, until) {
            (Ok(last), Ok(until)) => calendar.due_after(last, until),
            _ => calendar.count(range),
        }
    }
}
