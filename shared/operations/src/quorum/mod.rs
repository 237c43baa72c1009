//! What several vendors make of one answer, cell by cell on as-traded prices, one vote for each lineage. Pure.
//!
//! Two of three lineages decide a dispute: a value that is outvoted is replaced before it is stored, a
//! correction that a second lineage has too is taken at once, and one that two others speak against never.
//! Two words that differ decide nothing and are remarked with both values. Why so: ADR-0033.

mod count;
mod events;

use std::collections::{BTreeMap, BTreeSet};

use crate::inspection::Interpreted;
use crate::vendors::Testimony;
use count::Count;
use quantx_calendar::Calendar;
use quantx_lake::record::CommitRecord;
use quantx_lake::refusal::{OtherWord, RefusedRow};
use quantx_lake::remarks::Remark;
use quantx_lake::revision;
use quantx_lake::sources::Source;
use quantx_market::{Bar, BarSeries, Date, InstrumentKind};
use quantx_quality::agreement::{BarSource, Lineage};
use quantx_quality::{InspectedRow, Severity};

/// Rule of remarks about a value in whose place that of others is stored.
pub(crate) const OUTVOTED: &str = "outvoted";
/// Rule of remarks about a constant ratio between vendors.
pub(crate) const VENDORS_STEP: &str = "vendors_step";

/// Who takes part in a vote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ballot<'a> {
    /// Who answered.
    pub(crate) source: &'a Source,
    pub(crate) lineage: &'a Lineage,
    pub(crate) bars: BarSource,
    /// What the listing is.
    pub(crate) kind: InstrumentKind,
    /// The witnesses' words.
    pub(crate) said: &'a [Testimony],
    pub(crate) known: Option<&'a CommitRecord>,
    /// Stored rows of the years that were read.
    pub(crate) stored: &'a BarSeries,
    pub(crate) calendar: &'a Calendar,
    /// First date that may be stored.
    pub(crate) from: Date,
    /// The run's date in the exchange's time zone.
    pub(crate) today: Date,
}

/// Lets the witnesses vote on an answer, and puts what they decide in place of what it says.
pub(crate) fn decide(read: &mut Interpreted, ballot: Ballot<'_>) -> revision::Testimony {
    let rows = rows_of(read);
    let count = Count::of(&ballot, &rows);
    let mut verdicts = Verdicts::default();
    for row in rows.iter().filter(|row| row.date >= ballot.from) {
        count.row(row, &mut verdicts);
    }
    count.steps(&mut verdicts);
    let halted = ballot.said.iter().flat_map(|said| &said.halted);
    verdicts.testimony.halted = halted.copied().collect();
    apply(read, &ballot, &verdicts);
    read.remarks.append(&mut verdicts.remarks);
    events::decide(read, &ballot);
    verdicts.testimony
}

/// What the witnesses say beside each refused row.
pub(crate) fn annotate(rows: &mut [RefusedRow], said: &[Testimony]) {
    for row in rows {
        let words = said.iter().filter_map(|said| {
            let theirs = said.row(row.date)?;
            Some(OtherWord {
                vendor: said.vendor.clone(),
                prices: theirs.prices,
                volume: theirs.volume,
            })
        });
        row.others = words.collect();
    }
}

/// Whether an answer leaves something in doubt that another vendor may know.
pub(crate) fn is_in_doubt(read: &Interpreted, revision: &revision::Revision, today: Date) -> bool {
    let is_new = |remark: &Remark| remark.since == today;
    let holes = revision
        .record
        .iter()
        .flat_map(|record| &record.watch.holes);
    let mut new_holes = holes.filter(|(_, hole)| hole.is_new(today));
    revision.merged.held.is_some()
        || !revision.quarantine.is_empty()
        || !revision.merged.pending.is_empty()
        || !revision.merged.disputes.is_empty()
        || !read.flags.is_empty()
        || read.judged.iter().any(|event| event.since == today)
        || revision.remarks.iter().any(is_new)
        || new_holes.next().is_some()
}

/// The answer's rows, refused ones among them, ascending.
fn rows_of(read: &Interpreted) -> Vec<InspectedRow> {
    let bars = read.fetched.bars.bars().iter().map(InspectedRow::of_bar);
    let refused = read.fetched.refused.iter().map(|row| InspectedRow {
        date: row.date,
        prices: row.prices,
        volume: row.volume,
        adjustment: None,
    });
    let rows: BTreeMap<Date, InspectedRow> =
        refused.chain(bars).map(|row| (row.date, row)).collect();
    rows.into_values().collect()
}

/// What was decided about the rows.
#[derive(Debug, Default)]
struct Verdicts {
    testimony: revision::Testimony,
    /// Prices that take the place of the answer's.
    replaced: BTreeMap<Date, [Option<f64>; 4]>,
    /// Refused rows that other lineages have too.
    accepted: BTreeSet<Date>,
    remarks: Vec<Remark>,
}

/// Puts the verdicts into the answer.
fn apply(read: &mut Interpreted, ballot: &Ballot<'_>, verdicts: &Verdicts) {
    if verdicts.replaced.is_empty() && verdicts.accepted.is_empty() {
        return;
    }
    let mut bars: BTreeMap<Date, Bar> = BTreeMap::new();
    let fetched = std::mem::take(&mut read.fetched.bars).into_bars();
    bars.extend(fetched.into_iter().map(|bar| (bar.date.date(), bar)));
    let mut refused = Vec::with_capacity(read.fetched.refused.len());
    for row in std::mem::take(&mut read.fetched.refused) {
        let is_decided =
            verdicts.replaced.contains_key(&row.date) || verdicts.accepted.contains(&row.date);
        let bar = ballot
            .calendar
            .session(row.date)
            .and_then(|session| row.bar(ballot.kind, session).ok());
        match bar.filter(|_| is_decided) {
            Some(bar) => {
                bars.insert(row.date, bar);
                let is_refusal = |flag: &quantx_quality::Flag| {
                    flag.date == row.date && flag.severity == Severity::Refuse
                };
                read.flags.retain(|flag| !is_refusal(flag));
            }
            None => refused.push(row),
        }
    }
    for (date, prices) in &verdicts.replaced {
        let replaced = bars
            .get(date)
            .and_then(|bar| with_prices(ballot.kind, *prices, bar));
        if let Some(bar) = replaced {
            bars.insert(*date, bar);
        }
    }
    read.fetched.refused = refused;
    read.fetched.bars = BarSeries::new(bars.into_values().collect());
}

/// The bar with other prices, if they make one.
fn with_prices(kind: InstrumentKind, prices: [Option<f64>; 4], bar: &Bar) -> Option<Bar> {
    let volume = bar.volume.map(|volume| volume as f64);
    Bar::of(kind, bar.date, prices, volume).ok()
}

#[cfg(test)]
mod tests;
