//! The work list of a run: which listings, in which chunks.

use std::num::NonZeroUsize;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::memory::{Instructions, MAX_CHUNKS, WorkList};
use super::request::{self, Rehearsal, RunRequest};
use crate::object;
use crate::plan::Intent;
use crate::run::{RunOperation, WorkRequest};
use crate::scope::Scope;
use crate::universes::{self, Selection};
use crate::{Context, Effects, OperationError, preview, run};
use quantx_lake::{LakeKey, RunId};
use quantx_market::{Date, Listing, PhaseName};
use quantx_storage::{LakeStore, Precondition};

/// Runs of one operation that may have begun in the same second.
const NAMES: usize = 50;

/// What the activity is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// What is wanted.
    pub request: RunRequest,
    /// The workflow's instance.
    pub instance: String,
    /// The workflow's time: names the run, so that a repeated plan names the same one.
    pub now: Timestamp,
}

/// What the workflow gets back; the list itself stays in the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The run. Its work list is at `runs/<run>/work.json`, but for a rehearsal.
    pub run: RunId,
    /// How many chunks.
    pub chunks: u32,
    /// How many listings.
    pub listings: usize,
    /// How many chunks may be under way at once.
    pub at_once: NonZeroUsize,
    /// Requests that the vendor would be asked, where the run is a rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<usize>,
}

/// Finds the listings and stores the work list. Repeating it finds the list that is there.
///
/// # Errors
/// [`OperationError`]; nothing else was changed.
pub async fn plan(
    context: &Context,
    order: &PlanRequest,
    config_dir: &Path,
) -> Result<Planned, OperationError> {
    let request = &order.request;
    let (work, max_workers) = requested(context, request, config_dir).await?;
    let listings = &work.listings;
    let name = RunId::new(work.operation.as_str(), order.now)?;
    let fetcher = &context.settings.fetcher;
    let size = request.chunk_size.unwrap_or(fetcher.chunk_size);
    if listings.len().div_ceil(size.get()) > MAX_CHUNKS {
        let n = listings.len();
        let problem = format!(
            "chunk_size: {n} listings in chunks of {size} are more than {MAX_CHUNKS} chunks"
        );
        let problems = vec![problem];
        return Err(OperationError::Request { problems });
    }
    let mut planned = Planned {
        run: name.clone(),
        chunks: u32::try_from(listings.len().div_ceil(size.get())).unwrap_or(u32::MAX),
        listings: listings.len(),
        at_once: fetcher.max_parallel_chunks,
        requests: None,
    };
    if request.rehearsal == Rehearsal::Dry {
        planned.requests = Some(rehearse(context, &work).await?);
        return Ok(planned);
    }
    let symbols = |chunk: &[Listing]| chunk.iter().map(|it| it.symbol().to_string()).collect();
    let list = WorkList {
        run: name,
        instance: order.instance.clone(),
        planned: order.now,
        instructions: Instructions {
            operation: work.operation,
            intent: work.intent,
            max_workers,
        },
        chunks: listings.chunks(size.get()).map(symbols).collect(),
        scope: work.scope,
    };
    let list = store(context, list).await?;
    planned.run = list.run;
    planned.chunks = u32::try_from(list.chunks.len()).unwrap_or(u32::MAX);
    planned.listings = list.chunks.iter().map(Vec::len).sum();
    tracing::info!(run.id = %planned.run, n_chunks = planned.chunks, n_listings = planned.listings,
        "{} planned", planned.run);
    Ok(planned)
}

/// What a request asks for: its listings, sorted, with what is wanted of each, and how many are worked
/// on at once.
///
/// # Errors
/// [`OperationError`]; nothing was changed.
pub(super) async fn requested(
    context: &Context,
    request: &RunRequest,
    config_dir: &Path,
) -> Result<(WorkRequest, NonZeroUsize), OperationError> {
    request::check(request, &context.settings)
        .map_err(|problems| OperationError::Request { problems })?;
    let selection = selection(context, request);
    let effects = match request.rehearsal {
        Rehearsal::Dry => Effects::ReadOnly,
        Rehearsal::Real => Effects::Write,
    };
    let mut listings = universes::select(context, &selection, config_dir, effects).await?;
    listings.sort();
    listings.dedup();
    // The limits and the calendars are checked now rather than in every chunk.
    run::tasks(context, &listings)?;
    let work = WorkRequest {
        operation: request.operation,
        listings,
        intent: intent(context, request)?,
        scope: Scope::of_selection(&selection),
    };
    let workers = context.settings.fetcher.max_workers;
    Ok((work, request.max_workers.unwrap_or(workers)))
}

fn selection(context: &Context, request: &RunRequest) -> Selection {
    let settings = &context.settings;
    let phase = request
        .phase
        .as_deref()
        .and_then(|phase| PhaseName::parse(phase).ok());
    match (&request.symbols, &request.universe, phase) {
        (Some(symbols), _, _) => Selection::Symbols(symbols.clone()),
        (None, Some(path), _) => Selection::Path(path.clone()),
        (None, None, Some(phase)) => Selection::Phase(phase),
        (None, None, None) => match &settings.universe_path {
            Some(path) => Selection::Path(path.clone()),
            None => Selection::Phase(settings.phase.clone()),
        },
    }
}

fn intent(context: &Context, request: &RunRequest) -> Result<Intent, OperationError> {
    let fetcher = &context.settings.fetcher;
    let lookback = request.lookback_days.unwrap_or(fetcher.lookback_days);
    Ok(match request.operation {
        RunOperation::DailyUpdate => Intent::Daily {
            lookback: usize::try_from(lookback).unwrap_or(usize::MAX),
        },
        RunOperation::Backfill => {
            let start = request.start.unwrap_or(fetcher.backfill_start);
            // Whatever the end, nothing is stored after the last final session.
            let end = request.end.unwrap_or(Date::MAX);
            if start > end {
                return Err(OperationError::Reversed { start, end });
            }
            Intent::Backfill { start, end }
        }
    })
}

/// Requests that the vendor would be asked.
pub(super) async fn rehearse(
    context: &Context,
    work: &WorkRequest,
) -> Result<usize, OperationError> {
    Ok(preview(context, work).await?.requests)
}

/// Stores the list under a name that no other run has, or finds the one that this plan stored when
/// it was made before.
async fn store(context: &Context, mut list: WorkList) -> Result<WorkList, OperationError> {
    let lake = context.store.as_ref();
    for _ in 0..NAMES {
        let key = LakeKey::Work {
            run: list.run.clone(),
        };
        if let Some((found, _)) = object::read::<WorkList>(lake, &key).await? {
            if found.instance == list.instance && found.planned == list.planned {
                return Ok(found);
            }
        } else if !has_report(lake, &list.run).await?
            && object::write(lake, &key, &list, Precondition::Absent).await?
        {
            return Ok(list);
        } else if let Some((found, _)) = object::read::<WorkList>(lake, &key).await?
            && found.instance == list.instance
            && found.planned == list.planned
        {
            // The same plan, twice at once.
            return Ok(found);
        }
        list.run = list.run.next();
    }
    Err(OperationError::Contended {
        key: LakeKey::Work { run: list.run },
    })
}

async fn has_report(lake: &dyn LakeStore, run: &RunId) -> Result<bool, OperationError> {
    let key = LakeKey::Report { run: run.clone() };
    let found = lake.get(&key).await;
    let found = found.map_err(|source| OperationError::Storage {
        doing: "look for a report",
        source,
    })?;
    Ok(found.is_some())
}
