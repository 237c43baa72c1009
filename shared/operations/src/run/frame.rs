//! What is the same for every listing of a run, and the listings it works on.

use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::WorkRequest;
use crate::OperationError;
use crate::context::Context;
use crate::listing::{self, RunFrame, Task};
use crate::plan::{Intent, PlanPolicy};
use crate::vendors::by_date::ListingsOf;
use quantx_lake::RunId;
use quantx_market::{InstrumentKind, Listing};
use quantx_report::{ListingReport, Outcome};

/// Brings listings up to date, as many at once as the settings allow; reports come as they are done.
pub(crate) fn updates<'a>(
    context: &'a Context,
    frame: &'a RunFrame,
    tasks: &'a [Task],
    started: Instant,
) -> impl Stream<Item = ListingReport> + 'a {
    let deadline = context.settings.limits.run_deadline;
    // As many listings again as there are workers may be between plan and question or between answer
    // and commit.
    let in_flight = 2 * context.settings.fetcher.max_workers.get();
    let update = move |task: &'a Task| async move {
        if deadline.is_some_and(|deadline| started.elapsed() > deadline) {
            return ListingReport::new(&task.listing, Outcome::NotReached);
        }
        listing::update(context, frame, task).await
    };
    // Payments in another currency are converted with the lake's closes: currencies come first.
    let is_currency = |task: &&Task| task.listing.kind() == InstrumentKind::Currency;
    let (currencies, others): (Vec<_>, Vec<_>) = tasks.iter().partition(is_currency);
    let currencies = stream::iter(currencies).map(update);
    let others = stream::iter(others).map(update);
    currencies
        .buffer_unordered(in_flight)
        .chain(others.buffer_unordered(in_flight))
}

/// The frame of a run that begins now.
pub(crate) fn first_frame(
    context: &Context,
    request: &WorkRequest,
) -> Result<RunFrame, OperationError> {
    let now = context.clock.now();
    frame(
        context,
        RunId::new(request.operation.as_str(), now)?,
        now,
        request.intent,
    )
}

/// What is the same for every listing of a run as of `now`.
pub(crate) fn frame(
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
        listings_of: ListingsOf::new(),
        workers: Arc::new(Semaphore::new(settings.fetcher.max_workers.get())),
        rates: Arc::default(),
        committers: Arc::new(Semaphore::new(settings.fetcher.max_workers.get())),
        policy: PlanPolicy {
            backfill_start: settings.fetcher.backfill_start,
            backfill_new: settings.fetcher.backfill_new_symbols,
            hole_asks: settings.quality.hole_asks,
            hole_window: settings.quality.hole_window,
        },
    })
}

impl RunFrame {
    /// The same for these listings.
    pub(crate) fn for_tasks(mut self, tasks: &[Task]) -> Self {
        for task in tasks {
            let exchange = task.listing.exchange().clone();
            *self.listings_of.entry(exchange).or_default() += 1;
        }
        self
    }
}

/// Sorts the listings and finds each one's exchange and calendar.
pub(crate) fn tasks(context: &Context, listings: &[Listing]) -> Result<Vec<Task>, OperationError> {
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
    listings
        .into_iter()
        .map(|listing| {
            let code = listing.exchange();
            let settings = &context.settings;
            let no_calendar = || OperationError::NoCalendar {
                exchange: code.clone(),
                mic: settings
                    .exchanges
                    .of(&listing)
                    .map_or("", |it| &it.mic)
                    .to_owned(),
            };
            let (exchange, calendar) = settings.venue(&listing).ok_or_else(no_calendar)?;
            Ok(Task {
                exchange: Arc::clone(exchange),
                calendar,
                listing,
            })
        })
        .collect()
}
