use std::collections::BTreeSet;
use std::sync::Arc;

use super::load::{self, LoadedYears};
use super::request::{Attempt, CommitOutcome, CommitRequest, Heard, Offer};
use super::write::{put_record, write};
use super::{CommitError, Committed, TaggedRecord};
use crate::inspection::{self, Interpreted, Reading};
use crate::quorum::{self, Ballot};
use crate::vendors::{Way, comparison};
use quantx_lake::LakeKey;
use quantx_lake::decisions::Decisions;
use quantx_lake::gaps;
use quantx_lake::merge::Held;
use quantx_lake::record::{CommitRecord, Watch};
use quantx_lake::revision::{self, Answered, Base, Revision, RevisionContext, RevisionError};
use quantx_market::{Date, Listing, VendorHistory};
use quantx_storage::{LakeStore, pause_after};

/// Which years of the record are read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Depth {
    FromWindow,
    All,
}

/// Merges the fetch into the lake. `known` is the record as it was read for planning: the first
/// attempt spares a read, and finds out by its tag if it is no longer the newest. Twice is once; not cancel-safe in the sense that dropping it
/// may leave files newer than the record, which the next run merges in.
///
/// # Errors
/// [`CommitError`]; what was committed before stays.
pub(crate) async fn commit(
    store: &dyn LakeStore,
    request: &CommitRequest,
    known: Option<TaggedRecord>,
) -> Result<CommitOutcome, CommitError> {
    let mut strays = BTreeSet::new();
    let mut known = Some(known);
    for attempt in 0..request.attempts {
        let record = match known.take() {
            Some(record) => record,
            None => load::record(store, &request.listing).await?,
        };
        match attempt_once(store, request, record, &strays).await? {
            Attempt::Done(CommitOutcome::Done(committed)) => {
                let done = finished(store, request, *committed, &strays).await?;
                return Ok(CommitOutcome::Done(Box::new(done)));
            }
            Attempt::Done(outcome) => return Ok(outcome),
            Attempt::Lost(years) => {
                strays.extend(years);
                pause_after(attempt).await;
            }
        }
    }
    Err(CommitError::Contended {
        key: LakeKey::commit(&request.listing),
        attempts: request.attempts,
    })
}

/// Takes back what a killed writer announced, once its years are written: like any later run, by
/// reading all of them and finding nothing to write. Somebody else who is at work meanwhile takes it
/// back himself.
async fn finished(
    store: &dyn LakeStore,
    request: &CommitRequest,
    mut committed: Committed,
    strays: &BTreeSet<i16>,
) -> Result<Committed, CommitError> {
    let is_announced = |record: &CommitRecord| !record.watch.rewriting.is_empty();
    if !committed.record.as_ref().is_some_and(is_announced) {
        return Ok(committed);
    }
    let record = load::record(store, &request.listing).await?;
    let again = attempt_once(store, request, record, strays).await?;
    if let Attempt::Done(CommitOutcome::Done(again)) = again {
        committed.years_written.extend(again.years_written);
        committed.record = again.record;
    }
    Ok(committed)
}

async fn attempt_once(
    store: &dyn LakeStore,
    request: &CommitRequest,
    record: Option<TaggedRecord>,
    strays: &BTreeSet<i16>,
) -> Result<Attempt, CommitError> {
    let (record, tag) = record.unzip();
    let rewriting = record.iter().flat_map(|record| &record.watch.rewriting);
    let strays = strays.iter().chain(rewriting).chain(&request.also_read);
    let strays: BTreeSet<i16> = strays.copied().collect();
    let strays = &strays;
    let depth = if strays.is_empty() && request.lost.is_empty() {
        Depth::FromWindow
    } else {
        Depth::All
    };
    let (loaded, decisions) = futures::join!(
        read(store, request, record.as_ref(), strays, depth),
        decisions(store, request, record.as_ref())
    );
    let mut loaded = loaded?;
    let decisions = Arc::new(decisions?);
    let (mut revision, read) = match revise(request, record.clone(), &mut loaded, &decisions)
        .await?
    {
        (Ok(revision), read) => (revision, read),
        (Err(RevisionError::NeedsAllYears), _) => {
            loaded = self::read(store, request, record.as_ref(), strays, Depth::All).await?;
            let (again, read) = revise(request, record.clone(), &mut loaded, &decisions).await?;
            (again.map_err(CommitError::Revision)?, read)
        }
        (Err(error), _) => return Err(CommitError::Revision(error)),
    };
    if let Some(asked_from) = wants_full_history(&revision, record.as_ref(), request) {
        return Ok(Attempt::Done(CommitOutcome::NeedsFullHistory {
            asked_from,
        }));
    }
    if matches!(request.heard(), Heard::InDoubt)
        && quorum::is_in_doubt(&read, &revision, request.today)
    {
        return Ok(Attempt::Done(CommitOutcome::InDoubt));
    }
    check_lost(request, record.as_ref(), &revision)?;
    if let Heard::Said(said) = request.heard() {
        quorum::annotate(&mut revision.quarantine, said);
    }
    write(store, request, record, tag, loaded, revision, read).await
}

/// What people decided. A decision is announced in the record before it is made: of two writers, a
/// commit that has not seen the announcement loses the race for the record.
async fn decisions(
    store: &dyn LakeStore,
    request: &CommitRequest,
    record: Option<&CommitRecord>,
) -> Result<Decisions, CommitError> {
    if record.is_some_and(|record| !record.watch.decided) {
        return Ok(Decisions::none(request.listing.symbol().as_str()));
    }
    Ok(load::decisions(store, &request.listing).await?.0)
}

/// Makes every commit that reads or writes the record from now on read the decisions. A listing without a record needs none.
/// Twice is once.
///
/// # Errors
/// [`CommitError`]; [`CommitError::Contended`] after losing the race for the record `attempts` times.
pub(crate) async fn announce_decisions(
    store: &dyn LakeStore,
    listing: &Listing,
    attempts: u32,
) -> Result<(), CommitError> {
    let announce = |watch: &mut Watch| !std::mem::replace(&mut watch.decided, true);
    remember(store, listing, attempts, announce).await
}

/// Notes `sessions` of an approximate calendar as holes: other listings of the exchange traded on them, and the
/// vendor was asked for them on `today`. Twice is once.
///
/// # Errors
/// [`CommitError`]; [`CommitError::Contended`] after losing the race for the record `attempts` times.
pub(crate) async fn accuse(
    store: &dyn LakeStore,
    listing: &Listing,
    sessions: &[Date],
    today: Date,
    attempts: u32,
) -> Result<(), CommitError> {
    let accuse = |watch: &mut Watch| gaps::accuse(watch, sessions.iter().copied(), today) > 0;
    remember(store, listing, attempts, accuse).await
}

/// Changes the working memory of a listing's record, if it has one; `change` says whether it changed anything.
async fn remember(
    store: &dyn LakeStore,
    listing: &Listing,
    attempts: u32,
    change: impl Fn(&mut Watch) -> bool,
) -> Result<(), CommitError> {
    for attempt in 0..attempts {
        let Some((mut record, tag)) = load::record(store, listing).await? else {
            return Ok(());
        };
        if !change(&mut record.watch) {
            return Ok(());
        }
        record.revision += 1;
        if put_record(store, listing, &record, Some(tag))
            .await?
            .is_some()
        {
            return Ok(());
        }
        pause_after(attempt).await;
    }
    Err(CommitError::Contended {
        key: LakeKey::commit(listing),
        attempts,
    })
}

/// Whether the revision holds what the record promises of the years that are lost.
fn check_lost(
    request: &CommitRequest,
    record: Option<&CommitRecord>,
    revision: &Revision,
) -> Result<(), CommitError> {
    let promised = record.into_iter().flat_map(|record| &record.years);
    for (year, promised) in promised.filter(|(year, _)| request.lost.contains(year)) {
        let after = revision.record.as_ref();
        let after = after.and_then(|record| record.years.get(year));
        let holds = after.is_some_and(|after| {
            after.rows >= promised.rows
                && after.first <= promised.first
                && after.last >= promised.last
        });
        if !holds {
            return Err(CommitError::WouldLose {
                key: LakeKey::bars(&request.listing, *year),
                found: after.map_or(0, |after| after.rows),
                promised: promised.rows,
            });
        }
    }
    Ok(())
}

async fn read(
    store: &dyn LakeStore,
    request: &CommitRequest,
    record: Option<&CommitRecord>,
    strays: &BTreeSet<i16>,
    depth: Depth,
) -> Result<LoadedYears, CommitError> {
    let from = request.window.start().year();
    let named = record.into_iter().flat_map(|record| record.years.keys());
    let wanted: BTreeSet<i16> = named
        .copied()
        .filter(|year| depth == Depth::All || *year >= from)
        .chain(strays.iter().copied())
        .collect();
    let wanted: Vec<i16> = wanted.into_iter().collect();
    load::years(store, &request.listing, record, &wanted, &request.lost).await
}

/// Runs the pure part off the async threads; the years come back for the next step.
async fn revise(
    request: &CommitRequest,
    record: Option<CommitRecord>,
    loaded: &mut LoadedYears,
    decisions: &Arc<Decisions>,
) -> Result<(Result<Revision, RevisionError>, Interpreted), CommitError> {
    let (request, decisions) = (request.clone(), Arc::clone(decisions));
    // What is lost is not promised to the merge: the fetch brings it as new.
    let record = record.map(|mut record| {
        record.years.retain(|year, _| !request.lost.contains(year));
        record
    });
    let base = Base {
        record,
        years: std::mem::take(&mut loaded.years),
    };
    let revised = tokio::task::spawn_blocking(move || {
        let mut testimony = None;
        let read = match &request.offer {
            Offer::Nothing => Interpreted::default(),
            Offer::Answer {
                history,
                lag,
                source,
                way,
                bars,
                lineage,
                heard,
                rules,
            } => {
                let reading = Reading {
                    kind: request.listing.kind(),
                    calendar: &request.calendar,
                    lag: *lag,
                    source,
                    now: request.now,
                    today: request.today,
                    from: request.window.start(),
                    rules,
                };
                let history = match way {
                    Way::Listing => VendorHistory::clone(history),
                    Way::Date => inspection::with_context(history, &base, reading),
                };
                let mut read = inspection::interpret(history, &base, &decisions, reading);
                if let Heard::Said(said) = heard {
                    let stored = revision::stored_bars(&base);
                    let ballot = Ballot {
                        kind: request.listing.kind(),
                        source,
                        lineage,
                        bars: *bars,
                        said,
                        known: base.record.as_ref(),
                        stored: &stored,
                        calendar: &request.calendar,
                        from: request.window.start(),
                        today: request.today,
                    };
                    testimony = Some(quorum::decide(&mut read, ballot));
                }
                read
            }
        };
        let answered = match &request.offer {
            Offer::Nothing => None,
            Offer::Answer { source, bars, .. } => Some(Answered {
                source,
                bars: *bars,
                comparison: comparison(request.today),
                testimony: testimony.as_ref(),
            }),
        };
        let context = RevisionContext {
            listing: &request.listing,
            calendar: &request.calendar,
            window: request.window,
            currency: &request.currency,
            unit_scale: request.unit_scale,
            first_trade: request.first_trade,
            judged: &read.judged,
            remarks: &read.remarks,
            decisions: &decisions,
            answered,
            compression_level: request.compression_level,
            now: request.now,
            today: request.today,
        };
        (revision::revise(&base, &read.fetched, context), read)
    });
    Ok(revised.await?)
}

/// An overlap that does not fit is judged on the whole history before it is held back.
fn wants_full_history(
    revision: &Revision,
    record: Option<&CommitRecord>,
    request: &CommitRequest,
) -> Option<Date> {
    let held = revision.merged.held.as_ref()?;
    let asked_from = record?.asked_from;
    let unexplained = matches!(held, Held::Rebased { .. } | Held::NoOverlap);
    (unexplained && request.window.start() > asked_from).then_some(asked_from)
}
