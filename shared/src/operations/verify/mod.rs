//! `verify`: proves again what the lake promises, offline.
//!
//! [`plan`] sorts what lies there (pure), `load` reads one listing at a time per worker,
//! [`lake::proof`](crate::lake::proof) finds (pure), `overview` looks at what belongs to no listing.
//! Nothing is written.

mod load;
mod overview;
mod plan;

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use tokio::time::Instant;

use super::context::Context;
use super::run::OperationError;
use crate::lake::LakePrefix;
use crate::lake::proof::{Depth, Finding, Proof, Rule};
use crate::market::Listing;
use crate::report::VerifyReport;
use crate::storage::{LakeStore, Leftovers};
use plan::{Subject, VerifyPlan};

/// What is to be proven.
#[derive(Debug, Clone)]
pub struct VerifyOrder {
    /// Which listings; `None` is the whole lake, with what belongs to no listing.
    pub listings: Option<Vec<Listing>>,
    /// How far.
    pub depth: Depth,
    /// Sees what is no object, where the lake lies in a place that can hold such.
    pub leftovers: Option<Arc<dyn Leftovers>>,
}

/// Proves the lake. Writes nothing; cancel-safe.
///
/// # Errors
/// [`OperationError`] when the lake cannot be listed. What is wrong in it is the report.
pub async fn verify(
    context: &Context,
    order: &VerifyOrder,
) -> Result<VerifyReport, OperationError> {
    let started = Instant::now();
    let mut report = VerifyReport::new(context.clock.now(), order.depth);
    let leftovers = overview::Leftovers::look(order).await?;
    let plan = survey(context, order).await?;
    context.observer.started(plan.subjects.len());
    tracing::info!(n_listings = plan.subjects.len(), depth = ?order.depth, "verify of {} listings started", plan.subjects.len());
    let workers = context.settings.fetcher.max_workers.get();
    let subjects = plan.subjects.iter();
    let mut proofs = stream::iter(subjects.map(|subject| async move {
        if context.stop.is_requested() {
            return (subject, None);
        }
        (subject, Some(prove(context, subject, order.depth).await))
    }))
    .buffer_unordered(workers);
    while let Some((subject, proof)) = proofs.next().await {
        let Some(proof) = proof else {
            report.not_reached += 1;
            continue;
        };
        let symbol = subject.listing.symbol().as_str();
        context
            .observer
            .listing_proven(symbol, proof.findings.len());
        report.add(proof);
    }
    drop(proofs);
    report.findings.extend(plan.findings);
    if !context.stop.is_requested() {
        let found = overview::objects(context, &plan.others).await;
        report.findings.extend(found);
        report.findings.extend(leftovers.still_there(order).await?);
    }
    context.observer.finished();
    report.settle();
    report.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        n_listings = report.listings,
        n_findings = report.findings.len(),
        elapsed_ms = report.elapsed_ms,
        "verify ended"
    );
    Ok(report)
}

/// Finds out what lies in the lake, of the listings that are asked for.
async fn survey(context: &Context, order: &VerifyOrder) -> Result<VerifyPlan, OperationError> {
    let store = context.store.as_ref();
    let failed = |source| OperationError::Storage {
        doing: "list the lake",
        source,
    };
    let mut keys = Vec::new();
    match &order.listings {
        None => {
            let entries = store.list(&LakePrefix::All).await.map_err(failed)?;
            keys.extend(entries.into_iter().map(|entry| entry.key));
        }
        Some(listings) => {
            for listing in listings {
                let (exchange, ticker) = (listing.exchange().clone(), listing.ticker().clone());
                let prefix = LakePrefix::Listing(exchange, ticker);
                let entries = store.list(&prefix).await.map_err(failed)?;
                keys.extend(entries.into_iter().map(|entry| entry.key));
            }
            let entries = store.list(&LakePrefix::Quarantine).await.map_err(failed)?;
            let is_asked = |entry: &crate::storage::ObjectEntry| {
                listings.iter().any(|listing| {
                    entry.key.listing() == Some((listing.exchange(), listing.ticker()))
                })
            };
            let entries = entries.into_iter().filter(is_asked);
            keys.extend(entries.map(|entry| entry.key));
        }
    }
    let (manifest, finding) = overview::manifest(context).await?;
    let exchanges = &context.settings.exchanges;
    let mut plan = plan::plan(
        keys,
        manifest.as_ref(),
        order.listings.as_deref(),
        exchanges,
    );
    plan.findings.extend(finding);
    Ok(plan)
}

/// Loads and proves one listing; again, if a run changed it meanwhile.
async fn prove(context: &Context, subject: &Subject, depth: Depth) -> Proof {
    const LOOKS: usize = 3;
    let path = crate::lake::LakeKey::commit(&subject.listing).path();
    let failed = |detail: String| Proof {
        findings: vec![Finding::new(Rule::NotProven, path.clone(), detail)],
        ..Proof::default()
    };
    let mut look = 0;
    loop {
        look += 1;
        let loaded = match load::holdings(context, subject).await {
            Ok(loaded) => loaded,
            Err(error) => return failed(format!("{error}: {}", source_of(&error))),
        };
        let holdings = loaded.holdings;
        let proven =
            tokio::task::spawn_blocking(move || crate::lake::proof::prove(&holdings, depth));
        let proof = match proven.await {
            Ok(proof) => proof,
            Err(error) => return failed(format!("the proof ended early: {error}")),
        };
        let settled = proof.findings.is_empty() || look == LOOKS;
        if settled || load::record_tag(context, subject).await == loaded.record_tag {
            return proof;
        }
        tracing::debug!(symbol = %subject.listing, "{} changed while it was proven", subject.listing);
    }
}

fn source_of(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map_or_else(String::new, |source| source.to_string())
}
