//! The engine of every verb that fills the lake: many listings, bounded, one report.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::chunked::Used;
use super::context::Context;
use super::listing::{self, RunFrame, Task};
use super::plan::{Intent, PlanPolicy};
use super::publish::finish;
use super::reports::{self, ReportError};
use quantx_calendar::Calendar;
use quantx_lake::manifest::ManifestRow;
use quantx_lake::{LakeKey, RunId};
use quantx_market::{ExchangeCode, Listing};
use quantx_report::{ListingReport, Outcome, RunReport, Thresholds};
use quantx_storage::StorageError;

/// Why a run could not go on. One listing's failure is not among them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The store failed where the run as a whole needs it.
    #[error("cannot {doing}")]
    Storage {
        doing: &'static str,
        #[source]
        source: StorageError,
    },
    /// A listing's exchange has no calendar.
    #[error("exchange {exchange} has the MIC {mic:?}, for which there is no calendar")]
    NoCalendar { exchange: ExchangeCode, mic: String },
    /// The start is after the end.
    #[error("start {start} is after end {end}; the end is inclusive")]
    Reversed {
        start: quantx_market::Date,
        end: quantx_market::Date,
    },
    /// Nothing to work on.
    #[error("the work list is empty: {hint}")]
    NothingToDo { hint: String },
    /// More listings than the settings allow.
    #[error("the work list has {found} listings, limits.max_symbols allows {allowed}")]
    TooManyListings { found: usize, allowed: usize },
    /// A run's name cannot be made of this operation and time.
    #[error("no name for the run")]
    RunId(#[from] quantx_lake::RunIdError),
    /// Other runs rewrote an overview file every time.
    #[error("other runs keep changing {key}; run again")]
    Contended { key: LakeKey },
    /// An overview file cannot be read.
    #[error("{key} is unreadable; move it away and run `quantx show-manifest --rebuild`")]
    Manifest {
        key: LakeKey,
        #[source]
        source: csv::Error,
    },
    /// Working memory, report or index that is missing or damaged.
    #[error("{key} cannot be used: {detail}; {}", way_out(key))]
    WorkingMemory { key: LakeKey, detail: String },
    /// What is wanted of a run cannot be: the same that a request is refused for.
    #[error("the request cannot be carried out: {}", problems.join("; "))]
    Request { problems: Vec<String> },
    /// A file that a derived table is made of.
    #[error("cannot make {key}")]
    Derived {
        key: LakeKey,
        #[source]
        source: quantx_lake::codec::CodecError,
    },
    /// A worker thread ended early.
    #[error("a worker thread ended early")]
    Worker(#[from] tokio::task::JoinError),
    /// No list of listings.
    #[error(transparent)]
    Selection(#[from] super::universes::SelectionError),
    /// The report is not in the lake.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Working memory of a run cannot be encoded.
    #[error("the working memory of the run cannot be encoded")]
    Encode(#[from] serde_json::Error),
}

/// What to do about an object that is none.
fn way_out(key: &LakeKey) -> &'static str {
    match key {
        LakeKey::Report { .. } => "restore it or move it away, no run needs it",
        LakeKey::PanelIndex { .. } => "the next run makes it again",
        _ => "start the run again",
    }
}

/// What a run works on.
#[derive(Debug, Clone)]
pub struct WorkRequest {
    /// `backfill`, `daily_update`: the report's name.
    pub operation: &'static str,
    /// Which listings; duplicates are dropped.
    pub listings: Vec<Listing>,
    /// What is wanted of each.
    pub intent: Intent,
}

/// Brings the listings up to date and writes report and manifest.
///
/// # Errors
/// [`OperationError`] when the run could not start. What is derived from the listings (manifest,
/// report) never ends a run: that it cannot be written makes the run red.
pub async fn run(context: &Context, order: &WorkRequest) -> Result<RunReport, OperationError> {
    let started = Instant::now();
    let frame = first_frame(context, order)?;
    let tasks = tasks(context, &order.listings)?;
    let before = (context.provider.usage(), context.store.usage());
    context.observer.started(tasks.len());
    tracing::info!(run.id = %frame.run, n_listings = tasks.len(), "{} of {} listings started", order.operation, tasks.len());
    let mut reports = Vec::with_capacity(tasks.len());
    let mut done = Box::pin(updates(context, &frame, &tasks, started));
    let chunk = context.settings.fetcher.chunk_size.get();
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    while let Some(mut report) = done.next().await {
        context.observer.listing_done(&report);
        lines.extend(report.manifest.take());
        reports.push(report);
        // A long run that is killed leaves a manifest that is behind by one chunk at most.
        if lines.len() >= chunk {
            keep_manifest(context, &mut lines, &mut problems).await;
        }
    }
    drop(done);
    context.observer.finished();
    keep_manifest(context, &mut lines, &mut problems).await;
    let exchanges = tasks.iter().map(|task| task.listing.exchange().clone());
    let exchanges: BTreeSet<ExchangeCode> = exchanges.collect();
    // Who is told to stop leaves the tables to the next run: the report matters more.
    let tables_left = if context.stop.is_requested() {
        exchanges.len()
    } else {
        finish::tables(context, &frame.run, &exchanges, &mut problems).await
    };
    let limits = thresholds(context);
    let mut report = RunReport::new(&frame.run, order.operation, frame.now, reports, limits);
    if tables_left > 0 {
        let notice = "the run was stopped before panel/ and actions/ were made of what it stored; \
                      the next run makes them";
        report.notices.push(notice.to_owned());
    }
    let used = Used {
        vendor: context.provider.usage() - before.0,
        store: context.store.usage() - before.1,
        elapsed_ms: millis(started.elapsed()),
    };
    report.elapsed_ms = used.elapsed_ms;
    finish::add_usage(context, &mut report, used);
    for notice in &report.notices {
        tracing::warn!(run.id = %frame.run, "{notice}");
    }
    for problem in problems {
        report.add_problem(problem);
    }
    let name = |report: &mut RunReport, run| report.run = run;
    if let Err(error) = reports::put(context, frame.run, &mut report, name).await {
        report.add_problem(format!("{}: it is only told here", listing::chain(&error)));
    }
    reports::tell_end(&report);
    Ok(report)
}

/// Keeps the lines in the manifest. It is derived: that it cannot be kept is told, and ends no run.
async fn keep_manifest(
    context: &Context,
    lines: &mut Vec<ManifestRow>,
    problems: &mut Vec<String>,
) {
    if lines.is_empty() {
        return;
    }
    if let Err(error) = super::manifest::keep(context, lines).await {
        let problem = format!(
            "{}: the bars are stored; the next run that can, or `quantx show-manifest --rebuild`, \
             makes the manifest again",
            listing::chain(&error)
        );
        tracing::warn!("{problem}");
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    lines.clear();
}

/// Brings listings up to date, as many at once as the settings allow; reports come as they are done.
pub(super) fn updates<'a>(
    context: &'a Context,
    frame: &'a RunFrame,
    tasks: &'a [Task],
    started: Instant,
) -> impl Stream<Item = ListingReport> + 'a {
    let deadline = context.settings.limits.run_deadline;
    // As many listings again as there are workers may be between plan and question or between answer
    // and commit.
    let in_flight = 2 * context.settings.fetcher.max_workers.get();
    stream::iter(tasks.iter().map(move |task| async move {
        if deadline.is_some_and(|deadline| started.elapsed() > deadline) {
            return ListingReport::new(&task.listing, Outcome::NotReached);
        }
        listing::update(context, frame, task).await
    }))
    .buffer_unordered(in_flight)
}

/// The limits of the settings that decide a verdict.
pub(super) fn thresholds(context: &Context) -> Thresholds {
    Thresholds {
        max_failure_rate: context.settings.quality.max_failure_rate,
        outage_share: context.settings.quality.outage_share,
        calendars: (Calendar::first_date(), Calendar::last_date()),
    }
}

/// The frame of a run that begins now.
pub(super) fn first_frame(
    context: &Context,
    order: &WorkRequest,
) -> Result<RunFrame, OperationError> {
    let now = context.clock.now();
    frame(
        context,
        RunId::new(order.operation, now)?,
        now,
        order.intent,
    )
}

/// What is the same for every listing of a run as of `now`.
pub(super) fn frame(
    context: &Context,
    run: RunId,
    now: Timestamp,
    intent: Intent,
) -> Result<RunFrame, OperationError> {
    if let Intent::Backfill { start, end } = intent
        && start > end
    {
        return Err(OperationError::Reversed { start, end });
    }
    let settings = &context.settings;
    Ok(RunFrame {
        run,
        now,
        intent,
        workers: Arc::new(Semaphore::new(settings.fetcher.max_workers.get())),
        committers: Arc::new(Semaphore::new(settings.fetcher.max_workers.get())),
        policy: PlanPolicy {
            backfill_start: settings.fetcher.backfill_start,
            backfill_new: settings.fetcher.backfill_new_symbols,
            hole_asks: settings.quality.hole_asks,
            hole_window: settings.quality.hole_window,
        },
    })
}

/// Sorts the listings and finds each one's exchange and calendar.
pub(super) fn tasks(context: &Context, listings: &[Listing]) -> Result<Vec<Task>, OperationError> {
    let mut listings = listings.to_vec();
    listings.sort();
    listings.dedup();
    if listings.is_empty() {
        return Err(OperationError::NothingToDo {
            hint: "the universe has no listing".to_owned(),
        });
    }
    let allowed = context.settings.limits.max_symbols.get();
    if listings.len() > allowed {
        return Err(OperationError::TooManyListings {
            found: listings.len(),
            allowed,
        });
    }
    let exchanges = &context.settings.exchanges;
    listings
        .into_iter()
        .map(|listing| {
            let code = listing.exchange();
            let no_calendar = |mic: &str| OperationError::NoCalendar {
                exchange: code.clone(),
                mic: mic.to_owned(),
            };
            let exchange = exchanges.get(code).ok_or_else(|| no_calendar(""))?;
            let calendar = Calendar::of(&exchange.mic).ok_or_else(|| no_calendar(&exchange.mic))?;
            Ok(Task {
                exchange: Arc::clone(exchange),
                calendar,
                listing,
            })
        })
        .collect()
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
