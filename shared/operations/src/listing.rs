//! One listing, from plan to commit. Its failure is data in the report, never an error of the run.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::commit::{self, CommitError, CommitOutcome, CommitRequest, Offer, TaggedRecord};
use super::context::Context;
use super::inspection::{self, Interpreted, TooMuch};
use super::outcome;
use super::plan::{self, Decision, FetchPlan, Intent, PlanPolicy};
use super::rates::{self, Rates};
use quantx_calendar::Calendar;
use quantx_lake::RunId;
use quantx_lake::record::{CommitRecord, CommittedFiles};
use quantx_market::{Date, Exchange, Listing, TradingDate, VendorHistory};
use quantx_provider::{HistoryRequest, ProviderError};
pub(super) use quantx_report::with_causes as chain;
use quantx_report::{ListingReport, Outcome};

/// What is the same for every listing of a run.
#[derive(Debug, Clone)]
pub(super) struct RunFrame {
    pub(super) run: RunId,
    pub(super) now: Timestamp,
    pub(super) intent: Intent,
    pub(super) policy: PlanPolicy,
    /// One permit per worker, held while the vendor is asked: reading and writing files must not
    /// keep a worker from its next question.
    pub(super) workers: Arc<Semaphore>,
    /// Of currencies, for payments in another one than the prices.
    pub(super) rates: Arc<Rates>,
    /// As many again, held from merge to commit: more writers at once only wait for the same disk.
    pub(super) committers: Arc<Semaphore>,
}

/// A listing with what its exchange says.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) listing: Listing,
    pub(super) exchange: Arc<Exchange>,
    pub(super) calendar: Calendar,
}

impl Task {
    pub(super) fn today(&self, now: Timestamp) -> Date {
        now.to_zoned(self.exchange.time_zone.clone()).date()
    }

    pub(super) fn last_final(&self, now: Timestamp) -> Option<TradingDate> {
        self.calendar.last_closed_session(now, self.exchange.lag)
    }

    /// Decides what to ask; the record is read, nothing is written.
    pub(super) async fn decide(
        &self,
        context: &Context,
        frame: &RunFrame,
    ) -> Result<(Option<TaggedRecord>, Decision), CommitError> {
        let record = commit::record(context.store.as_ref(), &self.listing).await?;
        let Some(last_final) = self.last_final(frame.now) else {
            return Ok((record, Decision::Skip(plan::SkipReason::NothingFinal)));
        };
        let decision = plan::plan(
            record.as_ref().map(|(record, _)| record),
            frame.intent,
            frame.policy,
            &self.calendar,
            last_final,
            self.today(frame.now),
        );
        Ok((record, decision))
    }
}

/// Brings one listing up to date.
pub(super) async fn update(context: &Context, frame: &RunFrame, task: &Task) -> ListingReport {
    let report = |outcome| ListingReport::new(&task.listing, outcome);
    if context.stop.is_requested() {
        return report(Outcome::NotReached);
    }
    let (record, decision) = match task.decide(context, frame).await {
        Ok(decided) => decided,
        Err(error) => return outcome::failed(task, &error),
    };
    let fetch = match decision {
        Decision::Fetch(fetch) => fetch,
        Decision::Skip(reason) => {
            let mut skipped =
                report(Outcome::Skipped).because(reason.as_str(), reason.explanation());
            let record = record.as_ref().map(|(record, _)| record);
            skipped.manifest = outcome::line(record);
            skipped.committed = record.map(CommittedFiles::from);
            return outcome::with_state(skipped, record, task, frame, None);
        }
    };
    let done = fetch_and_commit(context, frame, task, fetch, record.clone()).await;
    let mut done = match done {
        Ok(done) => done,
        Err(Stopped::Asked) => return report(Outcome::NotReached),
        Err(stopped) => {
            let record = record.as_ref().map(|(record, _)| record);
            let mut done = outcome::not_done(task, stopped, record, frame);
            done.sessions_due = if done.is_not_listed_yet() {
                0
            } else {
                fetch.due
            };
            done
        }
    };
    done.window = Some((fetch.from, fetch.until));
    done
}

/// Why a fetch did not become a commit.
pub(super) enum Stopped {
    Asked,
    Vendor(ProviderError),
    Commit(CommitError),
    TooMuch(TooMuch),
    WrongCurrency { stored: String, answered: String },
    WrongTimeZone { expected: String, answered: String },
}

impl From<CommitError> for Stopped {
    fn from(error: CommitError) -> Self {
        Self::Commit(error)
    }
}

async fn fetch_and_commit(
    context: &Context,
    frame: &RunFrame,
    task: &Task,
    mut fetch: FetchPlan,
    known: Option<TaggedRecord>,
) -> Result<ListingReport, Stopped> {
    loop {
        let record = known.as_ref().map(|(record, _)| record);
        let answer = ask(context, frame, task, fetch, record).await?;
        check_currency(record, &answer)?;
        let request = commit_request(context, frame, task, fetch, answer, known.as_ref());
        let first_trade = request.first_trade;
        let committed = {
            let _permit = frame.committers.acquire().await;
            commit::commit(context.store.as_ref(), &request, known.clone()).await?
        };
        match committed {
            CommitOutcome::NeedsFullHistory { asked_from } => fetch.from = asked_from,
            CommitOutcome::Done(mut committed) => {
                let Interpreted {
                    fetched,
                    mut flags,
                    checksum,
                    ..
                } = std::mem::take(&mut committed.read);
                let last = known.as_ref().and_then(|(record, _)| record.last());
                // Nobody waits for a row that a person rejected.
                let is_due = |date: &&Date| last.is_none_or(|last| **date > last);
                flags.retain(|flag| !committed.merged.rejected.contains(&flag.date));
                let rejected = committed.merged.rejected.iter().filter(is_due).count();
                let window = fetch.window();
                let rows = |record: Option<&CommitRecord>| record.map_or(0, CommitRecord::rows);
                let before = rows(known.as_ref().map(|(record, _)| record));
                let has_grown = rows(committed.record.as_ref()) > before;
                let mut report = outcome::stored(
                    task,
                    frame,
                    &fetched,
                    window,
                    *committed,
                    checksum,
                    first_trade,
                );
                // A session whose row is still live at the vendor was not due yet, whatever the
                // clock says.
                let live = fetched.live_sessions.iter();
                let live = live.filter(|session| session.date() <= fetch.until).count();
                report.sessions_due = fetch.due.saturating_sub(live + rejected);
                if (has_grown && report.changes.bars_added == 0) || report.is_not_listed_yet() {
                    // Another run stored them meanwhile, or one that was killed before its record;
                    // or there were none.
                    report.sessions_due = 0;
                }
                report.flags = flags;
                tracing::debug!(symbol = %task.listing, outcome = report.outcome.as_str(),
                    n_bars = report.changes.bars_added, "{} is {}", task.listing, report.outcome.as_str());
                return Ok(report);
            }
        }
    }
}

/// A vendor's answer after the checks that concern it as a whole.
pub(super) struct Answer {
    history: VendorHistory,
}

pub(super) async fn ask(
    context: &Context,
    frame: &RunFrame,
    task: &Task,
    fetch: FetchPlan,
    known: Option<&CommitRecord>,
) -> Result<Answer, Stopped> {
    let request = HistoryRequest {
        listing: task.listing.clone(),
        start: inspection::first_asked(fetch.from, known),
        now: frame.now,
    };
    let asked = async {
        // Never closed, so a permit always comes.
        let _permit = frame.workers.acquire().await;
        context.provider.daily_history(&request).await
    };
    let mut history = tokio::select! {
        biased;
        () = context.stop.requested() => return Err(Stopped::Asked),
        history = asked => history.map_err(Stopped::Vendor)?,
    };
    if let Some(too_much) = inspection::too_much(&history, context.settings.limits.answer) {
        return Err(Stopped::TooMuch(too_much));
    }
    check_time_zone(task, &history, frame.now)?;
    rates::look_up(context, frame, &mut history, fetch.from, known).await?;
    Ok(Answer { history })
}

/// Rows dated in another zone could be a day off.
pub(super) fn check_time_zone(
    task: &Task,
    history: &VendorHistory,
    now: Timestamp,
) -> Result<(), Stopped> {
    let offset = |zone: &jiff::tz::TimeZone| zone.to_offset(now);
    if offset(&history.time_zone) == offset(&task.exchange.time_zone) {
        return Ok(());
    }
    let name = |zone: &jiff::tz::TimeZone| zone.iana_name().unwrap_or("an unnamed zone").to_owned();
    Err(Stopped::WrongTimeZone {
        expected: name(&task.exchange.time_zone),
        answered: name(&history.time_zone),
    })
}

/// A listing whose unit changes is another series.
pub(super) fn check_currency(
    stored: Option<&CommitRecord>,
    answer: &Answer,
) -> Result<(), Stopped> {
    let stored = stored.and_then(|record| record.currency.as_ref());
    let stored = stored.filter(|unit| !unit.is_empty());
    match (stored, &answer.history.currency) {
        (Some(stored), Some(answered)) if stored != answered => Err(Stopped::WrongCurrency {
            stored: stored.clone(),
            answered: answered.clone(),
        }),
        _ => Ok(()),
    }
}

pub(super) fn commit_request(
    context: &Context,
    frame: &RunFrame,
    task: &Task,
    fetch: FetchPlan,
    answer: Answer,
    known: Option<&TaggedRecord>,
) -> CommitRequest {
    let stored = known.and_then(|(record, _)| record.currency.clone());
    let stored = stored.filter(|unit| !unit.is_empty());
    let history = answer.history;
    let currency = history
        .currency
        .clone()
        .or(stored)
        .unwrap_or_else(|| task.exchange.currency.clone());
    CommitRequest {
        listing: task.listing.clone(),
        calendar: task.calendar.clone(),
        window: fetch.window(),
        unit_scale: task.exchange.unit_scale_of(&currency),
        currency,
        first_trade: history.first_trade,
        offer: Offer::Answer {
            history: Arc::new(history),
            lag: task.exchange.lag,
            rules: Box::new(context.settings.quality.rules.for_kind(task.listing.kind())),
        },
        compression_level: context.settings.schema.compression_level,
        now: frame.now,
        today: task.today(frame.now),
        run: frame.run.clone(),
        attempts: context.settings.limits.commit_attempts.get(),
        also_read: BTreeSet::new(),
        lost: BTreeSet::new(),
    }
}
