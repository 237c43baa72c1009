//! What is wanted of a run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::plan::Intent;
use crate::universes::Selection;
use quantx_market::{Date, Listing};
use quantx_settings::Settings;

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

/// The work list of a run, as settings and flags name it: whose last run is whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    /// A phase, by its name, or a list in the lake, by its path.
    pub fn named(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The work list that the settings name: what the timer works on.
    pub fn of_settings(settings: &Settings) -> Self {
        Self(match &settings.universe_path {
            Some(path) => path.clone(),
            None => settings.phase.as_str().to_owned(),
        })
    }

    /// The work list that was selected; symbols given by hand and members of a time are none.
    pub fn of_selection(selection: &Selection) -> Option<Self> {
        match selection {
            Selection::Path(path) => Some(Self(path.clone())),
            Selection::Phase(phase) => Some(Self(phase.as_str().to_owned())),
            Selection::Symbols(_) | Selection::PhaseBetween { .. } => None,
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}
