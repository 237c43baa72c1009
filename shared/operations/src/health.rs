//! Whether all is well: the store answers, the last run was recent and good, every exchange is
//! fresh. Reads a handful of objects.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use super::context::Context;
use super::error::OperationError;
use super::{chunked, manifest, universes};
use quantx_calendar::Calendar;
use quantx_lake::{LakeKey, LakePrefix, RunId};
use quantx_market::{Date, ExchangeCode};
use quantx_report::{Results, Verdict};
use quantx_settings::Settings;
use quantx_storage::LakeStore;

/// How old the last run may be: a long weekend and a day.
const OLDEST_RUN: Duration = Duration::from_secs(5 * 86_400);
/// Sessions that a listing may be behind: the last one is stored by the next run.
const SESSIONS_BEHIND: usize = 2;
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
    /// The newest report of a daily update; before the first one that of a backfill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// Last stored session by exchange.
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

/// Reasons that hide what they know: the sentence to tell, and the detail for the log.
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
    /// Hours since it began.
    pub age_hours: i64,
    /// How it ended.
    pub verdict: Verdict,
    /// Its three counts.
    pub results: Results,
}

/// How fresh an exchange is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// Listings with rows.
    pub listings: usize,
    /// The newest stored session.
    pub last: Option<Date>,
    /// Final sessions that are newer than that.
    pub sessions_behind: usize,
    /// Listings that are more than two final sessions behind.
    pub stale: usize,
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
    let mut freshness: BTreeMap<String, Freshness> = BTreeMap::new();
    // What the timer keeps up to date; without a stored list everything in the lake counts.
    let phase = context.settings.phase.clone().into();
    let wanted = match universes::stored(context, &phase).await {
        Ok(listings) => listings,
        Err(error) => {
            let message = "the stored list of the phase cannot be read; the log says why";
            reasons.push(Reason::new("universe_unreadable", message));
            details.push(super::listing::chain(&error));
            None
        }
    };
    let wanted: Option<BTreeSet<String>> =
        wanted.map(|listings| listings.iter().map(|it| it.symbol().to_string()).collect());
    let is_wanted = |symbol: &String| wanted.as_ref().is_none_or(|it| it.contains(symbol));
    for row in manifest.rows().filter(|row| is_wanted(&row.ticker)) {
        let behind = sessions_behind(&context.settings, &row.exchange, row.last_date, now);
        let entry = freshness.entry(row.exchange.clone()).or_insert(Freshness {
            listings: 0,
            last: None,
            sessions_behind: usize::MAX,
            stale: 0,
        });
        entry.listings += 1;
        entry.last = entry.last.max(row.last_date);
        entry.sessions_behind = entry.sessions_behind.min(behind);
        entry.stale += usize::from(behind > SESSIONS_BEHIND);
    }
    for (exchange, fresh) in &freshness {
        // Some are suspended or delisted; most are not.
        if 2 * fresh.stale > fresh.listings {
            let message = format!(
                "{exchange}: {} of {} listings are more than {SESSIONS_BEHIND} sessions behind, the newest {}",
                fresh.stale, fresh.listings, fresh.sessions_behind
            );
            reasons.push(Reason::new("exchange_behind", message));
        }
    }
    let last_run = match last_run(context, now, &mut reasons).await {
        Ok(found) => found,
        Err(detail) => {
            reasons.push(Reason::store(&detail).reason);
            details.push(detail);
            None
        }
    };
    match &last_run {
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
        storage: Status::Ok,
        last_run,
        freshness,
        details,
    }
}

fn sessions_behind(
    settings: &Settings,
    exchange: &str,
    last: Option<Date>,
    now: Timestamp,
) -> usize {
    let behind = || {
        let exchange = settings
            .exchanges
            .get(&ExchangeCode::parse(exchange).ok()?)?;
        let calendar = Calendar::of(&exchange.mic)?;
        let newest = calendar.last_closed_session(now, exchange.lag)?.date();
        let next = last.map_or(Some(Date::MIN), |last| last.tomorrow().ok())?;
        Some(calendar.count(quantx_market::SessionRange::inclusive(next, newest)))
    };
    behind().unwrap_or(0)
}

/// The newest report of a daily update, before the first one that of a backfill: by the time in its
/// name, which the report itself has to confirm. Names of the future, and copies under another name, are told and passed over: they
/// would hide the run that counts.
async fn last_run(
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
        let glance = match chunked::read::<Glance>(store, &LakeKey::Report { run }).await {
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
#[path = "health_tests.rs"]
mod tests;
