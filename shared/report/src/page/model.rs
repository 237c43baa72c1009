//! What the page tells of a listing. It can be stored, so that a run adds what it knows of its own
//! listings to what earlier runs knew of theirs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::coverage::HoleRange;
use quantx_lake::coverage::{Absence, Survey};
use quantx_lake::gaps::Coverage;
use quantx_lake::judged::JudgedEvent;
use quantx_lake::merge::History;
use quantx_lake::record::CommitRecord;
use quantx_lake::remarks::About;
use quantx_market::Date;

/// Stretches of missing sessions that are kept of one listing, the newest.
const HOLES_KEPT: usize = 12;
/// Rows and events waiting for a person that are kept of one listing, the newest.
const OPEN_KEPT: usize = 50;
/// Calendar years whose closes are kept, the newest.
const YEARS_DRAWN: usize = 3;

/// What the page knows of one listing. Kept between runs in `site/listings.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageListing {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// First stored session.
    pub first: Option<Date>,
    /// Last stored session.
    pub last: Option<Date>,
    /// First date whose session is expected.
    pub expected_from: Date,
    /// The day after the last date whose session was expected when this was found out.
    pub expected_to: Date,
    /// Expected cells, and what became of them.
    pub cells: Coverage,
    /// Months without some row, ascending; possible holidays of a weekday calendar are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<LackingMonth>,
    /// The newest stretches of missing sessions, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<HoleRange>,
    /// How many older stretches there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub older_holes: usize,
    /// What waits for a person, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<OpenItem>,
    /// How much more waits.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_open: usize,
    /// Last closes of the weeks of the newest calendar years, without splits, in the quoted unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub closes: BTreeMap<i16, Vec<f64>>,
    /// Why the listing cannot be judged, or not fully.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A month in which a listing lacks sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LackingMonth {
    /// Calendar year.
    #[serde(rename = "y")]
    pub year: i16,
    /// 1 to 12.
    #[serde(rename = "m")]
    pub month: i8,
    /// Sessions without a row and without an excuse.
    #[serde(rename = "n")]
    pub missing: usize,
    /// Sessions without a row that the vendor does not have, or whose row a person rejected.
    #[serde(rename = "x")]
    pub excused: usize,
}

/// A row or an event that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenItem {
    /// What it is.
    pub kind: OpenKind,
    /// The session, or the ex-date.
    pub date: Date,
    /// The rule that refused it.
    pub rule: String,
    /// Why, for people.
    pub reason: String,
    /// The exchange's date of the run that refused it first.
    pub since: Date,
    /// What to type to look at it, and to decide.
    pub command: String,
}

/// What waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenKind {
    /// A row that contradicts a stored one.
    Correction,
    /// A dividend or capital gain held out of `Adj Close`.
    HeldEvent,
    /// A row that is not stored.
    RefusedRow,
}

impl OpenKind {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Correction => "correction of a stored row",
            Self::HeldEvent => "held dividend",
            Self::RefusedRow => "refused row",
        }
    }

    /// Name in status and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::HeldEvent => "held_event",
            Self::RefusedRow => "refused_row",
        }
    }
}

impl PageListing {
    /// What the page tells of a listing with this record, whose cells are `survey`.
    pub fn of(record: &CommitRecord, survey: &Survey) -> Self {
        let mut open: Vec<OpenItem> = record
            .judged
            .iter()
            .filter(|event| event.is_held())
            .map(|event| held(event, &record.symbol))
            .collect();
        for remark in &record.watch.remarks {
            let kind = match remark.about {
                About::RefusedRow => OpenKind::RefusedRow,
                About::Contradiction => OpenKind::Correction,
                About::Suspect | About::AdjustedClose | About::RefusedEvent | About::ClosedDay => {
                    continue;
                }
            };
            let (symbol, rule) = (&record.symbol, &remark.rule);
            open.push(OpenItem {
                kind,
                date: remark.date,
                rule: rule.clone(),
                reason: remark.detail.clone(),
                since: remark.since,
                command: format!(
                    "quantx quarantine list --symbols {symbol}, then quantx quarantine release ID or reject ID"
                ),
            });
        }
        open.sort_by_key(|item| (std::cmp::Reverse(item.date), item.kind));
        let more_open = open.len().saturating_sub(OPEN_KEPT);
        open.truncate(OPEN_KEPT);
        let mut holes = HoleRange::of(&survey.absent);
        holes.retain(|hole| !hole.absence.is_excused());
        holes.reverse();
        let older_holes = holes.len().saturating_sub(HOLES_KEPT);
        holes.truncate(HOLES_KEPT);
        Self {
            symbol: record.symbol.clone(),
            exchange: record.exchange.clone(),
            first: record.first(),
            last: record.last(),
            expected_from: survey.range.start(),
            expected_to: survey.range.end(),
            cells: survey.cells,
            lacking: lacking(survey),
            holes,
            older_holes,
            open,
            more_open,
            closes: BTreeMap::new(),
            unreadable: None,
        }
    }

    /// A listing of which nothing can be read.
    pub fn unreadable(symbol: &str, exchange: &str, reason: &str) -> Self {
        Self {
            symbol: symbol.to_owned(),
            exchange: exchange.to_owned(),
            first: None,
            last: None,
            expected_from: Date::ZERO,
            expected_to: Date::ZERO,
            cells: Coverage::default(),
            lacking: Vec::new(),
            holes: Vec::new(),
            older_holes: 0,
            open: Vec::new(),
            more_open: 0,
            closes: BTreeMap::new(),
            unreadable: Some(reason.to_owned()),
        }
    }

    /// Takes over closes of the years that `history` has, whole years only.
    pub fn draw(&mut self, history: &History) {
        let mut years: Vec<_> = history.bars.years().collect();
        years.drain(..years.len().saturating_sub(YEARS_DRAWN));
        for (year, bars) in years {
            let mut weeks: Vec<((i16, i8), f64)> = Vec::with_capacity(54);
            for bar in bars {
                let date = bar.date.date();
                let week = date.iso_week_date();
                let week = (week.year(), week.week());
                let close = bar.close.get() / history.actions.split_factor_after(date);
                match weeks.last_mut() {
                    Some((last, value)) if *last == week => *value = close,
                    _ => weeks.push((week, close)),
                }
            }
            let closes = weeks.into_iter().map(|(_, close)| shortened(close));
            self.closes.insert(year, closes.collect());
        }
    }

    /// What is known newly, with the closes of years that were not looked into this time.
    pub fn onto(mut self, before: Option<&Self>) -> Self {
        for (year, closes) in before.into_iter().flat_map(|before| &before.closes) {
            self.closes.entry(*year).or_insert_with(|| closes.clone());
        }
        while self.closes.len() > YEARS_DRAWN {
            self.closes.pop_first();
        }
        self
    }

    /// Brought to the sessions that are over by now: those up to `end`, exclusive, have no row.
    /// `months` has them by month, ascending.
    pub fn aged(mut self, end: Date, months: &[LackingMonth]) -> Self {
        for month in months {
            self.cells.expected += month.missing;
            self.cells.missing += month.missing;
            let is_same = |it: &&mut LackingMonth| (it.year, it.month) == (month.year, month.month);
            match self.lacking.last_mut().filter(is_same) {
                Some(last) => last.missing += month.missing,
                None => self.lacking.push(*month),
            }
        }
        self.expected_to = end;
        self
    }
}

/// Six digits are more than a chart shows.
fn shortened(price: f64) -> f64 {
    format!("{price:.5e}").parse().unwrap_or(price)
}

fn held(event: &JudgedEvent, symbol: &str) -> OpenItem {
    let reported = crate::ReportedEvent::of(event, symbol);
    OpenItem {
        kind: OpenKind::HeldEvent,
        date: event.vendor.ex_date,
        rule: event.rule.to_string(),
        reason: event.reason.clone(),
        since: event.since,
        command: reported.next.unwrap_or_default(),
    }
}

fn lacking(survey: &Survey) -> Vec<LackingMonth> {
    let mut months: Vec<LackingMonth> = Vec::new();
    let named = survey.absent.iter();
    for session in named.filter(|it| it.absence != Absence::ApproximateCalendar) {
        let (year, month) = (session.date.year(), session.date.month());
        let is_other = |it: &LackingMonth| (it.year, it.month) != (year, month);
        if months.last().is_none_or(is_other) {
            months.push(LackingMonth {
                year,
                month,
                missing: 0,
                excused: 0,
            });
        }
        if let Some(last) = months.last_mut() {
            let excused = session.absence.is_excused();
            last.excused += usize::from(excused);
            last.missing += usize::from(!excused);
        }
    }
    months
}
