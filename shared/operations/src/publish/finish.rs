//! What every run ends with, in one process or on many: the tables for reading, and what it used.

use std::collections::BTreeSet;
use std::fmt;

use super::refresh_tables;
use crate::chunked::Used;
use crate::context::Context;
use crate::cost::{self, Usage};
use crate::listing::chain;
use quantx_market::ExchangeCode;
use quantx_report::RunReport;

/// Brings the tables of these exchanges up to date; how many are left because the context's stop
/// came. What is derived ends no run: that a table cannot be made is added to `problems`.
pub(crate) async fn tables(
    context: &Context,
    run: impl fmt::Display,
    exchanges: &BTreeSet<ExchangeCode>,
    problems: &mut Vec<String>,
) -> usize {
    let mut left = 0;
    for exchange in exchanges {
        match refresh_tables(context, exchange).await {
            Ok(tables) => {
                tracing::info!(run.id = %run, %exchange, n_made = tables.made, n_left = tables.left, "tables of {exchange}");
                left += tables.left;
            }
            Err(error) => problems.push(format!("tables of {exchange}: {}", chain(&error))),
        }
    }
    left
}

/// What the run used, and what that is estimated to cost where somebody bills it.
pub(crate) fn add_usage(context: &Context, report: &mut RunReport, used: Used) {
    report.vendor = used.vendor;
    report.store = used.store;
    report.cost = used.store.billed.map(|requests| {
        let seconds = Some(used.elapsed_ms as f64 / 1e3);
        cost::estimate(Usage { requests, seconds }, &context.settings.costs)
    });
}
