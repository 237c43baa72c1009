//! The parts of the page that need no script. A part with nothing to say is empty and left out.

use std::fmt::Write;

use super::text::{Escaped, percent};
use super::{Page, PageListing, heat};
use crate::coverage::HoleRange;
use crate::quantity::grouped;
use quantx_market::Date;

/// Rows and events waiting for a person that are shown.
const OPEN: usize = 400;
/// Stretches of missing sessions that are shown, the newest.
const HOLES: usize = 400;
/// Listings without a row that are named.
const NAMED: usize = 400;

/// A table in a frame that scrolls by itself and takes the keyboard. A column whose name begins with
/// `#` has numbers.
pub(super) fn table(label: &str, columns: &[&str], rows: &str) -> String {
    let mut head = String::new();
    for column in columns {
        let (class, name) = match column.strip_prefix('#') {
            Some(name) => (" class=\"n\"", name),
            None => ("", *column),
        };
        // Writing to a String cannot fail.
        let _ = write!(head, "<th scope=\"col\"{class}>{name}</th>");
    }
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table>\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

pub(super) fn number(n: usize) -> String {
    format!("<td class=\"n\">{}</td>", grouped(n))
}

/// A number that should be 0.
fn fault(n: usize) -> String {
    match n {
        0 => number(0),
        n => format!("<td class=\"n alarm\">{}</td>", grouped(n)),
    }
}

fn day(date: Option<Date>) -> String {
    date.map_or_else(|| "never".to_owned(), |date| date.to_string())
}

pub(super) fn more(n: usize, shown: usize, where_else: &str) -> String {
    match n.saturating_sub(shown) {
        0 => String::new(),
        more => format!(
            "<p class=\"soft\">and {} more: {where_else}</p>\n",
            grouped(more)
        ),
    }
}

/// How fresh each exchange is, and how full.
pub(super) fn exchanges(page: &Page) -> String {
    let mut rows = String::new();
    for exchange in &page.exchanges {
        let cells = &exchange.cells;
        let approximate = if exchange.market.approximate {
            " (approximate)"
        } else {
            ""
        };
        let share = percent(cells.present as f64 / cells.expected.max(1) as f64);
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th>{}<td>{}</td><td>{}</td>{}{}{}<td class=\"n\">{share}</td>{}{}<td>{}{approximate}</td></tr>",
            Escaped(&exchange.code),
            fault(exchange.behind),
            day(exchange.last),
            day(exchange.market.due),
            number(exchange.listings),
            fault(exchange.listings_behind),
            number(exchange.complete),
            fault(cells.missing),
            number(cells.excused),
            Escaped(&exchange.market.mic),
        );
    }
    if rows.is_empty() {
        return "<p>No listing has a row yet. <code>quantx backfill</code> brings the first.</p>\n"
            .to_owned();
    }
    let columns = [
        "exchange",
        "#sessions behind",
        "newest row",
        "newest session",
        "#listings",
        "#of these behind",
        "#complete",
        "#present",
        "#missing",
        "#excused",
        "calendar",
    ];
    let mut text = table("Exchanges", &columns, &rows);
    if !page.not_in_lake.is_empty() {
        let named: Vec<&str> = page
            .not_in_lake
            .iter()
            .take(NAMED)
            .map(String::as_str)
            .collect();
        let _ = write!(
            text,
            "<p>Not in the lake: {}</p>\n{}",
            Escaped(&named.join(", ")),
            more(
                page.not_in_lake.len(),
                named.len(),
                "<code>quantx coverage --json</code>"
            )
        );
    }
    text
}

/// Where the script puts search and table.
pub(super) fn listings(page: &Page) -> String {
    if page.listings.is_empty() {
        return String::new();
    }
    "<div id=\"search\" role=\"search\"></div>\n<div id=\"table\"><p>The table of listings is drawn by a script. \
     Without one, <code>quantx coverage</code> shows the same, and <code>site/listings.json</code> has it.</p></div>\n"
        .to_owned()
}

/// What waits for a person, and what to type.
pub(super) fn decisions(page: &Page) -> String {
    let open = page.open();
    let n: usize = page.open_counts().values().sum();
    if open.is_empty() {
        return "<p>Nothing waits for a decision.</p>\n".to_owned();
    }
    let mut rows = String::new();
    for (listing, item) in open.iter().take(OPEN) {
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td class=\"wide\">{}</td><td>{}</td><td class=\"wide\"><code>{}</code></td></tr>",
            Escaped(&listing.symbol),
            item.date,
            item.kind.as_str(),
            Escaped(&item.rule),
            Escaped(&item.reason),
            item.since,
            Escaped(&item.command),
        );
    }
    let columns = [
        "symbol",
        "date",
        "what",
        "rule",
        "because",
        "since",
        "to look and to decide",
    ];
    table("Decisions", &columns, &rows)
        + &more(
            n,
            open.len().min(OPEN),
            "<code>quantx quarantine list</code>",
        )
}

/// The newest stretches of missing sessions.
pub(super) fn holes(page: &Page) -> String {
    let listings = page.listings.iter().map(|(listing, _)| listing);
    let mut holes: Vec<(&PageListing, &HoleRange)> = listings
        .clone()
        .flat_map(|listing| listing.holes.iter().map(move |hole| (listing, hole)))
        .collect();
    let n = holes.len() + listings.map(|listing| listing.older_holes).sum::<usize>();
    if holes.is_empty() {
        return "<p>No session is missing.</p>\n".to_owned();
    }
    holes.sort_by(|(a, left), (b, right)| (right.last, &a.symbol).cmp(&(left.last, &b.symbol)));
    let mut rows = String::new();
    for (listing, hole) in holes.iter().take(HOLES) {
        let symbol = Escaped(&listing.symbol);
        let command = match hole.absence {
            quantx_lake::coverage::Absence::Refused => {
                format!("quantx quarantine list --symbols {symbol}")
            }
            _ => format!(
                "quantx backfill --symbols {symbol} --start {} --end {}",
                hole.first, hole.last
            ),
        };
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\">{symbol}</th><td>{}</td>{}<td>{}</td><td><code>{command}</code></td></tr>",
            if hole.sessions == 1 {
                hole.first.to_string()
            } else {
                format!("{} to {}", hole.first, hole.last)
            },
            number(hole.sessions),
            hole.why(),
        );
    }
    let columns = [
        "symbol",
        "sessions",
        "#how many",
        "state",
        "asks again, or decides",
    ];
    table("Holes", &columns, &rows)
        + &more(n, holes.len().min(HOLES), "<code>quantx coverage</code>")
}

/// The pictures of the exchanges.
pub(super) fn months(page: &Page) -> String {
    let maps: String = page.exchanges.iter().map(heat::heat_map).collect();
    if maps.is_empty() {
        return String::new();
    }
    format!(
        "<p class=\"soft\">Share of the sessions of all listings that are present.</p>\n{}<div class=\"maps\">\n{maps}</div>\n",
        heat::legend()
    )
}

/// What the words mean.
pub(super) fn terms() -> String {
    "<dl>\n\
     <dt>expected</dt><dd>Sessions of the exchange from the first date asked for, or the listing's first \
     trade if that is later, to the last session that is over.</dd>\n\
     <dt>excused</dt><dd>No row, and the vendor was asked for it often enough; or the calendar is \
     approximate there and it may be a holiday; or a person rejected its row.</dd>\n\
     <dt>missing</dt><dd>No row and no excuse; a row in quarantine is none.</dd>\n\
     <dt>behind</dt><dd>Sessions that are over and later than the newest row.</dd>\n\
     <dt>prices</dt><dd>The last close of each week, as if every split had always been; dividends are not counted.</dd>\n\
     <dt>as of</dt><dd>Each listing is shown as the last run that worked on it left it.</dd>\n\
     </dl>\n"
        .to_owned()
}
