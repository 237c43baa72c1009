//! What several parts of a plan ask of findings and files.

use crate::proof::Subject;
use crate::proof::finding::Finding;
use crate::proof::rule::{FindingSeverity, ProofRule};
use quantx_market::Date;

pub(super) fn has(findings: &[Finding], path: &str, rule: ProofRule) -> bool {
    findings.iter().any(|f| f.path == path && f.rule == rule)
}

pub(super) fn is_damaged(findings: &[Finding], path: &str) -> bool {
    let damaged = |f: &Finding| f.path == path && f.severity == FindingSeverity::Damage;
    findings.iter().any(damaged)
}

/// Whether a row of `date` can be right: a session, or a date of which the calendar is not sure.
pub(super) fn may_trade(subject: Subject<'_>, date: Date) -> bool {
    let calendar = &subject.stored_listing.calendar;
    calendar.session(date).is_some() || calendar.is_approximate_on(date)
}

/// The one value that all have.
pub(super) fn only<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}
