//! The table of listings: the worst first, sortable where scripts may run.

use std::cmp::Reverse;
use std::fmt::Write;

use quantx::report::{CoverageReport, HoleRange, ListingCoverage};

use super::html::{Escaped, number};
use super::{grouped, share, why};

/// Holes on one page; with more the page would no longer open at once.
const MAX_HOLES: usize = 60_000;
/// Holes of one listing that are always shown, and those that are shown at most.
const HOLES_OF_ONE: std::ops::RangeInclusive<usize> = 4..=60;
/// As many are shown without a click.
const SHOWN_AT_ONCE: usize = 2;

/// A row per listing.
pub(super) fn table(report: &CoverageReport) -> String {
    let lacking = report.listings.iter().filter(|l| !l.holes.is_empty());
    let room = MAX_HOLES / lacking.count().max(1);
    let room = room.clamp(*HOLES_OF_ONE.start(), *HOLES_OF_ONE.end());
    let mut text = "<div class=\"scroll\"><table id=\"listings\">\n<thead><tr>\
         <th scope=\"col\">symbol</th><th scope=\"col\" class=\"n\">share</th>\
         <th scope=\"col\" class=\"n\">missing</th><th scope=\"col\" class=\"n\">behind</th>\
         <th scope=\"col\">holes</th><th scope=\"col\" class=\"n\">excused</th>\
         <th scope=\"col\" class=\"n\">present</th><th scope=\"col\" class=\"n\">expected</th>\
         <th scope=\"col\">first</th><th scope=\"col\">last</th><th scope=\"col\">exchange</th>\
         </tr></thead>\n<tbody>\n"
        .to_owned();
    for listing in &report.listings {
        text.push_str(&row(listing, room));
    }
    text + "</tbody></table></div>\n"
}

fn row(listing: &ListingCoverage, room: usize) -> String {
    let date = |date: Option<quantx::market::Date>| date.map(|d| d.to_string()).unwrap_or_default();
    let cells = &listing.cells;
    let missing = match cells.missing {
        0 => number(0),
        n => format!("<td class=\"n alarm\">{}</td>", grouped(n)),
    };
    let sort_share = cells.present as f64 / cells.expected.max(1) as f64;
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"n\" data-v=\"{sort_share:.6}\">{}</td>{missing}{}\
         <td class=\"wide\" data-v=\"{}\">{}</td>{}{}{}<td>{}</td><td>{}</td><td>{}</td></tr>\n",
        Escaped(&listing.symbol),
        share(cells),
        number(listing.behind),
        listing.holes.len(),
        holes(listing, room),
        number(cells.excused),
        number(cells.present),
        number(cells.expected),
        date(listing.first),
        date(listing.last),
        Escaped(&listing.exchange),
    )
}

fn holes(listing: &ListingCoverage, room: usize) -> String {
    let mut text = String::new();
    if let Some(reason) = &listing.unreadable {
        // Writing to a String cannot fail.
        let _ = write!(text, "<div class=\"alarm\">{}</div>", Escaped(reason));
    }
    let mut holes: Vec<&HoleRange> = listing.holes.iter().collect();
    holes.sort_by_key(|hole| (hole.absence, Reverse(hole.first)));
    if holes.len() <= SHOWN_AT_ONCE {
        for hole in &holes {
            let _ = write!(text, "<div>{}</div>", stretch(hole));
        }
    } else if let Some(newest) = holes.first() {
        let _ = write!(
            text,
            "<details><summary>{} holes, {}</summary><ul>",
            grouped(holes.len()),
            stretch(newest)
        );
        for hole in holes.iter().take(room) {
            let _ = write!(text, "<li>{}</li>", stretch(hole));
        }
        let more = holes.len().saturating_sub(room);
        if more > 0 {
            let _ = write!(text, "<li>and {} more (--json)</li>", grouped(more));
        }
        text.push_str("</ul></details>");
    }
    let remarks = [
        (listing.in_market_events, "in market events"),
        (listing.listed_later, "before its first trade, not expected"),
    ];
    for (n, remark) in remarks {
        if n > 0 {
            let _ = write!(text, "<div class=\"soft\">{} {remark}</div>", grouped(n));
        }
    }
    text
}

fn stretch(hole: &HoleRange) -> String {
    let last = match hole.sessions {
        1 => String::new(),
        n => format!(" to {} ({})", hole.last, grouped(n)),
    };
    format!("{}{last}: {}", hole.first, why(hole))
}
