//! The vendors that are asked to confirm what another one answered.

use std::sync::Arc;

use futures::future::join_all;

use super::by_date::{MAX_DAYS, takes_fewer_requests};
use super::testimony::{Range, Testimony};
use super::{Vendor, Vendors};
use crate::context::Context;
use crate::inspection;
use crate::listing::RunFrame;
use quantx_market::{Date, ExchangeCode, Listing};
use quantx_quality::agreement::Lineage;
use quantx_settings::{AskedVendors, Confirm};

impl Vendors {
    /// Who is asked about a listing of `exchange` that `but` answered: those that are on, have anything of
    /// the exchange and are of another lineage.
    pub(crate) fn witnesses(
        &self,
        asked: &AskedVendors,
        exchange: &ExchangeCode,
        but: &Lineage,
    ) -> Vec<Arc<Vendor>> {
        let named = asked.of(exchange).witnesses.iter();
        let on = named.filter_map(|id| self.named(*id));
        let on = on.filter(|vendor| (vendor.covers)(exchange) && vendor.lineage != *but);
        on.cloned().collect()
    }
}

/// Whether witnesses are asked about a listing whatever is said of it: of a share, each listing has its turn
/// by its name and the date.
pub(crate) fn is_in_turn(
    confirm: Confirm,
    listing: &Listing,
    today: Date,
    listings_of_exchange: usize,
) -> bool {
    match confirm {
        Confirm::Always => true,
        Confirm::Flagged => false,
        Confirm::Share(share) => {
            let turns = listings_of_exchange.div_ceil(share.get()).max(1) as u64;
            let days = (today - Date::ZERO).get_days();
            (hash(listing.symbol().as_str()) + u64::from(days.unsigned_abs())).is_multiple_of(turns)
        }
    }
}

/// FNV-1a: the same in every build, so that a listing keeps its turn.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 16
}

/// What the witnesses say; those that are away or know nothing of the listing say nothing.
pub(crate) async fn heard(
    context: &Context,
    frame: &RunFrame,
    witnesses: &[Arc<Vendor>],
    range: Range<'_>,
) -> Vec<Testimony> {
    let answers = witnesses.iter().map(|vendor| async move {
        let listings = frame.listings_of.get(range.task.listing.exchange());
        let listings = listings.copied().unwrap_or(0);
        let has_histories = vendor.histories.is_some();
        let by_date = !has_histories
            || (context.settings.asked.by_date && takes_fewer_requests(vendor, listings));
        let said = match by_date {
            true => by_days(context, vendor, range).await,
            false => None,
        };
        match said {
            None if has_histories => by_history(context, vendor, range).await,
            said => said,
        }
    });
    let said = join_all(answers).await;
    said.into_iter().flatten().collect()
}

async fn by_days(context: &Context, vendor: &Vendor, range: Range<'_>) -> Option<Testimony> {
    let sessions = range.final_sessions(vendor);
    // The newest ones: of a long window the rest is old and was asked about when it was new.
    let newest = sessions.len().saturating_sub(MAX_DAYS);
    let has_histories = vendor.histories.is_some();
    if sessions.is_empty() || (has_histories && newest > 0) {
        return None;
    }
    let exchange = &range.task.exchange;
    let mut days = Vec::new();
    for date in sessions.into_iter().skip(newest) {
        let day = context.vendors.shelf.day(vendor, exchange, date, range.now);
        days.extend(day.await);
    }
    (!days.is_empty()).then(|| range.of_days(vendor, &days))
}

async fn by_history(context: &Context, vendor: &Vendor, range: Range<'_>) -> Option<Testimony> {
    let histories = vendor.histories.as_ref()?;
    let (listing, name) = (&range.task.listing, vendor.name);
    let mut history = match histories.daily_history(&range.request()).await {
        Ok(history) => history,
        Err(error) => {
            let kind = error.kind();
            tracing::debug!(symbol = %listing, vendor = %name, kind, "no word of {name} about {listing}: {error}");
            return None;
        }
    };
    if let Some(too_much) = inspection::too_much(&history, context.settings.limits.answer) {
        tracing::warn!(symbol = %listing, vendor = %name, "{name} is not heard about {listing}: {too_much}");
        return None;
    }
    match range.of_history(vendor, &mut history) {
        Ok(testimony) => Some(testimony),
        Err(undecided) => {
            tracing::debug!(symbol = %listing, vendor = %name, "{name} is not heard about {listing}: {undecided}");
            None
        }
    }
}
