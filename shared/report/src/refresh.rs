use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::verdict::Verdict;
use quantx_usage::StoreUsage;

/// The report of one refresh of a phase, `reports/universe_refresh_<time>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefreshReport {
    /// The run's idea of now.
    pub timestamp: Timestamp,
    /// `universe_refresh`.
    pub operation: String,
    /// The run's name, which is also its path.
    pub run: String,
    /// The phase.
    pub phase: String,
    /// Green only if every list is as fresh as its source.
    pub verdict: Verdict,
    /// Why, when it is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// One entry per enabled universe, in the order of the refresh.
    pub universes: Vec<UniverseReport>,
    /// The list that runs on this phase read.
    pub union: UnionReport,
    /// What the store did.
    pub store: StoreUsage,
    /// Wall time.
    pub elapsed_ms: u64,
}

/// What a refresh did with one universe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UniverseReport {
    /// Its name.
    pub name: String,
    /// Where its list lies in the lake.
    pub path: String,
    /// `wikipedia`, `excel`, `csv`, `static`, `local_file`.
    pub source: String,
    /// Address without its query, or path of the local file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// State of the source, where it names one: a Wikipedia revision, the date of HKEX's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// How it ended.
    pub outcome: RefreshOutcome,
    /// Why, for every outcome but the first two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Members of the list in force after the refresh.
    pub members: usize,
    /// Symbols that the source has and the list before had not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<String>,
    /// Symbols that the list before had and the source has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    /// Old and new symbol of companies that only changed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<(String, String)>,
    /// Rows of the source that are no member, and statements of it that contradict each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// When the list in force was last read from its source; `None`: never.
    pub fresh_at: Option<Timestamp>,
    /// Since when its source could not be read or was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_since: Option<Timestamp>,
    /// SHA-256 of the list in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// How the refresh of one universe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshOutcome {
    /// A new list is in force.
    Refreshed,
    /// The source says what the stored list says.
    Unchanged,
    /// The source could not be read: the last good list stays.
    Stale,
    /// The source's list is not believable: the last good list stays until `--accept`.
    Refused,
    /// The source could not be read and nothing was stored: the settings' own list is in force.
    Fallback,
    /// The source could not be read, and there is no other list.
    Failed,
}

impl RefreshOutcome {
    /// Name as in the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refreshed => "refreshed",
            Self::Unchanged => "unchanged",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::Fallback => "fallback",
            Self::Failed => "failed",
        }
    }

    /// Whether the list in force is the source's own of today.
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Refreshed | Self::Unchanged)
    }
}

/// The union of a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnionReport {
    /// Where it lies in the lake.
    pub path: String,
    /// Its members.
    pub members: usize,
    /// Whether the stored list changed.
    pub changed: bool,
}

impl RefreshReport {
    /// Fills verdict and reasons in: red when a universe has no list at all, yellow when a list is
    /// not as fresh as its source.
    pub fn judged(mut self) -> Self {
        let ill = self.universes.iter().filter(|u| !u.outcome.is_fresh());
        self.reasons = ill
            .map(|universe| {
                let detail = universe.detail.as_deref().unwrap_or("no reason is known");
                let since = universe
                    .stale_since
                    .map(|since| format!(", stale since {since:.0}"))
                    .unwrap_or_default();
                let outcome = universe.outcome.as_str();
                format!("{} is {outcome}{since}: {detail}", universe.name)
            })
            .collect();
        let failed = |universe: &UniverseReport| universe.outcome == RefreshOutcome::Failed;
        self.verdict = if self.universes.iter().any(failed) {
            Verdict::Red
        } else if self.reasons.is_empty() {
            Verdict::Green
        } else {
            Verdict::Yellow
        };
        self
    }
}

/// `meta/universe_<phase>_metadata.json`: when, from what and how many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseMetadata {
    /// The phase.
    pub phase: String,
    /// When the union was last put together.
    pub generated: Timestamp,
    /// Members of the union.
    pub members: usize,
    /// SHA-256 of the union's list.
    pub sha256: String,
    /// One entry per enabled universe.
    pub universes: Vec<UniverseMetadata>,
}

/// One universe of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UniverseMetadata {
    /// Its name.
    pub name: String,
    /// Kind of its source.
    pub source: String,
    /// Address without its query, or path of the local file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// State of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Members of its list.
    pub members: usize,
    /// SHA-256 of its list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// When the list was last read from its source; `None`: it is the settings' own list.
    pub fresh_at: Option<Timestamp>,
    /// Since when the source could not be read or was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_since: Option<Timestamp>,
}

impl From<&UniverseReport> for UniverseMetadata {
    fn from(report: &UniverseReport) -> Self {
        Self {
            name: report.name.clone(),
            source: report.source.clone(),
            origin: report.origin.clone(),
            revision: report.revision.clone(),
            members: report.members,
            sha256: report.sha256.clone(),
            fresh_at: report.fresh_at,
            stale_since: report.stale_since,
        }
    }
}
