//! What the witnesses of one listing say together. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::CompareVerdict;
use super::report::{
    AbsentSession, CellReport, ColumnReport, EventReport, ListingComparison, PairReport, StepKind,
    StepReport, VoteCounts, WitnessReport, WitnessState,
};
use crate::vendors::Testimony;
use quantx_market::{Date, Listing};
use quantx_quality::agreement::{
    CellVerdict, Comparison, EventVote, EventWitness, Lineage, PairAgreement, Quorum, StepFinding,
    StepVolumes, Witness, compare, vote, vote_on_events,
};
use quantx_quality::{Column, InspectedRow};

/// What came of asking one witness.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Rows(Testimony),
    Nothing {
        vendor: String,
        lineage: Lineage,
        state: WitnessState,
        detail: String,
    },
}

impl Heard {
    fn report(&self) -> WitnessReport {
        match self {
            Self::Rows(testimony) => WitnessReport {
                vendor: testimony.vendor.clone(),
                lineage: testimony.lineage.to_string(),
                state: WitnessState::Answered,
                rows: testimony.rows.len(),
                detail: None,
            },
            Self::Nothing {
                vendor,
                lineage,
                state,
                detail,
            } => WitnessReport {
                vendor: vendor.clone(),
                lineage: lineage.to_string(),
                state: *state,
                rows: 0,
                detail: Some(detail.clone()),
            },
        }
    }
}

/// A listing that was not reached.
pub(super) fn not_reached(listing: &Listing) -> ListingComparison {
    ListingComparison {
        symbol: listing.symbol().to_string(),
        exchange: listing.exchange().to_string(),
        verdict: CompareVerdict::NotReached,
        ..ListingComparison::default()
    }
}

/// Compares what was heard of `listing`.
pub(super) fn compared(
    listing: &Listing,
    heard: &[Heard],
    comparison: &Comparison,
) -> ListingComparison {
    let testimonies: Vec<&Testimony> = heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Rows(testimony) => Some(testimony),
            Heard::Nothing { .. } => None,
        })
        .collect();
    let witnesses: Vec<Witness<'_>> = testimonies
        .iter()
        .map(|testimony| testimony.witness())
        .collect();
    let mut agreements = Vec::new();
    for (at, first) in witnesses.iter().enumerate() {
        let others = witnesses.iter().skip(at + 1);
        // Stored rows of two lineages have no session in common.
        let others = others.filter(|second| second.vendor != first.vendor);
        agreements.extend(others.map(|second| compare(first, second, comparison)));
    }
    let quorum = vote(&witnesses, comparison);
    let mut compared = ListingComparison {
        witnesses: heard.iter().map(Heard::report).collect(),
        pairs: agreements.iter().map(pair).collect(),
        steps: steps(&agreements, &quorum),
        cells: cells(&agreements, &quorum, &witnesses),
        events: events(&testimonies),
        absent: absent(&agreements, &witnesses),
        votes: votes(&quorum),
        ..not_reached(listing)
    };
    compared.verdict = compared.judged();
    compared
}

fn pair(agreement: &PairAgreement) -> PairReport {
    let columns = agreement.cells.iter().map(|(column, counts)| {
        let report = ColumnReport {
            compared: counts.compared,
            equal: counts.agree,
            in_step: counts.in_step,
            different: counts.differ,
            largest: counts.largest,
        };
        (*column, report)
    });
    PairReport {
        vendors: agreement.vendors.clone(),
        sessions: agreement.n_sessions,
        only: [agreement.only[0].len(), agreement.only[1].len()],
        columns: columns.collect(),
    }
}

/// Those of the vote, and those between two witnesses of one lineage, who have one vote together.
fn steps(agreements: &[PairAgreement], quorum: &Quorum) -> Vec<StepReport> {
    let voted = quorum.steps.iter().map(step);
    let mut steps: Vec<StepReport> = voted.collect();
    for agreement in agreements {
        for found in &agreement.steps {
            let is_told = steps.iter().any(|step| {
                let names = |name: &String| agreement.vendors.contains(name);
                let is_pair = step.vendors.iter().all(names);
                let is_outlier = step.outvoted.as_ref().is_some_and(names);
                let overlaps = step.first <= found.last && found.first <= step.last;
                overlaps && (is_pair || is_outlier)
            });
            if !is_told {
                steps.push(step(&StepFinding {
                    outlier: None,
                    vendors: agreement.vendors.clone(),
                    step: *found,
                }));
            }
        }
    }
    steps.sort_by_key(|step| step.first);
    steps
}

fn step(finding: &StepFinding) -> StepReport {
    let step = finding.step;
    StepReport {
        vendors: finding.vendors.clone(),
        first: step.first,
        last: step.last,
        sessions: step.n_sessions,
        ratio: step.ratio,
        terms: step.terms(),
        kind: match step.volumes {
            StepVolumes::Scaled => StepKind::Split,
            StepVolumes::Same => StepKind::MultipliedBack,
            StepVolumes::Unclear => StepKind::Unclear,
        },
        outvoted: finding.outlier.clone(),
    }
}

/// Every cell on which two differ, with what all say and what the vote made of it.
fn cells(
    agreements: &[PairAgreement],
    quorum: &Quorum,
    witnesses: &[Witness<'_>],
) -> Vec<CellReport> {
    let verdicts: BTreeMap<(Date, Column), &CellVerdict> = quorum
        .disputes
        .iter()
        .map(|verdict| ((verdict.date, verdict.column), verdict))
        .collect();
    let differing = agreements.iter().flat_map(|it| &it.differences);
    let differing = differing.map(|cell| (cell.date, cell.column));
    let all: BTreeSet<(Date, Column)> = differing.chain(verdicts.keys().copied()).collect();
    let cells = all.into_iter().map(|(date, column)| {
        let values = witnesses.iter().filter_map(|witness| {
            let at = witness.rows.binary_search_by_key(&date, |row| row.date);
            let row = witness.rows.get(at.ok()?)?;
            Some((witness.vendor.to_owned(), value(row, column)?))
        });
        let verdict = verdicts.get(&(date, column));
        let decided = verdict.filter(|verdict| verdict.decided.is_some());
        let against = decided.map(|verdict| verdict.against.iter());
        CellReport {
            date,
            column,
            values: values.collect(),
            decided: decided.and_then(|verdict| verdict.decided),
            outvoted: against
                .into_iter()
                .flatten()
                .map(|(vendor, _)| vendor.clone())
                .collect(),
        }
    });
    cells.collect()
}

fn value(row: &InspectedRow, column: Column) -> Option<f64> {
    let [open, high, low, close] = row.prices;
    match column {
        Column::Open => open,
        Column::High => high,
        Column::Low => low,
        Column::Close => close,
        Column::Volume => row.volume,
        Column::Dividends | Column::StockSplits => None,
    }
}

fn events(testimonies: &[&Testimony]) -> Vec<EventReport> {
    let witnesses: Vec<EventWitness<'_>> = testimonies
        .iter()
        .filter_map(|testimony| {
            Some(EventWitness {
                vendor: &testimony.vendor,
                lineage: testimony.lineage.clone(),
                covers: testimony.covers,
                actions: testimony.actions.as_deref()?,
            })
        })
        .collect();
    let votes = vote_on_events(&witnesses).into_iter();
    let differing = votes.filter(|vote| !vote.dissenting.is_empty() || !vote.silent.is_empty());
    let reports = differing.map(|vote| {
        let confirmed = vote.is_confirmed();
        let EventVote {
            action,
            supporting,
            dissenting,
            silent,
        } = vote;
        EventReport {
            event: action,
            supporting,
            dissenting,
            silent,
            confirmed,
        }
    });
    reports.collect()
}

fn absent(agreements: &[PairAgreement], witnesses: &[Witness<'_>]) -> Vec<AbsentSession> {
    let mut by_date: BTreeMap<Date, BTreeSet<&String>> = BTreeMap::new();
    for agreement in agreements {
        let [first, second] = &agreement.vendors;
        let [only_first, only_second] = &agreement.only;
        for (dates, lacking) in [(only_first, second), (only_second, first)] {
            for date in dates {
                by_date.entry(*date).or_default().insert(lacking);
            }
        }
    }
    let sessions = by_date.into_iter().map(|(date, lacking)| {
        let has_row = |witness: &&Witness<'_>| {
            let dates = witness.rows.binary_search_by_key(&date, |row| row.date);
            dates.is_ok()
        };
        let having = lineages(witnesses.iter().filter(has_row));
        let is_lacking = |witness: &&Witness<'_>| lacking.iter().any(|it| *it == witness.vendor);
        let n_lacking = lineages(witnesses.iter().filter(is_lacking));
        let vendors: Vec<String> = lacking.iter().map(|vendor| (*vendor).clone()).collect();
        let is_decided = having >= 2 && having > n_lacking;
        AbsentSession {
            date,
            outvoted: match is_decided {
                true => vendors.clone(),
                false => Vec::new(),
            },
            vendors,
        }
    });
    sessions.collect()
}

fn lineages<'a>(witnesses: impl Iterator<Item = &'a Witness<'a>>) -> usize {
    let all: BTreeSet<&Lineage> = witnesses.map(|witness| &witness.lineage).collect();
    all.len()
}

fn votes(quorum: &Quorum) -> VoteCounts {
    let counts = &quorum.counts;
    VoteCounts {
        confirmed: counts.confirmed.clone(),
        decided: counts.decided,
        disputed: counts.disputed,
        in_step: counts.in_step,
    }
}
