use std::collections::BTreeMap;

use crate::commit;
use crate::context::Context;
use crate::listing::chain;
use quantx_lake::coverage::{self, CoverageFrame};
use quantx_lake::{LakeKey, codec};
use quantx_market::{Date, Listing};
use quantx_report::SurveyedListing;
use quantx_storage::LakeStore;

/// Counts the cells of one listing; `None` when the lake holds no row of it.
///
/// Files are looked into only where the record does not name what is absent.
pub(super) async fn visit(
    context: &Context,
    listing: &Listing,
    frame: CoverageFrame<'_>,
) -> Option<SurveyedListing> {
    let mut found = SurveyedListing {
        symbol: listing.symbol().to_string(),
        exchange: listing.exchange().to_string(),
        stored: None,
        survey: None,
        unreadable: None,
    };
    let record = match commit::record(context.store.as_ref(), listing).await {
        Ok(record) => record?.0,
        Err(error) => {
            found.unreadable = Some(chain(&error));
            return Some(found);
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
    found.survey = Some(coverage::survey(&record, &dates, frame));
    Some(found)
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
