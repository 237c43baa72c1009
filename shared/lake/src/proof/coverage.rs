//! Sessions that should have a row, against rows and known holes.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use super::file::YearFile;
use super::finding::{Finding, Findings};
use super::rule::ProofRule;
use crate::gaps::{self, Coverage};
use quantx_market::{Date, SessionRange, TradingDate};

/// Dates named in a finding before it only counts.
const NAMED: usize = 5;

/// Counts the cells up to the last session promised, and names what no hole explains.
pub(super) fn check(
    subject: Subject<'_>,
    years: &BTreeMap<i16, YearFile>,
    findings: &mut Findings,
) -> Coverage {
    let (record, calendar) = (subject.record, &subject.stored_listing.calendar);
    let Some(last) = record.last() else {
        return Coverage::default();
    };
    let range = SessionRange::inclusive(record.expected_from(), last);
    let asks = subject.stored_listing.hole_asks;
    let coverage = |rows| gaps::coverage(range, rows, &record.watch, asks, calendar);
    if years.values().all(|file| file.raw().is_none()) {
        check_counts(subject, range, &coverage(record.rows()), findings);
        let there = record.years.iter();
        let there = there.filter(|(year, _)| years.contains_key(year));
        return coverage(there.map(|(_, entry)| entry.rows).sum());
    }
    let dates: BTreeSet<Date> = rows(years).collect();
    false_holes(subject, &dates, findings);
    let in_range = |date: &&Date| range.contains(**date) && calendar.session(**date).is_some();
    let coverage = coverage(dates.iter().filter(in_range).count());
    name_missing(subject, years, findings);
    coverage
}

/// Sessions up to the last one promised that have neither row nor known hole; those of files that
/// are lost as a whole are left out.
pub(super) fn unknown_sessions(subject: Subject<'_>, years: &BTreeMap<i16, YearFile>) -> Vec<Date> {
    let (record, calendar) = (subject.record, &subject.stored_listing.calendar);
    let Some(last) = record.last() else {
        return Vec::new();
    };
    let dates: BTreeSet<Date> = rows(years).collect();
    let is_lost = |date: &Date| match years.get(&date.year()) {
        Some(file) => file.raw().is_none(),
        None => record.years.contains_key(&date.year()),
    };
    let range = SessionRange::inclusive(record.expected_from(), last);
    let sessions = calendar.sessions(range).map(TradingDate::date);
    sessions
        // An approximate calendar expects rows on holidays.
        .filter(|date| !calendar.is_approximate_on(*date))
        .filter(|date| !dates.contains(date) && !record.watch.holes.contains_key(date))
        .filter(|date| !is_lost(date))
        .collect()
}

/// All dates of rows that can be read, of whatever file.
pub(super) fn rows(years: &BTreeMap<i16, YearFile>) -> impl Iterator<Item = Date> {
    let raws = years.values().filter_map(YearFile::raw);
    raws.flat_map(|raw| raw.dates.iter().flatten().copied())
}

/// Without the rows: whether rows and holes can add up to the sessions.
fn check_counts(
    subject: Subject<'_>,
    range: SessionRange,
    coverage: &Coverage,
    findings: &mut Findings,
) {
    let holes = &subject.record.watch.holes;
    let holes = holes.keys().filter(|date| range.contains(**date)).count();
    // An approximate calendar expects rows on holidays.
    let unsure = subject.stored_listing.calendar.count_approximate(range);
    let absent = (coverage.expected - coverage.present).saturating_sub(unsure);
    if absent > holes {
        let detail = format!(
            "{} sessions, {} rows and {holes} known holes; a deep proof names the dates",
            coverage.expected, coverage.present
        );
        let mut finding = Finding::new(ProofRule::SessionMissing, subject.record_path(), detail);
        finding.count = absent - holes;
        findings.add(finding);
    }
}

fn false_holes(subject: Subject<'_>, dates: &BTreeSet<Date>, findings: &mut Findings) {
    for date in subject.record.watch.holes.keys() {
        if dates.contains(date) {
            let detail = format!("{date} has a row");
            let finding = Finding::new(ProofRule::FalseHole, subject.record_path(), detail);
            findings.add(finding.at(None, Some(*date)));
        }
    }
}

/// Names the dates by the file that lacks them.
fn name_missing(subject: Subject<'_>, years: &BTreeMap<i16, YearFile>, findings: &mut Findings) {
    let missing = unknown_sessions(subject, years);
    for dates in missing.chunk_by(|a, b| a.year() == b.year()) {
        let Some(first) = dates.first() else { continue };
        let path = match years.contains_key(&first.year()) {
            true => subject.path(first.year()),
            false => subject.record_path(),
        };
        if findings.has(&path, ProofRule::ForeignFile) {
            continue;
        }
        let named: Vec<String> = dates.iter().take(NAMED).map(Date::to_string).collect();
        let more = match dates.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let detail = format!("no row of {}{more}", named.join(", "));
        let mut finding = Finding::new(ProofRule::SessionMissing, path, detail);
        finding.count = dates.len();
        findings.add(finding.at(None, Some(*first)));
    }
}
