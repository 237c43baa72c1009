//! `daily_update`: every listing of a universe up to the last final session.

use super::context::Context;
use super::plan::Intent;
use super::run::WorkOrder;
use quantx_market::Listing;

/// The work order of a daily update; looks back at least `fetcher.lookback_days` sessions.
pub fn order(context: &Context, listings: Vec<Listing>) -> WorkOrder {
    let lookback = context.settings.fetcher.lookback_days;
    WorkOrder {
        operation: "daily_update",
        listings,
        intent: Intent::Daily {
            lookback: usize::try_from(lookback).unwrap_or(usize::MAX),
        },
    }
}
