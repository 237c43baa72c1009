//! `meta/last_runs.json`: the newest run of each work list that a setting can name. A run of symbols
//! typed by hand says nothing of whether the timer works, so it is not here.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::OperationError;
use crate::listing::chain;
use crate::object;
use crate::scope::Scope;
use quantx_lake::LakeKey;
use quantx_report::{Results, RunReport, Verdict};
use quantx_storage::{Change, UpdateError, update};

/// How a run ended, as far as health is concerned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndedRun {
    pub(crate) run: String,
    pub(crate) timestamp: Timestamp,
    pub(crate) verdict: Verdict,
    pub(crate) results: Results,
}

/// The newest run of each work list and operation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct LastRuns(BTreeMap<String, BTreeMap<String, EndedRun>>);

impl LastRuns {
    /// The newest daily update of `scope`; before the first one, its newest backfill.
    pub(super) fn of(&self, scope: &Scope) -> Option<&EndedRun> {
        let runs = self.0.get(scope.name())?;
        runs.get("daily_update").or_else(|| runs.get("backfill"))
    }

    fn add(&mut self, scope: &Scope, operation: &str, ended: EndedRun) {
        let runs = self.0.entry(scope.name().to_owned()).or_default();
        let is_newer = |known: &EndedRun| ended.timestamp >= known.timestamp;
        if runs.get(operation).is_none_or(is_newer) {
            runs.insert(operation.to_owned(), ended);
        }
    }
}

/// Reads the object; `None` when there is none, as in a lake of an earlier version.
///
/// # Errors
/// [`OperationError`] when the store fails or the object is damaged.
pub(super) async fn read(context: &Context) -> Result<Option<LastRuns>, OperationError> {
    let found = object::read(context.store.as_ref(), &LakeKey::LastRuns).await?;
    Ok(found.map(|(runs, _)| runs))
}

/// Notes that a run ended. A damaged object is made anew.
///
/// # Errors
/// A sentence; the run itself is stored.
pub(crate) async fn note(
    context: &Context,
    scope: &Scope,
    report: &RunReport,
) -> Result<(), String> {
    let ended = EndedRun {
        run: report.run.clone(),
        timestamp: report.timestamp,
        verdict: report.verdict,
        results: report.results,
    };
    let store = context.store.as_ref();
    let stored = update(store, &LakeKey::LastRuns, |found| {
        let known = found.and_then(|object| serde_json::from_slice(&object.bytes).ok());
        let mut runs: LastRuns = known.unwrap_or_default();
        runs.add(scope, &report.operation, ended.clone());
        let bytes = serde_json::to_vec_pretty(&runs)?;
        Ok::<_, serde_json::Error>(Change::Put(Bytes::from(bytes), ()))
    });
    let path = LakeKey::LastRuns.path();
    stored.await.map_err(|error| match error {
        UpdateError::Read(source) | UpdateError::Write(source) => {
            format!("cannot keep {path}: {}", chain(&source))
        }
        UpdateError::Compute(source) => format!("cannot keep {path}: {source}"),
        UpdateError::Contended => format!("other runs keep changing {path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(run: &str, timestamp: &str) -> EndedRun {
        EndedRun {
            run: run.to_owned(),
            timestamp: timestamp.parse().unwrap(),
            verdict: Verdict::Green,
            results: Results::default(),
        }
    }

    #[test]
    fn of_each_work_list_the_newest_daily_update_counts() {
        let (one, two) = (Scope::named("phase_1"), Scope::named("phase_2"));
        let mut runs = LastRuns::default();
        runs.add(&one, "backfill", ended("a", "2024-07-05T00:00:00Z"));
        assert_eq!(runs.of(&one).unwrap().run, "a");
        runs.add(&one, "daily_update", ended("b", "2024-07-03T00:00:00Z"));
        runs.add(&one, "daily_update", ended("c", "2024-07-02T00:00:00Z"));
        assert_eq!(runs.of(&one).unwrap().run, "b");
        assert_eq!(runs.of(&two), None);
        let text = serde_json::to_string(&runs).unwrap();
        assert_eq!(serde_json::from_str::<LastRuns>(&text).unwrap(), runs);
    }
}
