//! One page for a browser: everything is inside, nothing is loaded from anywhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::text::{Escaped, percent, when};
use super::{Page, data, history, sections};
use crate::quantity::grouped;
use crate::verdict::Verdict;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page. Its own script and style are the only ones that a browser runs in it: their hashes stand
/// in its policy.
pub fn index_html(page: &Page) -> String {
    let (script, style) = (format!("\n{SCRIPT}"), format!("\n{STYLE}"));
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Lake status, {}</title>\n<style>{style}</style>\n</head>\n<body>\n",
        hash(&style),
        hash(&script),
        when(page.now)
    );
    text.push_str(&heading(page));
    let parts = [
        ("exchanges", "Exchanges", sections::exchanges(page)),
        ("listings", "Listings", sections::listings(page)),
        ("decisions", "Decisions", sections::decisions(page)),
        ("holes", "Holes", sections::holes(page)),
        ("months", "Coverage by month", sections::months(page)),
        ("runs", "Runs", history::runs(page)),
        ("events", "Market events", history::events(page)),
        ("universes", "Universes", history::universes(page)),
        ("terms", "Terms", sections::terms()),
    ];
    let there = parts.iter().filter(|(_, _, body)| !body.is_empty());
    let links: String = there
        .clone()
        .map(|(id, name, _)| format!("<a href=\"#{id}\">{name}</a> "))
        .collect();
    text.push_str(&format!(
        "<nav aria-label=\"Parts of the page\">{}</nav>\n<main>\n",
        links.trim_end()
    ));
    for (id, name, body) in there {
        text.push_str(&format!(
            "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{name}</h2>\n{body}</section>\n"
        ));
    }
    text.push_str(&format!(
        "</main>\n<dialog id=\"chart\" aria-labelledby=\"chart-name\"></dialog>\n\
         <script type=\"application/json\" id=\"data\">{}</script>\n<script>{script}</script>\n</body>\n</html>\n",
        data::script_data(page)
    ));
    text
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

fn heading(page: &Page) -> String {
    let cells = page.cells();
    let n = page.listings.len();
    let behind = page
        .listings
        .iter()
        .filter(|(_, behind)| *behind > 0)
        .count();
    let waiting: usize = page.open_counts().values().sum();
    let share = match cells.expected {
        0 => "none".to_owned(),
        expected => percent(cells.present as f64 / expected as f64),
    };
    let alarm = |n: usize| if n > 0 { " class=\"alarm\"" } else { "" };
    let mut text = format!(
        "<header>\n<h1>Lake status</h1>\n<p class=\"soft\">{}, as of <time datetime=\"{}\">{}</time></p>\n\
         <dl class=\"figures\">\n",
        Escaped(&page.scope),
        page.now,
        when(page.now)
    );
    let mut figure = |name: &str, value: &str, note: &str, class: &str| {
        text.push_str(&format!(
            "<div><dt>{name}</dt><dd{class}>{value}<small>{note}</small></dd></div>\n"
        ));
    };
    if let Some(run) = page.last_run() {
        let (verdict, class) = match run.verdict {
            Verdict::Green => ("green", ""),
            Verdict::Yellow => ("yellow", ""),
            Verdict::Red => ("red", " class=\"alarm\""),
        };
        let value = format!("<span class=\"dot {verdict}\"></span>{verdict}");
        let note = format!(
            "{} of {}",
            Escaped(&run.operation.replace('_', " ")),
            when(run.timestamp)
        );
        figure("last run", &value, &note, class);
    }
    figure("listings", &grouped(n), "with rows in the lake", "");
    figure(
        "behind",
        &grouped(behind),
        "listings without the last session",
        alarm(behind),
    );
    figure(
        "present",
        &share,
        &format!("of {} sessions", grouped(cells.expected)),
        "",
    );
    figure(
        "missing",
        &grouped(cells.missing),
        "sessions",
        alarm(cells.missing),
    );
    figure(
        "waiting",
        &grouped(waiting),
        "for a decision of yours",
        alarm(waiting),
    );
    let absent = page.not_in_lake.len();
    if absent > 0 {
        figure(
            "not in the lake",
            &grouped(absent),
            "listings of the selection",
            alarm(absent),
        );
    }
    text + "</dl>\n</header>\n"
}
