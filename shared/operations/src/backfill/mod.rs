//! `backfill`: the history of a universe between two dates.

use super::plan::Intent;
use super::run::WorkRequest;
use quantx_market::{Date, Listing};

/// What is wanted of a backfill; both dates are inclusive and in each exchange's own time zone.
pub fn request(listings: Vec<Listing>, start: Date, end: Date) -> WorkRequest {
    WorkRequest {
        operation: "backfill",
        listings,
        intent: Intent::Backfill { start, end },
    }
}
