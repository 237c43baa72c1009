//! Derived columns and events, recomputed over the whole history and compared bit for bit.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use super::file::YearFile;
use super::finding::{Finding, Findings};
use super::rule::ProofRule;
use crate::adjust::{self, Adjustment};
use crate::codec;
use crate::raw_year::{DERIVED, RawYear};
use crate::revision;
use crate::schema::metadata;
use quantx_market::{Bar, BarSeries, Date};

const RULES: [ProofRule; 4] = [
    ProofRule::AdjClose,
    ProofRule::SplitFactor,
    ProofRule::Dividends,
    ProofRule::StockSplits,
];
/// Of [`RULES`], those that only mark events on their sessions.
const MARKS: [ProofRule; 2] = [ProofRule::Dividends, ProofRule::StockSplits];

/// Checks every year whose rows and all later rows are known.
pub(super) fn check(
    subject: Subject<'_>,
    years: &BTreeMap<i16, YearFile>,
    findings: &mut Findings,
) {
    if years.values().all(|file| file.raw().is_none()) {
        return;
    }
    let lost = lost_years(subject, years, findings);
    let from = lost.last().map_or(i16::MIN, |year| year + 1);
    note_unchecked(subject, years, &lost, findings);
    let known: BTreeMap<i16, &RawYear> = years
        .range(from..)
        .filter(|(year, _)| is_of_the_history(subject, **year, findings))
        .filter_map(|(year, file)| Some((*year, file.raw()?)))
        .collect();
    let bars = known.iter().flat_map(|(year, raw)| own_bars(*year, raw));
    let bars = BarSeries::new(bars.collect());
    let previous = subject.record.last_before(from);
    let actions = subject.record.action_set();
    let adjustment = adjust::adjust(bars.bars(), previous, &actions);
    let computed = Computed {
        adjustment: &adjustment,
        at: bars.bars().iter().map(|bar| bar.date.date()).collect(),
    };
    let mixed = !super::are_committed(subject.record, years);
    let mut before = previous;
    // Committed years that were derived from other events than the record's.
    let mut foreign = Vec::new();
    for (year, bars) in bars.years() {
        let (Some(raw), Some(file)) = (known.get(&year), years.get(&year)) else {
            continue;
        };
        let is_announced = mixed && subject.record.watch.rewriting.contains(&year);
        let actions = revision::actions_of_year(&actions, before, bars);
        before = bars.last().map(|bar| bar.date.date());
        let carries = codec::actions_hash(&actions) == raw.says(metadata::ACTIONS_HASH);
        let promised = subject.record.years.get(&year);
        let is_committed = promised.is_some_and(|promised| promised.sha256 == file.sha256);
        let rules: &[ProofRule] = match (is_announced, carries, is_committed) {
            // Derived from rows or events that are not all written yet.
            (true, ..) | (false, false, false) => &[],
            (false, true, _) => &RULES,
            (false, false, true) => {
                foreign.push(year);
                &MARKS
            }
        };
        for rule in rules {
            compare(subject, year, raw, &computed, *rule, findings);
        }
    }
    if let (Some(first), Some(last)) = (foreign.first(), foreign.last()) {
        // A file carries the hash of its own and all later events, so the last one names the year.
        let detail = format!(
            "the events of {last} are not those that the files of {first} to {last} were derived from"
        );
        let mut finding = Finding::new(ProofRule::ActionsHash, subject.record_path(), detail);
        finding.count = foreign.len();
        findings.add(finding);
    }
}

/// Named, announced, or newer than all that is named: other files were derived from other rows.
fn is_of_the_history(subject: Subject<'_>, year: i16, findings: &Findings) -> bool {
    let record = subject.record;
    let newest = record.years.keys().next_back();
    let belongs = record.years.contains_key(&year)
        || record.watch.rewriting.contains(&year)
        || newest.is_some_and(|newest| year > *newest);
    belongs && !findings.has(&subject.path(year), ProofRule::ForeignFile)
}

/// Years of the record whose rows are not all there as committed.
fn lost_years(
    subject: Subject<'_>,
    years: &BTreeMap<i16, YearFile>,
    findings: &Findings,
) -> BTreeSet<i16> {
    let is_usable = |year: &i16| {
        let path = subject.path(*year);
        years.get(year).is_some_and(|file| file.raw().is_some())
            && !findings.has(&path, ProofRule::StaleFile)
            && !findings.has(&path, ProofRule::ForeignFile)
    };
    let named = subject.record.years.keys();
    named.filter(|year| !is_usable(year)).copied().collect()
}

fn note_unchecked(
    subject: Subject<'_>,
    years: &BTreeMap<i16, YearFile>,
    lost: &BTreeSet<i16>,
    findings: &mut Findings,
) {
    let Some(last) = lost.last() else { return };
    let left: Vec<i16> = years.range(..last).map(|(year, _)| *year).collect();
    if let (Some(first), Some(end)) = (left.first(), left.last()) {
        let detail = format!(
            "derived columns of {first} to {end} need the rows of {last}, which cannot be used"
        );
        let finding = Finding::new(ProofRule::NotRecomputed, subject.record_path(), detail);
        findings.add(finding);
    }
}

/// Valid rows of the file's own year; what else stands there is told by the checks of rows.
pub(crate) fn own_bars(year: i16, raw: &RawYear) -> impl Iterator<Item = Bar> {
    (0..raw.len())
        .filter_map(|row| raw.bar(row)?.ok())
        .filter(move |bar| bar.date.year() == year)
}

struct Computed<'a> {
    adjustment: &'a Adjustment,
    at: Vec<Date>,
}

impl Computed<'_> {
    fn value(&self, rule: ProofRule, date: Date) -> Option<f64> {
        let column = match rule {
            ProofRule::AdjClose => &self.adjustment.adjusted_close,
            ProofRule::SplitFactor => &self.adjustment.split_factor,
            ProofRule::Dividends => &self.adjustment.dividends,
            _ => &self.adjustment.splits,
        };
        let at = self.at.binary_search(&date).ok()?;
        column.get(at).copied()
    }
}

fn compare(
    subject: Subject<'_>,
    year: i16,
    raw: &RawYear,
    computed: &Computed<'_>,
    rule: ProofRule,
    findings: &mut Findings,
) {
    let columns = RULES.iter().zip(&raw.derived).zip(DERIVED);
    let mut columns = columns.filter(|((of, _), _)| **of == rule);
    let Some(((_, values), name)) = columns.next() else {
        return;
    };
    for (row, (date, found)) in raw.dates.iter().zip(values).enumerate() {
        let Some(date) = *date else { continue };
        let Some(expect) = computed.value(rule, date) else {
            continue;
        };
        if found.to_bits() != expect.to_bits() {
            let detail = format!("{name} is {found}, rows and events give {expect}");
            let finding = Finding::new(rule, subject.path(year), detail);
            findings.add(finding.at(Some(row), Some(date)));
        }
    }
}
