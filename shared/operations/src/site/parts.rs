//! What the page is made of, with the calendars of its exchanges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::history::History;
use crate::context::Context;
use crate::error::OperationError;
use quantx_calendar::Calendar;
use quantx_market::{SessionRange, TradingDate};
use quantx_report::page::{Page, PageCalendars, PageEvent, PageListing, PageMarket, PageParts};
use quantx_settings::Settings;

/// The parts of a page of `listings` as of `now`.
pub(crate) fn parts(
    context: &Context,
    now: Timestamp,
    scope: String,
    listings: Vec<PageListing>,
    events: Vec<PageEvent>,
    history: History,
) -> PageParts {
    let settings = &context.settings;
    let market_of = |it: &PageListing| settings.market_of(&it.exchange, &it.symbol);
    let own = listings.iter().map(market_of);
    let codes: BTreeSet<String> = listings
        .iter()
        .map(|it| it.exchange.clone())
        .chain(own)
        .collect();
    let markets = codes.into_iter().filter_map(|code| {
        let (exchange, calendar) = settings.market(&code)?;
        let market = PageMarket {
            mic: exchange.mic.clone(),
            approximate: calendar.is_approximate(),
            due: calendar
                .last_closed_session(now, exchange.lag)
                .map(TradingDate::date),
        };
        Some((code, market))
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
        let (_, calendar) = context.settings.market(code)?;
        Some((code.clone(), calendar))
    });
    let calendars = Calendars {
        by_market: calendars.collect(),
        settings: Arc::clone(&context.settings),
    };
    let summed = tokio::task::spawn_blocking(move || Page::new(parts, &calendars));
    Ok(summed.await?)
}

struct Calendars {
    by_market: BTreeMap<String, Calendar>,
    settings: Arc<Settings>,
}

impl PageCalendars for Calendars {
    fn market(&self, listing: &PageListing) -> String {
        self.settings.market_of(&listing.exchange, &listing.symbol)
    }

    fn sessions(&self, exchange: &str, range: SessionRange) -> usize {
        self.by_market
            .get(exchange)
            .map_or(0, |calendar| calendar.count(range))
    }

    fn delay(&self, exchange: &str, range: SessionRange) -> usize {
        let Some(calendar) = self.by_market.get(exchange) else {
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
