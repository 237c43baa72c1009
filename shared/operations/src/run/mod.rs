//! One run: planned, worked off, ended.
//!
//! [`WorkRequest`] says what is wanted of which listings, `frame` is what all listings of a run share,
//! and `end` is how every run ends: manifest, tables for reading, report, status page. [`run`] drives these steps
//! in one process; [`chunked`](super::chunked) drives the same steps as activities, on any number of
//! machines.

pub(super) mod end;
mod frame;
mod neighbours;
mod request;
mod usage;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use futures::stream::StreamExt;
use tokio::time::Instant;

use super::alerts;
use super::context::Context;
use super::error::OperationError;
use super::heartbeat;
use super::listing::{RunFrame, Task};
use super::reports;
use end::{Derived, Worked};
use quantx_market::ExchangeCode;
use quantx_report::{ListingReport, RunReport};

pub(super) use frame::{first_frame, frame, tasks, updates};
pub(super) use neighbours::accuse;
pub use request::{RunOperation, WorkRequest};
pub use usage::Meter;
pub(super) use usage::Used;

/// Brings the listings up to date and writes manifest, tables and report.
///
/// # Errors
/// [`OperationError`] when the run could not start. What is derived from the listings (manifest,
/// tables, report) never ends a run: that it cannot be written makes the run red.
pub async fn run(context: &Context, request: &WorkRequest) -> Result<RunReport, OperationError> {
    heartbeat::run_begins(context).await;
    let done = work_off(context, request).await;
    match &done {
        Ok(report) => alerts::run_ends(context, report).await,
        Err(_) => heartbeat::run_fails(context).await,
    }
    done
}

async fn work_off(context: &Context, request: &WorkRequest) -> Result<RunReport, OperationError> {
    let began = usage::Reading::of(context);
    let frame = first_frame(context, request)?;
    let tasks = tasks(context, &request.listings)?;
    let frame = frame.for_tasks(&tasks);
    let (run, operation) = (&frame.run, request.operation);
    context.observer.started(tasks.len());
    tracing::info!(run.id = %run, n_listings = tasks.len(), "{operation} of {} listings started", tasks.len());
    let mut derived = Derived::default();
    let mut listings = work(context, &frame, &tasks, &mut derived).await;
    accuse(context, frame.now, &mut listings).await;
    let pages = end::pages(listings.iter_mut().map(|listing| &mut listing.page));
    context.observer.finished();
    let exchanges = tasks.iter().map(|task| task.listing.exchange().clone());
    let exchanges: BTreeSet<ExchangeCode> = exchanges.collect();
    derived
        .make_tables(context, run, frame.now, &exchanges)
        .await;
    let used = usage::Reading::of(context) - began;
    let worked = Worked {
        run,
        operation,
        began: frame.now,
        elapsed_ms: used.elapsed_ms,
        listings,
        used,
    };
    let mut report = end::report(context, worked);
    if derived.tables_left > 0 {
        let notice = "the run was stopped before panel/, actions/ and delta/ were made of what it stored; \
                      the next run makes them";
        report.notices.push(notice.to_owned());
    }
    for notice in &report.notices {
        tracing::warn!(run.id = %run, "{notice}");
    }
    derived.add_to(&mut report);
    let name = |report: &mut RunReport, run| report.run = run;
    if let Err(error) = reports::put(context, frame.run, &mut report, name).await {
        report.add_problem(format!(
            "{}: it is only shown here",
            super::listing::chain(&error)
        ));
    }
    if let Some(scope) = &request.scope {
        end::note(context, scope, &mut report).await;
    }
    end::make_site(context, &mut report, pages).await;
    end::log(&report);
    Ok(report)
}

/// Times that one run brings the manifest up to date at most. Each time all of it is read and written, so
/// as often as there are chunks would be work that grows with the square of the listings.
const MOST_MANIFESTS: usize = 20;

/// Committed listings after which the manifest is brought up to date.
pub(super) fn listings_per_manifest(listings: usize, chunk_size: NonZeroUsize) -> usize {
    chunk_size.get().max(listings.div_ceil(MOST_MANIFESTS))
}

/// Works on all listings. A long run that is killed leaves a manifest that is behind by a chunk, or a twentieth
/// of the listings.
async fn work(
    context: &Context,
    frame: &RunFrame,
    tasks: &[Task],
    derived: &mut Derived,
) -> Vec<ListingReport> {
    let at_once = listings_per_manifest(tasks.len(), context.settings.fetcher.chunk_size);
    let mut reports = Vec::with_capacity(tasks.len());
    let mut rows = Vec::new();
    let mut done = std::pin::pin!(updates(context, frame, tasks, Instant::now()));
    while let Some(mut report) = done.next().await {
        context.observer.listing_done(&report);
        rows.extend(report.manifest.take());
        let committed = report.committed.take();
        derived.know(&report, committed);
        reports.push(report);
        if rows.len() >= at_once {
            derived.add_to_manifest(context, &rows).await;
            rows.clear();
        }
    }
    derived.add_to_manifest(context, &rows).await;
    reports
}
