//! What of the findings can be mended, and with what proof. Pure.
//!
//! A file that is made again counts only if it has the SHA-256 that the record names; an event only if
//! the files, as committed, carry its hash. What cannot be proven so is for the vendor to bring again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::coverage;
use super::derived::own_bars;
use super::events;
use super::finding::Finding;
use super::rule::{FindingSeverity, ProofRule};
use super::{Examined, StoredListing, Subject, rebuild};
use crate::adjust;
use crate::codec::{self, DerivedColumns, FileContext};
use crate::raw_year::RawYear;
use crate::record::CommitRecord;
use crate::revision;
use crate::schema::{SCHEMA_VERSION, metadata};
use quantx_market::{Bar, BarSeries, Date};

/// What a mending may need beside the proof.
#[derive(Debug, Clone, Copy)]
pub struct RepairContext {
    /// zstd level of files made again.
    pub compression_level: i32,
    /// The repair's idea of now.
    pub now: Timestamp,
}

/// All that can be done for one listing.
#[derive(Debug, Default)]
pub struct RepairPlan {
    /// Files made again, with the bytes that were committed.
    pub files: BTreeMap<i16, Vec<u8>>,
    /// The record as its files prove it, and how it differs.
    pub record: Option<(CommitRecord, String)>,
    /// Files that nobody committed.
    pub orphans: BTreeSet<i16>,
    /// A commit to be finished.
    pub unfinished: Option<Unfinished>,
    /// Committed years whose rows are right and whose derived columns are not.
    pub rederive: BTreeSet<i16>,
    /// Years whose rows only the vendor can bring again.
    pub lost: BTreeSet<i16>,
    /// Sessions that the vendor was never asked for.
    pub unasked: Vec<Date>,
    /// Events that only the vendor can tell again.
    pub events_lost: bool,
    /// Nothing proves what the record was: the years that are left, and where the history began.
    pub record_lost: Option<RecordLost>,
}

/// A commit that did not end.
#[derive(Debug)]
pub struct Unfinished {
    /// The files that are newer than the record, or announced.
    pub years: BTreeSet<i16>,
    /// Last date of a row in them.
    pub last: Option<Date>,
    /// Whether the record has all events that they were derived from.
    pub events: EventsKnown,
}

/// Whether a commit can be finished without the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventsKnown {
    /// The record has them.
    All,
    /// Only the vendor can tell.
    NotAll,
}

/// What is left of a listing without a record.
#[derive(Debug)]
pub struct RecordLost {
    /// Years whose files are right by themselves.
    pub years: BTreeSet<i16>,
    /// First date to be asked for.
    pub from: Date,
    /// Last date to be stored.
    pub until: Date,
}

impl RepairPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        let Self {
            files,
            record,
            orphans,
            unfinished,
            rederive,
            lost,
            unasked,
            events_lost,
            record_lost,
        } = self;
        files.is_empty()
            && record.is_none()
            && orphans.is_empty()
            && unfinished.is_none()
            && rederive.is_empty()
            && lost.is_empty()
            && unasked.is_empty()
            && !events_lost
            && record_lost.is_none()
    }
}

/// Sorts out what can be mended after a deep proof.
pub fn plan_repair(
    stored_listing: &StoredListing,
    examined: &Examined,
    context: RepairContext,
) -> RepairPlan {
    let findings = &examined.proof.findings;
    // What a newer program wrote is its business.
    if findings.iter().any(|f| f.rule == ProofRule::NewerSchema) {
        return RepairPlan::default();
    }
    match &examined.record {
        None => rebuild::without_record(stored_listing, examined, context),
        Some(record) => {
            let subject = Subject {
                stored_listing,
                record,
            };
            with_record(subject, examined, context)
        }
    }
}

fn with_record(subject: Subject<'_>, examined: &Examined, context: RepairContext) -> RepairPlan {
    let mut repair_plan = RepairPlan::default();
    let findings = &examined.proof.findings;
    let corrected = correct(subject, examined, &mut repair_plan);
    let record = corrected.as_ref().unwrap_or(subject.record);
    let proven = Subject {
        record,
        stored_listing: subject.stored_listing,
    };
    let mut newer = BTreeSet::new();
    let made = make_again(proven, examined, context);
    let years: BTreeSet<i16> = record
        .years
        .keys()
        .chain(examined.years.keys())
        .copied()
        .collect();
    for year in years {
        let path = subject.path(year);
        let is = |rule| has(findings, &path, rule);
        let promised = record.years.get(&year);
        let file = examined.years.get(&year);
        if promised.is_some_and(|p| file.is_some_and(|file| file.sha256 == p.sha256)) {
            // Committed like this: by a program with an error, or the record was changed too.
            match damage_of_committed(findings, &path) {
                Some(Damage::Rows) => repair_plan.lost.insert(year),
                Some(Damage::Derived) => repair_plan.rederive.insert(year),
                None => false,
            };
            continue;
        }
        let announced = record.watch.rewriting.contains(&year);
        let damaged = is_damaged(findings, &path);
        if let Some(bytes) = made.get(&year) {
            repair_plan.files.insert(year, bytes.clone());
        } else if is(ProofRule::OrphanFile) || (promised.is_none() && damaged) {
            repair_plan.orphans.insert(year);
        } else if file.is_some() && !damaged && (is(ProofRule::InterruptedCommit) || announced) {
            newer.insert(year);
        } else if promised.is_some() {
            repair_plan.lost.insert(year);
        }
    }
    if repair_plan.events_lost || corrected.is_some() {
        // First the events and the rest of the record, then what is derived from them.
        repair_plan.rederive.clear();
    }
    repair_plan.unfinished = unfinished(proven, examined, newer);
    if let Some(record) = corrected {
        let detail = differences(subject.record, &record);
        repair_plan.record = Some((record, detail));
    }
    let files = &examined.years;
    repair_plan.unasked = coverage::unknown_sessions(subject, files)
        .into_iter()
        .filter(|date| !repair_plan.lost.contains(&date.year()))
        .filter(|date| !repair_plan.files.contains_key(&date.year()))
        .collect();
    repair_plan
}

/// What is wrong with a file that the record names.
enum Damage {
    Rows,
    Derived,
}

fn damage_of_committed(findings: &[Finding], path: &str) -> Option<Damage> {
    const DERIVED: [ProofRule; 4] = [
        ProofRule::AdjClose,
        ProofRule::SplitFactor,
        ProofRule::Dividends,
        ProofRule::StockSplits,
    ];
    let damages = |f: &&Finding| f.path == path && f.severity == FindingSeverity::Damage;
    let mut damages = findings.iter().filter(damages).peekable();
    damages.peek()?;
    if damages.all(|finding| DERIVED.contains(&finding.rule)) {
        Some(Damage::Derived)
    } else {
        Some(Damage::Rows)
    }
}

fn has(findings: &[Finding], path: &str, rule: ProofRule) -> bool {
    findings.iter().any(|f| f.path == path && f.rule == rule)
}

pub(super) fn is_damaged(findings: &[Finding], path: &str) -> bool {
    let damaged = |f: &Finding| f.path == path && f.severity == FindingSeverity::Damage;
    findings.iter().any(damaged)
}

/// The files that are as the record names them.
fn committed<'a>(record: &CommitRecord, examined: &'a Examined) -> BTreeMap<i16, &'a RawYear> {
    let files = examined.years.iter().filter_map(|(year, file)| {
        let promised = record.years.get(year)?;
        (promised.sha256 == file.sha256).then_some((*year, file.raw()?))
    });
    files.collect()
}

/// The record as its committed files and the calendar prove it; `None` if it is so already.
fn correct(
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

/// Whether a row of `date` can be right: a session, or a date of which the calendar is not sure.
fn may_trade(subject: Subject<'_>, date: Date) -> bool {
    let calendar = &subject.stored_listing.calendar;
    calendar.session(date).is_some() || calendar.is_approximate_on(date)
}

/// The one value that all have.
pub(super) fn only<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

fn differences(before: &CommitRecord, after: &CommitRecord) -> String {
    let mut told = Vec::new();
    let mut tell = |differs: bool, text: String| {
        if differs {
            told.push(text);
        }
    };
    let (was, is) = (&before.currency, &after.currency);
    tell(was != is, format!("currency {was:?} is {is:?}"));
    let (was, is) = (before.schema, after.schema);
    tell(was != is, format!("schema version {was} is {is}"));
    let (was, is) = (before.unit_scale, after.unit_scale);
    tell(was != is, format!("unit scale {was} is {is}"));
    let (was, is) = (&before.exchange, &after.exchange);
    tell(was != is, format!("exchange {was} is {is}"));
    let (was, is) = (before.actions.len(), after.actions.len());
    tell(
        before.actions != after.actions,
        format!("{was} events are {is}, proven by the hash in every file"),
    );
    for (year, entry) in &after.years {
        let was = before.years.get(year);
        let (rows, first, last) = (entry.rows, entry.first, entry.last);
        tell(
            was != Some(entry),
            format!("{year} has {rows} rows from {first} to {last}"),
        );
    }
    let (was, is) = (before.watch.holes.len(), after.watch.holes.len());
    tell(was != is, format!("{was} holes are {is}"));
    told.join("; ")
}

/// Every year that can be made of the rows at hand with the bytes that the record names.
fn make_again(
    subject: Subject<'_>,
    examined: &Examined,
    context: RepairContext,
) -> BTreeMap<i16, Vec<u8>> {
    let record = subject.record;
    let is_wanted = |year: i16| {
        let promised = record.years.get(&year);
        let found = examined.years.get(&year).map(|file| &file.sha256);
        promised.is_some_and(|promised| Some(&promised.sha256) != found)
    };
    if !record.years.keys().any(|year| is_wanted(*year)) {
        return BTreeMap::new();
    }
    let bars = all_bars(subject, examined);
    let adjustment = adjust::adjust(bars.bars(), None, &record.action_set());
    let mut made = BTreeMap::new();
    let mut from = 0;
    for (year, bars) in bars.years() {
        let derived = DerivedColumns::slice(&adjustment, from..from + bars.len());
        from += bars.len();
        let Some(promised) = record.years.get(&year).filter(|_| is_wanted(year)) else {
            continue;
        };
        let before = record.last_before(year);
        let actions = revision::actions_of_year(&record.action_set(), before, bars);
        let file = FileContext {
            listing: &subject.stored_listing.listing,
            currency: record.currency.as_deref().unwrap_or_default(),
            unit_scale: record.unit_scale,
            actions_hash: &codec::actions_hash(&actions),
            compression_level: context.compression_level,
        };
        // The file may be older than its record.
        let versions = (1..=SCHEMA_VERSION).rev();
        let made_as = versions.filter_map(|version| {
            let bytes = codec::encode_as(version, bars, &derived, &file).ok()?;
            (codec::sha256_hex(&bytes) == promised.sha256).then_some(bytes)
        });
        made.extend(made_as.take(1).map(|bytes| (year, bytes)));
    }
    made
}

/// Every valid row on a session, wherever it stands; of two of one date, that of its own year's file.
fn all_bars(subject: Subject<'_>, examined: &Examined) -> BarSeries {
    let raws = || {
        let files = examined.years.iter();
        files.filter_map(|(year, file)| Some((*year, file.raw()?)))
    };
    let is_ours = |raw: &RawYear| {
        let symbol = subject.stored_listing.listing.symbol().as_str();
        let mut names = raw.tickers.iter();
        names.any(|(_, name)| name.as_deref() == Some(symbol))
    };
    let strayed = raws()
        .filter(|(_, raw)| is_ours(raw))
        .flat_map(|(year, raw)| {
            let bars = (0..raw.len()).filter_map(|row| raw.bar(row)?.ok());
            bars.filter(move |bar| bar.date.year() != year)
        });
    let own = raws()
        .filter(|(_, raw)| is_ours(raw))
        .flat_map(|(year, raw)| own_bars(year, raw));
    let is_session = |bar: &Bar| may_trade(subject, bar.date.date());
    // Of several on one date the last stays.
    BarSeries::new(strayed.chain(own).filter(is_session).collect())
}

fn unfinished(
    subject: Subject<'_>,
    examined: &Examined,
    newer: BTreeSet<i16>,
) -> Option<Unfinished> {
    let record = subject.record;
    if newer.is_empty() && record.watch.rewriting.is_empty() {
        return None;
    }
    let mut last = None;
    let mut events = EventsKnown::All;
    for year in &newer {
        let Some(raw) = examined.years.get(year).and_then(|file| file.raw()) else {
            continue;
        };
        let bars: Vec<Bar> = own_bars(*year, raw).collect();
        last = last.max(bars.last().map(|bar| bar.date.date()));
        let before = record.last_before(*year);
        let actions = revision::actions_of_year(&record.action_set(), before, &bars);
        if codec::actions_hash(&actions) != raw.says(metadata::ACTIONS_HASH) {
            events = EventsKnown::NotAll;
        }
    }
    // Of a first commit nobody knows how far it wanted to go.
    if record.years.is_empty() {
        events = EventsKnown::NotAll;
    }
    Some(Unfinished {
        years: newer,
        last,
        events,
    })
}
