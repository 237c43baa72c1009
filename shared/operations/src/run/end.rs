//! How every run ends, in one process or on many: what is derived from its listings, and its report.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{RunOperation, Used};
use crate::context::Context;
use crate::cost::{self, Usage};
use crate::listing::chain;
use crate::scope::Scope;
use crate::tables::delta::DeltaTables;
use crate::tables::{self, Known, Parts};
use crate::{health, manifest, site};
use quantx_calendar::Calendar;
use quantx_lake::RunId;
use quantx_lake::manifest::ManifestRow;
use quantx_lake::record::CommittedFiles;
use quantx_market::ExchangeCode;
use quantx_report::page::PageListing;
use quantx_report::{ListingReport, RunReport, Thresholds, Verdict};

/// What is made of committed listings: the manifest and the tables for reading. That one of them
/// cannot be made ends no run; the report names it and is red.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    /// What could not be made, and why.
    pub(crate) problems: Vec<String>,
    /// Tables that are left to a later run because the context's stop came; at least that many.
    pub(crate) tables_left: usize,
    /// What the run knows to be committed; the records of other listings are read.
    known: Known,
}

impl Derived {
    /// Remembers what is committed of a listing.
    pub(crate) fn know(&mut self, report: &ListingReport, committed: Option<CommittedFiles>) {
        if let Some(committed) = committed {
            let name = (report.exchange.clone(), report.symbol.clone());
            self.known.insert(name, committed);
        }
    }

    /// Takes the lines into the manifest.
    pub(crate) async fn add_to_manifest(&mut self, context: &Context, rows: &[ManifestRow]) {
        if rows.is_empty() {
            return;
        }
        if let Err(error) = manifest::keep(context, rows).await {
            let problem = format!(
                "{}: the bars are stored; the next run that can, or `quantx show-manifest --rebuild`, \
                 makes the manifest again",
                chain(&error)
            );
            tracing::warn!("{problem}");
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// Brings the tables of these exchanges up to date, and then the Delta tables, each by one version that
    /// says it is of `run`, which began `at`. Once the context's stop came they are left to the next run:
    /// the report matters more.
    pub(crate) async fn make_tables(
        &mut self,
        context: &Context,
        run: &RunId,
        at: Timestamp,
        exchanges: &BTreeSet<ExchangeCode>,
    ) {
        let delta = match DeltaTables::load(context).await {
            Ok(delta) => Some(delta),
            Err(error) => {
                self.problems
                    .push(format!("Delta tables: {}", chain(&error)));
                None
            }
        };
        let parts = delta.as_ref().map_or(Parts::Read, Parts::AsNamed);
        let (problems_before, left_before) = (self.problems.len(), self.tables_left);
        for exchange in exchanges {
            if context.stop.is_requested() {
                self.tables_left += 1;
                continue;
            }
            match tables::refresh(context, exchange, parts, &self.known).await {
                Ok(done) => {
                    tracing::info!(run.id = %run, %exchange, n_made = done.made, n_left = done.left, "tables of {exchange}");
                    self.tables_left += done.left;
                }
                Err(error) => {
                    let problem = format!("tables of {exchange}: {}", chain(&error));
                    self.problems.push(problem);
                }
            }
        }
        // A version is the lake as a whole run left it.
        let is_whole = self.problems.len() == problems_before && self.tables_left == left_before;
        if delta.is_some()
            && is_whole
            && let Err(error) = tables::delta::publish(context, run, at, exchanges).await
        {
            self.problems
                .push(format!("Delta tables: {}", chain(&error)));
        }
    }

    /// Adds what could not be made to the report.
    pub(crate) fn add_to(self, report: &mut RunReport) {
        for problem in self.problems {
            report.add_problem(problem);
        }
    }
}

/// What a run did with its listings.
#[derive(Debug)]
pub(crate) struct Worked<'a> {
    pub(crate) run: &'a RunId,
    pub(crate) operation: RunOperation,
    /// The time the run is as of.
    pub(crate) began: Timestamp,
    pub(crate) elapsed_ms: u64,
    pub(crate) listings: Vec<ListingReport>,
    pub(crate) used: Used,
}

/// The run's report with its verdict, what it used, and what that is estimated to cost where somebody
/// bills it.
pub(crate) fn report(context: &Context, worked: Worked<'_>) -> RunReport {
    let settings = &context.settings;
    let limits = Thresholds {
        max_failure_rate: settings.quality.max_failure_rate,
        outage_share: settings.quality.outage_share,
        calendars: (Calendar::first_date(), Calendar::last_date()),
    };
    let (operation, used) = (worked.operation.as_str(), worked.used);
    let mut report = RunReport::new(worked.run, operation, worked.began, worked.listings, limits);
    report.elapsed_ms = worked.elapsed_ms;
    report.vendor = used.vendor;
    for (name, used) in used.vendors {
        report.vendors.entry(name).or_default().used = used;
    }
    report.notices.extend(off_notices(context, &report));
    report.store = used.store;
    report.cost = used.store.billed.map(|requests| {
        let seconds = Some(used.elapsed_ms as f64 / 1e3);
        let usage = Usage {
            requests,
            seconds,
            executions: 1,
        };
        cost::estimate(usage, &settings.costs)
    });
    report
}

/// A line for each vendor that the settings name and that is off.
fn off_notices(context: &Context, report: &RunReport) -> Vec<String> {
    let exchanges: BTreeSet<&str> = report
        .listings
        .iter()
        .map(|it| it.exchange.as_str())
        .collect();
    let is_named = |name: &str| {
        exchanges.iter().any(|exchange| {
            let code = quantx_market::ExchangeCode::parse(exchange);
            code.is_ok_and(|code| {
                let of = context.settings.asked.of(&code);
                of.order
                    .iter()
                    .chain(&of.witnesses)
                    .any(|id| id.name() == name)
            })
        })
    };
    let off = context
        .vendors
        .off
        .iter()
        .filter(|off| is_named(off.name.0));
    off.map(|off| format!("{off}; it is not asked")).collect()
}

/// Notes the run as the newest of its work list, which is what the health check asks for.
pub(crate) async fn note(context: &Context, scope: &Scope, report: &mut RunReport) {
    if let Err(problem) = health::note(context, scope, report).await {
        tracing::warn!("{problem}");
        report.add_problem(problem);
    }
}

/// Makes the status page as the run leaves it. That it cannot be made is a notice: nothing of the
/// lake is lost, and the next run makes it.
pub(crate) async fn make_site(
    context: &Context,
    report: &mut RunReport,
    listings: Vec<PageListing>,
) {
    if let Err(error) = site::publish(context, report, listings).await {
        let notice = format!(
            "the status page: {}; the next run makes it again",
            chain(&error)
        );
        tracing::warn!(run.id = %report.run, "{notice}");
        report.notices.push(notice);
    }
}

/// What the run's listings tell the status page.
pub(crate) fn pages<'a>(
    listings: impl IntoIterator<Item = &'a mut Option<Box<PageListing>>>,
) -> Vec<PageListing> {
    let pages = listings.into_iter().filter_map(Option::take);
    pages.map(|page| *page).collect()
}

/// The last line of a run, as loud as its verdict: alerts hang on it, so it has the reasons.
pub(crate) fn log(report: &RunReport) {
    let RunReport { run, operation, .. } = report;
    let (n_bars, n_failed) = (report.totals.changes.bars_added, report.results.failed);
    let (verdict, elapsed_ms) = (report.verdict, report.elapsed_ms);
    let (n_requests, n_throttled) = (report.vendor.requests, report.vendor.throttled);
    let reasons = report.reasons.join("; ");
    match verdict {
        Verdict::Red => {
            tracing::error!(
                run.id = run,
                ?verdict,
                n_bars,
                n_failed,
                n_requests,
                n_throttled,
                elapsed_ms,
                reasons,
                "{operation} ended red: {reasons}"
            );
        }
        Verdict::Yellow => {
            tracing::warn!(
                run.id = run,
                ?verdict,
                n_bars,
                n_failed,
                n_requests,
                n_throttled,
                elapsed_ms,
                reasons,
                "{operation} ended yellow: {reasons}"
            );
        }
        Verdict::Green => {
            tracing::info!(
                run.id = run,
                ?verdict,
                n_bars,
                n_failed,
                n_requests,
                n_throttled,
                elapsed_ms,
                "{operation} ended green"
            );
        }
    }
}
