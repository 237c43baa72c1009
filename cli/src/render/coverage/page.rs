//! One page for a browser: everything is inside, nothing is loaded from anywhere.

use std::cmp::Reverse;
use std::fmt::Write;

use quantx::report::{CoverageEvent, CoverageReport, EventKind};

use super::html::{Escaped, number};
use super::{grouped, heat, listings, share};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Market events of one kind on a page, the newest.
const SHOWN_EVENTS: usize = 250;

/// The whole report as a page. The bytes depend on the report alone.
pub(crate) fn coverage_page(report: &CoverageReport) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Coverage of the lake, {:.0}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        report.timestamp
    );
    page.push_str(&heading(report));
    let (maps, events) = (maps(report), events(report));
    let parts = [
        ("exchanges", "Exchanges", true),
        ("months", "Months", !maps.is_empty()),
        ("events", "Market events", events.contains("id=\"events\"")),
        ("by-listing", "Listings", true),
        ("terms", "Terms", true),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(_, _, is_there)| *is_there)
        .map(|(id, name, _)| (*id, *name))
        .collect();
    page.push_str(&contents(&parts));
    page.push_str(&exchanges(report));
    page.push_str(&maps);
    page.push_str(&events);
    page.push_str(&not_in_lake(report));
    page.push_str("<h2 id=\"by-listing\">Listings, the worst first</h2>\n");
    page.push_str(&listings::table(report));
    page.push_str(&terms(report));
    let _ = write!(page, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

fn heading(report: &CoverageReport) -> String {
    let (totals, n) = (&report.totals, report.listings.len());
    let complete = report.listings.iter().filter(|l| l.is_complete()).count();
    let behind = report.listings.iter().filter(|l| l.behind > 0).count();
    let unreadable = report.listings.iter().filter(|l| l.unreadable.is_some());
    let unreadable = unreadable.count();
    let events = report.market_events.iter();
    let outages = events.filter(|e| e.kind != EventKind::Holiday).count();
    let mut text = format!(
        "<header>\n<h1>Coverage of the lake</h1>\n<p class=\"soft\">{}, sessions up to {:.0}</p>\n<dl class=\"figures\">\n",
        Escaped(&report.selection),
        report.timestamp
    );
    let mut figure = |name: &str, value: String, note: &str, class: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "<div><dt>{name}</dt><dd{class}>{value}<small>{note}</small></dd></div>"
        );
    };
    let sessions = format!("of {} sessions", grouped(totals.expected));
    let listings = format!("of {} listings", grouped(n));
    figure("present", share(totals), &sessions, "");
    let mut count = |name, n, note, class| figure(name, grouped(n), note, class);
    count("missing", totals.missing, "sessions", alarm(totals.missing));
    count(
        "excused",
        totals.excused,
        "sessions, for a known reason",
        "",
    );
    count("complete", complete, &listings, "");
    count(
        "behind",
        behind,
        "listings without the last session",
        alarm(behind),
    );
    count(
        "market events",
        outages,
        "sessions most of a market lacks",
        alarm(outages),
    );
    let absent = report.not_in_lake.len();
    if absent > 0 {
        count(
            "not in the lake",
            absent,
            "listings of the selection",
            alarm(absent),
        );
    }
    if unreadable > 0 {
        count(
            "unreadable",
            unreadable,
            "damaged listings",
            alarm(unreadable),
        );
    }
    text + "</dl>\n</header>\n"
}

/// Links to the parts that are there.
fn contents(parts: &[(&str, &str)]) -> String {
    let links: Vec<String> = parts
        .iter()
        .map(|(id, name)| format!("<a href=\"#{id}\">{name}</a>"))
        .collect();
    format!("<nav>{}</nav>\n", links.join(" "))
}

/// The class of a figure that should be 0.
fn alarm(n: usize) -> &'static str {
    if n > 0 { " class=\"alarm\"" } else { "" }
}

fn exchanges(report: &CoverageReport) -> String {
    let mut text = "<h2 id=\"exchanges\">Exchanges</h2>\n<div class=\"scroll\"><table>\n<thead><tr>\
         <th scope=\"col\">exchange</th><th scope=\"col\" class=\"n\">share</th>\
         <th scope=\"col\" class=\"n\">missing</th><th scope=\"col\" class=\"n\">listings</th>\
         <th scope=\"col\" class=\"n\">complete</th><th scope=\"col\" class=\"n\">behind</th>\
         <th scope=\"col\" class=\"n\">not in the lake</th><th scope=\"col\" class=\"n\">excused</th>\
         <th scope=\"col\" class=\"n\">present</th><th scope=\"col\" class=\"n\">expected</th>\
         <th scope=\"col\">last session</th><th scope=\"col\">calendar</th></tr></thead>\n<tbody>\n"
        .to_owned();
    for exchange in &report.exchanges {
        let approximate = if exchange.approximate {
            " (weekdays)"
        } else {
            ""
        };
        let cells = &exchange.cells;
        let counts = [
            cells.missing,
            exchange.listings,
            exchange.complete,
            exchange.behind,
            exchange.not_in_lake,
            cells.excused,
            cells.present,
            cells.expected,
        ];
        let counts = counts.map(|n| format!("<td class=\"n\">{}</td>", grouped(n)));
        let _ = writeln!(
            text,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>{}<td>{}</td><td>{}{approximate}</td></tr>",
            Escaped(&exchange.exchange),
            share(cells),
            counts.concat(),
            exchange.due.map(|due| due.to_string()).unwrap_or_default(),
            Escaped(&exchange.mic),
        );
    }
    text + "</tbody></table></div>\n"
}

fn maps(report: &CoverageReport) -> String {
    let maps: String = report.exchanges.iter().map(heat::heat_map).collect();
    if maps.is_empty() {
        return String::new();
    }
    format!(
        "<h2 id=\"months\">Share present by month</h2>\n{}<div class=\"maps\">\n{maps}</div>\n",
        heat::legend()
    )
}

fn events(report: &CoverageReport) -> String {
    let of_kind = |is_wanted: fn(EventKind) -> bool| {
        let mut events: Vec<_> = report.market_events.iter().collect();
        events.retain(|event| is_wanted(event.kind));
        events.sort_by_key(|event| Reverse(event.date));
        events
    };
    let mut text = String::new();
    let outages = of_kind(|kind| kind != EventKind::Holiday);
    if !outages.is_empty() {
        let _ = write!(
            text,
            "<h2 id=\"events\">Market events</h2>\n<p class=\"soft\">Sessions that more than {:.0} % of an exchange's \
             listings lack. They are not among the holes below.</p>\n{}",
            report.outage_share * 100.0,
            events_table(&outages)
        );
    }
    let holidays = of_kind(|kind| kind == EventKind::Holiday);
    if !holidays.is_empty() {
        let _ = write!(
            text,
            "<details><summary>{} sessions of approximate calendars that are most likely holidays</summary>\n{}</details>\n",
            grouped(holidays.len()),
            events_table(&holidays)
        );
    }
    text
}

fn events_table(events: &[&CoverageEvent]) -> String {
    let mut text = "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">session</th>\
         <th scope=\"col\">exchange</th><th scope=\"col\" class=\"n\">lacking</th>\
         <th scope=\"col\" class=\"n\">of listings</th><th scope=\"col\">reading</th></tr></thead>\n<tbody>\n"
        .to_owned();
    for event in events.iter().take(SHOWN_EVENTS) {
        let _ = writeln!(
            text,
            "<tr><th scope=\"row\">{}</th><td>{}</td>{}{}<td>{}</td></tr>",
            event.date,
            Escaped(&event.exchange),
            number(event.lacking),
            number(event.listings),
            event.kind.reading(),
        );
    }
    text.push_str("</tbody></table></div>\n");
    let more = events.len().saturating_sub(SHOWN_EVENTS);
    if more > 0 {
        let _ = writeln!(
            text,
            "<p class=\"soft\">and {} older ones (--json)</p>",
            grouped(more)
        );
    }
    text
}

fn not_in_lake(report: &CoverageReport) -> String {
    if report.not_in_lake.is_empty() {
        return String::new();
    }
    format!(
        "<h2>Not in the lake</h2>\n<p>{}</p>\n",
        Escaped(&report.not_in_lake.join(", "))
    )
}

fn terms(report: &CoverageReport) -> String {
    format!(
        "<footer id=\"terms\">\n<dl>\n\
         <dt>expected</dt><dd>Sessions of the exchange from the first date asked for, or the listing's first \
         trade if that is later, to the last session that is over.</dd>\n\
         <dt>excused</dt><dd>No row, and the vendor was asked for it on {} days or more; or the calendar is \
         approximate there and it may be a holiday; or a person rejected its row.</dd>\n\
         <dt>missing</dt><dd>No row and no excuse; a row in quarantine is none.</dd>\n\
         <dt>behind</dt><dd>Sessions that are over and later than the listing's last row.</dd>\n\
         </dl>\n</footer>\n",
        report.hole_asks
    )
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
