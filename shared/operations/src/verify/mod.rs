//! `verify`: proves again what the lake promises, offline, and heals what its rules allow.
//!
//! `plan` sorts what lies there (pure), `load` reads one listing at a time per worker,
//! [`lake::proof`](quantx_lake::proof) finds damage and plans its repair (pure), `absurd` adds prices that
//! no listing can have, `overview` examines what belongs to no listing, `tables` the tables for reading.
//! `repairer`, `vendor` and `shared_objects` write, and only if a repair is requested; `repair` puts them in order.

mod absurd;
mod load;
mod overview;
mod plan;
mod repair;
mod repairer;
mod shared_objects;
mod survey;
mod tables;
mod vendor;
mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Effects;
use super::context::Context;
use super::error::OperationError;
use super::listing::{RunFrame, chain};
use super::plan::{Intent, PlanPolicy};
use super::reports;
use load::Loaded;
use plan::Subject;
use quantx_lake::proof::repair_plan::{RepairContext, plan_repair};
use quantx_lake::proof::{self, Depth, Examined, Finding, Proof, ProofRule};
use quantx_lake::{LakeKey, RunId};
use quantx_market::Listing;
use quantx_report::{Repair, VerifyReport};
use quantx_storage::Leftovers;
use repairer::{RepairLog, Repairer};

/// What is to be proven.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// Which listings; `None` is the whole lake, with what belongs to no listing.
    pub listings: Option<Vec<Listing>>,
    /// How far.
    pub depth: Depth,
    /// Sees what is no object, where the lake lies in a place that can hold such.
    pub leftovers: Option<Arc<dyn Leftovers>>,
    /// Whether to heal what is found.
    pub repair: Option<RepairRequest>,
}

/// How to heal.
#[derive(Debug, Clone, Copy)]
pub struct RepairRequest {
    /// Whether to do it, or only to say what would be done.
    pub effects: Effects,
    /// Whether the vendor may be asked for what the lake cannot prove by itself.
    pub vendor: VendorUse,
}

/// Whether the vendor may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendorUse {
    /// For what only it can bring.
    Ask,
    /// Never.
    Offline,
}

/// Looks at a listing that runs keep changing.
const MAX_PROOFS: usize = 3;
/// Rounds of repairs of one listing: files, record, vendor, and what only then is seen.
const MAX_ROUNDS: usize = 6;

/// Proves the lake, and heals it if that is ordered. Without a repair nothing is written, and it is
/// cancel-safe.
///
/// # Errors
/// [`OperationError`] when the lake cannot be listed. What is wrong in it is the report.
pub async fn verify(
    context: &Context,
    request: &VerifyRequest,
) -> Result<VerifyReport, OperationError> {
    let started = Instant::now();
    let now = context.clock.now();
    let mut report = VerifyReport::new(now, request.depth);
    let run = RunId::new("verify", now)?;
    let leftovers = overview::LeftoverScan::look(request).await?;
    let plan = survey::survey(context, request).await?;
    context.observer.started(plan.subjects.len());
    tracing::info!(n_listings = plan.subjects.len(), depth = ?request.depth, "verify of {} listings started", plan.subjects.len());
    let repairer = request.repair.map(|repair| Repairer {
        context,
        frame: frame(context, run.clone(), now),
        vendor: repair.vendor,
    });
    let workers = context.settings.fetcher.max_workers.get();
    let mut proofs = stream::iter(plan.subjects.iter().map(|subject| {
        let repairer = repairer.as_ref();
        async move {
            if context.stop.is_requested() {
                return (subject, None);
            }
            (
                subject,
                Some(one(context, subject, request, repairer).await),
            )
        }
    }))
    .buffer_unordered(workers);
    while let Some((subject, proven)) = proofs.next().await {
        let Some(proven) = proven else {
            report.not_reached += 1;
            continue;
        };
        let symbol = subject.listing.symbol().as_str();
        let n_findings = proven.proof.findings.len();
        context.observer.listing_proven(symbol, n_findings);
        report.found_before.extend(proven.before);
        report.repairs.extend(proven.repairs);
        report.add(proven.proof);
    }
    drop(proofs);
    let mut others = plan.findings;
    if !context.stop.is_requested() {
        others.extend(overview::objects(context, &plan.others).await);
        // They are made of all listings, so only a proof of all of them can judge.
        if request.listings.is_none() {
            others.extend(tables::look(context, &plan.others).await);
        }
        others.extend(leftovers.still_there(request).await?);
    }
    if request.repair.is_some() {
        report.found_before.extend(others.iter().cloned());
    }
    report.findings.extend(others);
    if let Some(repair) = request.repair {
        let mut log = RepairLog::default();
        let listings: Vec<Listing> = plan.subjects.iter().map(|s| s.listing.clone()).collect();
        let findings = &mut report.findings;
        shared_objects::overview(context, repair.effects, &listings, findings, &mut log).await;
        let order = tables::Remake {
            context,
            effects: repair.effects,
            keys: &plan.others,
            run: &run,
            now,
        };
        tables::remake(&order, findings, &mut log).await;
        shared_objects::temporaries(request, repair.effects, findings, &mut log).await;
        report.repairs.extend(log.repairs);
    }
    context.observer.finished();
    report.settle();
    report.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if report.has_repaired() {
        // Beside the reports of runs.
        reports::put(context, run, &mut report, |report, run| {
            report.run = Some(run)
        })
        .await?;
    }
    tracing::info!(
        n_listings = report.listings,
        n_findings = report.findings.len(),
        elapsed_ms = report.elapsed_ms,
        "verify ended"
    );
    Ok(report)
}

fn frame(context: &Context, run: RunId, now: jiff::Timestamp) -> RunFrame {
    let settings = &context.settings;
    let workers = settings.fetcher.max_workers.get();
    RunFrame {
        run,
        now,
        // A repair plans its own questions.
        intent: Intent::Daily { lookback: 1 },
        policy: PlanPolicy {
            backfill_start: settings.fetcher.backfill_start,
            backfill_new: false,
            hole_asks: settings.quality.hole_asks,
            hole_window: settings.quality.hole_window,
        },
        listings_of: BTreeMap::new(),
        workers: Arc::new(Semaphore::new(workers)),
        rates: Arc::default(),
        committers: Arc::new(Semaphore::new(workers)),
    }
}

/// One listing, proven and perhaps repaired.
struct Proven {
    /// After the repairs, if there were any.
    proof: Proof,
    /// What was found before a repair.
    before: Vec<Finding>,
    repairs: Vec<Repair>,
}

async fn one(
    context: &Context,
    subject: &Subject,
    request: &VerifyRequest,
    repairer: Option<&Repairer<'_>>,
) -> Proven {
    let not_proven = |detail: String| Proof {
        findings: vec![Finding::new(
            ProofRule::NotProven,
            LakeKey::commit(&subject.listing).path(),
            detail,
        )],
        ..Proof::default()
    };
    let alone = |proof| Proven {
        proof,
        before: Vec::new(),
        repairs: Vec::new(),
    };
    let proof = match examine(context, subject, request.depth).await {
        Ok((_, examined)) => examined.proof,
        Err(detail) => return alone(not_proven(detail)),
    };
    let (Some(repairer), Some(repair), false) =
        (repairer, request.repair, proof.findings.is_empty())
    else {
        return alone(proof);
    };
    match repaired(repairer, subject, repair.effects).await {
        Ok((before, repairs, proof)) => Proven {
            proof,
            before,
            repairs,
        },
        Err(detail) => Proven {
            before: proof.findings,
            repairs: Vec::new(),
            proof: not_proven(detail),
        },
    }
}

/// Repairs in rounds until nothing changes any more; returns what was found, done and left.
async fn repaired(
    repairer: &Repairer<'_>,
    subject: &Subject,
    effects: Effects,
) -> Result<(Vec<Finding>, Vec<Repair>, Proof), String> {
    let mut before = None;
    let mut repairs: Vec<Repair> = Vec::new();
    let context = RepairContext {
        compression_level: repairer.context.settings.schema.compression_level,
        now: repairer.frame.now,
    };
    for _ in 0..MAX_ROUNDS {
        let (loaded, examined) = examine(repairer.context, subject, Depth::Deep).await?;
        let stored_listing = loaded.stored_listing.clone();
        let planned = tokio::task::spawn_blocking(move || {
            let repair_plan = plan_repair(&stored_listing, &examined, context);
            (repair_plan, examined)
        });
        let (repair_plan, examined) = planned.await.map_err(|error| error.to_string())?;
        let found = before.get_or_insert_with(|| examined.proof.findings.clone());
        let stopped = repairer.context.stop.is_requested();
        if repair_plan.is_empty() || effects == Effects::ReadOnly || stopped {
            if effects == Effects::ReadOnly {
                repairs.extend(repair::preview(subject, &repair_plan, repairer.vendor).repairs);
            }
            return Ok((std::mem::take(found), repairs, examined.proof));
        }
        let record = examined.record.as_ref();
        let log = repair::repair(repairer, subject, &loaded, record, &repair_plan).await;
        let goes_on = log.changed_something();
        repairs.extend(log.repairs);
        if !goes_on {
            return Ok((std::mem::take(found), repairs, examined.proof));
        }
    }
    let (_, examined) = examine(repairer.context, subject, Depth::Deep).await?;
    Ok((before.unwrap_or_default(), repairs, examined.proof))
}

/// Loads and proves one listing; again, if a run changed it meanwhile.
async fn examine(
    context: &Context,
    subject: &Subject,
    depth: Depth,
) -> Result<(Loaded, Examined), String> {
    let mut look = 0;
    loop {
        look += 1;
        let loaded = load::stored_listing(context, subject).await;
        let loaded = loaded.map_err(|error| chain(&error))?;
        let stored_listing = loaded.stored_listing.clone();
        let rules = &context.settings.quality.rules;
        let rules = rules.for_kind(subject.listing.kind());
        let proven = tokio::task::spawn_blocking(move || {
            let examined = proof::examine(&stored_listing, depth);
            let absurd = absurd::find(&examined, &rules);
            (examined, absurd)
        });
        let (mut examined, absurd) = proven
            .await
            .map_err(|error| format!("the proof ended early: {error}"))?;
        absurd::note_outcomes(
            context,
            subject,
            &loaded.stored_listing,
            absurd,
            &mut examined,
        )
        .await;
        let settled = examined.proof.findings.is_empty() || look == MAX_PROOFS;
        if settled || load::record_tag(context, subject).await == loaded.record_tag {
            return Ok((loaded, examined));
        }
        tracing::debug!(symbol = %subject.listing, "{} changed while it was proven", subject.listing);
    }
}
