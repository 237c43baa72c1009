//! The record as its committed files and the calendar prove it.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{has, may_trade, only};
use super::plan::RepairPlan;
use crate::proof::raw_year::RawYear;
use crate::proof::rule::ProofRule;
use crate::proof::{Examined, Subject, coverage, events};
use crate::record::CommitRecord;
use crate::schema::metadata;
use quantx_market::Date;

/// The files that are as the record names them.
fn committed<'a>(record: &CommitRecord, examined: &'a Examined) -> BTreeMap<i16, &'a RawYear> {
    let files = examined.years.iter().filter_map(|(year, file)| {
        let promised = record.years.get(year)?;
        (promised.sha256 == file.sha256).then_some((*year, file.raw()?))
    });
    files.collect()
}

/// The record as its committed files and the calendar prove it; `None` if it is so already.
pub(super) fn correct(
    subject: Subject<'_>,
    examined: &Examined,
    repair_plan: &mut RepairPlan,
) -> Option<CommitRecord> {
    let findings = &examined.proof.findings;
    let path = subject.record_path();
    let mut record = subject.record.clone();
    let files = committed(&record, examined);
    for (year, raw) in &files {
        // What can be promised of a file: a row that stands twice is one.
        let dates = raw.dates.iter().flatten().copied();
        let dates = dates.filter(|date| date.year() == *year && may_trade(subject, *date));
        let dates: BTreeSet<Date> = dates.collect();
        if let (Some(entry), Some(first), Some(last)) =
            (record.years.get_mut(year), dates.first(), dates.last())
        {
            entry.rows = dates.len();
            entry.first = *first;
            entry.last = *last;
        }
    }
    if let Some(currency) = only(files.values().map(|raw| raw.says(metadata::CURRENCY))) {
        record.currency = Some(currency.to_owned());
    }
    let scales = files.values().map(|raw| raw.says(metadata::UNIT_SCALE));
    if let Some(scale) = only(scales).and_then(|scale| scale.parse().ok()) {
        record.unit_scale = scale;
    }
    // Files that were not touched since are older than their record, and none is newer.
    let versions = files.values().map(|raw| raw.says(metadata::SCHEMA_VERSION));
    if let Some(version) = versions.filter_map(|version| version.parse().ok()).max() {
        record.schema = record.schema.max(version);
    }
    record.exchange = subject.stored_listing.listing.exchange().to_string();
    let calendar = &subject.stored_listing.calendar;
    let rows: BTreeSet<Date> = coverage::rows(&examined.years).collect();
    record
        .watch
        .holes
        .retain(|date, _| calendar.session(*date).is_some() && !rows.contains(date));
    let doubtful = has(findings, &path, ProofRule::ActionsHash)
        || has(findings, &path, ProofRule::RecordInconsistent);
    if doubtful && files.len() == record.years.len() {
        match events::find(&files, &record.action_set()) {
            Some(found) => {
                record.actions = found.iter().copied().collect();
                // What the files do not follow was said of other events.
                record.judged.retain(|event| event.agrees_with(&found));
            }
            None => repair_plan.events_lost = true,
        }
    } else if has(findings, &path, ProofRule::ActionsHash) {
        repair_plan.events_lost = true;
    }
    (record != *subject.record).then_some(record)
}

pub(super) fn differences(before: &CommitRecord, after: &CommitRecord) -> String {
    let mut changes = Vec::new();
    let mut note = |differs: bool, text: String| {
        if differs {
            changes.push(text);
        }
    };
    let (was, is) = (&before.currency, &after.currency);
    note(was != is, format!("currency {was:?} is {is:?}"));
    let (was, is) = (before.schema, after.schema);
    note(was != is, format!("schema version {was} is {is}"));
    let (was, is) = (before.unit_scale, after.unit_scale);
    note(was != is, format!("unit scale {was} is {is}"));
    let (was, is) = (&before.exchange, &after.exchange);
    note(was != is, format!("exchange {was} is {is}"));
    let (was, is) = (before.actions.len(), after.actions.len());
    note(
        before.actions != after.actions,
        format!("{was} events are {is}, proven by the hash in every file"),
    );
    for (year, entry) in &after.years {
        let was = before.years.get(year);
        let (rows, first, last) = (entry.rows, entry.first, entry.last);
        note(
            was != Some(entry),
            format!("{year} has {rows} rows from {first} to {last}"),
        );
    }
    let (was, is) = (before.watch.holes.len(), after.watch.holes.len());
    note(was != is, format!("{was} holes are {is}"));
    changes.join("; ")
}
