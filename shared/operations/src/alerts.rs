//! A message for each change of state that a run finds. Nothing here fails a run: what cannot be
//! delivered is logged, and tried again by the next run.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bytes::Bytes;

use crate::context::Context;
use crate::health::{self, Moments};
use crate::heartbeat;
use crate::listing::chain;
use crate::manifest;
use quantx_alert::{
    AlertClient, AlertState, Change, Condition, ConditionKind, Limits, Message, MessageStyle,
    Observed,
};
use quantx_lake::LakeKey;
use quantx_lake::remarks::About;
use quantx_report::{Outcome, RunReport, Verdict};
use quantx_settings::WebhookStyle;
use quantx_storage::{Change as Write, LakeStore, UpdateError, update};

/// Where messages link to when no page is configured.
const RUNBOOK: &str = "docs/runbook.md";

/// Says that a run ended: the heartbeat has the exit code of `quantx`, and what changed since the
/// last run is posted.
pub(crate) async fn run_ends(context: &Context, report: &RunReport) {
    heartbeat::run_ends(context, report.verdict).await;
    if context.settings.alerts.webhook.is_some() {
        post_changes(context, report).await;
    }
}

async fn post_changes(context: &Context, report: &RunReport) {
    let seen = observe(context, report).await;
    let store = context.store.as_ref();
    let known = match store.get(&LakeKey::Alerts).await {
        Ok(found) => found.map(|object| object.bytes),
        Err(error) => {
            tracing::warn!("what was sent before cannot be read: {}", chain(&error));
            return;
        }
    };
    // A damaged state is as good as none: what holds is sent again.
    let known: AlertState = known
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let (changes, mut after) = known.observe(&seen, report.timestamp);
    if changes.is_empty() && after == known {
        return;
    }
    for change in unsent(context, report, changes).await {
        after = after.without(&change);
    }
    keep(context, &after).await;
}

/// Posts every change; gives back those that were not taken.
async fn unsent(context: &Context, report: &RunReport, changes: Vec<Change>) -> Vec<Change> {
    let alerts = &context.settings.alerts;
    let Some(address) = &alerts.webhook else {
        return changes;
    };
    let client = match AlertClient::new(Limits::default()) {
        Ok(client) => client,
        Err(error) => {
            tracing::warn!("no message: {}", chain(&error));
            return changes;
        }
    };
    let style = match alerts.webhook_style {
        WebhookStyle::Generic => MessageStyle::Generic,
        WebhookStyle::Slack => MessageStyle::Slack,
        WebhookStyle::Teams => MessageStyle::Teams,
    };
    let runbook = alerts.runbook_url.as_ref();
    let runbook = runbook.map_or(RUNBOOK, |address| address.as_str());
    let mut failed = Vec::new();
    for change in changes {
        let message = Message {
            change,
            run: report.run.clone(),
            at: report.timestamp,
            runbook: runbook.to_owned(),
        };
        let body = message.body(style);
        if let Err(error) = client.post(address.expose().as_str(), &body).await {
            let condition = &message.change.condition;
            tracing::warn!(
                "the message about {condition} waits for the next run: {}",
                chain(&error)
            );
            failed.push(message.change);
            // A webhook that is away costs a run one patience, not one per message.
            break;
        }
    }
    failed
}

async fn keep(context: &Context, state: &AlertState) {
    let Ok(bytes) = serde_json::to_vec_pretty(state) else {
        return;
    };
    let bytes = Bytes::from(bytes);
    let kept = update(context.store.as_ref(), &LakeKey::Alerts, |_| {
        Ok::<_, Infallible>(Write::Put(bytes.clone(), ()))
    });
    match kept.await {
        Ok(()) => {}
        Err(UpdateError::Read(error) | UpdateError::Write(error)) => {
            tracing::warn!("what was sent is not remembered: {}", chain(&error));
        }
        Err(UpdateError::Compute(never)) => match never {},
        Err(UpdateError::Contended) => {
            tracing::warn!("what was sent is not remembered: other runs change it");
        }
    }
}

/// What is wrong after this run. Conditions of exchanges that the run did not work on are left to the
/// freshness of the configured work list.
async fn observe(context: &Context, report: &RunReport) -> Observed {
    let mut seen = of_report(report, context.settings.alerts.coverage_below);
    let Ok(manifest) = manifest::show(context.store.as_ref()).await else {
        return seen;
    };
    let wanted = health::wanted(context).await.ok().flatten();
    let moments = Moments {
        last_run: report.timestamp,
        now: context.clock.now(),
    };
    let fresh = health::freshness(&context.settings, &manifest, wanted.as_deref(), moments);
    for (exchange, fresh) in fresh {
        if let Some(why) = health::behind(context, &exchange, &fresh) {
            seen.insert(Condition::of(ConditionKind::SessionsBehind, exchange), why);
        }
    }
    seen
}

/// What the report itself says. Pure.
fn of_report(report: &RunReport, coverage_below: f64) -> Observed {
    let mut seen = Observed::new();
    let operation = &report.operation;
    if report.verdict == Verdict::Red {
        let condition = Condition::of(ConditionKind::RunRed, operation);
        seen.insert(condition, report.reasons.join("; "));
    }
    let paused = report.outcomes.get(Outcome::Throttled.as_str());
    if let Some(n) = paused.filter(|n| **n > 0) {
        let condition = Condition::of(ConditionKind::VendorPaused, operation);
        let why = format!("the vendor refused or was away: {n} listings were left out");
        seen.insert(condition, why);
    }
    let remarks = report.listings.iter().flat_map(|it| &it.remarks);
    let refused = remarks.filter(|it| it.about == About::RefusedRow).count();
    if refused > 0 {
        let condition = Condition::of(ConditionKind::QuarantineGrew, operation);
        let why = format!(
            "{refused} rows were refused for the first time; `quantx quarantine list` shows them"
        );
        seen.insert(condition, why);
    }
    let disputed = report.listings.iter();
    let disputed =
        disputed.filter(|it| it.remarks.iter().any(|it| it.about == About::Contradiction));
    let disputed: Vec<&str> = disputed.map(|it| it.symbol.as_str()).collect();
    if !disputed.is_empty() {
        let condition = Condition::of(ConditionKind::VendorsDisagree, operation);
        let why = format!(
            "{} listings have stored rows that the vendor contradicts: {}; `quantx flags` shows them",
            disputed.len(),
            disputed
                .iter()
                .take(5)
                .copied()
                .collect::<Vec<_>>()
                .join(", ")
        );
        seen.insert(condition, why);
    }
    let mut cells: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for listing in &report.listings {
        let entry = cells.entry(&listing.exchange).or_default();
        let coverage = listing.coverage;
        entry.0 += coverage.present;
        entry.1 += coverage.expected - coverage.excused;
    }
    for (exchange, (present, expected)) in cells {
        let share = present as f64 / expected.max(1) as f64;
        if expected > 0 && share < coverage_below {
            let condition = Condition::of(ConditionKind::CoverageBelow, exchange);
            let percent = 100.0 * share;
            let why = format!(
                "{exchange}: {present} of {expected} expected cells are there, {percent:.1} %; \
                 `quantx coverage` names the rest"
            );
            seen.insert(condition, why);
        }
    }
    seen
}
