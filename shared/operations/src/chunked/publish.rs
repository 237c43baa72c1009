//! The end of a run in chunks: what the chunks did is brought together, then it ends as every run.
//!
//! Safe to repeat: the manifest takes the newer line, the report is written once, and a table whose
//! year files did not change is not made again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{ChunkReport, Ended, PublishAnswer, PublishRequest, RunSummary, WorkList};
use crate::alerts;
use crate::context::Context;
use crate::error::OperationError;
use crate::object;
use crate::reports;
use crate::run::end::{self, Derived, Worked};
use crate::run::{self, Meter};
use quantx_lake::{LakeKey, RunId};
use quantx_market::{ExchangeCode, Listing};
use quantx_report::{ListingReport, Outcome, RunReport, Verdict};

/// Ends a run: merges what its chunks did. When the context's stop comes before all tables are
/// made, the answer says how many are left.
///
/// # Errors
/// [`OperationError`]; what was stored before stays.
pub async fn publish(
    context: &Context,
    order: &PublishRequest,
    meter: &Meter,
) -> Result<PublishAnswer, OperationError> {
    let list = WorkList::of(context, &order.run).await?;
    check(order, &list)?;
    let mut chunks = chunk_reports(context, &list).await?;
    let listings = chunks.iter_mut().flat_map(|chunk| &mut chunk.listings);
    let pages = end::pages(listings.map(|listing| &mut listing.page));
    let mut derived = Derived::default();
    let listings = chunks.iter().flat_map(|chunk| &chunk.listings);
    let rows: Vec<_> = listings.filter_map(|it| it.manifest.clone()).collect();
    derived.add_to_manifest(context, &rows).await;
    for listing in chunks.iter().flat_map(|chunk| &chunk.listings) {
        derived.know(&listing.report, listing.committed.clone());
    }
    let exchanges = exchanges(context, &list);
    derived
        .make_tables(context, &list.run, list.planned, &exchanges)
        .await;
    let tables_left = derived.tables_left;
    // Last, so that it counts what the tables cost.
    let mut report = match stored_report(context, &list).await? {
        Some(report) => report,
        None => {
            let mut report = merge(context, &list, chunks, order, meter).await?;
            derived.add_to(&mut report);
            let mut report = put_report(context, list.run.clone(), report).await?;
            if let Some(scope) = &list.scope {
                end::note(context, scope, &mut report).await;
            }
            alerts::run_ends(context, &report).await;
            report
        }
    };
    if tables_left == 0 {
        end::make_site(context, &mut report, pages).await;
    }
    end::log(&report);
    Ok(PublishAnswer {
        summary: RunSummary::of(list.run, list.instructions.operation, order.ended, report),
        tables_left,
    })
}

/// The order may be anybody's: it can give up no chunk that there is not.
fn check(order: &PublishRequest, list: &WorkList) -> Result<(), OperationError> {
    let n_chunks = list.chunks.len();
    let exists = |chunk: u32| usize::try_from(chunk).is_ok_and(|chunk| chunk < n_chunks);
    if order.given_up.len() <= n_chunks && order.given_up.iter().all(|(chunk, _)| exists(*chunk)) {
        return Ok(());
    }
    let n = order.given_up.len();
    let problem =
        format!("given_up: {n} chunks of a run of {n_chunks}, or one that it does not have");
    let problems = vec![problem];
    Err(OperationError::Request { problems })
}

async fn chunk_reports(
    context: &Context,
    list: &WorkList,
) -> Result<Vec<ChunkReport>, OperationError> {
    let mut reports = Vec::with_capacity(list.chunks.len());
    for chunk in 0..u32::try_from(list.chunks.len()).unwrap_or(u32::MAX) {
        let key = LakeKey::ChunkReport {
            run: list.run.clone(),
            chunk,
        };
        let found = object::read::<ChunkReport>(context.store.as_ref(), &key).await?;
        reports.push(found.map(|(report, _)| report).unwrap_or_default());
    }
    Ok(reports)
}

async fn merge(
    context: &Context,
    list: &WorkList,
    chunks: Vec<ChunkReport>,
    order: &PublishRequest,
    meter: &Meter,
) -> Result<RunReport, OperationError> {
    let given_up: BTreeMap<u32, &String> =
        order.given_up.iter().map(|(n, why)| (*n, why)).collect();
    let mut listings = Vec::new();
    let mut used = meter.take(context);
    for (n, chunk) in (0..).zip(chunks) {
        used += chunk.used();
        let mut done: BTreeMap<(String, String), ListingReport> = BTreeMap::new();
        for listing in chunk.listings {
            let report = ListingReport::from(listing);
            done.insert((report.exchange.clone(), report.symbol.clone()), report);
        }
        for listing in list.listings(context, n)? {
            let name = (listing.exchange().to_string(), listing.symbol().to_string());
            let report = done.remove(&name);
            listings.push(settled(report, &listing, given_up.get(&n).copied()));
        }
    }
    run::accuse(context, context.clock.now(), &mut listings).await;
    // Chunks may have run on many machines: only the clock tells what lies between the plan and now. One
    // that stands still tells nothing, and then the run is as long as its processes measured.
    let elapsed = context.clock.now().duration_since(list.planned);
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or_default();
    let elapsed_ms = if elapsed_ms > 0 {
        elapsed_ms
    } else {
        used.elapsed_ms
    };
    let worked = Worked {
        run: &list.run,
        operation: list.instructions.operation,
        began: list.planned,
        elapsed_ms,
        listings,
        // What is billed is the time of all chunks, however many were under way at once.
        used,
    };
    let mut report = end::report(context, worked);
    if order.ended == Ended::Cancelled {
        report.reasons.insert(0, "the run was cancelled".to_owned());
        if report.verdict == Verdict::Green {
            report.verdict = Verdict::Yellow;
        }
    }
    for (chunk, reason) in &order.given_up {
        report
            .reasons
            .push(format!("chunk {chunk} was given up: {reason}"));
    }
    Ok(report)
}

/// A listing that its chunk did not come to has failed with the chunk.
fn settled(
    report: Option<ListingReport>,
    listing: &Listing,
    given_up: Option<&String>,
) -> ListingReport {
    let reached = report.filter(|it| it.outcome != Outcome::NotReached);
    match (reached, given_up) {
        (Some(report), _) => report,
        (None, Some(reason)) => {
            ListingReport::new(listing, Outcome::Failed).because("chunk_failed", reason.clone())
        }
        (None, None) => ListingReport::new(listing, Outcome::NotReached),
    }
}

/// The report that this run has already, if it was published before.
async fn stored_report(
    context: &Context,
    list: &WorkList,
) -> Result<Option<RunReport>, OperationError> {
    let key = LakeKey::Report {
        run: list.run.clone(),
    };
    let found = object::read::<RunReport>(context.store.as_ref(), &key).await?;
    Ok(found
        .map(|(report, _)| report)
        .filter(|report| is_of(report, list.planned)))
}

/// Stores the report under the name of `run`, or of the next run if another one of this second has the
/// name. A report of the same run that lies there already is the report.
///
/// # Errors
/// [`OperationError`]; then nobody has it.
async fn put_report(
    context: &Context,
    mut run: RunId,
    mut report: RunReport,
) -> Result<RunReport, OperationError> {
    loop {
        report.run = run.to_string();
        if reports::put_as(context, &run, &report).await? {
            return Ok(report);
        }
        let key = LakeKey::Report { run: run.clone() };
        let found = object::read::<RunReport>(context.store.as_ref(), &key).await?;
        if let Some((found, _)) = found.filter(|(it, _)| is_of(it, report.timestamp)) {
            return Ok(found);
        }
        run = run.next();
    }
}

/// Whether the report is that of the run planned then: another program's run of the same second has
/// another fraction of it.
fn is_of(report: &RunReport, planned: Timestamp) -> bool {
    report.timestamp == planned
}

fn exchanges(context: &Context, list: &WorkList) -> BTreeSet<ExchangeCode> {
    let symbols = list.chunks.iter().flatten();
    let listings =
        symbols.filter_map(|symbol| Listing::parse(symbol, &context.settings.exchanges).ok());
    listings.map(|listing| listing.exchange().clone()).collect()
}
