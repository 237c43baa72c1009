//! What a run costs where it is billed. Pure: usage and prices in, an estimate out.

use quantx_report::{CostEstimate, CostLine};
use quantx_settings::{CostHost, CostSettings};
use quantx_usage::BilledUsage;

/// Time on a host is billed in steps of this many seconds, and for one second at least.
const STEP_SECONDS: f64 = 0.1;
const GB: f64 = 1e9;

/// What a run used that somebody bills.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Usage {
    /// Of the store.
    pub(crate) requests: BilledUsage,
    /// Wall time of the one instance that ran, or of all activities; `None` if it is not known.
    pub(crate) seconds: Option<f64>,
    /// Executions of functions.
    pub(crate) executions: u64,
}

/// Prices a run. All of a month's free grants are taken to be left: net is the least it can cost.
pub(crate) fn estimate(usage: Usage, prices: &CostSettings) -> CostEstimate {
    let mut estimate = CostEstimate::new(prices.as_of, &prices.region);
    for line in blob(usage.requests, prices) {
        estimate.push(line);
    }
    if let Some(seconds) = usage.seconds {
        for line in time(seconds, usage.executions, prices) {
            estimate.push(line);
        }
    }
    estimate
}

fn blob(requests: BilledUsage, prices: &CostSettings) -> [CostLine; 7] {
    let blob = &prices.blob;
    let operations = |what: &str, n: u64, price_10k: f64| {
        let amount = n as f64;
        line(what, amount, "operations", amount / 1e4 * price_10k, 0.0)
    };
    let stored = requests.bytes_out as f64 / GB;
    let left = requests.bytes_in as f64 / GB;
    let mut egress = line(
        "egress to the internet",
        left,
        "GB",
        left * prices.egress_gb,
        prices.egress_free_gb,
    );
    // Inside the region nothing leaves it.
    egress.counted = prices.host == CostHost::Own;
    [
        operations("Blob Storage writes", requests.writes, blob.write_10k),
        operations("Blob Storage reads", requests.reads, blob.read_10k),
        operations("Blob Storage lists", requests.lists, blob.list_10k),
        operations("Blob Storage other", requests.others, blob.other_10k),
        operations("Blob Storage deletes", requests.deletes, 0.0),
        line(
            "Blob Storage, what was written kept for a month",
            stored,
            "GB months",
            stored * blob.gb_month,
            0.0,
        ),
        egress,
    ]
}

/// A month of storage of so many bytes.
pub(crate) fn stored(bytes: u64, prices: &CostSettings) -> CostLine {
    let size = bytes as f64 / GB;
    let price = size * prices.blob.gb_month;
    line(
        "Blob Storage, the lake kept for a month",
        size,
        "GB months",
        price,
        0.0,
    )
}

fn time(seconds: f64, executions: u64, prices: &CostSettings) -> [CostLine; 4] {
    let billed = (seconds / STEP_SECONDS).ceil().max(1.0 / STEP_SECONDS) * STEP_SECONDS;
    let (functions, apps) = (&prices.functions, &prices.container_apps);
    let on = |host: CostHost, mut line: CostLine| {
        line.counted = prices.host == host;
        line
    };
    let metered = |what: &str, amount: f64, unit: &str, price: f64, free: f64| {
        line(what, amount, unit, amount * price, free)
    };
    let gb_seconds = functions.memory_gib * billed;
    let execution = functions.million_executions / 1e6;
    [
        on(
            CostHost::Functions,
            metered(
                "Functions, memory",
                gb_seconds,
                "GB-s",
                functions.gb_second,
                functions.free_gb_seconds,
            ),
        ),
        on(
            CostHost::Functions,
            metered(
                "Functions, executions",
                executions as f64,
                "executions",
                execution,
                functions.free_executions,
            ),
        ),
        on(
            CostHost::ContainerApps,
            metered(
                "Container Apps, vCPU",
                apps.vcpus * billed,
                "vCPU-s",
                apps.vcpu_second,
                apps.free_vcpu_seconds,
            ),
        ),
        on(
            CostHost::ContainerApps,
            metered(
                "Container Apps, memory",
                apps.memory_gib * billed,
                "GiB-s",
                apps.gib_second,
                apps.free_gib_seconds,
            ),
        ),
    ]
}

/// A counted line; of `amount`, `free` costs nothing.
fn line(what: &str, amount: f64, unit: &str, gross: f64, free: f64) -> CostLine {
    let billed_share = if amount > 0.0 {
        (amount - free).max(0.0) / amount
    } else {
        0.0
    };
    CostLine {
        what: what.to_owned(),
        amount,
        unit: unit.to_owned(),
        gross,
        net: gross * billed_share,
        counted: true,
    }
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
