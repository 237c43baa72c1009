//! What runs and refreshes reported: as the last page has it, and the reports since.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::error::OperationError;
use crate::object;
use quantx_lake::{LakeKey, LakePrefix, RunId};
use quantx_report::page::{PageEvent, PageRefresh, PageRun, Status};
use quantx_report::{RefreshReport, RunReport};
use quantx_storage::LakeStore;

/// Runs and refreshes that are kept, the newest of each.
const KEPT: usize = 40;
/// Reports that are read at most, the newest: the first page of an old lake needs no more.
const READ: usize = 20;
const REFRESH: &str = "universe_refresh";

/// Runs and refreshes.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(super) runs: Vec<PageRun>,
    pub(super) refreshes: Vec<PageRefresh>,
}

impl History {
    /// Those of the last page.
    pub(super) fn of(status: Option<&Status>) -> Self {
        Self {
            runs: status.map_or_else(Vec::new, |status| status.runs.clone()),
            refreshes: status.map_or_else(Vec::new, |status| status.refreshes.clone()),
        }
    }

    /// With this run.
    pub(super) fn with_run(mut self, report: &RunReport) -> Self {
        self.runs.retain(|run| run.run != report.run);
        self.runs.push(PageRun::of(report));
        self
    }

    /// With the reports up to `now` that are not known yet. Only the newest are looked at, and what
    /// cannot be read is left out.
    pub(super) async fn with_reports(
        mut self,
        context: &Context,
        now: Timestamp,
    ) -> Result<Self, OperationError> {
        let store = context.store.as_ref();
        let found = store.list(&LakePrefix::Reports).await;
        let found = found.map_err(|source| OperationError::Storage {
            doing: "list the reports",
            source,
        })?;
        let is_shown = |run: &RunId| {
            matches!(run.operation(), "daily_update" | "backfill" | REFRESH) && run.at() <= now
        };
        let mut runs: Vec<RunId> = found
            .into_iter()
            .filter_map(|entry| match entry.key {
                LakeKey::Report { run } => Some(run),
                _ => None,
            })
            .filter(is_shown)
            .collect();
        runs.sort_by_key(|run| Reverse(run.at()));
        runs.truncate(READ);
        let known = self.runs.iter().map(|run| run.run.clone());
        let known: BTreeSet<String> = known
            .chain(self.refreshes.iter().map(|it| it.run.clone()))
            .collect();
        runs.retain(|run| !known.contains(&run.to_string()));
        for run in runs {
            let is_refresh = run.operation() == REFRESH;
            let key = LakeKey::Report { run };
            if is_refresh {
                let report = read::<RefreshReport>(store, &key).await?;
                self.refreshes.extend(report.as_ref().map(PageRefresh::of));
            } else {
                let report = read::<RunReport>(store, &key).await?;
                self.runs.extend(report.as_ref().map(PageRun::of));
            }
        }
        self.runs.sort_by_key(|run| Reverse(run.timestamp));
        self.runs.truncate(KEPT);
        self.refreshes.sort_by_key(|it| Reverse(it.timestamp));
        self.refreshes.truncate(KEPT);
        Ok(self)
    }

    /// The market events that runs reported.
    pub(super) fn events(&self) -> impl Iterator<Item = PageEvent> + '_ {
        let events = self.runs.iter().flat_map(|run| &run.market_events);
        events.map(PageEvent::from)
    }
}

/// A report, if it is one.
async fn read<T: DeserializeOwned>(
    store: &dyn LakeStore,
    key: &LakeKey,
) -> Result<Option<T>, OperationError> {
    match object::read::<T>(store, key).await {
        Ok(found) => Ok(found.map(|(report, _)| report)),
        Err(OperationError::WorkingMemory { detail, .. }) => {
            tracing::debug!(%key, detail, "{key} is left out of the status page");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
