//! Whether all is well: the store answers, the last run of the configured work list was recent and
//! good, and its listings have the sessions that are due. Reads a handful of objects.

mod freshness;
mod last_runs;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use super::context::Context;
use super::error::OperationError;
use super::scope::Scope;
use super::{manifest, object, universes};
use freshness::SESSIONS_BEHIND;
use quantx_lake::{LakeKey, LakePrefix, RunId};
use quantx_market::{Listing, UniverseName};
use quantx_report::{Results, Verdict};
use quantx_storage::LakeStore;

pub use freshness::Freshness;
pub(crate) use freshness::{Moments, freshness, reached_by_half};
pub(crate) use last_runs::note;

/// How long a look may take where nobody says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How old the last run may be: a long weekend and a day.
const OLDEST_RUN: Duration = Duration::from_secs(5 * 86_400);
/// Clocks of machines differ by less.
const CLOCK_SKEW: Duration = Duration::from_secs(300);
/// Reports read at most until one is found that is what its name says.
const REPORTS_READ: usize = 5;

/// The answer. What is serialized of it names no account, address, path or setting: whoever asks may
/// be anybody.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// `ok` or `unhealthy`.
    pub status: Status,
    /// The instant of the checks.
    pub timestamp: Timestamp,
    /// Why, when it is not well.
    pub reasons: Vec<Reason>,
    /// Whether the store answered.
    pub storage: Status,
    /// The newest daily update of the configured work list; before the first one its newest backfill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// How many listings of each exchange are up to date.
    pub freshness: BTreeMap<String, Freshness>,
    /// What the operator's log may know beside that.
    #[serde(skip)]
    pub details: Vec<String>,
}

/// One thing that is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// A word to decide by.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// Reasons that hide what they know: the sentence to show, and the detail for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    reason: Reason,
    detail: Option<String>,
}

impl Reason {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// The settings are wrong; `detail` says how.
    pub fn settings(detail: &str) -> Hidden {
        let message = "the settings are wrong; the log names each mistake";
        Hidden::new(Self::new("settings_wrong", message), detail)
    }

    /// The store cannot be used; `detail` says why.
    pub fn store(detail: &str) -> Hidden {
        let message = "the lake cannot be opened or read; the log says why";
        Hidden::new(Self::new("storage_unavailable", message), detail)
    }

    /// Nobody knows yet.
    pub fn late() -> Hidden {
        let message = "the store did not answer in time";
        Hidden {
            reason: Self::new("storage_slow", message),
            detail: None,
        }
    }
}

impl Hidden {
    fn new(reason: Reason, detail: &str) -> Self {
        Self {
            reason,
            detail: Some(detail.to_owned()),
        }
    }
}

/// Well or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Somebody should look.
    Unhealthy,
}

/// The newest run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastRun {
    /// Its name.
    pub run: String,
    /// When it began.
    #[serde(skip)]
    pub began: Timestamp,
    /// Hours since it began.
    pub age_hours: i64,
    /// How it ended.
    pub verdict: Verdict,
    /// Its three counts.
    pub results: Results,
}

/// The part of a report that is looked at.
#[derive(serde::Deserialize)]
struct Glance {
    timestamp: Timestamp,
    run: String,
    verdict: Verdict,
    results: Results,
}

impl Health {
    /// Nothing could be looked at.
    pub fn broken(now: Timestamp, why: Hidden) -> Self {
        Self {
            status: Status::Unhealthy,
            timestamp: now,
            reasons: vec![why.reason],
            storage: Status::Unhealthy,
            last_run: None,
            freshness: BTreeMap::new(),
            details: why.detail.into_iter().collect(),
        }
    }
}

/// Looks, for `patience` at most.
pub async fn check(context: &Context, patience: Duration) -> Health {
    let now = context.clock.now();
    let looked = timeout(patience, look(context, now)).await;
    looked.unwrap_or_else(|_| Health::broken(now, Reason::late()))
}

async fn look(context: &Context, now: Timestamp) -> Health {
    let manifest = match manifest::show(context.store.as_ref()).await {
        Ok(manifest) => manifest,
        Err(error) => {
            return Health::broken(now, Reason::store(&super::listing::chain(&error)));
        }
    };
    let mut reasons = Vec::new();
    let mut details = Vec::new();
    // What the timer keeps up to date; without a stored list everything in the lake counts.
    let wanted = match wanted(context).await {
        Ok(listings) => listings,
        Err(detail) => {
            let message = "the stored list of the phase cannot be read; the log says why";
            reasons.push(Reason::new("universe_unreadable", message));
            details.push(detail);
            None
        }
    };
    let mut storage = Status::Ok;
    let last_run = match last_run(context, now, &mut reasons).await {
        Ok(found) => found,
        Err(detail) => {
            reasons.push(Reason::store(&detail).reason);
            details.push(detail);
            storage = Status::Unhealthy;
            None
        }
    };
    let oldest = i64::try_from(OLDEST_RUN.as_secs()).unwrap_or(i64::MAX);
    let recent = last_run.as_ref().map(|run| run.began);
    let recent = recent.filter(|began| now.duration_since(*began).as_secs() <= oldest);
    let moments = Moments {
        last_run: recent.unwrap_or(now),
        now,
    };
    let freshness = freshness(&context.settings, &manifest, wanted.as_deref(), moments);
    for (exchange, fresh) in &freshness {
        if let Some(message) = behind(context, exchange, fresh) {
            reasons.push(Reason::new("exchange_behind", message));
        }
    }
    match &last_run {
        // Nobody knows whether there is one where the store did not say.
        None if storage == Status::Unhealthy => {}
        None => reasons.push(Reason::new("no_run", "no run has left a report yet")),
        Some(run) => {
            if run.verdict == Verdict::Red {
                let message = format!("the last run, {}, was red", run.run);
                reasons.push(Reason::new("last_run_red", message));
            }
            if run.age_hours > i64::try_from(OLDEST_RUN.as_secs() / 3_600).unwrap_or(i64::MAX) {
                let message = format!("the last run, {}, was {} hours ago", run.run, run.age_hours);
                reasons.push(Reason::new("last_run_old", message));
            }
        }
    }
    let status = if reasons.is_empty() {
        Status::Ok
    } else {
        Status::Unhealthy
    };
    Health {
        status,
        timestamp: now,
        reasons,
        storage,
        last_run,
        freshness,
        details,
    }
}

/// Why an exchange is not fresh enough; `None` if it is.
pub(crate) fn behind(context: &Context, exchange: &str, fresh: &Freshness) -> Option<String> {
    let Freshness {
        listings,
        current,
        stale,
        ..
    } = fresh;
    // Some are suspended or delisted; most are not.
    if fresh.share() < context.settings.alerts.fresh_below {
        return Some(format!(
            "{exchange}: {current} of {listings} listings have the session that was due at the last run"
        ));
    }
    (2 * stale > *listings).then(|| {
        format!(
            "{exchange}: {stale} of {listings} listings are more than {SESSIONS_BEHIND} sessions behind, the newest {}",
            fresh.sessions_behind
        )
    })
}

/// The work list that the settings name, as it is stored; `None` if it is not.
///
/// # Errors
/// The detail for the log.
pub(crate) async fn wanted(context: &Context) -> Result<Option<Vec<Listing>>, String> {
    let chain = |error: &dyn std::error::Error| super::listing::chain(error);
    let settings = &context.settings;
    let name: UniverseName = match &settings.universe_path {
        Some(path) => universes::universe_of(path).map_err(|error| chain(&error))?,
        None => settings.phase.clone().into(),
    };
    let listings = universes::stored(context, &name).await;
    listings.map_err(|error| chain(&error))
}

/// The newest run of the configured work list. A lake of an earlier version has no object of such
/// runs: then the reports are looked through.
async fn last_run(
    context: &Context,
    now: Timestamp,
    reasons: &mut Vec<Reason>,
) -> Result<Option<LastRun>, String> {
    let scope = Scope::of_settings(&context.settings);
    let runs = match last_runs::read(context).await {
        Ok(Some(runs)) => runs,
        Ok(None) => return newest_report(context, now, reasons).await,
        Err(OperationError::WorkingMemory { .. }) => {
            let message = "the list of last runs cannot be read; the next run makes it again";
            reasons.push(Reason::new("last_runs_unreadable", message));
            return newest_report(context, now, reasons).await;
        }
        Err(error) => return Err(super::listing::chain(&error)),
    };
    let found = runs.of(&scope).map(|ended| LastRun {
        run: ended.run.clone(),
        began: ended.timestamp,
        age_hours: now.duration_since(ended.timestamp).as_hours(),
        verdict: ended.verdict,
        results: ended.results,
    });
    Ok(found.filter(|run| run.began <= now + CLOCK_SKEW))
}

/// The newest report of a daily update, before the first one that of a backfill: by the time in its
/// name, which the report itself has to confirm. Names of the future, and copies under another name, are logged and passed over: they
/// would hide the run that counts.
async fn newest_report(
    context: &Context,
    now: Timestamp,
    reasons: &mut Vec<Reason>,
) -> Result<Option<LastRun>, String> {
    let store = context.store.as_ref();
    let entries = store
        .list(&LakePrefix::Reports)
        .await
        .map_err(|error| super::listing::chain(&error))?;
    let runs = entries.into_iter().filter_map(|entry| match entry.key {
        LakeKey::Report { run } => Some(run),
        _ => None,
    });
    let fills = |run: &RunId| matches!(run.operation(), "daily_update" | "backfill");
    let (mut runs, future): (Vec<RunId>, Vec<RunId>) = runs
        .filter(fills)
        .partition(|run| run.at() <= now + CLOCK_SKEW);
    if let Some(run) = future.first() {
        let message = format!(
            "{} reports are dated in the future, as {run}; they are ignored",
            future.len()
        );
        reasons.push(Reason::new("report_of_the_future", message));
    }
    runs.sort_by_key(|run| (run.operation() != "daily_update", Reverse(run.at())));
    for run in runs.into_iter().take(REPORTS_READ) {
        let name = run.to_string();
        let glance = match object::read::<Glance>(store, &LakeKey::Report { run }).await {
            Ok(Some((glance, _))) => glance,
            Ok(None) => continue,
            Err(OperationError::WorkingMemory { .. }) => {
                let message = format!("the report {name} cannot be read; it is ignored");
                reasons.push(Reason::new("report_unreadable", message));
                continue;
            }
            Err(error) => return Err(super::listing::chain(&error)),
        };
        if glance.run != name || glance.timestamp > now + CLOCK_SKEW {
            let message = format!("the report {name} is not that of the run; it is ignored");
            reasons.push(Reason::new("report_not_its_own", message));
            continue;
        }
        return Ok(Some(LastRun {
            run: glance.run,
            began: glance.timestamp,
            age_hours: now.duration_since(glance.timestamp).as_hours(),
            verdict: glance.verdict,
            results: glance.results,
        }));
    }
    Ok(None)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a lake on the disk is damaged here"
)]
#[cfg(test)]
mod tests;
