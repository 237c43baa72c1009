//! The parts of the page about runs and refreshes: what their reports say.

use std::fmt::Write;

use super::sections::{more, number, table};
use super::text::{Escaped, when};
use super::{Page, PageEvent, PageRun};
use crate::quantity::{duration_ms, grouped};
use crate::verdict::Verdict;

/// Runs that are shown.
const RUNS: usize = 40;
/// Market events that are shown, the newest.
const EVENTS: usize = 250;
/// Refreshes of universes that are looked at, the newest.
const REFRESHES: usize = 40;
/// Symbols of a change that are named at once.
const NAMED: usize = 40;

/// The newest runs.
pub(super) fn runs(page: &Page) -> String {
    if page.runs.is_empty() {
        return "<p>No run has left a report yet.</p>\n".to_owned();
    }
    let rows: String = page.runs.iter().take(RUNS).map(run).collect();
    let columns = [
        "run",
        "verdict",
        "as of",
        "#listings",
        "outcomes",
        "#bars",
        "#refused",
        "#duration",
        "#requests",
        "#throttled",
        "#waited",
        "#reads",
        "#writes",
        "#cost, estimated",
    ];
    table("Runs", &columns, &rows)
}

fn run(run: &PageRun) -> String {
    let verdict = match run.verdict {
        Verdict::Green => "green",
        Verdict::Yellow => "yellow",
        Verdict::Red => "red",
    };
    let mut verdict = format!("<span class=\"dot {verdict}\"></span>{verdict}");
    if !run.reasons.is_empty() {
        let _ = write!(verdict, "<details><summary>why</summary><ul>");
        for reason in &run.reasons {
            let _ = write!(verdict, "<li>{}</li>", Escaped(reason));
        }
        verdict.push_str("</ul></details>");
    }
    let outcomes: Vec<String> = run
        .outcomes
        .iter()
        .map(|(outcome, n)| format!("{} {}", grouped(*n), outcome.replace('_', " ")))
        .collect();
    let cost = run
        .cost_usd
        .map_or_else(String::new, |cost| format!("{cost:.4} USD"));
    let texts = [
        duration_ms(run.elapsed_ms),
        grouped(run.requests),
        grouped(run.throttled),
        duration_ms(run.throttle_wait_ms),
        grouped(run.store_reads),
        grouped(run.store_writes),
        cost,
    ];
    let texts = texts
        .map(|text| format!("<td class=\"n\">{text}</td>"))
        .concat();
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"wide\">{verdict}</td><td>{}</td>{}<td class=\"wide\">{}</td>{}{}{texts}</tr>\n",
        Escaped(&run.run),
        when(run.timestamp),
        number(run.listings),
        Escaped(&outcomes.join(", ")),
        number(run.bars_added),
        number(run.rows_refused),
    )
}

/// Sessions that most of a market lacks.
pub(super) fn events(page: &Page) -> String {
    if page.events.is_empty() {
        return String::new();
    }
    let row = |event: &PageEvent| {
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td>{}{}<td class=\"wide\">{}</td></tr>\n",
            Escaped(&event.dates),
            Escaped(&event.exchange),
            number(event.lacking),
            number(event.listings),
            Escaped(&event.reading),
        )
    };
    let rows: String = page.events.iter().take(EVENTS).map(row).collect();
    let columns = ["date", "exchange", "#lacking", "#of listings", "reading"];
    "<p class=\"soft\">Sessions that most listings of an exchange lack, and days without one on which they traded.</p>\n"
        .to_owned()
        + &table("Market events", &columns, &rows)
        + &more(page.events.len(), EVENTS, "<code>quantx coverage --json</code>")
}

/// Who came into universes and who left.
pub(super) fn universes(page: &Page) -> String {
    let mut rows = String::new();
    for refresh in page.refreshes.iter().take(REFRESHES) {
        for change in &refresh.universes {
            let renamed: Vec<String> = change
                .renamed
                .iter()
                .map(|(old, new)| format!("{old} is now {new}"))
                .collect();
            let _ = writeln!(
                rows,
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>{}<td class=\"wide\">{}</td><td class=\"wide\">{}</td><td class=\"wide\">{}</td></tr>",
                Escaped(&change.name),
                when(refresh.timestamp),
                Escaped(&change.outcome),
                number(change.members),
                Escaped(&named(&change.joined)),
                Escaped(&named(&change.left)),
                Escaped(&match &change.detail {
                    Some(detail) => detail.clone(),
                    None => named(&renamed),
                }),
            );
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let columns = [
        "universe",
        "refreshed",
        "outcome",
        "#members",
        "joined",
        "left",
        "renamed, or why",
    ];
    table("Changes of universes", &columns, &rows)
}

fn named(symbols: &[String]) -> String {
    let mut text = symbols
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if symbols.len() > NAMED {
        let _ = write!(text, " and {} more", symbols.len() - NAMED);
    }
    text
}
