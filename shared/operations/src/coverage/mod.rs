//! Coverage: what the lake holds of what it should hold. Reads only, and asks no vendor.

mod page;
mod visit;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use jiff::Timestamp;

use super::context::Context;
use super::error::OperationError;
use super::health::reached_by_half;
use quantx_calendar::Calendar;
use quantx_lake::coverage::{CoverageFrame, Months};
use quantx_lake::{LakeKey, LakePrefix};
use quantx_market::{Date, Exchange, ExchangeCode, Listing, TradingDate};
use quantx_report::page::PageListing;
use quantx_report::{CoverageFindings, CoverageReport, ExchangeFrame, SurveyedListing};
use quantx_settings::Settings;
use quantx_storage::LakeStore;
use visit::{Looks, Visited};

pub use page::survey_with_page;

/// Listings read at once; each reads its files one after the other.
const PARALLEL_LISTINGS: usize = 16;

/// Which listings are looked at.
#[derive(Debug, Clone)]
pub enum Scope {
    /// Every listing with a commit record.
    Everything,
    /// These, whether the lake has them or not.
    Chosen {
        /// Duplicates are dropped.
        listings: Vec<Listing>,
        /// How they were chosen, for people: `phase us_large`.
        name: String,
    },
}

/// Counts the cells of `scope` and names those without a row.
///
/// A damaged record or file is named in its listing's entry.
///
/// # Errors
/// [`OperationError`] when the lake cannot be listed, or an exchange has no calendar.
pub async fn survey(context: &Context, scope: Scope) -> Result<CoverageReport, OperationError> {
    let looked = look(context, scope, &Looks::Cells).await?;
    Ok(looked.0)
}

/// The report, and what a page tells of each listing that was looked at for one.
async fn look(
    context: &Context,
    scope: Scope,
    looks: &Looks<'_>,
) -> Result<(CoverageReport, Vec<PageListing>), OperationError> {
    let now = context.clock.now();
    let quality = &context.settings.quality;
    let (listings, strangers, selection) = work_list(context, scope).await?;
    let mut markets = markets(context, &listings, now)?;
    let mut findings = CoverageFindings {
        now,
        selection,
        hole_asks: quality.hole_asks,
        outage_share: quality.outage_share,
        exchanges: BTreeMap::new(),
        listings: strangers,
        not_in_lake: Vec::new(),
    };
    let visits = listings.into_iter().filter_map(|listing| {
        // Whoever follows another exchange has its sessions.
        let (exchange, calendar) = context.settings.venue(&listing)?;
        let last_final = calendar.last_closed_session(now, exchange.lag);
        Some(async move {
            let frame = CoverageFrame {
                calendar: &calendar,
                last_final,
                hole_asks: quality.hole_asks,
            };
            let found = visit::visit(context, &listing, frame, looks).await;
            (listing, calendar, found)
        })
    });
    let visits: Vec<_> = visits.collect();
    let mut visited = stream::iter(visits).buffer_unordered(PARALLEL_LISTINGS);
    let mut pages = Vec::new();
    while let Some((listing, calendar, found)) = visited.next().await {
        let Some(Visited { found, page }) = found else {
            findings.not_in_lake.push(listing);
            continue;
        };
        if let (Some(survey), Some(market)) = (&found.survey, markets.get_mut(listing.exchange())) {
            market.months.add(survey, &calendar);
        }
        findings.listings.push(found);
        pages.extend(page);
    }
    drop(visited);
    count_delays(&context.settings, &mut findings.listings, now);
    let frames = markets.into_iter().map(|(code, market)| {
        let frame = ExchangeFrame {
            mic: market.exchange.mic.clone(),
            approximate: market.last_final.is_none_or(|newest| {
                let date = newest.date();
                market.calendar.is_approximate_on(date)
            }),
            due: market.last_final.map(TradingDate::date),
            months: market.months.into_cells(),
        };
        (code.to_string(), frame)
    });
    findings.exchanges = frames.collect();
    Ok((CoverageReport::new(findings), pages))
}

/// How many sessions each listing is behind, now that it is known how far its neighbours are: those with the same
/// sessions.
fn count_delays(settings: &Settings, listings: &mut [SurveyedListing], now: Timestamp) {
    let mut last: BTreeMap<String, Vec<Date>> = BTreeMap::new();
    for listing in &*listings {
        let market = settings.market_of(&listing.exchange, &listing.symbol);
        let known = last.entry(market).or_default();
        known.extend(listing.stored.map(|(_, last)| last));
    }
    let traded: BTreeMap<String, Option<Date>> = last
        .into_iter()
        .map(|(market, last)| (market, reached_by_half(last)))
        .collect();
    for listing in listings {
        let name = settings.market_of(&listing.exchange, &listing.symbol);
        let due = settings.market(&name).and_then(|(exchange, calendar)| {
            let due = calendar.last_closed_session(now, exchange.lag)?;
            Some((calendar, due.date()))
        });
        let (Some(survey), Some((_, last)), Some((calendar, due))) =
            (&mut listing.survey, listing.stored, due)
        else {
            continue;
        };
        let traded = traded.get(&name).copied().flatten();
        survey.behind = calendar.due_after_trading(last, due, traded);
    }
}

/// The listings to visit, those of exchanges that the settings do not have, and how they were chosen.
async fn work_list(
    context: &Context,
    scope: Scope,
) -> Result<(Vec<Listing>, Vec<SurveyedListing>, String), OperationError> {
    let (mut listings, strangers, name) = match scope {
        Scope::Everything => {
            let (stored, strangers) = stored(context).await?;
            (stored, strangers, "everything in the lake".to_owned())
        }
        Scope::Chosen { listings, name } => (listings, Vec::new(), name),
    };
    listings.sort();
    listings.dedup();
    Ok((listings, strangers, name))
}

/// Every listing with a commit record.
async fn stored(context: &Context) -> Result<(Vec<Listing>, Vec<SurveyedListing>), OperationError> {
    let records = context.store.list(&LakePrefix::Commits).await;
    let records = records.map_err(|source| OperationError::Storage {
        doing: "list the commit records",
        source,
    })?;
    let (mut listings, mut strangers) = (Vec::new(), Vec::new());
    for record in &records {
        let LakeKey::Commit { exchange, ticker } = &record.key else {
            continue;
        };
        match context.settings.exchanges.listing(exchange, ticker.clone()) {
            Some(listing) => listings.push(listing),
            None => strangers.push(SurveyedListing {
                symbol: ticker.to_string(),
                exchange: exchange.to_string(),
                due: None,
                stored: None,
                survey: None,
                unreadable: Some(format!("exchange {exchange} is not in the settings")),
            }),
        }
    }
    Ok((listings, strangers))
}

/// What all listings of an exchange have in common.
#[derive(Debug)]
struct Market {
    exchange: Arc<Exchange>,
    calendar: Calendar,
    last_final: Option<TradingDate>,
    months: Months,
}

fn markets(
    context: &Context,
    listings: &[Listing],
    now: Timestamp,
) -> Result<BTreeMap<ExchangeCode, Market>, OperationError> {
    let mut markets = BTreeMap::new();
    for listing in listings {
        let code = listing.exchange();
        if markets.contains_key(code) {
            continue;
        }
        let no_calendar = |mic: &str| OperationError::NoCalendar {
            exchange: code.clone(),
            mic: mic.to_owned(),
        };
        let exchange = context.settings.exchanges.get(code);
        let exchange = Arc::clone(exchange.ok_or_else(|| no_calendar(""))?);
        let calendar = context.settings.calendars.of(code);
        let calendar = calendar.ok_or_else(|| no_calendar(&exchange.mic))?;
        let last_final = calendar.last_closed_session(now, exchange.lag);
        let market = Market {
            exchange,
            calendar,
            last_final,
            months: Months::default(),
        };
        markets.insert(code.clone(), market);
    }
    Ok(markets)
}
