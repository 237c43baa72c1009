use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::certificate::WrittenFile;
use super::page::PageListing;
use quantx_lake::adjust::Checksum;
use quantx_lake::basis::{Fetched, OffSessionRow};
use quantx_lake::decisions::EntryId;
use quantx_lake::gaps::Coverage;
use quantx_lake::judged::JudgedEvent;
use quantx_lake::manifest::ManifestRow;
use quantx_lake::merge::MergeStats;
use quantx_lake::record::CommittedFiles;
use quantx_lake::remarks::{About, Remark};
use quantx_market::{Date, Listing, RefusedAction, SessionRange};
use quantx_quality::Flag;

/// How one listing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Files were written.
    Updated,
    /// The lake already had it all.
    Unchanged,
    /// Not touched on purpose: complete already, or new and backfills of new listings are off.
    Skipped,
    /// The vendor knows the listing and had nothing in the range.
    NoData,
    /// The vendor does not list it now. Evidence, not proof: nothing is deleted.
    UnknownSymbol,
    /// The vendor refused to answer more questions; the next run takes it up.
    Throttled,
    /// The vendor answered and the answer may not be stored; it is in quarantine.
    Refused,
    /// Could not be done; `kind` says why.
    Failed,
    /// The run ended (Ctrl-C, deadline) before its turn.
    NotReached,
}

impl Outcome {
    /// Name as in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::NoData => "no_data",
            Self::UnknownSymbol => "unknown_symbol",
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::NotReached => "not_reached",
        }
    }
}

/// Rows of the vendor's answer that were not stored as bars, and bars with something unusual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Broke a rule; in quarantine.
    pub refused: usize,
    /// Sessions without prices.
    pub null: usize,
    /// Not final yet.
    pub live: usize,
    /// On dates without a session.
    pub off_session: usize,
    /// Of these, those with volume: the exchange was open, whatever its calendar says.
    #[serde(default)]
    pub off_session_traded: usize,
    /// Dropped for another row of the same date.
    pub duplicate: usize,
    /// Good bars whose open or close lies outside low..high, as an auction's price may.
    #[serde(default)]
    pub outside_range: usize,
    /// Good bars of which the vendor does not know open, high, low or volume.
    #[serde(default)]
    pub incomplete: usize,
    /// Good bars whose volume the vendor knows to no better than 1 %: reverse splits came later.
    #[serde(default)]
    pub coarse_volume: usize,
}

/// What is coarser than this share of a volume is counted.
const COARSE_VOLUME: f64 = 0.01;

impl RowCounts {
    /// Counts the rows of an answer; bars inside `window` may be stored, `refused` rows were not.
    pub fn of(fetched: &Fetched, window: SessionRange, refused: usize) -> Self {
        let off_session = fetched.off_session.iter();
        let mut counts = Self {
            refused,
            null: fetched.null_sessions.len(),
            live: fetched.live_sessions.len(),
            off_session: fetched.off_session.len(),
            off_session_traded: off_session.filter(|row| row.is_traded()).count(),
            duplicate: fetched.duplicate_rows,
            ..Self::default()
        };
        let bars = fetched.bars.bars().iter();
        for bar in bars.filter(|bar| window.contains(bar.date.date())) {
            counts.outside_range += usize::from(bar.check_range(0.0).is_err());
            counts.incomplete += usize::from(!bar.is_complete());
            let off_by = fetched.volume_unit(bar.date.date()) / 2.0;
            let is_coarse = |volume: u64| off_by > 0.5 && off_by > COARSE_VOLUME * volume as f64;
            counts.coarse_volume += usize::from(bar.volume.is_some_and(is_coarse));
        }
        counts
    }
}

impl std::ops::AddAssign for RowCounts {
    fn add_assign(&mut self, other: Self) {
        self.refused += other.refused;
        self.null += other.null;
        self.live += other.live;
        self.off_session += other.off_session;
        self.off_session_traded += other.off_session_traded;
        self.duplicate += other.duplicate;
        self.outside_range += other.outside_range;
        self.incomplete += other.incomplete;
        self.coarse_volume += other.coarse_volume;
    }
}

/// An event that is not applied as the vendor sends it, and what a person can do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportedEvent {
    /// Its name for `quantx quarantine`.
    pub id: EntryId,
    /// The event, what is applied of it, and why.
    #[serde(flatten)]
    pub event: JudgedEvent,
    /// What to type, while the event is held out of `Adj Close`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

impl ReportedEvent {
    /// The event of the listing `symbol`.
    pub fn of(event: &JudgedEvent, symbol: &str) -> Self {
        let id = event.id(symbol);
        let next = event.is_held().then(|| {
            format!(
                "quantx quarantine release {id} --amount A (or without --amount: as sent), or \
                 quantx quarantine reject {id}"
            )
        });
        Self {
            id,
            event: event.clone(),
            next,
        }
    }
}

/// Kind of a listing without data that was not listed in the asked window.
pub const NOT_LISTED_YET: &str = "not_listed_yet";

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What a run did with one listing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListingReport {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Stable name of the reason, for outcomes that need one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The reason, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Which vendor answered, where there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vendor: Option<String>,
    /// First and last date asked for, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<(Date, Date)>,
    /// What the merge changed.
    pub changes: MergeStats,
    /// Rows that were not stored.
    pub rows: RowCounts,
    /// Year files written.
    pub files_written: usize,
    /// The same with their hashes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<WrittenFile>,
    /// Sessions that were final by the calendar and not stored before the run.
    pub sessions_due: usize,
    /// Of the missing sessions those that the vendor was asked for the first time.
    #[serde(default)]
    pub new_holes: usize,
    /// Last stored session after the run.
    pub last: Option<Date>,
    /// Cells of the whole listing after the run.
    pub coverage: Coverage,
    /// Number of lineages that say the same of a row → such rows of the whole listing, where other vendors
    /// were asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub confirmed: BTreeMap<usize, usize>,
    /// Worst difference to the vendor's own adjusted close, where it cannot be explained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// What looks wrong in rows and actions that are new: refused ones are in quarantine.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub flags: Vec<Flag>,
    /// The newest rows with volume on days that the calendar calls closed, ascending.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub off_session: Vec<OffSessionRow>,
    /// Actions that could not be applied.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub refused_actions: Vec<RefusedAction>,
    /// Dividends and capital gains that are not applied as the vendor sends them, in the lake after
    /// the run.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub judged: Vec<ReportedEvent>,
    /// What is said of the listing and somebody should look at: news of the day, and what contradicts
    /// stored prices until a person decides.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub remarks: Vec<Remark>,
    /// How much more was said on earlier days and stands; `quantx flags` shows it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub standing: usize,
    /// The listing's new line of the manifest, if its commit record was written.
    #[serde(skip)]
    pub manifest: Option<ManifestRow>,
    /// What is committed of the listing, where the run knows it: the tables are made of it.
    #[serde(skip)]
    pub committed: Option<CommittedFiles>,
    /// Recent sessions found without a row for the first time: the market view is made of them.
    #[serde(skip)]
    pub absent_recently: Vec<Date>,
    /// Recent dates without a row that are sessions by an approximate calendar: they may be holidays.
    #[serde(skip)]
    pub maybe_holidays: Vec<Date>,
    /// Recent dates on which the calendar is approximate and shares changed hands: they were sessions.
    #[serde(skip)]
    pub traded_approximately: Vec<Date>,
    /// What the status page tells of the listing, if its commit record was read.
    #[serde(skip)]
    pub page: Option<Box<PageListing>>,
}

impl ListingReport {
    /// A report of nothing done yet.
    pub fn new(listing: &Listing, outcome: Outcome) -> Self {
        Self {
            symbol: listing.symbol().to_string(),
            exchange: listing.exchange().to_string(),
            outcome,
            kind: None,
            detail: None,
            vendor: None,
            window: None,
            changes: MergeStats::default(),
            rows: RowCounts::default(),
            files_written: 0,
            files: Vec::new(),
            sessions_due: 0,
            new_holes: 0,
            last: None,
            coverage: Coverage::default(),
            confirmed: BTreeMap::new(),
            checksum: None,
            flags: Vec::new(),
            off_session: Vec::new(),
            refused_actions: Vec::new(),
            judged: Vec::new(),
            remarks: Vec::new(),
            standing: 0,
            manifest: None,
            committed: None,
            absent_recently: Vec::new(),
            maybe_holidays: Vec::new(),
            traded_approximately: Vec::new(),
            page: None,
        }
    }

    /// The same with a reason.
    pub fn because(mut self, kind: &str, detail: impl Into<String>) -> Self {
        self.kind = Some(kind.to_owned());
        self.detail = Some(detail.into());
        self
    }

    /// Takes over what stands of the listing: what needs a look on `today`, and how much more.
    pub fn remember(&mut self, standing: &[Remark], today: Date) {
        let needs_a_look = |remark: &&Remark| remark.needs_a_look(today);
        self.remarks = standing.iter().filter(needs_a_look).cloned().collect();
        self.standing = standing.len() - self.remarks.len();
    }

    /// Whether something of this kind is said.
    pub fn has_remark_about(&self, about: About) -> bool {
        self.remarks.iter().any(|remark| remark.about == about)
    }

    /// Whether the listing began after what was asked of it, which is no reason to look.
    pub fn is_not_listed_yet(&self) -> bool {
        self.kind.as_deref() == Some(NOT_LISTED_YET)
    }

    /// The events that wait for a person.
    pub fn held_events(&self) -> impl Iterator<Item = &ReportedEvent> {
        self.judged
            .iter()
            .filter(|reported| reported.event.is_held())
    }

    /// Whether it counts as failed in the original's three counts.
    pub fn is_failure(&self) -> bool {
        match self.outcome {
            Outcome::Throttled | Outcome::Refused | Outcome::Failed => true,
            Outcome::Updated
            | Outcome::Unchanged
            | Outcome::Skipped
            | Outcome::NoData
            | Outcome::UnknownSymbol
            | Outcome::NotReached => false,
        }
    }

    /// Whether it counts as a success.
    pub fn is_success(&self) -> bool {
        matches!(self.outcome, Outcome::Updated | Outcome::Unchanged)
    }

    /// Whether the vendor answered, and all that was due was asked for in vain by an earlier run already.
    pub fn stalls_since_an_earlier_run(&self) -> bool {
        self.is_success() && self.brought_nothing_of_due() && self.new_holes == 0
    }

    /// Whether sessions were due and none came.
    pub fn brought_nothing_of_due(&self) -> bool {
        self.sessions_due > 0 && self.changes.bars_added == 0
    }
}
