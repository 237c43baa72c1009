//! What a month of daily updates uses, once every listing has its history. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{PlannedOperations, Sums, Tables, YEAR_FILE_BYTES};
use crate::cost::{self, Usage};
use crate::tables::PlannedCheckpoints;
use quantx_market::ExchangeCode;
use quantx_report::CostEstimate;
use quantx_settings::{CostHost, Settings};
use quantx_usage::BilledUsage;

/// Daily updates in a month: one after each session of a market, of which a year has about 260.
pub(super) const RUNS: u64 = 22;
/// Of a chunk on Azure: its work list, its report before and after it worked, and once more at the end.
const READS_OF_A_CHUNK: u64 = 4;
/// Listings after which a chunk on Azure stores its report.
const LISTINGS_PER_REPORT: u64 = 25;
/// Executions of a run on Azure beside its chunks: timer, plan, publish and turns of the orchestrator.
const EXECUTIONS: u64 = 5;
/// `panel/` and the Delta tables together are about as large as the year files they are made of.
const WITH_TABLES: u64 = 2;

/// A month of daily updates of the planned listings.
#[derive(Debug, Clone, Serialize)]
pub struct MonthPlan {
    /// Daily updates.
    pub runs: u64,
    /// Requests to the vendor, if none is repeated.
    pub requests: u64,
    /// What the store is asked.
    pub operations: PlannedOperations,
    /// Size of the lake with its tables for reading, in bytes.
    pub lake_bytes: u64,
    /// What that costs, the lake's storage included.
    pub cost: CostEstimate,
}

/// The listings of an exchange and what they have in the lake once the planned run is done.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) listings: u64,
    pub(super) years: BTreeSet<i16>,
    pub(super) files: u64,
}

/// Plans the month: on each day each listing has one new session of the year `this_year`. `checkpoints` are
/// those of the whole month.
pub(super) fn plan(
    held: &BTreeMap<ExchangeCode, Held>,
    this_year: i16,
    checkpoints: PlannedCheckpoints,
    settings: &Settings,
) -> MonthPlan {
    let (chunk, costs) = (settings.fetcher.chunk_size.get(), &settings.costs);
    let listings: u64 = held.values().map(|of| of.listings).sum();
    let n = usize::try_from(listings).unwrap_or(usize::MAX);
    let mut day = Sums {
        requests: n,
        files: n,
        files_read: listings,
        ..Sums::default()
    };
    // Of each listing the record and the newest year file are read and put.
    day.operations.reads = 2 * listings;
    day.operations.writes = 2 * listings;
    for (exchange, of) in held {
        let tables = Tables {
            records: of.listings,
            files: of.listings,
            years: of.years.clone(),
            changed: [this_year].into(),
        };
        day.tables.insert(exchange.clone(), tables);
    }
    day.end(n, settings);
    let chunks = listings.div_ceil(chunk as u64);
    if costs.host == CostHost::Functions {
        day.operations.reads += READS_OF_A_CHUNK * chunks;
        day.operations.writes += 1 + listings.div_ceil(LISTINGS_PER_REPORT);
    }
    let rate = settings.yahoo.requests_per_second;
    let billed = day.billed();
    let usage = Usage {
        requests: BilledUsage {
            reads: billed.reads * RUNS + checkpoints.reads,
            writes: billed.writes * RUNS + checkpoints.writes,
            lists: billed.lists * RUNS + checkpoints.lists,
            others: billed.others * RUNS,
            // A year file that is put again replaces itself: the lake's size is priced instead.
            bytes_out: 0,
            bytes_in: billed.bytes_in * RUNS,
            ..BilledUsage::default()
        },
        seconds: rate.map(|per_second| (listings * RUNS) as f64 / per_second),
        executions: RUNS * (chunks + EXECUTIONS),
    };
    let files: u64 = held.values().map(|of| of.files).sum();
    // A record is about as large as a year file.
    let lake_bytes = (WITH_TABLES * files + listings) * YEAR_FILE_BYTES;
    let mut estimate = cost::estimate(usage, costs);
    estimate.push(cost::stored(lake_bytes, costs));
    MonthPlan {
        runs: RUNS,
        requests: listings * RUNS,
        operations: PlannedOperations {
            reads: usage.requests.reads,
            writes: usage.requests.writes,
            lists: usage.requests.lists,
            others: usage.requests.others,
        },
        lake_bytes,
        cost: estimate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quantx_settings::{EnvMap, Overrides};

    fn month(listings: u64, change: fn(&mut Settings)) -> MonthPlan {
        let settings = Settings::resolve(None, None, &EnvMap::default(), &Overrides::default());
        let mut settings = settings.unwrap();
        settings.site.enabled = false;
        change(&mut settings);
        let held = Held {
            listings,
            years: (2006..=2025).collect(),
            files: 20 * listings,
        };
        let exchange = ExchangeCode::parse("us").unwrap();
        let checkpoints = PlannedCheckpoints::default();
        plan(&[(exchange, held)].into(), 2025, checkpoints, &settings)
    }

    fn gross(month: &MonthPlan, what: &str) -> f64 {
        let lines = month.cost.lines.iter();
        lines
            .filter(|line| line.what.starts_with(what))
            .map(|line| line.gross)
            .sum()
    }

    #[test]
    fn a_month_is_its_days_and_the_storage_of_the_lake() {
        let month = month(500, |_| ());
        assert_eq!((month.runs, month.requests), (22, 11_000));
        // As a run of such a lake in a container does: 1,011 writes.
        assert_eq!(month.operations.writes, 22 * 1_011);
        assert_eq!(month.operations.lists, 22);
        // 10,000 files and as much again in tables, and 500 records.
        assert_eq!(month.lake_bytes, 20_500 * YEAR_FILE_BYTES);
        let stored = gross(&month, "Blob Storage, the lake kept");
        let others = gross(&month, "Blob Storage, what was written");
        assert!(stored > 0.0 && others == 0.0, "{:#?}", month.cost);
    }

    #[test]
    fn chunks_on_azure_and_the_status_page_cost_what_they_read_and_write() {
        let bare = month(500, |_| ()).operations;
        let page = month(500, |settings| settings.site.enabled = true).operations;
        assert_eq!(page.reads - bare.reads, 22 * 4);
        assert_eq!(page.writes - bare.writes, 22 * 4);
        let azure = month(500, |settings| settings.costs.host = CostHost::Functions);
        assert_eq!(azure.operations.reads - bare.reads, 22 * 5 * 4);
        assert_eq!(azure.operations.writes - bare.writes, 22 * 21);
        assert!(gross(&azure, "Functions, executions") > 0.0);
        assert_eq!(month(0, |_| ()).requests, 0);
    }
}
