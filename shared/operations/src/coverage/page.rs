//! The status page of what lies in the lake, made without a run.

use std::collections::BTreeMap;

use super::visit::Looks;
use super::{Scope, look};
use crate::context::Context;
use crate::error::OperationError;
use crate::site;
use quantx_report::CoverageReport;
use quantx_report::page::{Page, PageEvent};

/// Counts the cells of `scope` as [`survey`](super::survey) does, and makes the page of it: every
/// commit record is read, files only where no run has drawn the listing as it is. Writes nothing.
///
/// # Errors
/// As [`survey`](super::survey).
pub async fn survey_with_page(
    context: &Context,
    scope: Scope,
) -> Result<(CoverageReport, Page), OperationError> {
    let known = site::known(context).await?.listings.into_iter();
    let known: BTreeMap<_, _> = known
        .map(|listing| ((listing.exchange.clone(), listing.symbol.clone()), listing))
        .collect();
    let (report, listings) = look(context, scope, &Looks::Page(&known)).await?;
    let history = site::history(context, report.timestamp).await?;
    let events = report.market_events.iter().map(PageEvent::from).collect();
    let (now, scope) = (report.timestamp, report.selection.clone());
    let mut parts = site::parts(context, now, scope, listings, events, history);
    parts.not_in_lake.clone_from(&report.not_in_lake);
    let page = site::page(context, parts).await?;
    Ok((report, page))
}
