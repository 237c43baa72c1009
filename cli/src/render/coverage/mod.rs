//! What the lake holds of what it should hold: tables or JSON.

use quantx::lake::gaps::Coverage;
use quantx::report::page::percent;
use quantx::report::{
    CoverageReport, EventKind, HoleRange, ListingCoverage, grouped, holidays_to_confirm,
};

use super::{json, table};
use crate::args::Format;

/// Holes of one listing that are shown on a terminal.
const SHOWN_HOLES: usize = 4;
/// Market events that are shown on a terminal, the newest.
const SHOWN_EVENTS: usize = 12;
/// Probable holidays that are named on a terminal, the newest.
const SHOWN_HOLIDAYS: usize = 40;
/// Listings without any row that are named on a terminal.
const SHOWN_ABSENTEES: usize = 30;

/// Tables for people with at most `limit` listings, or the [`CoverageReport`] as JSON.
pub(crate) fn coverage(
    report: &CoverageReport,
    limit: usize,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    Ok([
        listings_table(report, limit),
        events_table(report),
        exchanges_table(report),
        closing(report),
    ]
    .concat())
}

fn listings_table(report: &CoverageReport, limit: usize) -> String {
    if report.listings.is_empty() {
        return String::new();
    }
    let header = [
        "symbol", "first", "last", "expected", "present", "excused", "missing", "behind", "holes",
    ];
    let mut lines = table::headed(header, &[3, 4, 5, 6, 7]);
    for listing in report.listings.iter().take(limit) {
        let date =
            |date: Option<quantx::market::Date>| date.map(|d| d.to_string()).unwrap_or_default();
        lines.add_row([
            listing.symbol.clone(),
            date(listing.first),
            date(listing.last),
            grouped(listing.cells.expected),
            grouped(listing.cells.present),
            grouped(listing.cells.excused),
            grouped(listing.cells.missing),
            grouped(listing.behind),
            remarks(listing),
        ]);
    }
    let mut text = table::text(&lines);
    let more = report.listings.len().saturating_sub(limit);
    if more > 0 {
        text.push_str(&format!(
            "and {} more listings, none of them worse (--limit, --json, --html)\n",
            grouped(more)
        ));
    }
    text
}

/// What cannot be read, and the newest holes.
fn remarks(listing: &ListingCoverage) -> String {
    let mut parts: Vec<String> = listing.unreadable.iter().cloned().collect();
    // What is missing comes first, and of that the newest.
    let mut holes: Vec<&HoleRange> = listing.holes.iter().collect();
    holes.sort_by_key(|hole| (hole.absence, std::cmp::Reverse(hole.first)));
    parts.extend(holes.iter().take(SHOWN_HOLES).map(|hole| hole.to_string()));
    let more = holes.len().saturating_sub(SHOWN_HOLES);
    if more > 0 {
        parts.push(format!("and {} more", grouped(more)));
    }
    if listing.in_market_events > 0 {
        parts.push(format!(
            "{} in market events",
            grouped(listing.in_market_events)
        ));
    }
    parts.join("\n")
}

fn events_table(report: &CoverageReport) -> String {
    let is_shown = |kind| kind != EventKind::Holiday;
    let mut events: Vec<_> = report
        .market_events
        .iter()
        .filter(|event| is_shown(event.kind))
        .collect();
    let mut text = String::new();
    if !events.is_empty() {
        events.sort_by_key(|event| std::cmp::Reverse(event.date));
        let mut lines = table::headed(["exchange", "sessions", "lacking", "market event"], &[2]);
        for event in events.iter().take(SHOWN_EVENTS) {
            lines.add_row([
                event.exchange.clone(),
                event.dates(),
                format!("{} of {}", grouped(event.lacking), grouped(event.listings)),
                event.kind.reading().to_owned(),
            ]);
        }
        text.push_str(&table::text(&lines));
    }
    let more = events.len().saturating_sub(SHOWN_EVENTS);
    if more > 0 {
        text.push_str(&format!("and {} older market events\n", grouped(more)));
    }
    let holidays = report.market_events.len() - events.len();
    if holidays > 0 {
        text.push_str(&format!(
            "{} sessions of approximate calendars are most likely holidays\n",
            grouped(holidays)
        ));
        for (exchange, dates) in report.probable_holidays() {
            let older = dates.len().saturating_sub(SHOWN_HOLIDAYS);
            text.push_str(&holidays_to_confirm(exchange, &dates[older..]));
            text.push('\n');
            if older > 0 {
                text.push_str(&format!("and {} older ones (--json)\n", grouped(older)));
            }
        }
    }
    text
}

fn exchanges_table(report: &CoverageReport) -> String {
    let header = [
        "exchange", "due", "listings", "complete", "behind", "expected", "present", "excused",
        "missing", "share",
    ];
    let mut lines = table::headed(header, &[2, 3, 4, 5, 6, 7, 8, 9]);
    for exchange in &report.exchanges {
        let calendar = if exchange.approximate {
            ", approximate"
        } else {
            ""
        };
        lines.add_row([
            format!("{} ({}{calendar})", exchange.exchange, exchange.mic),
            exchange
                .due
                .map(|date| date.to_string())
                .unwrap_or_default(),
            grouped(exchange.listings),
            grouped(exchange.complete),
            grouped(exchange.behind),
            grouped(exchange.cells.expected),
            grouped(exchange.cells.present),
            grouped(exchange.cells.excused),
            grouped(exchange.cells.missing),
            share(&exchange.cells),
        ]);
    }
    if report.exchanges.is_empty() {
        return String::new();
    }
    table::text(&lines)
}

/// `99.97 %`: rounded down, so that only a full lake has 100 %.
fn share(cells: &Coverage) -> String {
    if cells.expected == 0 {
        return String::new();
    }
    percent(cells.present as f64 / cells.expected as f64)
}

fn closing(report: &CoverageReport) -> String {
    let totals = &report.totals;
    let mut text = String::new();
    if !report.not_in_lake.is_empty() {
        let named: Vec<&str> = report
            .not_in_lake
            .iter()
            .take(SHOWN_ABSENTEES)
            .map(String::as_str)
            .collect();
        let more = report.not_in_lake.len() - named.len();
        let more = match more {
            0 => String::new(),
            more => format!(" and {} more", grouped(more)),
        };
        text.push_str(&format!(
            "not in the lake ({}): {}{more}; never fetched, or members whose prices nobody has\n",
            grouped(report.not_in_lake.len()),
            named.join(", "),
        ));
    }
    text.push_str(&format!(
        "{} as of {:.0}: {} listings, {} sessions expected: {} present, {} excused, {} missing\n",
        report.selection,
        report.timestamp,
        grouped(report.listings.len()),
        grouped(totals.expected),
        grouped(totals.present),
        grouped(totals.excused),
        grouped(totals.missing),
    ));
    text
}
