use std::collections::BTreeMap;

use super::quorum::Quorum;
use crate::flag::Column;
use quantx_market::Date;

/// A fault that was put into a vendor's rows, to see whether it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose rows.
    pub vendor: String,
    /// What is wrong.
    pub kind: FaultKind,
    /// First session, inclusive.
    pub first: Date,
    /// Last session, inclusive.
    pub last: Date,
}

/// What is wrong with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// Values of one column.
    Cell(Column),
    /// All prices times a constant.
    Step,
}

/// What became of the faults of one vendor and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confusion {
    /// Injected and laid to the right vendor.
    pub found: usize,
    /// Injected and not found, or laid to nobody.
    pub missed: usize,
    /// Laid to a vendor without a fault there.
    pub false_alarms: usize,
}

/// Counts what the vote made of injected faults, by vendor and kind. A value that is in dispute without a
/// majority is laid to nobody.
pub fn confusion(faults: &[Fault], quorum: &Quorum) -> BTreeMap<(String, FaultKind), Confusion> {
    let decided = quorum.disputes.iter().filter(|it| it.decided.is_some());
    let cells = decided.flat_map(|verdict| {
        let kind = FaultKind::Cell(verdict.column);
        let vendors = verdict.against.iter();
        vendors.map(move |(vendor, _)| (vendor, kind, verdict.date, verdict.date))
    });
    let steps = quorum.steps.iter().filter_map(|finding| {
        let step = finding.step;
        Some((
            finding.outlier.as_ref()?,
            FaultKind::Step,
            step.first,
            step.last,
        ))
    });
    let attributed: Vec<_> = cells.chain(steps).collect();
    let mut counts: BTreeMap<(String, FaultKind), Confusion> = BTreeMap::new();
    for fault in faults {
        let count = counts
            .entry((fault.vendor.clone(), fault.kind))
            .or_default();
        let is_found = attributed.iter().any(|(vendor, kind, first, last)| {
            **vendor == fault.vendor
                && *kind == fault.kind
                && *first <= fault.last
                && fault.first <= *last
        });
        match is_found {
            true => count.found += 1,
            false => count.missed += 1,
        }
    }
    for (vendor, kind, first, last) in attributed {
        // A fault of another kind explains an alarm too: a step that is too short is wrong cells.
        let is_explained = faults
            .iter()
            .any(|fault| fault.vendor == *vendor && first <= fault.last && fault.first <= last);
        if !is_explained {
            counts
                .entry((vendor.clone(), kind))
                .or_default()
                .false_alarms += 1;
        }
    }
    counts
}
