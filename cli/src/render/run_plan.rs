//! What a run would do.

use quantx::operations::{MonthPlan, PlannedVendor, RunPlan};

use super::{json, table};
use crate::args::Format;
use quantx::report::{bytes, duration_ms, grouped};

/// A table of listings with their questions and a line of sums, or the [`RunPlan`] as JSON.
pub(crate) fn run_plan(plan: &RunPlan, format: Format) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(plan);
    }
    let header = [
        "symbol",
        "exchange",
        "from",
        "until",
        "sessions due",
        "not asked because",
    ];
    let mut listings = table::headed(header, &[4]);
    for listing in &plan.listings {
        let (from, until, due) = match listing.fetch {
            Some(fetch) => (
                fetch.from.to_string(),
                fetch.until.to_string(),
                fetch.due.to_string(),
            ),
            None => Default::default(),
        };
        let skipped = listing.skipped.clone().unwrap_or_default();
        listings.add_row([
            listing.symbol.clone(),
            listing.exchange.clone(),
            from,
            until,
            due,
            skipped,
        ]);
    }
    let time = match plan.minutes {
        // Minutes of a plan are few enough for any float to hold.
        Some(minutes) => format!(
            "about {} at the configured rate",
            duration_ms((minutes * 60_000.0) as u64)
        ),
        None => "no rate limit".to_owned(),
    };
    let vendors = vendors(&plan.vendors);
    let month = plan.month.as_ref().map(month).unwrap_or_default();
    Ok(format!(
        "{}dry run of {} as of {:.0}: {} listings, {} requests, up to {} files, {time}; nothing was written\n\
         up to {} writes and {} reads of the lake; in Blob Storage about {}\n{vendors}{month}",
        table::text(&listings),
        plan.operation,
        plan.timestamp,
        grouped(plan.listings.len()),
        grouped(plan.requests),
        grouped(plan.files),
        grouped(plan.operations.writes),
        grouped(plan.operations.reads),
        super::cost::cost(&plan.cost),
    ))
}

/// A line for each vendor; nothing where Yahoo alone is asked, whose requests are those of the plan.
fn vendors(planned: &[PlannedVendor]) -> String {
    let is_usual = |it: &PlannedVendor| it.vendor == "yahoo" && it.by_date == 0;
    if planned.len() <= 1 && planned.iter().all(is_usual) {
        return String::new();
    }
    let lines = planned.iter().map(|it| {
        let ways = [
            (it.by_date > 0).then(|| {
                format!(
                    "{} listings by {} days",
                    grouped(it.by_date),
                    grouped(it.days)
                )
            }),
            (it.by_listing > 0).then(|| format!("{} listings one by one", grouped(it.by_listing))),
            (!it.is_first).then(|| "to confirm".to_owned()),
        ];
        let ways: Vec<String> = ways.into_iter().flatten().collect();
        format!(
            "{}: {}; {} requests, {} units\n",
            it.vendor,
            ways.join(", "),
            grouped(it.requests),
            grouped(it.units)
        )
    });
    lines.collect()
}

/// What a month of daily updates uses, in two lines.
fn month(month: &MonthPlan) -> String {
    format!(
        "a month of daily updates, once all have their history: {} runs, {} requests, up to {} writes and {} reads, \
         a lake of about {}; about {}\n",
        grouped(month.runs),
        grouped(month.requests),
        grouped(month.operations.writes),
        grouped(month.operations.reads),
        bytes(month.lake_bytes),
        super::cost::cost(&month.cost),
    )
}
