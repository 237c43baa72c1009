//! One year file against the record's entry of it.

use std::collections::BTreeMap;

use super::Subject;
use super::finding::{Finding, Findings};
use super::raw_year::{self, RawFault, RawYear};
use super::rule::ProofRule;
use crate::codec;
use crate::record::YearEntry;
use crate::schema::{SCHEMA_VERSION, metadata};
use quantx_market::Date;

/// A year file as it was found.
#[derive(Debug)]
pub(crate) struct YearFile {
    pub(crate) sha256: String,
    inside: Option<Result<RawYear, RawFault>>,
}

impl YearFile {
    pub(super) fn hashed(bytes: &[u8]) -> Self {
        Self {
            sha256: codec::sha256_hex(bytes),
            inside: None,
        }
    }

    pub(super) fn decode(&mut self, bytes: &[u8]) {
        self.inside = Some(raw_year::read(bytes));
    }

    /// The rows, where the file was read and could be.
    pub(crate) fn raw(&self) -> Option<&RawYear> {
        self.inside.as_ref()?.as_ref().ok()
    }

    /// Why it could not be read, where it was tried.
    pub(crate) fn fault(&self) -> Option<&RawFault> {
        self.inside.as_ref()?.as_ref().err()
    }
}

/// Presence, seal, schema, hash and counts of every file named or found.
pub(super) fn check(
    subject: Subject<'_>,
    years: &BTreeMap<i16, YearFile>,
    findings: &mut Findings,
) {
    for (year, promised) in &subject.record.years {
        if !years.contains_key(year) {
            let detail = format!("the record promises {}", promise_of(promised));
            findings.add(Finding::new(
                ProofRule::FileMissing,
                subject.path(*year),
                detail,
            ));
        }
    }
    for (year, file) in years {
        let path = subject.path(*year);
        let promised = subject.record.years.get(year);
        if let Some(fault) = file.fault() {
            findings.add(of_fault(fault, &path, promised, &file.sha256));
        }
        let Some(raw) = file.raw() else { continue };
        let symbol = subject.stored_listing.listing.symbol().as_str();
        if let Some(other) = other_symbol(raw, symbol) {
            let detail = format!("all {} rows are of {other}", raw.len());
            findings.add(Finding::new(ProofRule::ForeignFile, path, detail));
            continue;
        }
        if let Some(promised) = promised {
            compare(subject, *year, file, raw, promised, findings);
        }
    }
}

/// The finding of a file that cannot be read at all.
pub(super) fn of_fault(
    fault: &RawFault,
    path: &str,
    promised: Option<&YearEntry>,
    sha256: &str,
) -> Finding {
    let (rule, detail) = match fault {
        RawFault::NotWhole => {
            let promised = promised.map_or("no record names it".to_owned(), |promised| {
                format!("the record names {}", short(&promised.sha256))
            });
            let detail = format!(
                "its seal is broken: SHA-256 is {}, {promised}; no row can be read from it",
                short(sha256)
            );
            (ProofRule::FileDamaged, detail)
        }
        RawFault::NewerSchema(found) => {
            let detail = format!("schema version {found}, this program reads {SCHEMA_VERSION}");
            (ProofRule::NewerSchema, detail)
        }
        RawFault::Schema(text) => (ProofRule::WrongSchema, text.clone()),
    };
    Finding::new(rule, path, detail)
}

/// The symbol of a file all of whose rows are of one other listing.
fn other_symbol<'a>(raw: &'a RawYear, symbol: &str) -> Option<&'a str> {
    match raw.tickers.as_slice() {
        [(_, Some(other))] if other != symbol => Some(other),
        _ => None,
    }
}

fn compare(
    subject: Subject<'_>,
    year: i16,
    file: &YearFile,
    raw: &RawYear,
    promised: &YearEntry,
    findings: &mut Findings,
) {
    let path = subject.path(year);
    let dates = raw.dates.iter().flatten().copied();
    let (first, last) = (dates.clone().min(), dates.max());
    let is_committed = file.sha256 == promised.sha256;
    let held = held_of(raw.len(), first, last);
    if is_committed
        && (raw.len(), first, last) != (promised.rows, Some(promised.first), Some(promised.last))
    {
        let detail = format!(
            "year {year}: the record says {}, the file holds {held}",
            promise_of(promised)
        );
        findings.add(Finding::new(
            ProofRule::RecordCounts,
            subject.record_path(),
            detail,
        ));
    }
    let holds = raw.len() >= promised.rows
        && first.is_some_and(|first| first <= promised.first)
        && last.is_some_and(|last| last >= promised.last);
    if !is_committed && !holds {
        let detail = format!("holds {held}, the record promises {}", promise_of(promised));
        findings.add(Finding::new(ProofRule::StaleFile, path.clone(), detail));
    }
    let mut unit = |rule, key: &'static str, says: &str| {
        let found = raw.says(key);
        if found != says {
            // A file as it was committed is right, so the record is not.
            let path = if is_committed {
                subject.record_path()
            } else {
                path.clone()
            };
            let detail = format!("the file of {year} says {found:?}, the record {says:?}");
            findings.add(Finding::new(rule, path, detail));
        }
    };
    if let Some(currency) = &subject.record.currency {
        unit(ProofRule::Currency, metadata::CURRENCY, currency);
    }
    let scale = subject.record.unit_scale.to_string();
    unit(ProofRule::UnitScale, metadata::UNIT_SCALE, &scale);
}

/// Files that are not the committed ones, after all else is known of them.
pub(super) fn judge_newer(
    subject: Subject<'_>,
    years: &BTreeMap<i16, YearFile>,
    findings: &mut Findings,
) {
    let record = subject.record;
    let newest = record.years.keys().next_back();
    for (year, file) in years {
        let path = subject.path(*year);
        let promised = record.years.get(year);
        let is_announced = record.watch.rewriting.contains(year);
        let is_committed = promised.is_some_and(|promised| promised.sha256 == file.sha256);
        let is_told = promised.is_some()
            && (findings.has(&path, ProofRule::StaleFile)
                || findings.has(&path, ProofRule::ForeignFile));
        if is_committed || is_told || file.raw().is_none() {
            continue;
        }
        let damaged = findings.has_damage(&path);
        let (rule, detail) = match promised {
            Some(promised) if damaged => (
                ProofRule::FileDiffers,
                format!(
                    "SHA-256 is {}, the record names {}",
                    short(&file.sha256),
                    short(&promised.sha256)
                ),
            ),
            // The announcement says so.
            _ if is_announced => continue,
            Some(promised) => (
                ProofRule::InterruptedCommit,
                format!(
                    "whole, with SHA-256 {}; the record names {}",
                    short(&file.sha256),
                    short(&promised.sha256)
                ),
            ),
            None if !damaged && newest.is_some_and(|newest| year > newest) => (
                ProofRule::InterruptedCommit,
                "whole, of a year that the record does not have yet".to_owned(),
            ),
            None => (
                ProofRule::OrphanFile,
                "readers of the files see rows that nobody committed".to_owned(),
            ),
        };
        findings.add(Finding::new(rule, path, detail));
    }
}

fn promise_of(entry: &YearEntry) -> String {
    format!("{} rows from {} to {}", entry.rows, entry.first, entry.last)
}

fn held_of(rows: usize, first: Option<Date>, last: Option<Date>) -> String {
    match (first, last) {
        (Some(first), Some(last)) => format!("{rows} rows from {first} to {last}"),
        _ => format!("{rows} rows"),
    }
}

/// Enough of a hash to tell two apart.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
