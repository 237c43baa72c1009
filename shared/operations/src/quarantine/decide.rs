use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::FutureExt as _;
use jiff::Timestamp;

use super::choose::{Chosen, choose};
use super::view::{self, ListingReview};
use super::{
    Choice, Decided, DecidedEntry, DecidedEvent, DecisionReport, DecisionRequest, QuarantineError,
};
use crate::assemble::Effects;
use crate::commit::{self, CommitError, CommitOutcome, CommitRequest, Committed, Offer};
use crate::context::Context;
use crate::error::OperationError;
use crate::listing::chain;
use crate::manifest;
use crate::run::end::Derived;
use quantx_lake::decisions::EntryId;
use quantx_lake::decisions::{Decision, Decisions, Resolution};
use quantx_lake::manifest::ManifestRow;
use quantx_lake::quarantine::{Entry, ReviewStatus};
use quantx_lake::record::CommitRecord;
use quantx_lake::{LakeKey, RunId};
use quantx_market::{Date, ExchangeCode, SessionRange};
use quantx_storage::{ATTEMPTS, Change, UpdateError, update_by};

/// Writes down what a person decided about entries, and stores what was released. With
/// [`Effects::ReadOnly`] it only says what would come of it.
///
/// Deciding twice is deciding once. Entries that cannot be decided so are reported one by one and do
/// not keep the others from it.
///
/// # Errors
/// [`QuarantineError`] when an id names no entry, or the lake cannot be listed; then nothing was
/// decided.
pub async fn decide(
    context: &Context,
    request: &DecisionRequest,
    effects: Effects,
) -> Result<DecisionReport, QuarantineError> {
    let now = context.clock.now();
    let listings = match &request.choice {
        Choice::Ids(_) => None,
        Choice::Open { listings, .. } => listings.as_deref(),
    };
    let (reviews, unreadable) = view::reviews(context, listings).await?;
    let chosen = choose(&reviews, request)?;
    let mut report = DecisionReport {
        entries: Vec::new(),
        events: Vec::new(),
        unreadable,
    };
    let mut lines = Vec::new();
    for (review, chosen) in reviews.iter().zip(chosen) {
        if chosen.is_empty() {
            continue;
        }
        let of_listing = ListingRequest {
            context,
            request,
            review,
            chosen: &chosen,
            now,
        };
        let outcome = match effects {
            Effects::ReadOnly => of_listing.preview(),
            Effects::Write => of_listing.settle().await?,
        };
        report.entries.extend(outcome.entries);
        report.events.extend(outcome.events);
        lines.extend(outcome.line);
    }
    if !lines.is_empty() {
        manifest::upsert(context.store.as_ref(), &lines).await?;
        let exchanges = lines.iter().map(|line| ExchangeCode::parse(&line.exchange));
        let exchanges: BTreeSet<ExchangeCode> = exchanges.filter_map(Result::ok).collect();
        let mut derived = Derived::default();
        let run = RunId::new("quarantine", now).map_err(OperationError::from)?;
        derived.make_tables(context, &run, now, &exchanges).await;
        let problems = derived.problems.into_iter();
        report
            .unreadable
            .extend(problems.map(|problem| ("panel/".to_owned(), problem)));
    }
    Ok(report)
}

/// One listing whose entries are decided.
#[derive(Debug)]
pub(super) struct ListingRequest<'a> {
    context: &'a Context,
    pub(super) request: &'a DecisionRequest,
    pub(super) review: &'a ListingReview,
    pub(super) chosen: &'a Chosen<'a>,
    pub(super) now: Timestamp,
}

/// What came of one listing's entries.
struct ListingOutcome {
    entries: Vec<DecidedEntry>,
    events: Vec<DecidedEvent>,
    /// The listing's new line of the manifest.
    line: Option<ManifestRow>,
}

impl ListingRequest<'_> {
    /// What would come of it.
    fn preview(&self) -> ListingOutcome {
        let decisions = &self.review.decisions;
        let entries = self.chosen.entries.iter().map(|entry| {
            let decided = match self.objection(entry, decisions) {
                Some(because) => (Decided::Refused, Some(because)),
                None => (self.expected(entry), None),
            };
            self.decided_entry(entry, decided)
        });
        ListingOutcome {
            entries: entries.collect(),
            events: self.decided_events(None),
            line: None,
        }
    }

    fn decided_events(&self, failure: Option<&String>) -> Vec<DecidedEvent> {
        let events = self.chosen.events.iter().map(|event| {
            let decided = match (self.objection_to_event(event), failure) {
                (Some(because), _) => (Decided::Refused, Some(because)),
                (None, Some(failure)) => (Decided::Failed, Some(failure.clone())),
                (None, None) => (self.expected_of_event(event), None),
            };
            self.decided_event(event, decided)
        });
        events.collect()
    }

    /// Writes the decisions, then stores what was released and what is applied of events.
    async fn settle(&self) -> Result<ListingOutcome, QuarantineError> {
        let refused = self.write_down().await?;
        let rows = self.chosen.entries.iter();
        let rows = rows.filter(|entry| {
            self.request.resolution == Resolution::Released && !refused.contains_key(&entry.id)
        });
        let rows = rows.map(|entry| entry.row.date);
        let events = self.chosen.events.iter();
        let events = events.filter(|event| self.objection_to_event(event).is_none());
        let changed = rows.chain(events.map(|event| event.vendor.ex_date));
        let mut failure = None;
        let mut line = None;
        if let Some(first) = changed.min() {
            match self.store(first).await {
                Ok(committed) if committed.record_written => {
                    line = committed.record.as_ref().map(ManifestRow::of);
                }
                Ok(_) => {}
                Err(error) => failure = Some(chain(&error)),
            }
        }
        let entries = self.chosen.entries.iter().map(|entry| {
            let decided = match (refused.get(&entry.id), &failure) {
                (Some(because), _) => (Decided::Refused, Some(because.clone())),
                (None, Some(failure)) if self.request.resolution == Resolution::Released => {
                    (Decided::Failed, Some(failure.clone()))
                }
                (None, _) => (self.expected(entry), None),
            };
            self.decided_entry(entry, decided)
        });
        Ok(ListingOutcome {
            entries: entries.collect(),
            events: self.decided_events(failure.as_ref()),
            line,
        })
    }

    fn decided_entry(&self, entry: &Entry, decided: (Decided, Option<String>)) -> DecidedEntry {
        DecidedEntry {
            entry: self.review.report(entry),
            decided: decided.0,
            because: decided.1,
        }
    }

    /// What comes of an entry that nothing speaks against.
    fn expected(&self, entry: &Entry) -> Decided {
        let stored = self.review.stored.get(entry.row.date);
        let status = entry.status(&self.review.decisions, stored);
        match (self.request.resolution, status) {
            (Resolution::Released, ReviewStatus::Released)
            | (Resolution::Rejected, ReviewStatus::Rejected) => Decided::AlreadyDecided,
            (Resolution::Rejected, _) => Decided::Rejected,
            (Resolution::Released, _) if entry.is_stored_as(stored) => Decided::AlreadyStored,
            (Resolution::Released, _) if stored.is_some() => Decided::Replaced,
            (Resolution::Released, _) => Decided::Added,
        }
    }

    /// Why the entry cannot be decided as ordered.
    fn objection(&self, entry: &Entry, decisions: &Decisions) -> Option<String> {
        match self.request.resolution {
            Resolution::Released => self.cannot_release(entry),
            Resolution::Rejected => self.cannot_reject(entry, decisions),
        }
    }

    fn cannot_release(&self, entry: &Entry) -> Option<String> {
        let (review, date) = (self.review, entry.row.date);
        let same_session = |other: &&&Entry| other.row.date == date;
        if self.chosen.entries.iter().filter(same_session).count() > 1 {
            return Some(format!(
                "several rows of {date} are chosen and one session has one row: release one by its id"
            ));
        }
        if let Some(fault) = review.report(entry).unreleasable {
            return Some(format!("no row of the lake may be so: {fault}; reject it"));
        }
        let Some(record) = review.record.as_ref().filter(|record| record.rows() > 0) else {
            return Some("the lake holds no row of the listing: backfill it first".to_owned());
        };
        if date < record.asked_from {
            return Some(format!(
                "the listing's history begins with {}: backfill it from {date} first",
                record.asked_from
            ));
        }
        let calendar = review.calendar.as_ref()?;
        let last_final = calendar.last_closed_session(self.now, review.exchange.lag);
        let is_over = last_final.is_some_and(|last| date <= last.date());
        (!is_over).then(|| format!("the session of {date} is not over as of {}", self.now))
    }

    fn cannot_reject(&self, entry: &Entry, decisions: &Decisions) -> Option<String> {
        if let Some(decision) = decisions.about(&entry.row)
            && decision.resolution == Resolution::Released
        {
            return Some(format!(
                "{} released it on {:.0} and no row is ever taken out of the lake; release the row \
                 that is right, once the vendor sends it",
                decision.by, decision.at
            ));
        }
        if entry.row.rule.is_held_fetch() {
            return Some(
                "the whole fetch was held, and nothing says that this row is wrong: release it if it is \
                 right; else it needs no decision, the run that can place the fetch stores or refuses it"
                    .to_owned(),
            );
        }
        let stored = self.review.stored.get(entry.row.date);
        let taken = entry.status(decisions, stored) == ReviewStatus::Taken;
        taken.then(|| {
            "a later fetch confirmed it, the lake holds it, and no row is ever taken out; release the \
             row that is right, once the vendor sends it"
                .to_owned()
        })
    }

    /// Adds the decisions to those of the listing; the entries that cannot be decided so, and why.
    async fn write_down(&self) -> Result<BTreeMap<EntryId, String>, QuarantineError> {
        let (store, listing) = (self.context.store.as_ref(), &self.review.listing);
        let key = LakeKey::decisions(listing);
        let symbol = listing.symbol().as_str();
        // What others decided meanwhile counts: only the first of two opposite decisions may stand.
        let written = update_by(store, &key, |found| {
            let none = || Ok(Decisions::none(symbol));
            let found = found.map_or_else(none, |found| Decisions::parse(&found.bytes, symbol));
            let key = key.clone();
            async move {
                let unusable = |source| CommitError::Decisions { key, source };
                let mut decisions = found.map_err(unusable.clone())?;
                let mut refused = BTreeMap::new();
                let n = |decisions: &Decisions| decisions.decisions.len() + decisions.events.len();
                let before = n(&decisions);
                self.add_event_decisions(&mut decisions);
                for entry in &self.chosen.entries {
                    if let Some(because) = self.objection(entry, &decisions) {
                        refused.insert(entry.id.clone(), because);
                    } else if !self.stands(entry, &decisions) {
                        decisions.decisions.extend(self.decision(entry));
                    }
                }
                if n(&decisions) == before {
                    return Ok(Change::Keep((refused, false)));
                }
                let bytes = decisions.to_bytes().map_err(unusable)?;
                commit::announce_decisions(store, listing, ATTEMPTS).await?;
                Ok(Change::Put(Bytes::from(bytes), (refused, true)))
            }
            .boxed()
        });
        let storage = |doing, source| OperationError::Storage { doing, source };
        let (refused, is_new) = written.await.map_err(|error| match error {
            UpdateError::Compute(error) => QuarantineError::Listing(error),
            UpdateError::Read(source) => CommitError::Storage(source).into(),
            UpdateError::Write(source) => storage("store the decisions", source).into(),
            UpdateError::Contended => QuarantineError::Contended { key: key.clone() },
        })?;
        if is_new {
            // A first backfill may have made the record meanwhile.
            commit::announce_decisions(store, listing, ATTEMPTS).await?;
        }
        Ok(refused)
    }

    /// Whether the same decision stands already, and no later one about the session.
    fn stands(&self, entry: &Entry, decisions: &Decisions) -> bool {
        let decided = decisions.about(&entry.row);
        let same = decided.is_some_and(|decision| decision.resolution == self.request.resolution);
        match self.request.resolution {
            Resolution::Rejected => same,
            Resolution::Released => {
                let newest = decisions.release_of(entry.row.date);
                same && newest.is_some_and(|newest| newest.row.says_the_same(&entry.row))
            }
        }
    }

    fn decision(&self, entry: &Entry) -> Option<Decision> {
        Some(Decision {
            id: entry.id.clone(),
            resolution: self.request.resolution,
            row: entry.row.clone(),
            run: entry.runs.last()?.clone(),
            by: self.request.by.clone(),
            at: self.now,
            note: self.request.note.clone(),
        })
    }

    /// Brings released rows from `first` on into the lake: a fetch that asked nothing and got nothing,
    /// so that the decisions are all that changes.
    async fn store(&self, first: Date) -> Result<Box<Committed>, CommitError> {
        let (context, review) = (self.context, self.review);
        let store = context.store.as_ref();
        let known = commit::record(store, &review.listing).await?;
        let record = known.as_ref().map(|(record, _)| record);
        let Some(request) = record.and_then(|record| self.request(record, first)) else {
            return Err(CommitError::MissingFile {
                key: LakeKey::commit(&review.listing),
            });
        };
        match commit::commit(store, &request, known).await? {
            CommitOutcome::Done(committed) => Ok(committed),
            // Only a fetch that does not fit asks for more, and this one is empty.
            CommitOutcome::InDoubt | CommitOutcome::NeedsFullHistory { .. } => {
                Err(CommitError::Contended {
                    key: LakeKey::commit(&review.listing),
                    attempts: request.attempts,
                })
            }
        }
    }

    fn request(&self, record: &CommitRecord, first: Date) -> Option<CommitRequest> {
        let (settings, review) = (&self.context.settings, self.review);
        let currency = record.currency.clone();
        Some(CommitRequest {
            listing: review.listing.clone(),
            calendar: review.calendar.clone()?,
            offer: Offer::Nothing,
            window: SessionRange::new(first, first),
            currency: currency.unwrap_or_else(|| review.exchange.currency.clone()),
            unit_scale: record.unit_scale,
            first_trade: record.first_trade,
            compression_level: settings.schema.compression_level,
            now: self.now,
            today: self.now.to_zoned(review.exchange.time_zone.clone()).date(),
            run: RunId::new("quarantine_release", self.now).ok()?,
            attempts: settings.limits.commit_attempts.get(),
            also_read: BTreeSet::new(),
            lost: BTreeSet::new(),
        })
    }
}
