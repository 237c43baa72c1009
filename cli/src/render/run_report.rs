//! What a run did: sums, the verdict, and the listings that need a look.

use std::collections::BTreeMap;

use quantx::lake::remarks::{About, Remark};
use quantx::lake::{LakeKey, RunId};
use quantx::report::{Certificate, ListingReport, Outcome, RowCounts, RunReport, Verdict};

use super::{json, table};
use crate::args::Format;
use quantx::report::{bytes, duration_ms, grouped};

/// Listings that are shown one by one; the report in the lake has all.
const SHOWN: usize = 20;

/// Tables for people, or the [`RunReport`] as JSON.
pub(crate) fn run_report(report: &RunReport, format: Format) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    Ok(format!("{}{}", attention(report), summary(report)))
}

fn summary(report: &RunReport) -> String {
    let (totals, vendor, store) = (&report.totals, &report.vendor, &report.store);
    let (changes, rows, coverage) = (totals.changes, totals.rows, totals.coverage);
    let outcomes: Vec<String> = report
        .outcomes
        .iter()
        .map(|(outcome, n)| format!("{} {}", grouped(*n), outcome.replace('_', " ")))
        .collect();
    let mut lines = table::table();
    let mut line = |name: &str, text: String| {
        lines.add_row([name.to_owned(), text]);
    };
    line(
        "operation",
        format!("{} as of {:.0}", report.operation, report.timestamp),
    );
    line(
        "listings",
        format!(
            "{} ({})",
            grouped(report.symbols_processed),
            outcomes.join(", ")
        ),
    );
    line(
        "bars",
        format!(
            "{} added, {} prices and {} volumes corrected, {} rows refused",
            grouped(changes.bars_added),
            grouped(changes.prices_corrected),
            grouped(changes.volumes_corrected),
            grouped(rows.refused),
        ),
    );
    line(
        "actions",
        format!(
            "{} added, {} revised, {} removed",
            grouped(changes.actions_added),
            grouped(changes.actions_revised),
            grouped(changes.actions_removed),
        ),
    );
    line(
        "coverage",
        format!(
            "{} sessions expected: {} present, {} excused, {} missing",
            grouped(coverage.expected),
            grouped(coverage.present),
            grouped(coverage.excused),
            grouped(coverage.missing),
        ),
    );
    let unusual = unusual(&rows);
    if !unusual.is_empty() {
        line("unusual, stored", unusual);
    }
    if totals.standing > 0 {
        let n = grouped(totals.standing);
        line(
            "standing",
            format!("{n} flags of earlier days, nothing new; `quantx flags` shows them"),
        );
    }
    let certificate = &report.certificate;
    line(
        "certificate",
        format!(
            "{} files with {} rows; {}",
            grouped(certificate.files),
            grouped(certificate.rows),
            completeness(certificate),
        ),
    );
    for (lineages, rows) in &certificate.confirmed {
        let rows = grouped(*rows);
        line(
            "confirmed",
            format!("{rows} sessions by {lineages} lineages"),
        );
    }
    if certificate.files > 0 {
        // Every file before it was written; the rules of `quality.rules` look at what is new.
        let rules = certificate.invariants.iter();
        let rules: Vec<String> = rules.map(|rule| rule.replace('_', " ")).collect();
        line("checked for", rules.join(", "));
    }
    line(
        "vendor",
        format!(
            "{} requests, {} retries, {} throttled, {} received, {} waited for the rate limit",
            grouped(vendor.requests),
            grouped(vendor.retries),
            grouped(vendor.throttled),
            bytes(vendor.bytes),
            duration_ms(vendor.throttle_wait_ms),
        ),
    );
    for (name, share) in &report.vendors {
        let answered = format!("answered for {} listings", grouped(share.listings));
        let requests = grouped(usize::try_from(share.used.requests).unwrap_or(usize::MAX));
        line(name, format!("{answered}, {requests} requests"));
    }
    line(
        "lake",
        format!(
            "{} year files written; {} in {} writes, {} in {} reads",
            grouped(totals.files_written),
            bytes(store.bytes_written),
            grouped(store.writes),
            bytes(store.bytes_read),
            grouped(store.reads),
        ),
    );
    if let Some(billed) = &store.billed {
        line(
            "requests",
            format!(
                "{} writes, {} reads, {} lists, {} other, {} deletes; {} out, {} in",
                grouped(billed.writes),
                grouped(billed.reads),
                grouped(billed.lists),
                grouped(billed.others),
                grouped(billed.deletes),
                bytes(billed.bytes_out),
                bytes(billed.bytes_in),
            ),
        );
    }
    if let Some(cost) = &report.cost {
        line("cost, estimated", super::cost::cost(cost));
    }
    line("elapsed", duration_ms(report.elapsed_ms));
    line("report", path(&report.run));
    let verdict = match report.verdict {
        Verdict::Green => "green",
        Verdict::Yellow => "yellow: some listings need a look",
        Verdict::Red => "red",
    };
    let reasons = report.reasons.iter().chain(&report.notices);
    let reasons = reasons.map(String::as_str);
    line(
        "verdict",
        [verdict]
            .into_iter()
            .chain(reasons)
            .collect::<Vec<_>>()
            .join("\n"),
    );
    table::text(&lines)
}

/// What of the good rows is not as most rows are; empty if nothing is.
fn unusual(rows: &RowCounts) -> String {
    let counts = [
        (rows.incomplete, "with an unknown price or volume"),
        (rows.outside_range, "with open or close outside low..high"),
        (
            rows.coarse_volume,
            "with a volume known to no better than 1 %",
        ),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = counts
        .map(|(count, what)| format!("{} rows {what}", grouped(count)))
        .collect();
    parts.join(", ")
}

/// Where the whole report lies in the lake.
fn path(run: &str) -> String {
    match RunId::parse(run) {
        Ok(run) => LakeKey::Report { run }.path(),
        Err(_) => run.to_owned(),
    }
}

/// The listings that need a look; empty if there is none.
fn attention(report: &RunReport) -> String {
    let mut listings: Vec<(&ListingReport, String)> = report
        .listings
        .iter()
        .filter_map(|l| Some((l, reason(l)?)))
        .collect();
    if listings.is_empty() {
        return String::new();
    }
    // Those that were only not reached come last.
    listings.sort_by_key(|(listing, _)| listing.outcome == Outcome::NotReached);
    let mut lines = table::headed(["symbol", "outcome", "needs a look because"], &[]);
    for (listing, reason) in listings.iter().take(SHOWN) {
        let outcome = listing.outcome.as_str().replace('_', " ");
        lines.add_row([listing.symbol.clone(), outcome, reason.clone()]);
    }
    let mut text = table::text(&lines);
    if let Some(more) = listings.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("and {} more, in the report\n", grouped(more)));
    }
    text
}

/// Why somebody should look at the listing, if somebody should, and what to type next.
fn reason(listing: &ListingReport) -> Option<String> {
    let symbol = listing.symbol.as_str();
    let mut reasons = Vec::new();
    match listing.outcome {
        Outcome::Updated | Outcome::Unchanged | Outcome::Skipped => {}
        Outcome::NotReached => reasons.push("its turn did not come; run again".to_owned()),
        _ => reasons.extend(listing.detail.clone().or_else(|| listing.kind.clone())),
    }
    for held in listing.held_events() {
        let vendor = &held.event.vendor;
        reasons.push(format!(
            "a cash event of {} is held out of Adj Close ({}): {}; {}",
            vendor.ex_date,
            held.event.rule,
            held.event.reason,
            held.next.as_deref().unwrap_or_default()
        ));
    }
    reasons.extend(remarks(listing));
    if listing.new_holes > 0 {
        reasons.push(format!(
            "{} of {} missing sessions are new; quantx coverage --symbols {symbol}",
            grouped(listing.new_holes),
            grouped(listing.coverage.missing)
        ));
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// What is said of the listing, one part for each kind and rule.
fn remarks(listing: &ListingReport) -> Vec<String> {
    let mut by_rule: BTreeMap<(About, &str), Vec<&Remark>> = BTreeMap::new();
    for remark in &listing.remarks {
        let key = (remark.about, remark.rule.as_str());
        by_rule.entry(key).or_default().push(remark);
    }
    let parts = by_rule.into_iter().map(|((about, rule), remarks)| {
        let symbol = &listing.symbol;
        let newest = remarks.last().map_or("", |remark| remark.detail.as_str());
        let dates = match remarks.as_slice() {
            [one] => format!("of {}", one.date),
            [first, .., last] => format!(
                "of {} dates from {} to {}",
                grouped(remarks.len()),
                first.date,
                last.date
            ),
            [] => String::new(),
        };
        let (what, next) = match about {
            About::RefusedRow | About::Contradiction => (
                "rows in quarantine",
                format!("quantx quarantine list --symbols {symbol}"),
            ),
            About::RefusedEvent => ("events not applied", flags(symbol)),
            About::AdjustedClose => ("closes", flags(symbol)),
            About::ClosedDay => ("rows not stored", flags(symbol)),
            About::Suspect => ("suspect", flags(symbol)),
        };
        format!("{what} {dates} ({rule}): {newest}; {next}")
    });
    parts.collect()
}

fn flags(symbol: &str) -> String {
    format!("quantx flags --symbols {symbol}")
}
/// What the certificate says of the expected sessions. Excused ones are not claimed to be there.
fn completeness(certificate: &Certificate) -> String {
    let cells = certificate.coverage;
    match (certificate.complete, cells.excused) {
        (true, 0) => "every expected session is present".to_owned(),
        (true, excused) => format!(
            "no session is missing; {} are excused: nobody has a row, or the calendar is not sure of the day",
            grouped(excused)
        ),
        (false, _) => format!(
            "not complete: {} sessions missing, {} listings unproven",
            grouped(cells.missing),
            grouped(certificate.unproven)
        ),
    }
}
