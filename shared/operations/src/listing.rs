//! One listing, from plan to commit. Its failure is data in the report, never an error of the run.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::commit::{self, CommitError, CommitOutcome, CommitRequest, Heard, Offer, TaggedRecord};
use super::context::Context;
use super::inspection::{Interpreted, TooMuch};
use super::outcome;
use super::plan::{self, Decision, FetchPlan, Intent, PlanPolicy};
use super::question::{Answer, ask, check_currency, heard, witnesses};
use super::rates::Rates;
use super::vendors::by_date::ListingsOf;
use super::vendors::testimony::Range;
use super::vendors::witnesses::is_in_turn;
use super::vendors::{Answered, Vendor};
use quantx_calendar::Calendar;
use quantx_lake::RunId;
use quantx_lake::record::{CommitRecord, CommittedFiles};
use quantx_market::{Date, Exchange, Listing, SessionRange, TradingDate};
use quantx_provider::ProviderError;
pub(super) use quantx_report::with_causes as chain;
use quantx_report::{ListingReport, Outcome};

/// What is the same for every listing of a run.
#[derive(Debug, Clone)]
pub(super) struct RunFrame {
    pub(super) run: RunId,
    pub(super) now: Timestamp,
    pub(super) intent: Intent,
    pub(super) policy: PlanPolicy,
    /// How many listings of each exchange the run works on.
    pub(super) listings_of: ListingsOf,
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

    /// The question without the sessions that a vendor has not ready yet: that it lacks them says nothing.
    pub(super) fn ready(
        &self,
        fetch: FetchPlan,
        vendor: &Vendor,
        now: Timestamp,
        known: Option<&CommitRecord>,
    ) -> FetchPlan {
        let lag = self.exchange.lag.max(vendor.ready_after);
        let last = known.and_then(CommitRecord::last);
        let ready = self.calendar.last_closed_session(now, lag);
        let ready = ready.map(TradingDate::date).max(last).unwrap_or(fetch.from);
        if lag == self.exchange.lag || ready >= fetch.until {
            return fetch;
        }
        let not_ready = SessionRange::inclusive(ready, fetch.until);
        let not_ready = self.calendar.count(not_ready).saturating_sub(1);
        FetchPlan {
            until: ready,
            due: fetch.due.saturating_sub(not_ready),
            ..fetch
        }
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
    NoVendor(String),
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
        let answered_by = answer.0.vendor.name;
        fetch = task.ready(fetch, &answer.0.vendor, frame.now, record);
        let witnesses = witnesses(context, task, &answer);
        let today = task.today(frame.now);
        let mut request = commit_request(context, frame, task, fetch, answer, known.as_ref());
        let first_trade = request.first_trade;
        let range = Range {
            task,
            from: fetch.from,
            to: fetch.until,
            now: frame.now,
            rules: &context.settings.quality.rules,
        };
        if !witnesses.is_empty() {
            let confirm = context.settings.asked.of(task.listing.exchange()).confirm;
            let listings = frame.listings_of.get(task.listing.exchange()).copied();
            if is_in_turn(confirm, &task.listing, today, listings.unwrap_or(1)) {
                let said = heard(context, frame, &witnesses, range).await?;
                request.hear(said);
            } else {
                request.hear_in_doubt();
            }
        }
        let mut committed = commit_once(context, frame, &request, &known).await?;
        if matches!(committed, CommitOutcome::InDoubt) {
            request.hear(heard(context, frame, &witnesses, range).await?);
            committed = commit_once(context, frame, &request, &known).await?;
        }
        match committed {
            CommitOutcome::InDoubt => return Err(Stopped::Asked),
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
                    outcome::Known {
                        first_trade,
                        before: last,
                    },
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
                if context.vendors.are_several() {
                    report.vendor = Some(answered_by.to_string());
                }
                tracing::debug!(symbol = %task.listing, outcome = report.outcome.as_str(),
                    n_bars = report.changes.bars_added, "{} is {}", task.listing, report.outcome.as_str());
                return Ok(report);
            }
        }
    }
}

async fn commit_once(
    context: &Context,
    frame: &RunFrame,
    request: &CommitRequest,
    known: &Option<TaggedRecord>,
) -> Result<CommitOutcome, CommitError> {
    let _permit = frame.committers.acquire().await;
    commit::commit(context.store.as_ref(), request, known.clone()).await
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
    let Answered {
        vendor,
        standing,
        way,
        history,
    } = answer.0;
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
            lag: task.exchange.lag.max(vendor.ready_after),
            source: vendor.source_of(standing),
            way,
            bars: vendor.source,
            lineage: vendor.lineage.clone(),
            heard: Heard::Nobody,
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
