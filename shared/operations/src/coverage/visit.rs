use std::collections::BTreeMap;

use crate::commit;
use crate::context::Context;
use crate::listing::chain;
use quantx_lake::coverage::{self, CoverageFrame};
use quantx_lake::merge::History;
use quantx_lake::record::CommitRecord;
use quantx_lake::{LakeKey, codec};
use quantx_market::{Date, Listing, TradingDate};
use quantx_report::SurveyedListing;
use quantx_report::page::PageListing;
use quantx_storage::LakeStore;

/// Year files that are read for a picture that no run drew.
const YEARS_DRAWN: usize = 2;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Looks<'a> {
    /// The cells.
    Cells,
    /// The cells, and what a page tells beside them; the closes that are known already are not read
    /// again.
    Page(&'a BTreeMap<(String, String), PageListing>),
}

/// What was found of one listing.
#[derive(Debug)]
pub(super) struct Visited {
    pub(super) found: SurveyedListing,
    pub(super) page: Option<PageListing>,
}

impl Visited {
    fn unreadable(found: SurveyedListing, looks: &Looks<'_>) -> Self {
        let page = match looks {
            Looks::Cells => None,
            Looks::Page(_) => {
                let reason = found.unreadable.as_deref().unwrap_or_default();
                let (symbol, exchange) = (&found.symbol, &found.exchange);
                Some(PageListing::unreadable(symbol, exchange, reason))
            }
        };
        Self { found, page }
    }
}

/// Counts the cells of one listing; `None` when the lake holds no row of it.
///
/// Files are looked into only where the record does not name what is absent.
pub(super) async fn visit(
    context: &Context,
    listing: &Listing,
    frame: CoverageFrame<'_>,
    looks: &Looks<'_>,
) -> Option<Visited> {
    let mut found = SurveyedListing {
        symbol: listing.symbol().to_string(),
        exchange: listing.exchange().to_string(),
        due: frame.last_final.map(TradingDate::date),
        stored: None,
        survey: None,
        unreadable: None,
    };
    let record = match commit::record(context.store.as_ref(), listing).await {
        Ok(record) => record?.0,
        Err(error) => {
            found.unreadable = Some(chain(&error));
            return Some(Visited::unreadable(found, looks));
        }
    };
    found.stored = Some((record.first()?, record.last()?));
    let mut dates = BTreeMap::new();
    for year in coverage::unnamed_years(&record, frame) {
        match dates_of(context, listing, year).await {
            Ok(stored) => {
                dates.insert(year, stored);
            }
            Err(reason) => found.unreadable = Some(reason),
        }
    }
    let survey = coverage::survey(&record, &dates, frame);
    let page = match looks {
        Looks::Cells => None,
        Looks::Page(known) => {
            let mut page = PageListing::of(&record, &survey);
            page.unreadable.clone_from(&found.unreadable);
            let key = (found.exchange.clone(), found.symbol.clone());
            Some(drawn(context, listing, &record, page, known.get(&key)).await)
        }
    };
    found.survey = Some(survey);
    Some(Visited { found, page })
}

/// The page with closes: those that a run drew, if the listing is as that run left it.
async fn drawn(
    context: &Context,
    listing: &Listing,
    record: &CommitRecord,
    mut page: PageListing,
    known: Option<&PageListing>,
) -> PageListing {
    let known = known.filter(|known| known.last == page.last && !known.closes.is_empty());
    if known.is_some() {
        return page.onto(known);
    }
    let newest: Vec<i16> = record
        .years
        .keys()
        .rev()
        .take(YEARS_DRAWN)
        .copied()
        .collect();
    // A file that cannot be read has no picture; `verify` names it.
    if let Ok(bars) = commit::bars(context.store.as_ref(), listing, record, &newest).await {
        page.draw(&History {
            bars,
            actions: record.action_set(),
        });
    }
    page
}

async fn dates_of(context: &Context, listing: &Listing, year: i16) -> Result<Vec<Date>, String> {
    let key = LakeKey::bars(listing, year);
    let object = context.store.get(&key).await;
    let object = object.map_err(|error| chain(&error))?;
    let object = object.ok_or_else(|| format!("{key} is missing although the record names it"))?;
    let decoded = tokio::task::spawn_blocking(move || codec::decode_dates(&object.bytes)).await;
    let dates = decoded.map_err(|error| format!("{key}: {error}"))?;
    dates.map_err(|error| format!("{key} is unusable: {}", chain(&error)))
}
