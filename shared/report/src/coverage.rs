use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use quantx_lake::coverage::{Absence, AbsentSession, MonthCells, Survey};
use quantx_lake::gaps::Coverage;
use quantx_market::{Date, Listing};

/// Fewer listings are no market: two of three lack a session by chance.
const SMALLEST_MARKET: usize = 4;

/// What the lake holds of what it should hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageReport {
    /// The instant up to which sessions are expected.
    pub timestamp: Timestamp,
    /// Which listings, for people.
    pub selection: String,
    /// A session asked for on this many days is excused.
    pub hole_asks: u32,
    /// A session that a larger share of an exchange's listings lack is one event.
    pub outage_share: f64,
    /// All cells.
    pub totals: Coverage,
    /// Ascending by code.
    pub exchanges: Vec<ExchangeCoverage>,
    /// Sessions that most listings of an exchange lack; ascending by exchange and date.
    pub market_events: Vec<CoverageEvent>,
    /// The listings of the lake, the worst first.
    pub listings: Vec<ListingCoverage>,
    /// Listings of the selection that the lake holds no row of.
    pub not_in_lake: Vec<String>,
}

/// One exchange's part of the lake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeCoverage {
    /// The lake's exchange code.
    pub exchange: String,
    /// ISO 10383 market identifier, which is also the calendar's name.
    pub mic: String,
    /// Whether the calendar is approximate on the newest session that is over: what it takes for sessions may
    /// be holidays.
    pub approximate: bool,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// Listings with rows.
    pub listings: usize,
    /// Of these, those that lack nothing without an excuse, and are readable.
    pub complete: usize,
    /// Of these, those without the newest session that is over.
    pub behind: usize,
    /// Listings of the selection without rows.
    pub not_in_lake: usize,
    /// Their cells.
    pub cells: Coverage,
    /// The cells by month, ascending.
    pub months: Vec<MonthCells>,
}

/// What an exchange's calendar says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeFrame {
    /// ISO 10383 market identifier.
    pub mic: String,
    /// Whether the calendar is approximate on the newest session that is over.
    pub approximate: bool,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// The cells of its listings by month.
    pub months: Vec<MonthCells>,
}

/// A session that more than the outage share of an exchange's listings lack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageEvent {
    /// The lake's exchange code.
    pub exchange: String,
    /// The session.
    pub date: Date,
    /// What it looks like.
    pub kind: EventKind,
    /// Listings without a row.
    pub lacking: usize,
    /// Of these, those without an excuse.
    pub missing: usize,
    /// Listings expected to have one.
    pub listings: usize,
}

/// What a session that a market lacks looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// No listing has it or a later one: no run has brought it yet.
    NotFetched,
    /// The vendor lost it, or the calendar is wrong about it.
    Outage,
    /// The calendar is approximate there and does not know the holiday.
    Holiday,
}

impl EventKind {
    /// For people.
    pub fn reading(self) -> &'static str {
        match self {
            Self::NotFetched => "no listing has it or a later session: not fetched yet",
            Self::Outage => "vendor outage, or the calendar is wrong about this session",
            Self::Holiday => "most likely a holiday that the approximate calendar does not know",
        }
    }
}

/// What the lake holds of one listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingCoverage {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// First stored session.
    pub first: Option<Date>,
    /// Last stored session.
    pub last: Option<Date>,
    /// The newest session that is over.
    pub due: Option<Date>,
    /// Sessions that are over and later than the last stored one.
    pub behind: usize,
    /// Expected cells, and what became of them.
    #[serde(flatten)]
    pub cells: Coverage,
    /// Of the excused cells, those the vendor was asked for often enough.
    pub excused_asked: usize,
    /// Of the excused cells, those that may be holidays of an approximate calendar.
    pub excused_calendar: usize,
    /// Of the excused cells, those whose row a person rejected.
    #[serde(default)]
    pub excused_rejected: usize,
    /// Of the missing cells, those whose row is in quarantine.
    #[serde(default)]
    pub in_quarantine: usize,
    /// Sessions asked for before the listing's first trade; they are not expected.
    pub listed_later: usize,
    /// Of the cells without a row, those that are part of a market event and not among the holes.
    pub in_market_events: usize,
    /// Stretches of sessions without a row, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<HoleRange>,
    /// Why the listing cannot be judged, or not fully.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// Consecutive sessions without a row, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoleRange {
    /// First session.
    pub first: Date,
    /// Last session, inclusive.
    pub last: Date,
    /// How many.
    pub sessions: usize,
    /// Why.
    pub absence: Absence,
    /// On how many days the vendor was asked, for the session it was asked for least.
    pub asks: u32,
}

/// One listing as it was found.
#[derive(Debug, Clone)]
pub struct SurveyedListing {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// First and last stored session.
    pub stored: Option<(Date, Date)>,
    /// Its cells; nothing if its record cannot be read.
    pub survey: Option<Survey>,
    /// What could not be read.
    pub unreadable: Option<String>,
}

/// Everything a report is made of.
#[derive(Debug, Clone)]
pub struct CoverageFindings {
    /// The instant up to which sessions are expected.
    pub now: Timestamp,
    /// Which listings, for people.
    pub selection: String,
    /// A session asked for on this many days is excused.
    pub hole_asks: u32,
    /// A session that a larger share of an exchange's listings lack is one event.
    pub outage_share: f64,
    /// By exchange code.
    pub exchanges: BTreeMap<String, ExchangeFrame>,
    /// In any order.
    pub listings: Vec<SurveyedListing>,
    /// In any order.
    pub not_in_lake: Vec<Listing>,
}

impl CoverageReport {
    /// Sums up what was found.
    pub fn new(mut findings: CoverageFindings) -> Self {
        let market_events = market_events(&findings);
        let of_market: BTreeSet<(&str, Date)> = market_events
            .iter()
            .map(|event| (event.exchange.as_str(), event.date))
            .collect();
        let due = |exchange: &str| findings.exchanges.get(exchange).and_then(|found| found.due);
        let mut listings: Vec<ListingCoverage> = findings
            .listings
            .iter()
            .map(|found| {
                let exchange = found.exchange.as_str();
                let is_shared = |date| of_market.contains(&(exchange, date));
                ListingCoverage::of(found, due(exchange), is_shared)
            })
            .collect();
        listings.sort_by(|a, b| a.rank().cmp(&b.rank()));
        findings.not_in_lake.sort();
        let exchanges = exchanges(&findings, &listings);
        let mut totals = Coverage::default();
        for exchange in &exchanges {
            totals += exchange.cells;
        }
        Self {
            timestamp: findings.now,
            selection: findings.selection,
            hole_asks: findings.hole_asks,
            outage_share: findings.outage_share,
            totals,
            exchanges,
            market_events,
            listings,
            not_in_lake: findings
                .not_in_lake
                .iter()
                .map(|listing| listing.symbol().to_string())
                .collect(),
        }
    }

    /// Whether nothing is missing: every listing of the selection is there and can be read, and
    /// lacks nothing without an excuse.
    pub fn is_complete(&self) -> bool {
        self.not_in_lake.is_empty() && self.listings.iter().all(ListingCoverage::is_complete)
    }
}

impl ListingCoverage {
    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.unreadable.is_none() && self.cells.missing == 0
    }

    /// The worst sorts first.
    fn rank(&self) -> impl Ord + '_ {
        use std::cmp::Reverse;
        (
            self.unreadable.is_none(),
            Reverse((self.cells.missing, self.behind, self.cells.excused)),
            (&self.exchange, &self.symbol),
        )
    }

    fn of(found: &SurveyedListing, due: Option<Date>, is_shared: impl Fn(Date) -> bool) -> Self {
        let mut coverage = Self {
            symbol: found.symbol.clone(),
            exchange: found.exchange.clone(),
            first: found.stored.map(|(first, _)| first),
            last: found.stored.map(|(_, last)| last),
            due,
            behind: 0,
            cells: Coverage::default(),
            excused_asked: 0,
            excused_calendar: 0,
            excused_rejected: 0,
            in_quarantine: 0,
            listed_later: 0,
            in_market_events: 0,
            holes: Vec::new(),
            unreadable: found.unreadable.clone(),
        };
        let Some(survey) = &found.survey else {
            return coverage;
        };
        let own = |session: &&AbsentSession| !is_shared(session.date);
        let own: Vec<AbsentSession> = survey.absent.iter().filter(own).copied().collect();
        let count = |absence| {
            let alike = survey
                .absent
                .iter()
                .filter(|session| session.absence == absence);
            alike.count()
        };
        coverage.behind = survey.behind;
        coverage.cells = survey.cells;
        coverage.excused_asked = count(Absence::Asked);
        coverage.excused_calendar = count(Absence::ApproximateCalendar);
        coverage.excused_rejected = count(Absence::Rejected);
        coverage.in_quarantine = count(Absence::Refused);
        coverage.listed_later = survey.listed_later;
        coverage.in_market_events = survey.absent.len() - own.len();
        coverage.holes = join(&own);
        coverage
    }
}

/// Joins neighbours that are absent for the same reason.
fn join(absent: &[AbsentSession]) -> Vec<HoleRange> {
    let stretches = absent.chunk_by(|a, b| a.ordinal + 1 == b.ordinal && a.absence == b.absence);
    stretches
        .filter_map(|stretch| {
            let (first, last) = (stretch.first()?, stretch.last()?);
            Some(HoleRange {
                first: first.date,
                last: last.date,
                sessions: stretch.len(),
                absence: first.absence,
                asks: stretch.iter().map(|session| session.asks).min()?,
            })
        })
        .collect()
}

/// One exchange's listings: on which dates they are expected, and what they lack.
#[derive(Debug, Default)]
struct Market {
    starts: Vec<Date>,
    ends: Vec<Date>,
    newest: Option<Date>,
    lacking: BTreeMap<Date, Lacking>,
}

#[derive(Debug, Default)]
struct Lacking {
    all: usize,
    missing: usize,
    holidays: usize,
}

fn market_events(findings: &CoverageFindings) -> Vec<CoverageEvent> {
    let mut markets: BTreeMap<&str, Market> = BTreeMap::new();
    for found in &findings.listings {
        let Some(survey) = &found.survey else {
            continue;
        };
        let market = markets.entry(found.exchange.as_str()).or_default();
        market.starts.push(survey.range.start());
        market.ends.push(survey.range.end());
        market.newest = market.newest.max(found.stored.map(|(_, last)| last));
        for session in &survey.absent {
            let lacking = market.lacking.entry(session.date).or_default();
            lacking.all += 1;
            lacking.missing += usize::from(!session.absence.is_excused());
            lacking.holidays += usize::from(session.absence == Absence::ApproximateCalendar);
        }
    }
    let mut events = Vec::new();
    for (exchange, mut market) in markets {
        market.starts.sort_unstable();
        market.ends.sort_unstable();
        for (date, lacking) in &market.lacking {
            let listings = market.expecting(*date);
            let is_event = listings >= SMALLEST_MARKET
                && lacking.all as f64 > findings.outage_share * listings as f64;
            if is_event {
                events.push(CoverageEvent {
                    exchange: exchange.to_owned(),
                    date: *date,
                    kind: market.kind(*date, lacking),
                    lacking: lacking.all,
                    missing: lacking.missing,
                    listings,
                });
            }
        }
    }
    events
}

impl Market {
    /// How many listings are expected to have `date`.
    fn expecting(&self, date: Date) -> usize {
        let begun = self.starts.partition_point(|start| *start <= date);
        let ended = self.ends.partition_point(|end| *end <= date);
        begun - ended
    }

    fn kind(&self, date: Date, lacking: &Lacking) -> EventKind {
        if self.newest.is_some_and(|newest| date > newest) {
            EventKind::NotFetched
        } else if 2 * lacking.holidays > lacking.all {
            EventKind::Holiday
        } else {
            EventKind::Outage
        }
    }
}

fn exchanges(findings: &CoverageFindings, listings: &[ListingCoverage]) -> Vec<ExchangeCoverage> {
    let mut exchanges: BTreeMap<&str, ExchangeCoverage> = findings
        .exchanges
        .iter()
        .map(|(code, frame)| {
            let coverage = ExchangeCoverage {
                exchange: code.clone(),
                mic: frame.mic.clone(),
                approximate: frame.approximate,
                due: frame.due,
                listings: 0,
                complete: 0,
                behind: 0,
                not_in_lake: 0,
                cells: Coverage::default(),
                months: frame.months.clone(),
            };
            (code.as_str(), coverage)
        })
        .collect();
    for listing in listings {
        if let Some(exchange) = exchanges.get_mut(listing.exchange.as_str()) {
            exchange.listings += 1;
            exchange.complete += usize::from(listing.is_complete());
            exchange.behind += usize::from(listing.behind > 0);
            exchange.cells += listing.cells;
        }
    }
    for listing in &findings.not_in_lake {
        if let Some(exchange) = exchanges.get_mut(listing.exchange().as_str()) {
            exchange.not_in_lake += 1;
        }
    }
    exchanges.into_values().collect()
}

#[cfg(test)]
#[path = "coverage_tests.rs"]
mod tests;
