//! One listing: its cells, and its stretches without a row.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::SurveyedListing;
use crate::quantity::grouped;
use quantx_lake::coverage::{Absence, AbsentSession};
use quantx_lake::gaps::Coverage;
use quantx_market::Date;

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What the lake holds of one listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingCoverage {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// First stored session.
    pub first: Option<Date>,
    /// Last stored session.
    pub last: Option<Date>,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// Sessions that are over and later than the last stored one.
    pub behind: usize,
    /// Expected cells, and what became of them.
    #[serde(flatten)]
    pub cells: Coverage,
    /// Of the excused cells, those the vendor was asked for often enough.
    pub excused_asked: usize,
    /// Of the excused cells, those that may be holidays of an approximate calendar.
    pub excused_calendar: usize,
    /// Of the excused cells, those whose row a person rejected.
    #[serde(default)]
    pub excused_rejected: usize,
    /// Of these, of which the exchange says that there was no trading.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub excused_halted: usize,
    /// Number of lineages that say the same of a row → such rows, where other vendors were asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed: BTreeMap<usize, usize>,
    /// Of the missing cells, those whose row is in quarantine.
    #[serde(default)]
    pub in_quarantine: usize,
    /// Sessions asked for before the listing's first trade; they are not expected.
    pub listed_later: usize,
    /// Of the cells without a row, those that are part of a market event and not among the holes.
    pub in_market_events: usize,
    /// Stretches of sessions without a row, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<HoleRange>,
    /// Why the listing cannot be judged, or not fully.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// Consecutive sessions without a row, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoleRange {
    /// First session.
    pub first: Date,
    /// Last session, inclusive.
    pub last: Date,
    /// How many.
    pub sessions: usize,
    /// Why.
    pub absence: Absence,
    /// On how many days the vendor was asked, for the session it was asked for least.
    pub asks: u32,
}

impl HoleRange {
    /// Why its sessions have no row, for people.
    pub fn why(&self) -> String {
        let days = |n: u32| match n {
            1 => "1 day".to_owned(),
            n => format!("{n} days"),
        };
        match (self.absence, self.asks) {
            (Absence::Missing, 0) => "missing".to_owned(),
            (Absence::Missing, asks) => format!("missing, asked on {}", days(asks)),
            (Absence::Refused, _) => "missing, its row is in quarantine".to_owned(),
            (Absence::Rejected, _) => "excused, its row was rejected".to_owned(),
            (Absence::Halted, _) => "excused, halted by the exchange".to_owned(),
            (Absence::Asked, asks) => format!("excused, asked on {}", days(asks)),
            (Absence::ApproximateCalendar, _) => "excused, maybe a holiday".to_owned(),
        }
    }

    /// `2024-05-03 to 2024-05-07 (3)`, or the one date.
    pub fn dates(&self) -> String {
        dates(self.first, self.last, self.sessions)
    }

    /// The stretches of sessions that neighbour each other and are absent for one reason.
    ///
    /// `absent` is ascending.
    pub fn of(absent: &[AbsentSession]) -> Vec<Self> {
        join(absent)
    }
}

/// `2024-05-03 to 2024-05-07 (3)`, or the one date.
pub(crate) fn dates(first: Date, last: Date, sessions: usize) -> String {
    match sessions {
        1 => first.to_string(),
        n => format!("{first} to {last} ({})", grouped(n)),
    }
}

/// `2024-05-03 to 2024-05-07 (3): missing, asked on 3 days`
impl fmt::Display for HoleRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.dates(), self.why())
    }
}

impl ListingCoverage {
    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.unreadable.is_none() && self.cells.missing == 0
    }

    /// The worst sorts first.
    pub(super) fn rank(&self) -> impl Ord + '_ {
        use std::cmp::Reverse;
        (
            self.unreadable.is_none(),
            Reverse((self.cells.missing, self.behind, self.cells.excused)),
            (&self.exchange, &self.symbol),
        )
    }

    pub(super) fn of(found: &SurveyedListing, is_shared: impl Fn(Date) -> bool) -> Self {
        let mut coverage = Self {
            symbol: found.symbol.clone(),
            exchange: found.exchange.clone(),
            first: found.stored.map(|(first, _)| first),
            last: found.stored.map(|(_, last)| last),
            due: found.due,
            behind: 0,
            cells: Coverage::default(),
            excused_asked: 0,
            excused_calendar: 0,
            excused_rejected: 0,
            excused_halted: 0,
            confirmed: BTreeMap::new(),
            in_quarantine: 0,
            listed_later: 0,
            in_market_events: 0,
            holes: Vec::new(),
            unreadable: found.unreadable.clone(),
        };
        let Some(survey) = &found.survey else {
            return coverage;
        };
        let own = |session: &&AbsentSession| !is_shared(session.date);
        let own: Vec<AbsentSession> = survey.absent.iter().filter(own).copied().collect();
        let count = |absence| {
            let alike = survey
                .absent
                .iter()
                .filter(|session| session.absence == absence);
            alike.count()
        };
        coverage.behind = survey.behind;
        coverage.confirmed.clone_from(&survey.confirmed);
        coverage.cells = survey.cells;
        coverage.excused_asked = count(Absence::Asked);
        coverage.excused_calendar = count(Absence::ApproximateCalendar);
        coverage.excused_rejected = count(Absence::Rejected);
        coverage.excused_halted = count(Absence::Halted);
        coverage.in_quarantine = count(Absence::Refused);
        coverage.listed_later = survey.listed_later;
        coverage.in_market_events = survey.absent.len() - own.len();
        coverage.holes = join(&own);
        coverage
    }
}

/// Joins neighbours that are absent for the same reason.
fn join(absent: &[AbsentSession]) -> Vec<HoleRange> {
    let stretches = absent.chunk_by(|a, b| a.ordinal + 1 == b.ordinal && a.absence == b.absence);
    stretches
        .filter_map(|stretch| {
            let (first, last) = (stretch.first()?, stretch.last()?);
            Some(HoleRange {
                first: first.date,
                last: last.date,
                sessions: stretch.len(),
                absence: first.absence,
                asks: stretch.iter().map(|session| session.asks).min()?,
            })
        })
        .collect()
}
