//! The reports of runs, as far as they have flags.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::context::Context;
use crate::error::OperationError;
use crate::listing::chain;
use crate::object;
use quantx_lake::adjust::Checksum;
use quantx_lake::{LakeKey, LakePrefix, RunId};
use quantx_market::{Date, RefusedAction};
use quantx_quality::Flag;
use quantx_storage::LakeStore;

/// Days of reports that are read where nobody says since when.
pub(super) const DAYS: i64 = 30;

/// Reports read at most, the newest.
const MAX_REPORTS: usize = 200;

/// The part of a run's report that has flags.
#[derive(Debug, Deserialize)]
pub(super) struct PastReport {
    pub(super) timestamp: Timestamp,
    pub(super) listings: Vec<PastListing>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PastListing {
    pub(super) symbol: String,
    pub(super) exchange: String,
    #[serde(default)]
    pub(super) checksum: Option<Checksum>,
    #[serde(default)]
    pub(super) flags: Vec<Flag>,
    #[serde(default)]
    pub(super) refused_actions: Vec<RefusedAction>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// In order of time.
    pub(super) reports: Vec<PastReport>,
    pub(super) unreadable: Vec<(String, String)>,
}

/// The reports of daily updates and backfills from `since` on, and the newest one in any case.
pub(super) async fn read(context: &Context, since: Option<Date>) -> Result<Past, OperationError> {
    let now = context.clock.now();
    let from = since
        .and_then(|since| {
            // The exchange's date may be a day ahead of UTC.
            let early = since.yesterday().unwrap_or(since).to_datetime(Time::MIN);
            early.to_zoned(TimeZone::UTC).ok()
        })
        .map_or_else(
            || now - SignedDuration::from_hours(24 * DAYS),
            |zoned| zoned.timestamp(),
        );
    let store = context.store.as_ref();
    let found = store.list(&LakePrefix::Reports).await;
    let found = found.map_err(|source| OperationError::Storage {
        doing: "list the reports",
        source,
    })?;
    let mut runs: Vec<RunId> = found
        .into_iter()
        .filter_map(|entry| match entry.key {
            LakeKey::Report { run } => Some(run),
            _ => None,
        })
        .filter(|run| matches!(run.operation(), "daily_update" | "backfill") && run.at() <= now)
        .collect();
    runs.sort_by_key(RunId::at);
    let old = runs.partition_point(|run| run.at() < from);
    let surplus = runs.len().saturating_sub(MAX_REPORTS);
    let first = old.max(surplus).min(runs.len().saturating_sub(1));
    let mut past = Past::default();
    for run in runs.into_iter().skip(first) {
        let key = LakeKey::Report { run };
        match object::read::<PastReport>(store, &key).await {
            Ok(Some((report, _))) => past.reports.push(report),
            Ok(None) => {}
            Err(error @ OperationError::WorkingMemory { .. }) => {
                past.unreadable.push((key.path(), chain(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    past.reports.sort_by_key(|report| report.timestamp);
    Ok(past)
}
