//! Dividends and capital gains that are not applied as sent.

use quantx::market::{Action, ActionKind};
use quantx::operations::quarantine::{Decided, DecidedEvent, EventReport};

use super::super::table;

/// A line per event; nothing if there is none.
pub(super) fn table_of(events: &[EventReport]) -> String {
    if events.is_empty() {
        return String::new();
    }
    let header = [
        "id", "symbol", "ex-date", "what", "vendor", "applied", "rule", "standing", "reason",
    ];
    let mut lines = table::headed(header, &[4, 5]);
    for report in events {
        let event = &report.event;
        lines.add_row([
            report.id.to_string(),
            report.symbol.clone(),
            event.vendor.ex_date.to_string(),
            what(&event.vendor).to_owned(),
            amount(event.vendor.kind.cash()),
            amount(event.ours),
            event.rule.clone(),
            report.status.as_str().to_owned(),
            remarks(report),
        ]);
    }
    table::text(&lines)
}

fn what(action: &Action) -> &'static str {
    match action.kind {
        ActionKind::Split { .. } => "split",
        ActionKind::Dividend { .. } => "dividend",
        ActionKind::CapitalGain { .. } => "capital gain",
    }
}

fn amount(cash: Option<f64>) -> String {
    cash.map_or_else(|| "none".to_owned(), |cash| cash.to_string())
}

fn remarks(report: &EventReport) -> String {
    let mut lines = vec![
        report.event.reason.clone(),
        format!("since {}", report.event.since),
    ];
    if let Some(decision) = &report.decision {
        let note = decision.note.as_ref().map(|note| format!(": {note}"));
        let note = note.unwrap_or_default();
        lines.push(format!("{} on {:.0}{note}", decision.by, decision.at));
    }
    lines.join("\n")
}

/// A line per event and what came of it; nothing if there is none.
pub(super) fn decided(events: &[DecidedEvent]) -> String {
    if events.is_empty() {
        return String::new();
    }
    let header = [
        "id",
        "symbol",
        "ex-date",
        "what",
        "vendor",
        "rule",
        "what came of it",
    ];
    let mut lines = table::headed(header, &[4]);
    for decided in events {
        let report = &decided.event;
        lines.add_row([
            report.id.to_string(),
            report.symbol.clone(),
            report.event.vendor.ex_date.to_string(),
            what(&report.event.vendor).to_owned(),
            amount(report.event.vendor.kind.cash()),
            report.event.rule.clone(),
            outcome(decided),
        ]);
    }
    table::text(&lines)
}

fn outcome(decided: &DecidedEvent) -> String {
    let because = decided.because.clone().unwrap_or_default();
    match decided.decided {
        Decided::Added => "released: it was held out of Adj Close".to_owned(),
        Decided::Replaced => {
            let before = amount(decided.event.event.ours);
            format!("released: in place of {before}")
        }
        Decided::AlreadyStored => "released: it is applied so already".to_owned(),
        Decided::Rejected => "rejected: it is not applied".to_owned(),
        Decided::AlreadyDecided => "so decided before".to_owned(),
        Decided::Refused => format!("not decided: {because}"),
        Decided::Failed => format!("decided and not stored, run this again: {because}"),
    }
}
