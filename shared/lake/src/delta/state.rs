//! A table as of its newest version, and what a run changes in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::log::{Add, Commit, Remove, part_name};
use super::part::PartEntry;
use super::{ContentHash, DeltaTable};
use crate::RunId;
use quantx_market::{Date, ExchangeCode};

/// `delta/<table>/_versions.json`: which run made which version, and the files of the newest. It is
/// made of the log and can be made again of it; it spares a publisher the reading of the whole log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableState {
    /// Every version, ascending from 0 without a gap.
    pub versions: Vec<VersionEntry>,
    /// The files of the newest version, by path.
    pub files: BTreeMap<String, Add>,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionEntry {
    /// Its number.
    pub version: u64,
    /// The run that made it; absent where another program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When the run began.
    pub at: Timestamp,
}

/// Why a log cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// A commit that does not say when.
    #[error("version {version} has no usable time")]
    NoTime { version: u64 },
}

/// What a table should have of each exchange and year.
pub type Wanted = BTreeMap<(ExchangeCode, i16), PartEntry>;

/// What a run changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The version that it makes.
    pub version: u64,
    /// Its commit.
    pub commit: Commit,
}

impl TableState {
    /// The number of the version that comes next.
    pub fn next_version(&self) -> u64 {
        self.versions.last().map_or(0, |last| last.version + 1)
    }

    /// Takes in the commit of the next version.
    ///
    /// # Errors
    /// [`StateError`] when the commit does not say when it was made.
    pub fn apply(&mut self, commit: &Commit) -> Result<(), StateError> {
        let version = self.next_version();
        let no_time = StateError::NoTime { version };
        let info = commit.info.as_ref();
        // Other programs may leave it out; then the version is as old as the one before.
        let before = self.versions.last().map(|last| last.at);
        let at = match info.and_then(|info| info.timestamp) {
            Some(milliseconds) => Timestamp::from_millisecond(milliseconds).ok(),
            None => before,
        };
        let at = at.ok_or(no_time)?;
        for removed in &commit.remove {
            self.files.remove(&removed.path);
        }
        for added in &commit.add {
            self.files.insert(added.path.clone(), added.clone());
        }
        let run = info.and_then(|info| info.run.clone());
        self.versions.push(VersionEntry { version, run, at });
        Ok(())
    }

    /// What makes the table have the files `wanted`, and no other of these exchanges; `None` when it has
    /// them already. Files without an exchange are another program's doing (a compaction), and go.
    pub fn plan(
        &self,
        table: DeltaTable,
        exchanges: &BTreeSet<ExchangeCode>,
        wanted: &Wanted,
        run: &RunId,
        at: Timestamp,
    ) -> Option<Changes> {
        let names: BTreeSet<String> = wanted.values().map(part_name).collect();
        let is_ours = |file: &Add| {
            file.exchange()
                .is_none_or(|code| exchanges.iter().any(|it| it.as_str() == code))
        };
        let gone = self.files.values();
        let gone = gone.filter(|file| is_ours(file) && !names.contains(&file.path));
        let remove: Vec<Remove> = gone
            .map(|file| Remove {
                path: file.path.clone(),
                deletion_timestamp: Some(at.as_millisecond()),
                data_change: true,
            })
            .collect();
        let new = wanted.iter();
        let new = new.filter(|(_, part)| !self.files.contains_key(&part_name(part)));
        let add: Vec<Add> = new
            .map(|((exchange, year), part)| Add::new(table, exchange, *year, part, at))
            .collect();
        if add.is_empty() && remove.is_empty() {
            return None;
        }
        let version = self.next_version();
        let head = (version == 0).then(|| Commit::head_of(table, run, at));
        Some(Changes {
            version,
            commit: Commit::new(run, at, head, add, remove),
        })
    }

    /// Whether the newest version has this file.
    pub fn has(&self, part: &PartEntry) -> bool {
        self.files.contains_key(&part_name(part))
    }

    /// The hashes that the files of the newest version have by their names.
    pub fn hashes(&self) -> impl Iterator<Item = ContentHash> {
        self.files.keys().filter_map(|path| {
            let name = path.strip_prefix("part-")?.strip_suffix(".parquet")?;
            ContentHash::parse(name)
        })
    }

    /// The newest version whose run began on `date` (UTC) or before: what was known at the end of that
    /// day. `None` before the first version.
    pub fn known_on(&self, date: Date) -> Option<&VersionEntry> {
        let until = date
            .tomorrow()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?;
        let mut versions = self.versions.iter().rev();
        versions.find(|version| version.at < until.timestamp())
    }
}
