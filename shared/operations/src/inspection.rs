//! A vendor's answer as the lake may merge it. Pure.
//!
//! The basis of each row is decided and undone once, with the stored rows as evidence; then the rules
//! look at the as-traded rows, and what they refuse is put aside.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::cash_events::{self, EventContext};
use super::rates;
use quantx_calendar::Calendar;
use quantx_lake::adjust::{self, Checksum};
use quantx_lake::basis::{self, Fetched, Finality};
use quantx_lake::decisions::Decisions;
use quantx_lake::judged::JudgedEvent;
use quantx_lake::record::CommitRecord;
use quantx_lake::refusal::RefusedRow;
use quantx_lake::remarks::{About, Remark};
use quantx_lake::revision::Base;
use quantx_lake::sources::{self, Source, Standing};
use quantx_market::{
    Action, AsTradedHistory, Bar, BarSeries, Date, InstrumentKind, Price, RefusedAction,
    VendorHistory, VendorRow,
};
use quantx_quality as quality;
use quantx_quality::{Flag, Inspected, Inspection, Known, Rule, RuleSettings, Severity};
use quantx_settings::AnswerLimits;

/// Days before the window that are asked for too: some sixty sessions, out of which the rules learn
/// what is usual for the listing. They are inspected and dropped.
pub(super) const CONTEXT_DAYS: i64 = 90;

/// First date to ask for, so that the rules see what came before `from`; not before the listing's
/// history was ever asked for.
pub(super) fn first_asked(from: Date, known: Option<&CommitRecord>) -> Date {
    let Some(known) = known.filter(|record| record.last().is_some()) else {
        return from;
    };
    let days = jiff::Span::new().try_days(CONTEXT_DAYS);
    let earlier = days.and_then(|days| from.checked_sub(days)).unwrap_or(from);
    earlier.max(known.asked_from).min(from)
}

/// Rows on closed days that a listing's report names: the newest.
pub(super) const OFF_SESSION_SHOWN: usize = 20;

/// More in one answer than the settings allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMuch {
    /// `rows`, `events`, `years`: with `answer_` before it the name of the limit.
    pub(super) what: &'static str,
    pub(super) found: usize,
    pub(super) allowed: usize,
}

impl TooMuch {
    /// Stable name for reports.
    pub(super) fn kind(self) -> &'static str {
        match self.what {
            "rows" => "too_many_rows",
            "events" => "too_many_events",
            _ => "too_many_years",
        }
    }
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what,
            found,
            allowed,
        } = self;
        write!(
            f,
            "the answer has {found} {what} of one listing, limits.answer_{what} allows {allowed}"
        )
    }
}

/// What the answer has too much of. All work on it is done only after this.
pub(super) fn too_much(history: &VendorHistory, limits: AnswerLimits) -> Option<TooMuch> {
    let dates = history.rows.iter().map(|row| row.date);
    let dates = dates.chain(history.actions.iter().map(|action| action.ex_date));
    let years = dates.clone().min().zip(dates.max());
    let years = years.map_or(0, |(first, last)| last.year().abs_diff(first.year()) + 1);
    let counts = [
        ("rows", history.rows.len(), limits.rows),
        ("events", history.actions.len(), limits.events),
        ("years", usize::from(years), limits.years),
    ];
    let mut counts = counts.into_iter();
    let over = counts.find(|(_, found, allowed)| *found > allowed.get());
    over.map(|(what, found, allowed)| TooMuch {
        what,
        found,
        allowed: allowed.get(),
    })
}

/// An answer as it may be merged, and what is reported of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Interpreted {
    pub(super) fetched: Fetched,
    /// What the rules say of what is new.
    pub(super) flags: Vec<Flag>,
    /// Events that are not applied as sent; `fetched` has what is applied.
    pub(super) judged: Vec<JudgedEvent>,
    /// Set where the vendor's adjusted close disagrees with the events that are applied.
    pub(super) checksum: Option<Checksum>,
    /// The same for the listing's memory: flags of rows that are stored, and what the answer as a
    /// whole says.
    pub(super) remarks: Vec<Remark>,
}

/// By what an answer is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    /// What the listing is.
    pub(super) kind: InstrumentKind,
    pub(super) calendar: &'a Calendar,
    /// How long after the close a bar may become final.
    pub(super) lag: Duration,
    pub(super) now: Timestamp,
    /// The exchange's date of `now`.
    pub(super) today: Date,
    /// Who answered.
    pub(super) source: &'a Source,
    /// First date that may be stored; what is before it is only context.
    pub(super) from: Date,
    pub(super) rules: &'a RuleSettings,
}

/// Reads an answer against what the lake holds of the listing. Only what is new is flagged.
pub(super) fn interpret(
    mut history: VendorHistory,
    base: &Base,
    decisions: &Decisions,
    reading: Reading<'_>,
) -> Interpreted {
    refuse_actions(&mut history, reading.kind);
    rates::recall(&mut history, base.record.as_ref());
    let released = decisions.released();
    let stored = own_bars(base, &released, reading);
    let known_actions = base.record.as_ref().map(CommitRecord::action_set);
    let known = Known {
        bars: &stored,
        actions: known_actions.as_ref(),
    };
    let (basis, mut flags) = quality::read_basis(&mut history, known, reading.rules);
    let mut as_traded = basis.undo(&history);
    let mut series = Inspected::of_answer(&history, &as_traded)
        .of_kind(reading.kind)
        .with_stored(&stored);
    // A row that a person released is not inspected, and is no evidence for its neighbours.
    series.rows.retain(|row| !released.contains(&row.date));
    let found = inspect(series, base, reading);
    flags.extend(found.flags);
    flags.sort_by_key(|flag| (flag.date, flag.rule, flag.column));
    drop_before(&mut history, &mut as_traded, reading.from);
    let finality = Finality {
        kind: reading.kind,
        calendar: reading.calendar,
        lag: reading.lag,
        now: reading.now,
        range_tolerance: reading.rules.range_tolerance(),
    };
    let mut fetched = basis::final_rows(&history, &as_traded, finality);
    flags.retain(|flag| is_new(flag, base, &stored, reading.from));
    refuse(&mut fetched, &flags);
    let events = EventContext {
        judgements: &found.judgements,
        known: base.record.as_ref(),
        from: reading.from,
        today: reading.today,
    };
    let judged = cash_events::apply(&mut history, &as_traded, &mut fetched, events);
    let checksum = adjust::vendor_checksum(&history);
    let checksum = checksum.filter(|checksum| !checksum.agrees());
    let remarks = remarks(&flags, checksum.as_ref(), &fetched, reading.today);
    Interpreted {
        fetched,
        flags,
        judged,
        checksum,
        remarks,
    }
}

/// Puts the events aside of what is never split and pays nothing: the rows are read as if there were none.
fn refuse_actions(history: &mut VendorHistory, kind: InstrumentKind) {
    if kind.has_actions() {
        return;
    }
    let foreign = history.foreign.drain(..).map(|cash| cash.action);
    let sent = history.actions.drain(..).chain(foreign);
    let refused = sent.map(|action| RefusedAction {
        action,
        reason: format!("no {kind} is split or pays anything"),
    });
    history.refused_actions.extend(refused);
}

/// An answer of whole days with the stored rows and events before it, out of which the rules learn what is
/// usual for the listing: the vendor was not asked for them.
pub(super) fn with_context(
    history: &VendorHistory,
    base: &Base,
    reading: Reading<'_>,
) -> VendorHistory {
    let first = history.rows.first().map_or(reading.from, |row| row.date);
    let first = first.min(reading.from);
    let earliest = first_asked(first, base.record.as_ref());
    let is_context = |date: Date| earliest <= date && date < first;
    let mut with_context = history.clone();
    let bars = base.years.values().flat_map(|year| &year.rows.bars);
    let bars = bars.filter(|bar| is_context(bar.date.date()));
    let mut rows: Vec<VendorRow> = bars.filter_map(|bar| vendor_row(bar, history)).collect();
    rows.append(&mut with_context.rows);
    with_context.rows = rows;
    let actions = base.record.iter().flat_map(|record| &record.actions);
    let mut actions: Vec<Action> = actions
        .filter(|it| is_context(it.ex_date))
        .copied()
        .collect();
    actions.append(&mut with_context.actions);
    with_context.actions = actions;
    with_context
}

/// A stored bar as a vendor of raw rows would send it.
fn vendor_row(bar: &Bar, history: &VendorHistory) -> Option<VendorRow> {
    let date = bar.date.date();
    let midnight = date.to_zoned(history.time_zone.clone()).ok()?;
    let [open, high, low, close] = bar.prices().map(|price| price.map(Price::get));
    Some(VendorRow {
        date,
        stamp: midnight.timestamp(),
        open,
        high,
        low,
        close,
        volume: bar.volume.map(|volume| volume as f64),
        adjusted_close: None,
    })
}

/// What is said beside the refused rows, which speak for themselves.
fn remarks(
    flags: &[Flag],
    checksum: Option<&Checksum>,
    fetched: &Fetched,
    today: Date,
) -> Vec<Remark> {
    let suspects = flags
        .iter()
        .filter(|flag| flag.severity == Severity::Suspect);
    let suspects = suspects.map(|flag| {
        let rule = flag.rule.name();
        Remark::new(About::Suspect, rule, flag.date, today, &flag.detail)
    });
    let checksum = checksum.map(|sum| {
        let date = sum.until.unwrap_or(sum.date);
        let detail = format!(
            "the vendor's adjusted close of {} is {}, and {} by the events it sends: one of after {date} \
             is missing or wrong",
            sum.date, sum.vendor, sum.ours
        );
        Remark::new(About::AdjustedClose, "adjusted_close", date, today, detail)
    });
    let closed = fetched.off_session.iter().filter(|row| row.is_traded());
    let newest = closed.clone().count().saturating_sub(OFF_SESSION_SHOWN);
    let closed = closed.skip(newest).map(|row| {
        let detail = "a row with volume on a day that the calendar calls closed";
        Remark::new(About::ClosedDay, "closed_day", row.date, today, detail)
    });
    suspects.chain(checksum).chain(closed).collect()
}

/// Stored bars from `from` on that nobody released: a row that a person put there proves no basis. Neither
/// does one that only stands in for the vendor that is heard now.
fn own_bars(base: &Base, released: &BTreeSet<Date>, reading: Reading<'_>) -> Vec<Bar> {
    let stored = base.years.values().flat_map(|year| &year.rows.bars);
    let sources = base
        .record
        .as_ref()
        .map_or(&[][..], |record| &record.sources);
    let has_last_word = !reading.source.stands_in();
    let is_own = |bar: &&Bar| {
        let date = bar.date.date();
        let stands_in = sources::standing_on(sources, date) == Standing::Provisional;
        date >= reading.from && !released.contains(&date) && !(has_last_word && stands_in)
    };
    stored.filter(is_own).copied().collect()
}

fn inspect(mut series: Inspected, base: &Base, reading: Reading<'_>) -> Inspection {
    // Rows of before the stored history are as new as those after it.
    if let Some((_, last)) = span(base).filter(|(first, _)| reading.from >= *first) {
        series.n_stored = series.rows.partition_point(|row| row.date <= last);
    }
    if let Some(known) = &base.record {
        series.settled = cash_events::settled(known, reading.from, &series);
        // What one that stands in has otherwise is another vendor's word, no revision.
        if !reading.source.stands_in() {
            series.known_actions = Some(cash_events::as_sent(known));
        }
    }
    let mut inspection = quality::inspect(&series, reading.rules);
    let is_asked = |event: &Action| event.ex_date >= reading.from;
    let judgements = &mut inspection.judgements;
    judgements.retain(|judgement| is_asked(&judgement.event));
    inspection
}

/// First and last committed session.
fn span(base: &Base) -> Option<(Date, Date)> {
    let record = base.record.as_ref()?;
    Some((record.first()?, record.last()?))
}

fn is_new(flag: &Flag, base: &Base, stored: &[Bar], from: Date) -> bool {
    let of_event = matches!(
        flag.rule,
        Rule::EventRevised | Rule::EventVanished | Rule::SplitNotApplied
    );
    // What fills a hole is as new as what follows the last row, if it may not be stored.
    let is_stored = stored.binary_search_by_key(&flag.date, |bar| bar.date.date());
    let refuses_a_hole = flag.severity == Severity::Refuse && is_stored.is_err();
    flag.date >= from
        && (of_event
            || refuses_a_hole
            || span(base).is_none_or(|(first, last)| flag.date < first || flag.date > last))
}

/// Drops what was only context from an answer and its as-traded rows.
fn drop_before(history: &mut VendorHistory, as_traded: &mut AsTradedHistory, from: Date) {
    let rows = history.rows.partition_point(|row| row.date < from);
    history.rows.drain(..rows);
    let actions = history
        .actions
        .partition_point(|action| action.ex_date < from);
    history.actions.drain(..actions);
    as_traded.drop_before(from);
    history.foreign.retain(|cash| cash.action.ex_date >= from);
    history
        .refused_actions
        .retain(|refused| refused.action.ex_date >= from);
}

/// Moves rows with a refusing flag from what may be stored to what goes to quarantine.
fn refuse(fetched: &mut Fetched, flags: &[Flag]) {
    // Flags are ascending by date; a search among all of them for every bar would be quadratic.
    let refusing = |date: Date| {
        let from = flags.partition_point(|flag| flag.date < date);
        let mut of_date = flags.iter().skip(from).take_while(|flag| flag.date == date);
        of_date.find(|flag| flag.severity == Severity::Refuse)
    };
    if flags.iter().all(|flag| flag.severity != Severity::Refuse) {
        return;
    }
    let bars = std::mem::take(&mut fetched.bars).into_bars();
    let mut accepted = Vec::with_capacity(bars.len());
    for bar in bars {
        match refusing(bar.date.date()) {
            Some(flag) => {
                let row = RefusedRow::of_bar(&bar, flag.rule, flag.detail.clone());
                fetched.refused.push(row);
            }
            None => accepted.push(bar),
        }
    }
    fetched.refused.sort_by_key(|row| row.date);
    fetched.bars = BarSeries::new(accepted);
}

#[cfg(test)]
#[path = "inspection_tests.rs"]
mod tests;
