//! The commit record by itself, and the manifest's line of it.

use super::finding::{Finding, Findings};
use super::rule::ProofRule;
use super::{ManifestLine, StoredListing, Subject};
use crate::LakeKey;
use crate::manifest::ManifestRow;
use crate::record::{CommitRecord, RecordError, YearEntry};
use crate::sources;
use quantx_market::{ActionKind, Price};

/// The record, if there is one that can be used.
pub(super) fn read(
    stored_listing: &StoredListing,
    findings: &mut Findings,
) -> Option<CommitRecord> {
    let path = LakeKey::commit(&stored_listing.listing).path();
    let Some(bytes) = &stored_listing.record else {
        let files = stored_listing.files.len();
        let line = matches!(stored_listing.manifest, ManifestLine::Present(_));
        if files > 0 || line {
            let line = if line { "a" } else { "no" };
            let detail = format!("there are {files} year files and {line} line of the manifest");
            findings.add(Finding::new(ProofRule::RecordMissing, path, detail));
        }
        return None;
    };
    match CommitRecord::parse(bytes, stored_listing.listing.symbol().as_str()) {
        Ok(record) => Some(record),
        Err(error) => {
            let rule = match error {
                RecordError::Json(_) => ProofRule::RecordUnreadable,
                RecordError::NewerSchema { .. } => ProofRule::NewerSchema,
                RecordError::WrongListing { .. } => ProofRule::RecordOfAnotherListing,
            };
            let detail = match &error {
                RecordError::Json(source) => format!("{error}: {source}"),
                _ => error.to_string(),
            };
            findings.add(Finding::new(rule, path, detail));
            None
        }
    }
}

/// What the record contradicts itself in.
pub(super) fn check(subject: Subject<'_>, findings: &mut Findings) {
    let record = subject.record;
    let path = subject.record_path();
    let mut say = |detail: String| {
        findings.add(Finding::new(
            ProofRule::RecordInconsistent,
            path.clone(),
            detail,
        ));
    };
    if record.schema == 0 {
        say("schema version is 0".to_owned());
    }
    let exchange = subject.stored_listing.listing.exchange().as_str();
    if record.exchange != exchange {
        say(format!("exchange is {}, not {exchange}", record.exchange));
    }
    if Price::new(record.unit_scale).is_none() {
        say(format!("unit scale is {}", record.unit_scale));
    }
    for (year, entry) in &record.years {
        if let Some(fault) = fault_of_entry(*year, entry) {
            say(format!("year {year}: {fault}"));
        }
    }
    check_actions(record, &mut say);
    check_judged(record, &mut say);
    check_runs(record, &mut say);
    check_holes(subject, findings);
    if !record.watch.rewriting.is_empty() {
        let years: Vec<String> = record.watch.rewriting.iter().map(i16::to_string).collect();
        let detail = format!("announced years: {}", years.join(", "));
        findings.add(Finding::new(ProofRule::RewriteUnfinished, path, detail));
    }
}

fn fault_of_entry(year: i16, entry: &YearEntry) -> Option<String> {
    let (first, last) = (entry.first, entry.last);
    if first.year() != year || last.year() != year || first > last {
        return Some(format!("rows from {first} to {last}"));
    }
    let days = usize::try_from((last - first).get_days()).unwrap_or(0) + 1;
    if entry.rows == 0 || entry.rows > days {
        return Some(format!("{} rows from {first} to {last}", entry.rows));
    }
    let is_hash = entry.sha256.len() == 64 && entry.sha256.bytes().all(|b| b.is_ascii_hexdigit());
    (!is_hash).then(|| format!("{:?} is no SHA-256", entry.sha256))
}

fn check_actions(record: &CommitRecord, say: &mut impl FnMut(String)) {
    for action in &record.actions {
        let possible = match action.kind {
            ActionKind::Split { .. } => action.kind.split_ratio().is_some(),
            ActionKind::Dividend { amount } | ActionKind::CapitalGain { amount } => {
                Price::new(amount).is_some()
            }
        };
        if !possible {
            say(format!("impossible event of {}", action.ex_date));
        }
        if record.last().is_none_or(|last| action.ex_date > last) {
            say(format!("event of {} is after the last row", action.ex_date));
        }
    }
    if !record.action_set().iter().eq(&record.actions) {
        say("events are not ascending, one of a kind per date".to_owned());
    }
}

/// Judged events against what is applied: the files follow the events, so the events are right.
fn check_judged(record: &CommitRecord, say: &mut impl FnMut(String)) {
    let actions = record.action_set();
    for event in &record.judged {
        let date = event.vendor.ex_date;
        if !event.agrees_with(&actions) {
            let fault = match event.applied() {
                Some(_) => "its amount is not applied",
                None => "it is held out and applied all the same",
            };
            say(format!("judged event of {date}: {fault}"));
        }
    }
    let dates = || record.judged.iter().map(|event| event.vendor.ex_date);
    if !dates().is_sorted() {
        say("judged events are not ascending".to_owned());
    }
}

/// Runs of vendors against the rows that they are of.
fn check_runs(record: &CommitRecord, say: &mut impl FnMut(String)) {
    let stored = record.first().zip(record.last());
    let sources = record.sources.iter().map(|run| (run.from, run.to));
    if let Some(fault) = sources::fault_of(sources, stored) {
        say(format!("sources: {fault}"));
    }
    let confirmed = record.confirmed.iter().map(|run| (run.from, run.to));
    if let Some(fault) = sources::fault_of(confirmed, stored) {
        say(format!("confirmed rows: {fault}"));
    }
}

/// Holes on dates without a session; those with a row are found where rows are read.
fn check_holes(subject: Subject<'_>, findings: &mut Findings) {
    for date in subject.record.watch.holes.keys() {
        if subject.stored_listing.calendar.session(*date).is_none() {
            let detail = format!("{date} is no session");
            let finding = Finding::new(ProofRule::FalseHole, subject.record_path(), detail);
            findings.add(finding.at(None, Some(*date)));
        }
    }
}

/// Compares the manifest's line with the record's.
pub(super) fn check_manifest(subject: Subject<'_>, findings: &mut Findings) {
    let record = subject.record;
    let detail = match &subject.stored_listing.manifest {
        ManifestLine::Unknown => return,
        // A record without rows only announces a write.
        ManifestLine::Absent if record.years.is_empty() => return,
        ManifestLine::Absent => "there is no line".to_owned(),
        ManifestLine::Present(line) => match difference(line, &ManifestRow::of(record)) {
            None => return,
            Some(difference) => difference,
        },
    };
    let detail = format!("{}: {detail}", record.symbol);
    let path = LakeKey::Manifest.path();
    findings.add(Finding::new(ProofRule::ManifestStale, path, detail));
}

/// The first column in which a line is not what the record says.
fn difference(line: &ManifestRow, record: &ManifestRow) -> Option<String> {
    let (line, record) = (columns(line), columns(record));
    let differing = line.into_iter().zip(record);
    let mut differing = differing.filter(|((_, line), (_, record))| line != record);
    let ((column, line), (_, record)) = differing.next()?;
    Some(format!("{column} is {line}, the record says {record}"))
}

fn columns(row: &ManifestRow) -> Vec<(&'static str, String)> {
    let date = |date: Option<quantx_market::Date>| {
        date.map_or_else(|| "nothing".to_owned(), |date| date.to_string())
    };
    vec![
        ("row_count", row.row_count.to_string()),
        ("last_date", date(row.last_date)),
        ("first_date", date(row.first_date)),
        ("asked_from", row.asked_from.to_string()),
        ("backfill_complete", row.backfill_complete.to_string()),
        ("currency", format!("{:?}", row.currency)),
        ("files", row.files.to_string()),
        ("actions", row.actions.to_string()),
        ("holes", row.holes.to_string()),
        ("last_updated", row.last_updated.to_string()),
    ]
}
