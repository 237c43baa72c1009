//! The part of a repair that goes through the commit protocol: commits that did not end, and what the
//! vendor must bring again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::VendorUse;
use super::load::Loaded;
use super::plan::Subject;
use super::repairer::{OFFLINE, RepairLog, Repairer};
use super::window::window;
use crate::commit::{self, CommitError, CommitOutcome, CommitRequest, Committed, Offer};
use crate::listing::{self, Stopped, Task, chain};
use crate::plan::FetchPlan;
use crate::question;
use quantx_lake::LakeKey;
use quantx_lake::proof::repair_plan::{EventsKnown, RecordLost, RepairPlan};
use quantx_lake::record::{CommitRecord, Watch};
use quantx_lake::schema::SCHEMA_VERSION;
use quantx_market::{Date, SessionRange};
use quantx_report::{RepairKind, RepairState};
use quantx_storage::LakeStore;

/// An announcement is taken back by a commit that finds nothing to write, so one is not enough.
const MAX_COMMITS: usize = 4;

const AT_HAND: &str = "from the rows and events at hand, as a run would";

/// Finishes the commit, and fetches, as the plan of the repair says.
pub(super) async fn fetch(
    repairer: &Repairer<'_>,
    subject: &Subject,
    loaded: &Loaded,
    record: Option<&CommitRecord>,
    repair_plan: &RepairPlan,
    log: &mut RepairLog,
) {
    let way = way(repair_plan);
    if way == Way::AtHand && repair_plan.unfinished.is_none() && repair_plan.rederive.is_empty() {
        return;
    }
    if let (Some(record), Way::AtHand) = (record, way) {
        let request = without_fetch(repairer, subject, record, repair_plan);
        let done = match commit_until_settled(repairer, request).await {
            Ok(_) => Ok(AT_HAND.to_owned()),
            Err(error) => Err(chain(&error)),
        };
        note_outcomes(subject, repair_plan, log, |_| done.clone());
        return;
    }
    if repairer.vendor == VendorUse::Offline {
        note_outcomes(subject, repair_plan, log, |_| Err(OFFLINE.to_owned()));
        return;
    }
    let plan = match (&repair_plan.record_lost, record) {
        (Some(lost), _) => FetchPlan {
            from: lost.from,
            until: lost.until,
            due: 0,
        },
        (None, Some(record)) => {
            let last_final = task(subject).last_final(repairer.frame.now);
            let last_final = last_final.map(|session| session.date());
            window(last_final, &subject.calendar, record, repair_plan)
        }
        (None, None) => return,
    };
    let committed = fetch_and_commit(repairer, subject, loaded, record, repair_plan, plan).await;
    note_outcomes(subject, repair_plan, log, |year| match &committed {
        Ok(committed) => outcome(record, year, plan, committed),
        Err(reason) => Err(reason.clone()),
    });
}

/// Where what is needed comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Rows and events that the lake has.
    AtHand,
    /// The vendor.
    Vendor,
}

fn way(repair_plan: &RepairPlan) -> Way {
    let unknown = repair_plan.unfinished.as_ref();
    let unknown = unknown.is_some_and(|unfinished| unfinished.events == EventsKnown::NotAll);
    let asks = unknown
        || !repair_plan.lost.is_empty()
        || !repair_plan.unasked.is_empty()
        || repair_plan.events_lost
        || repair_plan.record_lost.is_some();
    if asks { Way::Vendor } else { Way::AtHand }
}

/// How it would be done, or why it would not.
pub(super) fn can_do(
    repair_plan: &RepairPlan,
    vendor: VendorUse,
) -> Result<&'static str, &'static str> {
    match (way(repair_plan), vendor) {
        (Way::AtHand, _) => Ok(AT_HAND),
        (Way::Vendor, VendorUse::Ask) => Ok("the vendor is asked again"),
        (Way::Vendor, VendorUse::Offline) => Err(OFFLINE),
    }
}

/// Notes what came of each thing that was to be done; `outcome` is asked by year, or for the listing.
pub(super) fn note_outcomes(
    subject: &Subject,
    repair_plan: &RepairPlan,
    log: &mut RepairLog,
    outcome: impl Fn(Option<i16>) -> Result<String, String>,
) {
    let record = LakeKey::commit(&subject.listing).path();
    let bars = |year: i16| LakeKey::bars(&subject.listing, year).path();
    let mut note = |path: String, kind, year| match outcome(year) {
        Ok(detail) => log.note(path, kind, RepairState::Done, detail),
        Err(reason) => log.note(path, kind, RepairState::Left, reason),
    };
    if repair_plan.unfinished.is_some() {
        note(record.clone(), RepairKind::CommitFinished, None);
    }
    for year in &repair_plan.rederive {
        note(bars(*year), RepairKind::Rederived, None);
    }
    for year in &repair_plan.lost {
        note(bars(*year), RepairKind::Refetched, Some(*year));
    }
    if !repair_plan.unasked.is_empty()
        || repair_plan.events_lost
        || repair_plan.record_lost.is_some()
    {
        note(record, RepairKind::Refetched, None);
    }
}

/// A commit of nothing new: rows that are there count as stored, and the record follows.
fn without_fetch(
    repairer: &Repairer<'_>,
    subject: &Subject,
    record: &CommitRecord,
    repair_plan: &RepairPlan,
) -> CommitRequest {
    let unfinished = repair_plan.unfinished.as_ref();
    let last = record.last().max(unfinished.and_then(|u| u.last));
    let after = last.unwrap_or(record.asked_from);
    let after = after.tomorrow().unwrap_or(after);
    let task = task(subject);
    CommitRequest {
        listing: subject.listing.clone(),
        calendar: subject.calendar.clone(),
        offer: Offer::Nothing,
        // Empty, after the last event: nothing is judged to be gone.
        window: SessionRange::new(after, after),
        currency: record
            .currency
            .clone()
            .unwrap_or_else(|| subject.exchange.currency.clone()),
        unit_scale: record.unit_scale,
        first_trade: None,
        compression_level: repairer.context.settings.schema.compression_level,
        now: repairer.frame.now,
        today: task.today(repairer.frame.now),
        run: repairer.frame.run.clone(),
        attempts: repairer.context.settings.limits.commit_attempts.get(),
        also_read: unfinished
            .iter()
            .flat_map(|unfinished| &unfinished.years)
            .chain(&repair_plan.rederive)
            .copied()
            .collect(),
        lost: BTreeSet::new(),
    }
}

fn task(subject: &Subject) -> Task {
    Task {
        listing: subject.listing.clone(),
        exchange: Arc::clone(&subject.exchange),
        calendar: subject.calendar.clone(),
    }
}

async fn fetch_and_commit(
    repairer: &Repairer<'_>,
    subject: &Subject,
    loaded: &Loaded,
    record: Option<&CommitRecord>,
    repair_plan: &RepairPlan,
    mut plan: FetchPlan,
) -> Result<Committed, String> {
    let task = task(subject);
    let known = match (record, &loaded.record_tag) {
        (Some(record), Some(tag)) => Some((record.clone(), tag.clone())),
        _ => None,
    };
    let mut announced = false;
    loop {
        let answer = question::ask(repairer.context, &repairer.frame, &task, plan, None).await;
        let answer = answer.map_err(|stopped| reason(&stopped))?;
        question::check_currency(record, &answer).map_err(|stopped| reason(&stopped))?;
        let mut request = listing::commit_request(
            repairer.context,
            &repairer.frame,
            &task,
            plan,
            answer,
            known.as_ref(),
        );
        request.lost.clone_from(&repair_plan.lost);
        let newer = repair_plan.unfinished.iter().flat_map(|u| &u.years);
        let left = repair_plan.record_lost.iter().flat_map(|lost| &lost.years);
        let wrong = &repair_plan.rederive;
        request.also_read = newer.chain(left).chain(wrong).copied().collect();
        if let (Some(lost), false) = (&repair_plan.record_lost, announced) {
            let record = announcement(subject, &request, lost);
            let put = repairer.put_record(subject, loaded, &record).await;
            put.map_err(|error| chain(&error))?;
            announced = true;
        }
        match commit_until_settled(repairer, request).await {
            Ok(Settled::Done(committed)) => return Ok(*committed),
            Ok(Settled::NeedsFullHistory { asked_from }) => plan.from = asked_from,
            Err(error) => return Err(chain(&error)),
        }
    }
}

/// The record of a first commit that has written some files: whoever reads it reads them.
fn announcement(subject: &Subject, request: &CommitRequest, lost: &RecordLost) -> CommitRecord {
    CommitRecord {
        schema: SCHEMA_VERSION,
        symbol: subject.listing.symbol().to_string(),
        exchange: subject.listing.exchange().to_string(),
        currency: Some(request.currency.clone()),
        unit_scale: request.unit_scale,
        first_trade: request.first_trade,
        asked_from: lost.from,
        actions: Vec::new(),
        judged: Vec::new(),
        years: BTreeMap::new(),
        sources: Vec::new(),
        confirmed: Vec::new(),
        watch: Watch {
            rewriting: lost.years.clone(),
            // The record that was lost may have said so; if not, it costs a read.
            decided: true,
            ..Watch::default()
        },
        revision: 1,
        updated: request.now,
    }
}

enum Settled {
    Done(Box<Committed>),
    NeedsFullHistory { asked_from: Date },
}

async fn commit_until_settled(
    repairer: &Repairer<'_>,
    mut request: CommitRequest,
) -> Result<Settled, CommitError> {
    let store = repairer.context.store.as_ref();
    let mut first = None;
    for _ in 0..MAX_COMMITS {
        let known = commit::record(store, &request.listing).await?;
        let committed = match commit::commit(store, &request, known).await? {
            // Nobody is asked about a repair.
            CommitOutcome::InDoubt => {
                return Err(CommitError::Contended {
                    key: LakeKey::commit(&request.listing),
                    attempts: request.attempts,
                });
            }
            CommitOutcome::NeedsFullHistory { asked_from } => {
                return Ok(Settled::NeedsFullHistory { asked_from });
            }
            CommitOutcome::Done(committed) => committed,
        };
        // What was lost is there now, and must not be put aside again.
        request.lost.clear();
        let record = committed.record.as_ref();
        let settled = record.is_none_or(|record| record.watch.rewriting.is_empty());
        let held = committed.merged.held.is_some();
        let before = first.get_or_insert(committed);
        if settled || held {
            if let Some(record) = record_after(store, &request).await? {
                before.record = Some(record);
            }
            break;
        }
    }
    first.map(Settled::Done).ok_or(CommitError::Contended {
        key: LakeKey::commit(&request.listing),
        attempts: request.attempts,
    })
}

async fn record_after(
    store: &dyn LakeStore,
    request: &CommitRequest,
) -> Result<Option<CommitRecord>, CommitError> {
    let found = commit::record(store, &request.listing).await?;
    Ok(found.map(|(record, _)| record))
}

fn reason(stopped: &Stopped) -> String {
    match stopped {
        Stopped::Asked => "stopped before the vendor answered: run again".to_owned(),
        Stopped::NoVendor(why) => why.clone(),
        Stopped::Vendor(error) => chain(error),
        Stopped::Commit(error) => chain(error),
        Stopped::TooMuch(too_much) => too_much.to_string(),
        Stopped::WrongCurrency { stored, answered } => {
            format!("stored prices are in {stored}, the vendor now answers in {answered}")
        }
        Stopped::WrongTimeZone { expected, answered } => {
            format!("the exchange is in {expected}, the vendor dates the rows in {answered}")
        }
    }
}

/// What came of a fetch; of a year that was lost, held against what was committed before.
fn outcome(
    before: Option<&CommitRecord>,
    year: Option<i16>,
    plan: FetchPlan,
    committed: &Committed,
) -> Result<String, String> {
    if let Some(held) = &committed.merged.held {
        return Err(held.reason());
    }
    let asked = format!("the vendor was asked for {} to {}", plan.from, plan.until);
    let Some(year) = year else {
        let stats = committed.merged.stats;
        let (rows, events) = (stats.bars_added, stats.actions_added);
        return Ok(format!(
            "{asked}: {rows} rows and {events} events were added"
        ));
    };
    let hash = |record: Option<&CommitRecord>| {
        let entry = record.and_then(|record| record.years.get(&year));
        entry.map(|entry| entry.sha256.clone())
    };
    match (hash(before), hash(committed.record.as_ref())) {
        (Some(before), Some(after)) if before == after => {
            Ok(format!("{asked}: the bytes are those that were committed"))
        }
        (Some(_), Some(_)) => Ok(format!(
            "{asked}: the bytes are not those that were committed"
        )),
        (None, Some(_)) => Ok(format!("{asked}: there again")),
        (_, None) => Err(format!("{asked}: no usable row")),
    }
}
