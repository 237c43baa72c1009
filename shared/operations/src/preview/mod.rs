//! What a run would do and what that would cost: the answer of `quantx plan` and `--dry-run`.

mod month;
mod vendors;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::context::Context;
use crate::cost::{self, Usage};
use crate::error::OperationError;
use crate::plan::{Decision, FetchPlan, Intent};
use crate::run::{WorkRequest, first_frame, listings_per_manifest, tasks};
use crate::tables::{self, PlannedCheckpoints};
use month::Held;
pub use month::MonthPlan;
use quantx_lake::record::CommitRecord;
use quantx_market::ExchangeCode;
use quantx_report::CostEstimate;
use quantx_settings::{Settings, VendorId};
use quantx_usage::BilledUsage;
pub use vendors::PlannedVendor;
use vendors::Questions;

/// A year file of a full year, as backfills write it; a commit record is about as large.
const YEAR_FILE_BYTES: u64 = 13_000;

/// What a run would do.
#[derive(Debug, Clone, Serialize)]
pub struct RunPlan {
    /// The run's idea of now.
    pub timestamp: Timestamp,
    /// `backfill`, `daily_update`.
    pub operation: String,
    /// One entry per listing, in the order of the run.
    pub listings: Vec<PlannedListing>,
    /// Requests, if none is repeated.
    pub requests: usize,
    /// Year files that may be written.
    pub files: usize,
    /// What each vendor would be asked.
    pub vendors: Vec<PlannedVendor>,
    /// Minutes at the configured rate; `None` without a limit.
    pub minutes: Option<f64>,
    /// What the store would be asked, at most, if nobody gets in between.
    pub operations: PlannedOperations,
    /// What that would cost in Blob Storage, wherever the lake is.
    pub cost: CostEstimate,
    /// What a month of such runs uses, of a daily update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<MonthPlan>,
}

/// Operations of the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PlannedOperations {
    /// Objects read.
    pub reads: u64,
    /// Objects written.
    pub writes: u64,
    /// Pages of names.
    pub lists: u64,
    /// Properties asked for.
    pub others: u64,
}

/// What a run would do with one listing.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedListing {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// The question, if one is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetch: Option<FetchPlan>,
    /// Why none is asked, or why the listing cannot be planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

/// Computes the work list without asking the vendor or writing anything.
///
/// # Errors
/// [`OperationError`] when the run could not start either.
pub async fn preview(context: &Context, order: &WorkRequest) -> Result<RunPlan, OperationError> {
    let frame = first_frame(context, order)?;
    let tasks = tasks(context, &order.listings)?;
    let frame = frame.for_tasks(&tasks);
    let mut listings = Vec::with_capacity(tasks.len());
    let mut sums = Sums::default();
    let mut questions = Questions::default();
    let mut held: BTreeMap<ExchangeCode, Held> = BTreeMap::new();
    for task in &tasks {
        let mut planned = PlannedListing {
            symbol: task.listing.symbol().to_string(),
            exchange: task.listing.exchange().to_string(),
            fetch: None,
            skipped: None,
        };
        // The record.
        sums.operations.reads += 1;
        let tables = sums.tables.entry(task.listing.exchange().clone());
        let tables = tables.or_default();
        let held = held.entry(task.listing.exchange().clone()).or_default();
        match task.decide(context, &frame).await {
            Ok((record, Decision::Fetch(fetch))) => {
                let record = record.as_ref().map(|(record, _)| record);
                held.add(Some(fetch), record);
                tables.add(Some(fetch), record);
                sums.add(fetch, record);
                let asked = &context.settings.asked;
                questions.add(&context.vendors, asked, &frame, task, fetch, record);
                planned.fetch = Some(fetch);
            }
            Ok((record, Decision::Skip(reason))) => {
                let record = record.as_ref().map(|(record, _)| record);
                held.add(None, record);
                tables.add(None, record);
                planned.skipped = Some(reason.explanation().to_owned());
            }
            Err(error) => planned.skipped = Some(format!("cannot be read: {error}")),
        }
        listings.push(planned);
    }
    let settings = &context.settings;
    let (checkpoints, of_month) = tables::planned_checkpoints(context, month::RUNS).await?;
    sums.checkpoints = checkpoints;
    sums.end(listings.len(), settings);
    let (requests, vendors) = (questions.requests(), questions.into_vendors());
    let minutes = minutes(settings, &vendors);
    let usage = Usage {
        requests: sums.billed(),
        seconds: minutes.map(|minutes| minutes * 60.0),
        executions: 1,
    };
    let this_year = frame.now.to_zoned(TimeZone::UTC).year();
    let month = matches!(order.intent, Intent::Daily { .. })
        .then(|| month::plan(&held, this_year, of_month, settings));
    Ok(RunPlan {
        timestamp: frame.now,
        operation: order.operation.to_string(),
        listings,
        requests,
        files: sums.files,
        vendors,
        minutes,
        operations: sums.operations,
        cost: cost::estimate(usage, &settings.costs),
        month,
    })
}

/// Minutes that the rate of the slowest vendor needs; `None` where no vendor that is asked has a limit.
fn minutes(settings: &Settings, vendors: &[PlannedVendor]) -> Option<f64> {
    let minutes = vendors.iter().filter_map(|planned| {
        let name = planned.vendor.as_str();
        let id = VendorId::ALL.into_iter().find(|id| id.name() == name)?;
        let questions = planned.by_listing + planned.days;
        let rate = settings.requests_per_second_of(id)?;
        Some(questions as f64 / rate / 60.0)
    });
    minutes.reduce(f64::max)
}

#[derive(Debug, Default)]
struct Sums {
    requests: usize,
    files: usize,
    files_read: u64,
    operations: PlannedOperations,
    tables: BTreeMap<ExchangeCode, Tables>,
    checkpoints: PlannedCheckpoints,
}

impl Held {
    /// One listing more, with the years that a run adds to its record's.
    fn add(&mut self, fetch: Option<FetchPlan>, record: Option<&CommitRecord>) {
        let named = record.into_iter().flat_map(|record| record.years.keys());
        let mut years: BTreeSet<i16> = named.copied().collect();
        years.extend(
            fetch
                .into_iter()
                .flat_map(|fetch| fetch.from.year()..=fetch.until.year()),
        );
        self.listings += u64::from(!years.is_empty());
        self.files += years.len() as u64;
        self.years.extend(years);
    }
}

/// Files of the status page, which are read and put; the reports are listed for it.
const PAGE_FILES: u64 = 4;
/// Of a run: twice three objects of each of two tables.
const DELTA_READS: u64 = 12;
/// Of a run that changes bars and no factor: a commit and the list of versions.
const DELTA_WRITES: u64 = 2;

/// What the tables for reading of one exchange are made of, as far as the work list tells: listings of
/// the exchange that are not in it cost a record and their files of the changed years more.
#[derive(Debug, Default)]
struct Tables {
    records: u64,
    files: u64,
    years: BTreeSet<i16>,
    changed: BTreeSet<i16>,
}

impl Tables {
    fn add(&mut self, fetch: Option<FetchPlan>, record: Option<&CommitRecord>) {
        let named = record.into_iter().flat_map(|record| record.years.keys());
        self.years.extend(named);
        if let Some(fetch) = fetch {
            let asked: BTreeSet<i16> = (fetch.from.year()..=fetch.until.year()).collect();
            self.files += asked.len() as u64;
            self.changed.extend(asked);
        }
        self.records += u64::from(fetch.is_some() || record.is_some());
    }

    /// The names of the exchange, its index (and once for each Delta table) and actions, and the panel of
    /// each year; of a changed year its files, of which panel and bars are made. What is committed of the
    /// listings the run knows. An event's factors are told in the report only.
    fn operations(&self) -> PlannedOperations {
        let changed = self.changed.len() as u64;
        let unchanged = self.years.difference(&self.changed).count() as u64;
        PlannedOperations {
            reads: self.files + 4 + changed + unchanged,
            writes: 2 * changed + 1,
            lists: 1,
            others: 0,
        }
    }
}

impl Sums {
    fn add(&mut self, fetch: FetchPlan, record: Option<&CommitRecord>) {
        let asked: BTreeSet<i16> = (fetch.from.year()..=fetch.until.year()).collect();
        let named = record.into_iter().flat_map(|record| record.years.keys());
        let read = named.clone().filter(|year| **year >= fetch.from.year());
        let files_read = read.count() as u64;
        let newest = named.max();
        // A rewrite of years before the newest is announced in the record first.
        let announced = newest.is_none_or(|newest| asked.iter().any(|year| year < newest));
        self.requests += 1;
        self.files += asked.len();
        self.files_read += files_read;
        let decisions = record.is_none_or(|record| record.watch.decided);
        self.operations.reads += files_read + u64::from(decisions);
        self.operations.writes += asked.len() as u64 + 1 + u64::from(announced);
    }

    /// What a run does beside its listings: it looks for the container, keeps the manifest, puts its
    /// report and, where the settings want it, the status page.
    fn end(&mut self, listings: usize, settings: &Settings) {
        let chunk = listings_per_manifest(listings, settings.fetcher.chunk_size);
        if settings.site.enabled {
            self.operations.reads += PAGE_FILES;
            self.operations.writes += PAGE_FILES;
            self.operations.lists += 1;
        }
        self.operations.reads += listings.div_ceil(chunk) as u64;
        self.operations.writes += self.requests.div_ceil(chunk) as u64 + 1;
        self.operations.others += 1;
        // The newest version of each Delta table, before the tables of exchanges and after them, and the
        // next one: its commit and the list of versions.
        if self.tables.values().any(|tables| tables.records > 0) {
            self.operations.reads += DELTA_READS;
            self.operations.writes += DELTA_WRITES;
            self.operations.reads += self.checkpoints.reads;
            self.operations.writes += self.checkpoints.writes;
            self.operations.lists += self.checkpoints.lists;
        }
        for tables in self.tables.values().filter(|tables| tables.records > 0) {
            let PlannedOperations {
                reads,
                writes,
                lists,
                others: _,
            } = tables.operations();
            self.operations.reads += reads;
            self.operations.writes += writes;
            self.operations.lists += lists;
            self.files_read += tables.files;
        }
    }

    fn billed(&self) -> BilledUsage {
        let PlannedOperations {
            reads,
            writes,
            lists,
            others,
        } = self.operations;
        BilledUsage {
            reads,
            writes,
            lists,
            others,
            bytes_out: self.files as u64 * YEAR_FILE_BYTES,
            bytes_in: self.files_read * YEAR_FILE_BYTES,
            ..BilledUsage::default()
        }
    }
}
