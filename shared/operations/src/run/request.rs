//! What is wanted of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::plan::Intent;
use crate::scope::Scope;
use quantx_market::{Date, Listing};

/// What a run does with its listings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOperation {
    /// Up to the last final session.
    #[default]
    DailyUpdate,
    /// From one date to another.
    Backfill,
}

impl RunOperation {
    /// Name as in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DailyUpdate => "daily_update",
            Self::Backfill => "backfill",
        }
    }
}

impl fmt::Display for RunOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The listings a run works on, and what is wanted of each.
#[derive(Debug, Clone)]
pub struct WorkRequest {
    /// Names the run and its report.
    pub operation: RunOperation,
    /// Which listings; duplicates are dropped.
    pub listings: Vec<Listing>,
    /// What is wanted of each.
    pub intent: Intent,
    /// The work list that the listings are of, if they are of one.
    pub scope: Option<Scope>,
}

impl WorkRequest {
    /// The history between two dates, both inclusive and in each exchange's own time zone.
    pub fn backfill(listings: Vec<Listing>, start: Date, end: Date) -> Self {
        Self {
            operation: RunOperation::Backfill,
            listings,
            intent: Intent::Backfill { start, end },
            scope: None,
        }
    }

    /// Up to the last final session, looking back at least `fetcher.lookback_days` sessions.
    pub fn daily_update(context: &Context, listings: Vec<Listing>) -> Self {
        let lookback = context.settings.fetcher.lookback_days;
        Self {
            operation: RunOperation::DailyUpdate,
            listings,
            intent: Intent::Daily {
                lookback: usize::try_from(lookback).unwrap_or(usize::MAX),
            },
            scope: None,
        }
    }
}
