//! One chunk of a run: what is left of it is worked on, and what came of it is stored.

use bytes::Bytes;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::memory::{ChunkListing, ChunkReport, WorkList};
use crate::commit::LASTING;
use crate::object;
use crate::run::{self, Meter, Used};
use crate::{Context, OperationError};
use quantx_lake::{LakeKey, RunId};
use quantx_market::Listing;
use quantx_report::Outcome;
use quantx_storage::{Change, UpdateError, update};

/// Listings after which the report so far is stored: who is killed repeats no more than these.
const SAVE_EVERY: usize = 25;

/// What the activity is asked. Asking again goes on with what is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRequest {
    /// The run.
    pub run: RunId,
    /// The chunk's number, from 0.
    pub chunk: u32,
    /// Counts how often the workflow asked, from 1; for logs.
    pub round: u32,
}

/// What the workflow gets back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkAnswer {
    /// Listings of the chunk.
    pub listings: usize,
    /// Those that ended well or in a way that asking again soon will not better.
    pub settled: usize,
    /// Those whose turn did not come before the deadline.
    pub not_reached: usize,
    /// Those that failed or were throttled; another attempt later may help.
    pub failed: usize,
}

/// Works on the listings of a chunk that are not settled yet.
///
/// # Errors
/// [`OperationError`] when the work list or the report cannot be read or stored. A listing's failure
/// is counted in the answer.
pub async fn work(
    context: &Context,
    order: &ChunkRequest,
    meter: &Meter,
) -> Result<ChunkAnswer, OperationError> {
    let list = WorkList::of(context, &order.run).await?;
    let listings = list.listings(context, order.chunk)?;
    let key = LakeKey::ChunkReport {
        run: order.run.clone(),
        chunk: order.chunk,
    };
    let found = object::read::<ChunkReport>(context.store.as_ref(), &key).await?;
    let known = found.map(|(report, _)| report).unwrap_or_default();
    let left: Vec<Listing> = listings
        .iter()
        .filter(|listing| {
            !known
                .listings
                .iter()
                .any(|it| is_of(it, listing) && is_settled(it))
        })
        .cloned()
        .collect();
    if !left.is_empty() {
        let context = context.with_workers(list.instructions.max_workers);
        let saver = Saver {
            context: &context,
            key: &key,
            meter,
        };
        fill(&context, &list, &left, order, &saver).await?;
    }
    let done = object::read::<ChunkReport>(context.store.as_ref(), &key).await?;
    let done = done.map(|(report, _)| report).unwrap_or_default();
    let answer = answer(&listings, &done);
    tracing::info!(run.id = %order.run, chunk = order.chunk, round = order.round, n_settled = answer.settled,
        n_listings = answer.listings, n_failed = answer.failed, "chunk {} of {}", order.chunk, order.run);
    Ok(answer)
}

async fn fill(
    context: &Context,
    list: &WorkList,
    left: &[Listing],
    order: &ChunkRequest,
    saver: &Saver<'_>,
) -> Result<(), OperationError> {
    let started = Instant::now();
    // Not the time of the plan: a run may have waited for days since.
    let now = context.clock.now();
    let frame = run::frame(context, order.run.clone(), now, list.instructions.intent)?;
    let tasks = run::tasks(context, left)?;
    let frame = frame.for_tasks(&tasks);
    context.observer.started(tasks.len());
    let mut done = std::pin::pin!(run::updates(context, &frame, &tasks, started));
    let mut unsaved = Vec::new();
    loop {
        let report = done.next().await;
        let at_end = report.is_none();
        if let Some(report) = report {
            context.observer.listing_done(&report);
            unsaved.push(ChunkListing::from(report));
        }
        if unsaved.len() >= SAVE_EVERY || at_end {
            let used = saver.meter.take(context);
            let news = ChunkReport {
                listings: std::mem::take(&mut unsaved),
                vendor: used.vendor,
                vendors: used.vendors,
                store: used.store,
                elapsed_ms: used.elapsed_ms,
            };
            saver.save(news).await?;
        }
        if at_end {
            context.observer.finished();
            return Ok(());
        }
    }
}

struct Saver<'a> {
    context: &'a Context,
    key: &'a LakeKey,
    meter: &'a Meter,
}

impl Saver<'_> {
    /// Adds what is new to the report in the lake. The chunk may be under way twice: an activity
    /// whose host disappeared is delivered again while the first may still run.
    async fn save(&self, news: ChunkReport) -> Result<(), OperationError> {
        let saved = update(self.context.store.as_ref(), self.key, |found| {
            let known = found.map(|object| object::parse(self.key, &object.bytes));
            let mut report: ChunkReport = known.transpose()?.unwrap_or_default();
            report.add(news.clone());
            let bytes = Bytes::from(serde_json::to_vec(&report)?);
            Ok(Change::Put(bytes, ()))
        });
        saved.await.map_err(|error| match error {
            UpdateError::Read(source) | UpdateError::Write(source) => OperationError::Storage {
                doing: "read or store a run's working memory",
                source,
            },
            UpdateError::Compute(error) => error,
            UpdateError::Contended => OperationError::Contended {
                key: self.key.clone(),
            },
        })
    }
}

impl ChunkReport {
    /// Newer listings replace older ones, but nothing replaces what was settled; usage adds up.
    fn add(&mut self, news: Self) {
        for new in news.listings {
            let same = |it: &&mut ChunkListing| {
                it.report.symbol == new.report.symbol && it.report.exchange == new.report.exchange
            };
            match self.listings.iter_mut().find(same) {
                Some(known) if !is_settled(known) => *known = new,
                Some(_) => {}
                None => self.listings.push(new),
            }
        }
        self.vendor += news.vendor;
        for (name, used) in news.vendors {
            *self.vendors.entry(name).or_default() += used;
        }
        self.store += news.store;
        self.elapsed_ms += news.elapsed_ms;
    }

    /// What work on the chunk used so far.
    pub(crate) fn used(&self) -> Used {
        Used {
            vendor: self.vendor,
            vendors: self.vendors.clone(),
            store: self.store,
            elapsed_ms: self.elapsed_ms,
        }
    }
}

fn is_of(known: &ChunkListing, listing: &Listing) -> bool {
    known.report.symbol == listing.symbol().as_str()
        && known.report.exchange == listing.exchange().as_str()
}

/// Whether the listing needs no further attempt in this run.
fn is_settled(listing: &ChunkListing) -> bool {
    match listing.report.outcome {
        Outcome::NotReached | Outcome::Throttled => false,
        Outcome::Failed => {
            let kind = listing.report.kind.as_deref();
            kind.is_some_and(|kind| LASTING.contains(&kind))
        }
        Outcome::Updated
        | Outcome::Unchanged
        | Outcome::Skipped
        | Outcome::NoData
        | Outcome::UnknownSymbol
        | Outcome::Refused => true,
    }
}

fn answer(listings: &[Listing], done: &ChunkReport) -> ChunkAnswer {
    let mut answer = ChunkAnswer {
        listings: listings.len(),
        ..ChunkAnswer::default()
    };
    for listing in listings {
        match done.listings.iter().find(|it| is_of(it, listing)) {
            Some(it) if is_settled(it) => answer.settled += 1,
            Some(it) if it.report.outcome != Outcome::NotReached => answer.failed += 1,
            _ => answer.not_reached += 1,
        }
    }
    answer
}
