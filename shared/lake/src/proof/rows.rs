//! The rows of one file by themselves: order, dates, prices, names.

use std::collections::BTreeMap;

use super::StoredListing;
use super::file::{self, YearFile};
use super::finding::{Finding, Findings};
use super::rule::{FindingSeverity, ProofRule};
use crate::LakeKey;
use crate::raw_year::RawYear;
use crate::schema::column;
use quantx_market::{BarFault, Date};

/// What can be said of files without a record that can be used.
pub(super) fn check_alone(
    stored_listing: &StoredListing,
    years: &BTreeMap<i16, YearFile>,
    findings: &mut Findings,
) {
    for (year, file) in years {
        if let Some(fault) = file.fault() {
            let path = LakeKey::bars(&stored_listing.listing, *year).path();
            findings.add(file::of_fault(fault, &path, None, &file.sha256));
        }
        if let Some(raw) = file.raw() {
            check(stored_listing, *year, raw, findings);
        }
    }
}

/// Checks every row of the file of `year`.
pub(super) fn check(
    stored_listing: &StoredListing,
    year: i16,
    raw: &RawYear,
    findings: &mut Findings,
) {
    let path = LakeKey::bars(&stored_listing.listing, year).path();
    if let Some(misfit) = &raw.misfit {
        findings.add(Finding::new(ProofRule::WrongSchema, path.clone(), misfit));
    }
    for (row, column) in &raw.nulls {
        let date = raw.dates.get(*row).copied().flatten();
        let finding = Finding::new(
            ProofRule::NullValue,
            path.clone(),
            format!("{column} is null"),
        );
        findings.add(finding.at(Some(*row), date));
    }
    check_dates(stored_listing, year, raw, &path, findings);
    for row in 0..raw.len() {
        let is_null = |(null, _): &(usize, &str)| *null == row;
        let bar = raw.bar(row);
        let fault = bar.and_then(|bar| {
            bar.and_then(|bar| bar.check_range(stored_listing.range_tolerance))
                .err()
        });
        if let (Some(fault), false) = (fault, raw.nulls.iter().any(is_null)) {
            let date = raw.dates.get(row).copied().flatten();
            let finding = Finding::new(rule_of(fault), path.clone(), fault.to_string());
            findings.add(finding.at(Some(row), date));
        }
    }
    let listing = &stored_listing.listing;
    let names = [
        (
            ProofRule::WrongTicker,
            column::TICKER,
            &raw.tickers,
            listing.symbol().as_str(),
        ),
        (
            ProofRule::WrongExchange,
            column::EXCHANGE,
            &raw.exchanges,
            listing.exchange().as_str(),
        ),
    ];
    for (rule, column, runs, expect) in names {
        if rule == ProofRule::WrongTicker && findings.has(&path, ProofRule::ForeignFile) {
            continue;
        }
        for (row, value) in runs {
            if value.as_deref() != Some(expect) {
                let found = value.as_deref().unwrap_or("null");
                let detail = format!("{column} is {found}, not {expect}");
                let date = raw.dates.get(*row).copied().flatten();
                let finding = Finding::new(rule, path.clone(), detail);
                findings.add(finding.at(Some(*row), date));
            }
        }
    }
    if !raw.matches_own_hash() {
        let detail = "the rows were changed by another program that sealed the file again";
        findings.add(Finding::new(ProofRule::RowsHash, path, detail));
    }
}

fn check_dates(
    stored_listing: &StoredListing,
    year: i16,
    raw: &RawYear,
    path: &str,
    findings: &mut Findings,
) {
    let mut latest: Option<Date> = None;
    for (row, date) in raw.dates.iter().enumerate() {
        let Some(date) = *date else { continue };
        let mut add = |rule, severity, detail| {
            let finding = Finding::new(rule, path, detail).with(severity);
            findings.add(finding.at(Some(row), Some(date)));
        };
        if date.year() != year {
            let detail = format!("{date} is not of {year}");
            add(ProofRule::WrongYear, FindingSeverity::Damage, detail);
        }
        match latest {
            Some(latest) if latest == date => {
                let detail = format!("{date} stands twice");
                add(ProofRule::DuplicateDate, FindingSeverity::Damage, detail);
            }
            Some(latest) if latest > date => {
                let detail = format!("{date} comes after {latest}");
                add(ProofRule::Unordered, FindingSeverity::Damage, detail);
            }
            _ => {}
        }
        latest = latest.max(Some(date));
        let calendar = &stored_listing.calendar;
        if calendar.session(date).is_none() {
            let (severity, sure) = if calendar.is_approximate_on(date) {
                (
                    FindingSeverity::Note,
                    "; the calendar is not sure of that date",
                )
            } else {
                (FindingSeverity::Damage, "")
            };
            let detail = format!("{date} is no session of {}{sure}", calendar.mic());
            add(ProofRule::NoSession, severity, detail);
        }
    }
}

fn rule_of(fault: BarFault) -> ProofRule {
    match fault {
        BarFault::MissingPrice { .. } | BarFault::ImpossiblePrice { .. } => {
            ProofRule::ImpossiblePrice
        }
        BarFault::HighBelowLow { .. } => ProofRule::HighBelowLow,
        BarFault::OutsideRange { .. } => ProofRule::OutsideRange,
        BarFault::ImpossibleVolume { .. } => ProofRule::ImpossibleVolume,
    }
}
