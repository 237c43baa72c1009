//! `backfill`: the history of a universe between two dates.

use super::plan::Intent;
use super::run::WorkOrder;
use quantx_market::{Date, Listing};

/// The work order of a backfill; both dates are inclusive and in each exchange's own time zone.
pub fn order(listings: Vec<Listing>, start: Date, end: Date) -> WorkOrder {
    WorkOrder {
        operation: "backfill",
        listings,
        intent: Intent::Backfill { start, end },
    }
}
