//! What of the findings can be repaired, and with what proof. Pure.
//!
//! A file that is made again counts only if it has the SHA-256 that the record names; an event only if
//! the files, as committed, carry its hash. What cannot be proven so is for the vendor to bring again.

mod facts;
mod files;
mod plan;
mod rebuild;
mod record;

use std::collections::BTreeSet;

use super::coverage;
use super::derived::own_bars;
use super::finding::Finding;
use super::rule::{FindingSeverity, ProofRule};
use super::{Examined, StoredListing, Subject};
use crate::codec;
use crate::revision;
use crate::schema::metadata;
use facts::{has, is_damaged};
use files::make_again;
pub use plan::{EventsKnown, RecordLost, RepairContext, RepairPlan, Unfinished};
use quantx_market::Bar;
use record::{correct, differences};

/// Plans what can be repaired after a deep proof.
pub fn plan_repair(
    stored_listing: &StoredListing,
    examined: &Examined,
    context: RepairContext,
) -> RepairPlan {
    let findings = &examined.proof.findings;
    // What a newer program wrote is its business.
    if findings.iter().any(|f| f.rule == ProofRule::NewerSchema) {
        return RepairPlan::default();
    }
    match &examined.record {
        None => rebuild::without_record(stored_listing, examined, context),
        Some(record) => {
            let subject = Subject {
                stored_listing,
                record,
            };
            with_record(subject, examined, context)
        }
    }
}

fn with_record(subject: Subject<'_>, examined: &Examined, context: RepairContext) -> RepairPlan {
    let mut repair_plan = RepairPlan::default();
    let findings = &examined.proof.findings;
    let corrected = correct(subject, examined, &mut repair_plan);
    let record = corrected.as_ref().unwrap_or(subject.record);
    let proven = Subject {
        record,
        stored_listing: subject.stored_listing,
    };
    let mut newer = BTreeSet::new();
    let made = make_again(proven, examined, context);
    let years: BTreeSet<i16> = record
        .years
        .keys()
        .chain(examined.years.keys())
        .copied()
        .collect();
    for year in years {
        let path = subject.path(year);
        let is = |rule| has(findings, &path, rule);
        let promised = record.years.get(&year);
        let file = examined.years.get(&year);
        if promised.is_some_and(|p| file.is_some_and(|file| file.sha256 == p.sha256)) {
            // Committed like this: by a program with an error, or the record was changed too.
            match damage_of_committed(findings, &path) {
                Some(Damage::Rows) => repair_plan.lost.insert(year),
                Some(Damage::Derived) => repair_plan.rederive.insert(year),
                None => false,
            };
            continue;
        }
        let announced = record.watch.rewriting.contains(&year);
        let damaged = is_damaged(findings, &path);
        if let Some(bytes) = made.get(&year) {
            repair_plan.files.insert(year, bytes.clone());
        } else if is(ProofRule::OrphanFile) || (promised.is_none() && damaged) {
            repair_plan.orphans.insert(year);
        } else if file.is_some() && !damaged && (is(ProofRule::InterruptedCommit) || announced) {
            newer.insert(year);
        } else if promised.is_some() {
            repair_plan.lost.insert(year);
        }
    }
    if repair_plan.events_lost || corrected.is_some() {
        // First the events and the rest of the record, then what is derived from them.
        repair_plan.rederive.clear();
    }
    repair_plan.unfinished = unfinished(proven, examined, newer);
    if let Some(record) = corrected {
        let detail = differences(subject.record, &record);
        repair_plan.record = Some((record, detail));
    }
    let files = &examined.years;
    repair_plan.unasked = coverage::unknown_sessions(subject, files)
        .into_iter()
        .filter(|date| !repair_plan.lost.contains(&date.year()))
        .filter(|date| !repair_plan.files.contains_key(&date.year()))
        .collect();
    repair_plan
}

/// What is wrong with a file that the record names.
enum Damage {
    Rows,
    Derived,
}

fn damage_of_committed(findings: &[Finding], path: &str) -> Option<Damage> {
    const DERIVED: [ProofRule; 4] = [
        ProofRule::AdjClose,
        ProofRule::SplitFactor,
        ProofRule::Dividends,
        ProofRule::StockSplits,
    ];
    let damages = |f: &&Finding| f.path == path && f.severity == FindingSeverity::Damage;
    let mut damages = findings.iter().filter(damages).peekable();
    damages.peek()?;
    if damages.all(|finding| DERIVED.contains(&finding.rule)) {
        Some(Damage::Derived)
    } else {
        Some(Damage::Rows)
    }
}

fn unfinished(
    subject: Subject<'_>,
    examined: &Examined,
    newer: BTreeSet<i16>,
) -> Option<Unfinished> {
    let record = subject.record;
    if newer.is_empty() && record.watch.rewriting.is_empty() {
        return None;
    }
    let mut last = None;
    let mut events = EventsKnown::All;
    for year in &newer {
        let Some(raw) = examined.years.get(year).and_then(|file| file.raw()) else {
            continue;
        };
        let bars: Vec<Bar> = own_bars(*year, raw).collect();
        last = last.max(bars.last().map(|bar| bar.date.date()));
        let before = record.last_before(*year);
        let actions = revision::actions_of_year(&record.action_set(), before, &bars);
        if codec::actions_hash(&actions) != raw.says(metadata::ACTIONS_HASH) {
            events = EventsKnown::NotAll;
        }
    }
    // Of a first commit nobody knows how far it wanted to go.
    if record.years.is_empty() {
        events = EventsKnown::NotAll;
    }
    Some(Unfinished {
        years: newer,
        last,
        events,
    })
}
