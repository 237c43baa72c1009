//! A request of a workflow, done within this process: the driver of every other run, without chunks
//! that others could work on.

use std::path::Path;

use super::planning::{rehearse, requested};
use super::request::{Rehearsal, RunRequest};
use super::{Ended, RunSummary};
use crate::{Context, OperationError, run};
use quantx_lake::RunId;
use quantx_report::Outcome;

/// Runs a request to its end in this process, by [`run::run`]. Once the context's stop or the deadline
/// of the settings comes, listings under way finish what they commit, no other is begun, and what was
/// done is published; the summary is [`Ended::Cancelled`] then.
///
/// # Errors
/// [`OperationError`] when the run could not start. Listings that fail are counted in the summary.
pub async fn run_here(
    context: &Context,
    request: &RunRequest,
    config_dir: &Path,
) -> Result<RunSummary, OperationError> {
    let (work, workers) = requested(context, request, config_dir).await?;
    let context = context.with_workers(workers);
    if request.rehearsal == Rehearsal::Dry {
        let now = context.clock.now();
        let run = RunId::new(work.operation.as_str(), now)?;
        let (operation, listings) = (work.operation, work.listings.len());
        let requests = Some(rehearse(&context, &work).await?);
        return Ok(RunSummary::rehearsed(
            run, operation, now, listings, requests,
        ));
    }
    let report = run::run(&context, &work).await?;
    let listings = &report.listings;
    let not_reached = listings.iter().any(|it| it.outcome == Outcome::NotReached);
    let cut_short = not_reached || context.stop.is_requested();
    let ended = if cut_short {
        Ended::Cancelled
    } else {
        Ended::Finished
    };
    let run = RunId::parse(&report.run)?;
    Ok(RunSummary::of(run, work.operation, ended, report))
}
