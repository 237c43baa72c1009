//! What runs refused, and what came of decisions about it.

mod events;

use quantx::lake::quarantine::ReviewStatus;
use quantx::operations::Effects;
use quantx::operations::quarantine::{
    Decided, DecidedEntry, DecisionReport, EntryReport, QuarantineReport,
};

use super::{json, table};
use crate::args::Format;
use quantx::report::grouped;

/// A line per entry, or the [`QuarantineReport`] as JSON. `total` rows and events are there, shown or
/// not.
pub(crate) fn quarantine(
    report: &QuarantineReport,
    total: (usize, usize),
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    let mut text = String::new();
    if !report.entries.is_empty() {
        let header = [
            "id",
            "symbol",
            "session",
            "close",
            "volume",
            "in the lake",
            "rule",
            "standing",
            "reason",
        ];
        let mut lines = table::headed(header, &[3, 4, 5]);
        for entry in &report.entries {
            lines.add_row([
                entry.id.to_string(),
                entry.symbol.clone(),
                entry.date.to_string(),
                close(entry),
                entry
                    .volume
                    .map(|volume| volume.to_string())
                    .unwrap_or_default(),
                stored_close(entry),
                entry.rule.clone(),
                entry.status.as_str().to_owned(),
                remarks(entry),
            ]);
        }
        text = table::text(&lines);
    }
    text.push_str(&events::table_of(&report.events));
    let rows = report.entries.iter().map(|entry| entry.status);
    text.push_str(&count("refused rows", rows, total.0));
    if total.1 > 0 {
        let events = report.events.iter().map(|event| event.status);
        text.push_str(&count(
            "judged dividends and capital gains",
            events,
            total.1,
        ));
    }
    Ok(text)
}

fn count(what: &str, statuses: impl Iterator<Item = ReviewStatus> + Clone, total: usize) -> String {
    let shown = statuses.clone().count();
    let open = statuses.filter(|status| status.is_open()).count();
    format!(
        "{} open, {} of {} {what} shown{}\n",
        grouped(open),
        grouped(shown),
        grouped(total),
        if shown < total { " (--all)" } else { "" },
    )
}

fn close(entry: &EntryReport) -> String {
    let [.., close] = entry.prices;
    close.map(|close| close.to_string()).unwrap_or_default()
}

fn stored_close(entry: &EntryReport) -> String {
    let close = entry.stored.and_then(|[.., close]| close);
    close.map_or_else(|| "no row".to_owned(), |close| close.to_string())
}

/// Why it was refused, what stands against a release, how often it came, and what was decided.
fn remarks(entry: &EntryReport) -> String {
    let mut lines = vec![entry.reason.clone()];
    for other in &entry.others {
        let [.., close] = other.prices;
        let close = close.map_or_else(|| "no close".to_owned(), |close| format!("close {close}"));
        let volume = other.volume.map(|volume| format!(", volume {volume}"));
        lines.push(format!(
            "{}: {close}{}",
            other.vendor,
            volume.unwrap_or_default()
        ));
    }
    if entry.unreleasable.is_some() {
        lines.push("can only be rejected".to_owned());
    }
    if let [first, .., last] = entry.runs.as_slice() {
        let n = grouped(entry.runs.len());
        lines.push(format!("{n} runs, {first} to {last}"));
    } else {
        lines.extend(entry.runs.first().cloned());
    }
    if let Some(decision) = &entry.decision {
        let note = decision.note.as_ref().map(|note| format!(": {note}"));
        let note = note.unwrap_or_default();
        lines.push(format!("{} on {:.0}{note}", decision.by, decision.at));
    }
    lines.join("\n")
}

/// A line per entry and what came of it, or the [`DecisionReport`] as JSON.
pub(crate) fn decisions(
    report: &DecisionReport,
    effects: Effects,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    let mut text = String::new();
    if !report.entries.is_empty() {
        let header = [
            "id",
            "symbol",
            "session",
            "close",
            "rule",
            "what came of it",
        ];
        let mut lines = table::headed(header, &[3]);
        for decided in &report.entries {
            let entry = &decided.entry;
            lines.add_row([
                entry.id.to_string(),
                entry.symbol.clone(),
                entry.date.to_string(),
                close(entry),
                entry.rule.clone(),
                outcome(decided),
            ]);
        }
        text = table::text(&lines);
    }
    text.push_str(&events::decided(&report.events));
    let rows = report.entries.iter().map(|entry| entry.decided);
    let decided = rows.chain(report.events.iter().map(|event| event.decided));
    let n = decided.clone().count();
    let done = decided.filter(|decided| decided.is_done());
    text.push_str(&match (n, effects) {
        (0, _) => "no open row or dividend fits\n".to_owned(),
        (n, Effects::Write) => format!("{} of {} decided\n", grouped(done.count()), grouped(n)),
        (n, Effects::ReadOnly) => format!(
            "dry run: {} of {} would be decided; nothing was written\n",
            grouped(done.count()),
            grouped(n)
        ),
    });
    Ok(text)
}

fn outcome(decided: &DecidedEntry) -> String {
    let entry = &decided.entry;
    let because = decided.because.clone().unwrap_or_default();
    match decided.decided {
        Decided::Added => "released: the lake had no row of the session".to_owned(),
        Decided::Replaced => format!("released: in place of close {}", stored_close(entry)),
        Decided::AlreadyStored => "released: the lake holds it already".to_owned(),
        Decided::Rejected => "rejected".to_owned(),
        Decided::AlreadyDecided => "so decided before".to_owned(),
        Decided::Refused => format!("not decided: {because}"),
        Decided::Failed => format!("released and not stored, run this again: {because}"),
    }
}
