//! Quarantine: what runs refused or held back, shown to people, and what people decide about it.
//!
//! The files that runs wrote are evidence and are never changed. A decision is added to the
//! listing's `decisions.json` first; a released row then gets into the lake by the same commit as
//! every fetched one. A crash in between leaves a release that the next commit of the listing, or
//! the same command again, carries out.

mod choose;
mod decide;
mod events;
mod view;

use serde::Serialize;

use super::commit::CommitError;
use super::error::OperationError;
use quantx_lake::LakeKey;
use quantx_lake::decisions::EntryId;
use quantx_lake::decisions::EventDecision;
use quantx_lake::decisions::{Decision, Resolution};
use quantx_lake::judged::JudgedEvent;
use quantx_lake::quarantine::ReviewStatus;
use quantx_lake::refusal::OtherWord;
use quantx_market::{Date, Listing};

pub use decide::decide;
#[cfg(test)]
pub(super) use view::WatchedRow;
pub use view::survey;
pub(super) use view::{WatchedListing, watched};

/// All refused rows of some listings.
#[derive(Debug, Clone, Default, Serialize)]
pub struct QuarantineReport {
    /// By exchange, symbol and session.
    pub entries: Vec<EntryReport>,
    /// Dividends and capital gains that are not applied as sent, by exchange, symbol and ex-date.
    pub events: Vec<EventReport>,
    /// What could not be read, and why.
    pub unreadable: Vec<(String, String)>,
}

/// One refused session and its values, whatever number of runs refused them.
#[derive(Debug, Clone, Serialize)]
pub struct EntryReport {
    /// Its name for `release` and `reject`.
    pub id: EntryId,
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// The session.
    pub date: Date,
    /// How it stands.
    #[serde(rename = "standing")]
    pub status: ReviewStatus,
    /// The rule that refused it last.
    pub rule: String,
    /// Why, for people.
    pub reason: String,
    /// Open, high, low, close as the vendor had them, as traded.
    pub prices: [Option<f64>; 4],
    /// Volume as the vendor had it.
    pub volume: Option<f64>,
    /// What other vendors said of the session in the run that refused it last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherWord>,
    /// What the lake holds of the session: open, high, low, close.
    pub stored: Option<[Option<f64>; 4]>,
    /// The volume that the lake holds of the session.
    pub stored_volume: Option<u64>,
    /// Why it can never be released, if it cannot.
    pub unreleasable: Option<String>,
    /// The runs that refused it, in order of time.
    pub runs: Vec<String>,
    /// The newest decision about it.
    pub decision: Option<Decision>,
}

/// One dividend or capital gain that is not applied as the vendor sends it.
#[derive(Debug, Clone, Serialize)]
pub struct EventReport {
    /// Its name for `release` and `reject`.
    pub id: EntryId,
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// How it stands.
    #[serde(rename = "standing")]
    pub status: ReviewStatus,
    /// The vendor's event, what is applied of it, and why.
    #[serde(flatten)]
    pub event: JudgedEvent,
    /// The newest decision about it.
    pub decision: Option<EventDecision>,
}

/// What a person decides about which entries.
#[derive(Debug, Clone)]
pub struct DecisionRequest {
    /// Right or wrong.
    pub resolution: Resolution,
    /// Which entries.
    pub choice: Choice,
    /// Cash per share to apply in place of the vendor's, where one event is released.
    pub amount: Option<f64>,
    /// Who decides.
    pub by: String,
    /// Why.
    pub note: Option<String>,
}

/// Which entries are decided.
#[derive(Debug, Clone)]
pub enum Choice {
    /// These, by their names or the beginning of their names.
    Ids(Vec<String>),
    /// All open ones of these listings (or of all), that this rule (or any) refused.
    Open {
        listings: Option<Vec<Listing>>,
        rule: Option<String>,
    },
}

/// What came of a decision, or would.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// Released: the session had no row and has this one now.
    Added,
    /// Released: it stands in place of the row that was stored.
    Replaced,
    /// Released: the lake holds it already.
    AlreadyStored,
    /// Rejected.
    Rejected,
    /// The same was decided before.
    AlreadyDecided,
    /// Cannot be decided so; nothing was changed.
    Refused,
    /// Released, and not stored: run the same command again.
    Failed,
}

impl Decided {
    /// Whether it is as asked for.
    pub fn is_done(self) -> bool {
        match self {
            Self::Added
            | Self::Replaced
            | Self::AlreadyStored
            | Self::Rejected
            | Self::AlreadyDecided => true,
            Self::Refused | Self::Failed => false,
        }
    }
}

/// One entry and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct DecidedEntry {
    /// The entry as it was before.
    #[serde(flatten)]
    pub entry: EntryReport,
    /// What came of it.
    pub decided: Decided,
    /// Why it was refused, or not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// One event and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct DecidedEvent {
    /// The event as it was before.
    #[serde(flatten)]
    pub event: EventReport,
    /// What came of it.
    pub decided: Decided,
    /// Why it was refused, or not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What came of a decision.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DecisionReport {
    /// By exchange, symbol and session.
    pub entries: Vec<DecidedEntry>,
    /// By exchange, symbol and ex-date.
    pub events: Vec<DecidedEvent>,
    /// What could not be read, and why: entries in there could not be chosen.
    pub unreadable: Vec<(String, String)>,
}

/// Why nothing could be shown or decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuarantineError {
    /// The lake cannot be read, or the manifest not be written.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// A listing cannot be read.
    #[error(transparent)]
    Listing(#[from] CommitError),
    /// No entry has this name.
    #[error("there is no entry {read:?}; `quantx quarantine list --all` shows every entry")]
    UnknownId { read: String },
    /// Not the beginning of a name.
    #[error("{read:?} is not an entry's id, nor the first 4 or more of its 12 hexadecimal digits")]
    NotAnId { read: String },
    /// An amount is for one event.
    #[error("--amount says what one dividend or capital gain pays: name that one by its id")]
    AmountOfOneEvent,
    /// No cash per share.
    #[error(
        "{read} is no amount of cash per share; it is a number above 0, in the unit of the prices"
    )]
    NoAmount { read: f64 },
    /// Several entries have a name that begins so.
    #[error("{read:?} is the beginning of several ids: {}", found.join(", "))]
    AmbiguousId { read: String, found: Vec<String> },
    /// Decisions of other people came in between every time.
    #[error("others keep changing {key}; run again")]
    Contended { key: LakeKey },
}
