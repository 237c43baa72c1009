//! What rules and checksums said of each listing, and how it stands: new, standing or decided.
//!
//! Three things know of it: the commit record remembers what runs said and nothing settled, the
//! quarantine has the refused rows and held events with what people decided, and reports have what
//! was said in their time. Nothing is written and no vendor is asked.

mod collect;
mod past;

use serde::Serialize;

use super::context::Context;
use super::quarantine::{self, QuarantineError};
use quantx_market::{Date, Listing};

/// Flags of some listings.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FlagsReport {
    /// New ones first, then standing, then decided; each by exchange, symbol, date and rule.
    pub flags: Vec<FlagReport>,
    /// What could not be read, and why.
    pub unreadable: Vec<(String, String)>,
}

/// One thing that was said of one date of a listing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlagReport {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// The session, or the event's ex-date.
    pub date: Date,
    /// Stable name of the rule.
    pub rule: String,
    /// How it stands.
    #[serde(rename = "standing")]
    pub status: FlagStatus,
    /// The exchange's date of the run that said it first.
    pub since: Date,
    /// What was read and what was expected.
    pub detail: String,
    /// What to type, where a person can decide it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How a flag stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagStatus {
    /// Said first on the day of the newest run.
    New,
    /// Said on an earlier day, and nothing has settled it.
    ReviewStatus,
    /// A person decided, or a later answer of the vendor settled it.
    Decided,
}

impl FlagStatus {
    /// Name as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::ReviewStatus => "standing",
            Self::Decided => "decided",
        }
    }
}

/// All flags of `listings`, or of every listing, that were said first on `since` or later.
///
/// Reads every listing's commit record and quarantine, and the reports from `since` on: without it,
/// of the last 30 days.
///
/// # Errors
/// [`QuarantineError`] when the lake cannot be listed. What is damaged is named in the report.
pub async fn survey(
    context: &Context,
    listings: Option<&[Listing]>,
    since: Option<Date>,
) -> Result<FlagsReport, QuarantineError> {
    let (watched, mut unreadable) = quarantine::watched(context, listings).await?;
    let past = past::read(context, since).await?;
    unreadable.extend(past.unreadable);
    let mut collected = collect::Collected::default();
    for listing in &watched {
        collected.add_listing(listing);
    }
    for report in &past.reports {
        collected.add_report(report, &context.settings.exchanges, listings);
    }
    let newest = past.reports.last().map(|report| report.timestamp);
    let mut flags = collected.into_flags(newest, &context.settings.exchanges);
    flags.retain(|flag| since.is_none_or(|since| flag.since >= since));
    flags.sort_by(|a, b| {
        let key = |flag: &FlagReport| (flag.status, flag.exchange.clone());
        key(a)
            .cmp(&key(b))
            .then_with(|| (&a.symbol, a.date, &a.rule).cmp(&(&b.symbol, b.date, &b.rule)))
    });
    Ok(FlagsReport { flags, unreadable })
}
