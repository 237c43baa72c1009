//! What became of one listing, as its report says it.

use std::collections::BTreeMap;

use super::commit::{CommitError, Committed};
use super::inspection::OFF_SESSION_SHOWN;
use super::listing::{RunFrame, Stopped, Task, chain};
use super::plan::Intent;
use quantx_lake::adjust::Checksum;
use quantx_lake::basis::Fetched;
use quantx_lake::coverage::{self, CoverageFrame};
use quantx_lake::gaps::{self, Coverage};
use quantx_lake::manifest::ManifestRow;
use quantx_lake::merge::History;
use quantx_lake::record::{CommitRecord, CommittedFiles};
use quantx_market::{Date, SessionRange, TradingDate};
use quantx_provider::ProviderError;
use quantx_report::page::PageListing;
use quantx_report::{
    ListingReport, NOT_LISTED_YET, Outcome, ReportedEvent, RowCounts, WrittenFile,
};

pub(super) fn not_done(
    task: &Task,
    stopped: Stopped,
    record: Option<&CommitRecord>,
    frame: &RunFrame,
) -> ListingReport {
    let report = |outcome| ListingReport::new(&task.listing, outcome);
    match stopped {
        Stopped::Asked => report(Outcome::NotReached),
        Stopped::NoVendor(why) => report(Outcome::Failed).because("no_vendor", why),
        Stopped::Vendor(error) => vendor_failed(task, &error, record, frame),
        Stopped::Commit(error) => failed(task, &error),
        Stopped::TooMuch(too_much) => {
            report(Outcome::Refused).because(too_much.kind(), too_much.to_string())
        }
        Stopped::WrongCurrency { stored, answered } => report(Outcome::Refused).because(
            "currency_changed",
            format!("stored prices are in {stored}, the vendor now answers in {answered}"),
        ),
        Stopped::WrongTimeZone { expected, answered } => report(Outcome::Refused).because(
            "wrong_time_zone",
            format!("the exchange is in {expected}, the vendor dates the rows in {answered}"),
        ),
    }
}

/// The listing's line of the manifest, also where nothing changed: a run that was killed after its
/// commits has left lines behind. A record that only announces a first commit has none.
pub(super) fn line(record: Option<&CommitRecord>) -> Option<ManifestRow> {
    record
        .filter(|record| !record.years.is_empty())
        .map(ManifestRow::of)
}

/// Dates of a listing that a commit does not change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// The first day of trading, where the vendor names it.
    pub(super) first_trade: Option<Date>,
    /// The last session stored before the run.
    pub(super) before: Option<Date>,
}

pub(super) fn stored(
    task: &Task,
    frame: &RunFrame,
    fetched: &Fetched,
    window: SessionRange,
    committed: Committed,
    checksum: Option<Checksum>,
    known: Known,
) -> ListingReport {
    let Known {
        first_trade,
        before,
    } = known;
    let outcome = match (&committed.merged.held, &committed.record) {
        (Some(_), _) => Outcome::Refused,
        (None, None) => Outcome::NoData,
        (None, Some(_)) if !committed.years_written.is_empty() => Outcome::Updated,
        (None, Some(_)) => Outcome::Unchanged,
    };
    let mut report = ListingReport::new(&task.listing, outcome);
    if let Some(held) = &committed.merged.held {
        report = report.because(held.rule().name(), held.reason());
    } else if let (Outcome::NoData, Some(first)) = (outcome, first_after(first_trade, window)) {
        let detail = format!("listed since {first}, after what was asked for");
        report = report.because(NOT_LISTED_YET, detail);
    } else if outcome == Outcome::NoData {
        report = report.because("no_usable_row", "no final and valid row in the answer");
    }
    report.changes = committed.merged.stats;
    report.rows = RowCounts::of(fetched, window, committed.merged.quarantine.len());
    let traded = fetched.off_session.iter().filter(|row| row.is_traded());
    report.off_session = traded.copied().collect();
    let surplus = report.off_session.len().saturating_sub(OFF_SESSION_SHOWN);
    report.off_session.drain(..surplus);
    if committed.record.is_none() {
        // Nothing is stored, and sessions with a refused row are known to lack theirs.
        let refused = report.rows.refused;
        report.coverage = Coverage {
            expected: refused,
            missing: refused,
            ..Coverage::default()
        };
    }
    report.files_written = committed.years_written.len();
    let written = committed.record.as_ref();
    report.files = files(written, &committed.years_written);
    report.manifest = line(written);
    report.committed = written.map(CommittedFiles::from);
    report.checksum = checksum;
    report.refused_actions = committed.refused_actions;
    let recent = last_of(&committed.absent, frame.policy.hole_window);
    report.absent_recently = match written {
        // What was asked for before was reported by the run that did.
        Some(record) => news(recent, record, task.today(frame.now)),
        None => recent,
    };
    report.maybe_holidays = maybe_holidays(&committed.unsure, before, task, frame);
    report.traded_approximately = traded_approximately(&committed.merged.history, task, frame);
    report.remember(&committed.remarks, task.today(frame.now));
    let live = fetched
        .live_sessions
        .iter()
        .map(|session| session.date())
        .min();
    let mut report = with_state(report, committed.record.as_ref(), task, frame, live);
    if let Some(page) = &mut report.page {
        page.draw(&committed.merged.history);
    }
    report
}

/// The first day of trading, if it lies after the window.
fn first_after(first_trade: Option<Date>, window: SessionRange) -> Option<Date> {
    first_trade.filter(|first| *first >= window.end())
}

/// The files of these years as the record names them.
fn files(record: Option<&CommitRecord>, years: &[i16]) -> Vec<WrittenFile> {
    let named = record.into_iter().flat_map(|record| &record.years);
    let written = named.filter(|(year, _)| years.contains(year));
    written
        .map(|(year, entry)| WrittenFile {
            year: *year,
            rows: entry.rows,
            sha256: entry.sha256.clone(),
        })
        .collect()
}

/// The dates whose hole is new.
fn news(mut dates: Vec<Date>, record: &CommitRecord, today: Date) -> Vec<Date> {
    let holes = &record.watch.holes;
    dates.retain(|date| holes.get(date).is_none_or(|hole| hole.is_new(today)));
    dates
}

/// The first of the newest sessions, whose holes are asked for with each fetch.
fn newest_from(task: &Task, frame: &RunFrame) -> Date {
    let newest = task.last_final(frame.now);
    let back = frame.policy.hole_window.saturating_sub(1);
    let first = newest.and_then(|newest| task.calendar.back(newest, back));
    first.map_or(Date::MIN, TradingDate::date)
}

/// Of the newest sessions those that may be holidays and follow `before`, the last session stored before the run: runs
/// that found no row on them or later said it before.
fn maybe_holidays(
    unsure: &[TradingDate],
    before: Option<Date>,
    task: &Task,
    frame: &RunFrame,
) -> Vec<Date> {
    let from = newest_from(task, frame);
    let dates = unsure.iter().map(|session| session.date());
    dates
        .filter(|date| *date >= from && before.is_none_or(|before| *date > before))
        .collect()
}

/// Of the newest sessions those that the calendar is not sure of, and on which shares changed hands.
fn traded_approximately(history: &History, task: &Task, frame: &RunFrame) -> Vec<Date> {
    let from = newest_from(task, frame);
    let bars = history.bars.bars().iter().rev();
    let newest = bars.take_while(|bar| bar.date.date() >= from);
    let traded = newest.filter(|bar| bar.volume.is_some_and(|volume| volume > 0));
    let mut dates: Vec<Date> = traded
        .map(|bar| bar.date.date())
        .filter(|date| task.calendar.is_approximate_on(*date))
        .collect();
    dates.reverse();
    dates
}

fn last_of(absent: &[TradingDate], n: usize) -> Vec<Date> {
    let skip = absent.len().saturating_sub(n);
    absent.iter().skip(skip).map(|s| s.date()).collect()
}

/// Adds what the lake holds of the listing now. `live` is the first session that is not final.
pub(super) fn with_state(
    mut report: ListingReport,
    record: Option<&CommitRecord>,
    task: &Task,
    frame: &RunFrame,
    live: Option<Date>,
) -> ListingReport {
    let Some(record) = record else { return report };
    report.last = record.last();
    report.judged = judged_of(record);
    report.remember(&record.watch.remarks, task.today(frame.now));
    let until = match frame.intent {
        Intent::Daily { .. } => Date::MAX,
        Intent::Backfill { end, .. } => end,
    };
    let last_final = task
        .last_final(frame.now)
        .map_or(Date::MIN, TradingDate::date);
    let until = until.min(last_final).max(report.last.unwrap_or(Date::MIN));
    let mut range = SessionRange::inclusive(record.expected_from(), until);
    if let Some(live) = live {
        range = SessionRange::new(range.start(), range.end().min(live));
    }
    let asks = frame.policy.hole_asks;
    report.coverage = gaps::coverage(range, record.rows(), &record.watch, asks, &task.calendar);
    let new = gaps::new_holes(&record.watch, task.today(frame.now));
    report.new_holes = new.min(report.coverage.missing);
    if record.last().is_some() {
        // No file is looked into for the page: sessions that the record does not name are counted.
        let cells = CoverageFrame {
            calendar: &task.calendar,
            last_final: task.last_final(frame.now),
            hole_asks: asks,
        };
        let survey = coverage::survey(record, &BTreeMap::new(), cells);
        report.page = Some(Box::new(PageListing::of(record, &survey)));
        report.confirmed = survey.confirmed;
    }
    report
}

fn vendor_failed(
    task: &Task,
    error: &ProviderError,
    record: Option<&CommitRecord>,
    frame: &RunFrame,
) -> ListingReport {
    let outcome = match error {
        ProviderError::UnknownSymbol { .. } => Outcome::UnknownSymbol,
        ProviderError::NoData { .. } | ProviderError::NotListedYet { .. } => Outcome::NoData,
        ProviderError::Throttled { .. } | ProviderError::CircuitOpen { .. } => Outcome::Throttled,
        _ => Outcome::Failed,
    };
    let kind = match (error, record.and_then(CommitRecord::last)) {
        // Its rows say otherwise.
        (ProviderError::NotListedYet { .. }, Some(_)) => "no_data",
        _ => error.kind(),
    };
    let report = ListingReport::new(&task.listing, outcome).because(kind, chain(error));
    let mut report = with_state(report, record, task, frame, None);
    if outcome == Outcome::UnknownSymbol {
        report.coverage = listed_coverage(record, task, frame);
    }
    report
}

/// Cells up to the last stored session: what the vendor does not list any more is not expected.
fn listed_coverage(record: Option<&CommitRecord>, task: &Task, frame: &RunFrame) -> Coverage {
    let Some((record, last)) = record.and_then(|record| Some((record, record.last()?))) else {
        return Coverage::default();
    };
    let range = SessionRange::inclusive(record.expected_from(), last);
    let asks = frame.policy.hole_asks;
    gaps::coverage(range, record.rows(), &record.watch, asks, &task.calendar)
}

pub(super) fn failed(task: &Task, error: &CommitError) -> ListingReport {
    tracing::warn!(symbol = %task.listing, kind = error.kind(), "cannot commit {}: {}", task.listing, chain(error));
    ListingReport::new(&task.listing, Outcome::Failed).because(error.kind(), chain(error))
}

/// The events that are not applied as the vendor sends them, with what to type next.
fn judged_of(record: &CommitRecord) -> Vec<ReportedEvent> {
    let judged = record.judged.iter();
    judged
        .map(|event| ReportedEvent::of(event, &record.symbol))
        .collect()
}
