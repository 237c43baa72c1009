//! Sessions that a calendar is not sure of and the listings of an exchange prove to each other.
//!
//! One listing alone cannot tell a holiday that its calendar does not know from a hole. When its neighbours
//! traded, it has a hole: the run says so, and the listing's record remembers it, so that it is asked for again
//! like any other. Why: ADR-0036.

use jiff::Timestamp;

use crate::commit;
use crate::context::Context;
use crate::listing::chain;
use quantx_market::{Date, ExchangeCode, Listing};
use quantx_report::{ListingReport, proven_sessions};

/// Makes holes of the sessions that other listings of a run as of `now` prove. That one cannot be remembered ends
/// no run: this one reports it, and the next one finds it again.
pub(crate) async fn accuse(context: &Context, now: Timestamp, listings: &mut [ListingReport]) {
    let settings = &context.settings;
    let proven = proven_sessions(listings, settings.quality.outage_share);
    for report in listings {
        let Some(proven) = proven.get(&report.exchange) else {
            continue;
        };
        let maybe = std::mem::take(&mut report.maybe_holidays);
        let (holes, maybe): (Vec<Date>, Vec<Date>) =
            maybe.into_iter().partition(|date| proven.contains(date));
        report.maybe_holidays = maybe;
        if holes.is_empty() {
            continue;
        }
        let named = Listing::parse(&report.symbol, &settings.exchanges).ok();
        let code = ExchangeCode::parse(&report.exchange).ok();
        let exchange = code.and_then(|code| settings.exchanges.get(&code));
        if let (Some(listing), Some(exchange)) = (named, exchange) {
            let today = now.to_zoned(exchange.time_zone.clone()).date();
            let attempts = settings.limits.commit_attempts.get();
            let store = context.store.as_ref();
            if let Err(error) = commit::accuse(store, &listing, &holes, today, attempts).await {
                tracing::warn!(symbol = %listing, "holes of {listing} cannot be remembered: {}", chain(&error));
            }
        }
        take_for_holes(report, holes);
    }
}

/// The report as it is with these holes.
fn take_for_holes(report: &mut ListingReport, holes: Vec<Date>) {
    let excused = holes.len().min(report.coverage.excused);
    report.coverage.excused -= excused;
    report.coverage.missing += excused;
    report.new_holes += holes.len();
    report.absent_recently.extend(holes);
    report.absent_recently.sort_unstable();
}
