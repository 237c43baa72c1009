//! What runs said of a listing, remembered until it is settled: news on its first day, standing
//! afterwards. Pure.

use serde::{Deserialize, Serialize};

use crate::refusal::RefusedRow;
use quantx_market::{Date, RefusedAction};

/// Remarks of one listing that are remembered: those of the newest dates. A listing with more is
/// looked at as a whole.
pub const MAX_REMARKS: usize = 500;

/// What a remark is about, and with it what settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A stored row or an event that looks wrong. It stands as long as the listing does.
    Suspect,
    /// A row that was refused: settled when its session has a row, or a person rejects it.
    RefusedRow,
    /// A refused row that contradicts a stored one, whose prices a decision would change: settled when
    /// the vendor no longer sends it, or a person rejects it.
    Contradiction,
    /// The vendor's own adjusted close is another one, up to this date: settled when both agree.
    AdjustedClose,
    /// An event that cannot be applied: settled when the vendor no longer sends it.
    RefusedEvent,
    /// A row with volume on a day that the calendar calls closed: settled when either changes.
    ClosedDay,
}

/// One thing that a run said of one date of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// What it is about.
    pub about: About,
    /// Stable name of the rule.
    pub rule: String,
    /// The session, or the event's ex-date.
    pub date: Date,
    /// The exchange's date of the run that said it first.
    pub since: Date,
    /// What was read and what was expected, for people.
    pub detail: String,
}

impl Remark {
    /// What is said on `since`.
    pub fn new(
        about: About,
        rule: impl Into<String>,
        date: Date,
        since: Date,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            about,
            rule: rule.into(),
            date,
            since,
            detail: detail.into(),
        }
    }

    /// Of a row that was refused.
    pub fn of_row(row: &RefusedRow, since: Date) -> Self {
        let about = if row.rule.is_correction() {
            About::Contradiction
        } else {
            About::RefusedRow
        };
        Self::new(about, row.rule.name(), row.date, since, &row.reason)
    }

    /// Of an event that could not be applied.
    pub fn of_event(refused: &RefusedAction, since: Date) -> Self {
        let date = refused.action.ex_date;
        let reason = refused.reason.clone();
        Self::new(About::RefusedEvent, "refused_event", date, since, reason)
    }

    /// Whether somebody should look on `today`: it is new, or stored prices depend on a decision.
    pub fn needs_a_look(&self, today: Date) -> bool {
        self.since == today || self.about == About::Contradiction
    }

    /// Two runs that say this of one date say one thing, whatever their words.
    pub(crate) fn identity(&self) -> (Date, About, &str) {
        (self.date, self.about, &self.rule)
    }
}
