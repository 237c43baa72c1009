//! The path of every object of the lake, on disk and in a container alike.

mod parse;
mod prefix;
mod site;

use std::cmp::Ordering;
use std::fmt;

use crate::RunId;
use crate::delta::{ContentHash, DeltaTable};
pub use prefix::LakePrefix;
use quantx_market::{ExchangeCode, Listing, Ticker, UniverseName};
pub use site::SiteFile;

const DATA: &str = "data";
const PANEL: &str = "panel";
const ACTIONS: &str = "actions";
const DELTA: &str = "delta";
const DELTA_LOG: &str = "_delta_log";
const META: &str = "meta";
const REPORTS: &str = "reports";
const QUARANTINE: &str = "quarantine";
const RUNS: &str = "runs";
const SITE: &str = "site";
const TABLE_FILE: &str = "data.parquet";
// "_" hides it from Hive readers.
const COMMIT_FILE: &str = "_symbol.json";
const IDENTITY_FILE: &str = "identity.csv";
const DECISIONS_FILE: &str = "decisions.json";
const MANIFEST_FILE: &str = "symbols_manifest.csv";
const ALERTS_FILE: &str = "alerts.json";
const LAST_RUNS_FILE: &str = "last_runs.json";
// Neither Parquet nor JSON: what was put aside need not be what it was called.
const EVIDENCE: &str = ".bytes";
const RECORD_EVIDENCE: &str = "symbol";
const PANEL_INDEX_FILE: &str = "_panel.json";
// "_" keeps it from a reader's clean-up of files that no version names.
const DELTA_VERSIONS_FILE: &str = "_versions.json";
// Both names are the protocol's.
const DELTA_CHECKPOINT: &str = ".checkpoint.parquet";
const DELTA_LAST_CHECKPOINT_FILE: &str = "_last_checkpoint";
const WORK_FILE: &str = "work.json";

/// Names one object of the lake. Every path is made here and read back by [`LakeKey::parse`].
///
/// Ordered by path.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum LakeKey {
    /// Daily bars of one listing and year.
    Bars {
        exchange: ExchangeCode,
        ticker: Ticker,
        year: i16,
    },
    /// What the bars of one listing are: its commit record.
    Commit {
        exchange: ExchangeCode,
        ticker: Ticker,
    },
    /// The bars of all listings of an exchange and year, for reading.
    Panel { exchange: ExchangeCode, year: i16 },
    /// Which year files the panels of an exchange were made of.
    PanelIndex { exchange: ExchangeCode },
    /// All corporate actions of an exchange's listings.
    Actions { exchange: ExchangeCode },
    /// A file of a Delta table, named by its content.
    DeltaPart {
        table: DeltaTable,
        sha256: ContentHash,
    },
    /// One version of a Delta table.
    DeltaCommit { table: DeltaTable, version: u64 },
    /// A Delta table up to one version, in one file: spares readers the commits before.
    DeltaCheckpoint { table: DeltaTable, version: u64 },
    /// Which checkpoint of a Delta table is the newest: where readers begin.
    DeltaLastCheckpoint { table: DeltaTable },
    /// Which run made which version of a Delta table.
    DeltaVersions { table: DeltaTable },
    /// The listings of a universe, or of a phase (the union that an update reads).
    Universe { name: UniverseName },
    /// When, from what and how many: the sources of a phase.
    UniverseMetadata { name: UniverseName },
    /// Who was a member of a universe, and when.
    Membership { name: UniverseName },
    /// Which company had which symbol, and when.
    Identity,
    /// A table of holidays that the settings name, put there by people: one date a line.
    Holidays { name: UniverseName },
    /// One row per listing: last date, rows, whether its history is complete.
    Manifest,
    /// What was sent to people and still holds.
    Alerts,
    /// The newest run of each work list, for the health check.
    LastRuns,
    /// What a run did.
    Report { run: RunId },
    /// Rows of one listing that a run refused.
    Quarantine {
        exchange: ExchangeCode,
        ticker: Ticker,
        run: RunId,
    },
    /// What people decided about the refused rows of one listing.
    Decisions {
        exchange: ExchangeCode,
        ticker: Ticker,
    },
    /// The bytes of an object that a repair replaced or took away, as they were.
    Evidence {
        exchange: ExchangeCode,
        ticker: Ticker,
        run: RunId,
        of: EvidenceOf,
    },
    /// What a run in chunks works on. Working memory: may be deleted once the run has ended.
    Work { run: RunId },
    /// What one chunk of a run did. Working memory too.
    ChunkReport { run: RunId, chunk: u32 },
    /// A file of the status page.
    Site(SiteFile),
}

/// Which object of a listing a repair put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceOf {
    /// The commit record.
    Record,
    /// The bars of a year.
    Year(i16),
}

impl LakeKey {
    /// The bars of `listing` in `year`.
    pub fn bars(listing: &Listing, year: i16) -> Self {
        Self::Bars {
            exchange: listing.exchange().clone(),
            ticker: listing.ticker().clone(),
            year,
        }
    }

    /// The commit record of `listing`.
    pub fn commit(listing: &Listing) -> Self {
        Self::Commit {
            exchange: listing.exchange().clone(),
            ticker: listing.ticker().clone(),
        }
    }

    /// The rows of `listing` that `run` refused.
    pub fn quarantine(listing: &Listing, run: RunId) -> Self {
        Self::Quarantine {
            exchange: listing.exchange().clone(),
            ticker: listing.ticker().clone(),
            run,
        }
    }

    /// The bytes of an object of `listing` that the repair `run` put aside.
    pub fn evidence(listing: &Listing, run: RunId, of: EvidenceOf) -> Self {
        Self::Evidence {
            exchange: listing.exchange().clone(),
            ticker: listing.ticker().clone(),
            run,
            of,
        }
    }

    /// The decisions about refused rows of `listing`.
    pub fn decisions(listing: &Listing) -> Self {
        Self::Decisions {
            exchange: listing.exchange().clone(),
            ticker: listing.ticker().clone(),
        }
    }

    /// Path inside the lake, `/` between folders, no leading `/`.
    pub fn path(&self) -> String {
        match self {
            Self::Bars {
                exchange,
                ticker,
                year,
            } => format!("{DATA}/exchange={exchange}/ticker={ticker}/year={year}/{TABLE_FILE}"),
            Self::Commit { exchange, ticker } => {
                format!("{DATA}/exchange={exchange}/ticker={ticker}/{COMMIT_FILE}")
            }
            Self::Panel { exchange, year } => {
                format!("{PANEL}/exchange={exchange}/year={year}/{TABLE_FILE}")
            }
            Self::PanelIndex { exchange } => {
                format!("{PANEL}/exchange={exchange}/{PANEL_INDEX_FILE}")
            }
            Self::Actions { exchange } => format!("{ACTIONS}/exchange={exchange}/{TABLE_FILE}"),
            Self::DeltaPart { table, sha256 } => format!("{DELTA}/{table}/part-{sha256}.parquet"),
            Self::DeltaCommit { table, version } => {
                format!("{DELTA}/{table}/{DELTA_LOG}/{version:020}.json")
            }
            Self::DeltaCheckpoint { table, version } => {
                format!("{DELTA}/{table}/{DELTA_LOG}/{version:020}{DELTA_CHECKPOINT}")
            }
            Self::DeltaLastCheckpoint { table } => {
                format!("{DELTA}/{table}/{DELTA_LOG}/{DELTA_LAST_CHECKPOINT_FILE}")
            }
            Self::DeltaVersions { table } => format!("{DELTA}/{table}/{DELTA_VERSIONS_FILE}"),
            Self::Universe { name } => format!("{META}/universe_{name}.csv"),
            Self::UniverseMetadata { name } => format!("{META}/universe_{name}_metadata.json"),
            Self::Membership { name } => format!("{META}/membership_{name}.csv"),
            Self::Identity => format!("{META}/{IDENTITY_FILE}"),
            Self::Holidays { name } => format!("{META}/holidays_{name}.txt"),
            Self::Manifest => format!("{META}/{MANIFEST_FILE}"),
            Self::Alerts => format!("{META}/{ALERTS_FILE}"),
            Self::LastRuns => format!("{META}/{LAST_RUNS_FILE}"),
            Self::Report { run } => format!("{REPORTS}/{run}.json"),
            Self::Quarantine {
                exchange,
                ticker,
                run,
            } => format!("{QUARANTINE}/exchange={exchange}/ticker={ticker}/{run}.json"),
            Self::Evidence {
                exchange,
                ticker,
                run,
                of,
            } => {
                let of = match of {
                    EvidenceOf::Record => RECORD_EVIDENCE.to_owned(),
                    EvidenceOf::Year(year) => year.to_string(),
                };
                format!("{QUARANTINE}/exchange={exchange}/ticker={ticker}/{run}_{of}{EVIDENCE}")
            }
            Self::Decisions { exchange, ticker } => {
                format!("{QUARANTINE}/exchange={exchange}/ticker={ticker}/{DECISIONS_FILE}")
            }
            Self::Work { run } => format!("{RUNS}/{run}/{WORK_FILE}"),
            Self::ChunkReport { run, chunk } => format!("{RUNS}/{run}/chunk_{chunk:05}.json"),
            Self::Site(file) => format!("{SITE}/{}", file.name()),
        }
    }

    /// Reads a path that [`LakeKey::path`] can make, and no other.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`] for every other text.
    pub fn parse(path: &str) -> Result<Self, KeyError> {
        let key = Self::parse_segments(path);
        // Lower-case tickers or `year=02024` would be a second path to one object.
        key.filter(|key| key.path() == path)
            .ok_or_else(|| KeyError::NotAKey {
                path: path.to_owned(),
            })
    }

    /// Media type of the object.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Bars { .. }
            | Self::Panel { .. }
            | Self::Actions { .. }
            | Self::DeltaPart { .. }
            | Self::DeltaCheckpoint { .. } => "application/vnd.apache.parquet",
            Self::Universe { .. } | Self::Membership { .. } | Self::Identity | Self::Manifest => {
                "text/csv; charset=utf-8"
            }
            Self::Commit { .. }
            | Self::UniverseMetadata { .. }
            | Self::PanelIndex { .. }
            | Self::Alerts
            | Self::LastRuns
            | Self::DeltaCommit { .. }
            | Self::DeltaLastCheckpoint { .. }
            | Self::DeltaVersions { .. }
            | Self::Report { .. }
            | Self::Quarantine { .. }
            | Self::Decisions { .. }
            | Self::Work { .. }
            | Self::ChunkReport { .. } => "application/json",
            Self::Holidays { .. } => "text/plain; charset=utf-8",
            Self::Evidence { .. } => "application/octet-stream",
            Self::Site(file) => file.content_type(),
        }
    }

    /// Exchange and local code, where the object belongs to one listing.
    pub fn listing(&self) -> Option<(&ExchangeCode, &Ticker)> {
        match self {
            Self::Bars {
                exchange, ticker, ..
            }
            | Self::Commit { exchange, ticker }
            | Self::Decisions { exchange, ticker }
            | Self::Quarantine {
                exchange, ticker, ..
            }
            | Self::Evidence {
                exchange, ticker, ..
            } => Some((exchange, ticker)),
            _ => None,
        }
    }
}

impl fmt::Display for LakeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

impl fmt::Debug for LakeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

impl Ord for LakeKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.path().cmp(&other.path())
    }
}

impl PartialOrd for LakeKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Why text names nothing in the lake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No object of the lake has this path.
    #[error("{path:?} is not the path of an object of the lake")]
    NotAKey { path: String },
}

#[cfg(test)]
mod tests;
