//! `daily_update`: every listing of a universe up to the last final session.

use super::context::Context;
use super::plan::Intent;
use super::run::WorkRequest;
use quantx_market::Listing;

/// What is wanted of a daily update; looks back at least `fetcher.lookback_days` sessions.
pub fn request(context: &Context, listings: Vec<Listing>) -> WorkRequest {
    let lookback = context.settings.fetcher.lookback_days;
    WorkRequest {
        operation: "daily_update",
        listings,
        intent: Intent::Daily {
            lookback: usize::try_from(lookback).unwrap_or(usize::MAX),
        },
    }
}
