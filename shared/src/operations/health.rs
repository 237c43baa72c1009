//! Whether all is well: the store answers, the last run was recent and good, every exchange is
//! fresh. Reads a handful of objects.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use super::context::Context;
use super::{chunked, manifest, universes};
use crate::calendar::Calendar;
use crate::lake::{LakeKey, LakePrefix, RunId};
use crate::market::{Date, ExchangeCode};
use crate::report::{Results, Verdict};
use crate::settings::Settings;
use crate::storage::LakeStore;

/// How old the last run may be: a long weekend and a day.
const OLDEST_RUN: Duration = Duration::from_secs(5 * 86_400);
/// Sessions that a listing may be behind: the last one is stored by the next run.
const SESSIONS_BEHIND: usize = 2;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// `ok` or `unhealthy`.
    pub status: Status,
    /// The instant of the checks.
    pub timestamp: Timestamp,
    /// Why, when it is not well.
    pub reasons: Vec<String>,
    /// Whether the store answered.
    pub storage: Status,
    /// The newest report of a daily update; before the first one that of a backfill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// Last stored session by exchange.
    pub freshness: BTreeMap<String, Freshness>,
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
    pub fn broken(now: Timestamp, reasons: Vec<String>) -> Self {
        Self {
            status: Status::Unhealthy,
            timestamp: now,
            reasons,
            storage: Status::Unhealthy,
            last_run: None,
            freshness: BTreeMap::new(),
        }
    }
}

/// Looks, for `patience` at most.
pub async fn check(context: &Context, patience: Duration) -> Health {
    let now = context.clock.now();
    let looked = timeout(patience, look(context, now)).await;
    looked.unwrap_or_else(|_| {
        let reason = format!(
            "the store did not answer within {} ms",
            patience.as_millis()
        );
        Health::broken(now, vec![reason])
    })
}

async fn look(context: &Context, now: Timestamp) -> Health {
    let manifest = match manifest::show(context.store.as_ref()).await {
        Ok(manifest) => manifest,
        Err(error) => {
            return Health::broken(now, vec![super::listing::chain(&error)]);
        }
    };
    let mut reasons = Vec::new();
    let mut freshness: BTreeMap<String, Freshness> = BTreeMap::new();
    // What the timer keeps up to date; without a stored list everything in the lake counts.
    let phase = context.settings.phase.clone().into();
    let wanted = match universes::stored(context, &phase).await {
        Ok(listings) => listings,
        Err(error) => {
            reasons.push(super::listing::chain(&error));
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
            reasons.push(format!(
                "{exchange}: {} of {} listings are more than {SESSIONS_BEHIND} sessions behind, the newest {}",
                fresh.stale, fresh.listings, fresh.sessions_behind
            ));
        }
    }
    let last_run = match last_run(context, now).await {
        Ok(found) => found,
        Err(reason) => {
            reasons.push(reason);
            None
        }
    };
    match &last_run {
        None => reasons.push("no run has left a report yet".to_owned()),
        Some(run) => {
            if run.verdict == Verdict::Red {
                reasons.push(format!("the last run, {}, was red", run.run));
            }
            if run.age_hours > i64::try_from(OLDEST_RUN.as_secs() / 3_600).unwrap_or(i64::MAX) {
                reasons.push(format!(
                    "the last run, {}, was {} hours ago",
                    run.run, run.age_hours
                ));
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
        Some(calendar.count(crate::market::SessionRange::inclusive(next, newest)))
    };
    behind().unwrap_or(0)
}

/// The newest report of a daily update; before the first one that of a backfill.
async fn last_run(context: &Context, now: Timestamp) -> Result<Option<LastRun>, String> {
    let store = context.store.as_ref();
    let entries = store
        .list(&LakePrefix::Reports)
        .await
        .map_err(|error| error.to_string())?;
    let runs = entries.into_iter().filter_map(|entry| match entry.key {
        LakeKey::Report { run } => Some(run),
        _ => None,
    });
    let runs: Vec<RunId> = runs.collect();
    let newest = |operation: &str| {
        let named = runs.iter().filter(|run| run.operation() == operation);
        named.max_by_key(|run| run.at()).cloned()
    };
    let Some(newest) = newest("daily_update").or_else(|| newest("backfill")) else {
        return Ok(None);
    };
    let key = LakeKey::Report { run: newest };
    let found = chunked::read::<Glance>(store, &key).await;
    let found = found.map_err(|error| super::listing::chain(&error))?;
    Ok(found.map(|(glance, _)| LastRun {
        run: glance.run,
        age_hours: now.duration_since(glance.timestamp).as_hours(),
        verdict: glance.verdict,
        results: glance.results,
    }))
}
