//! What other vendors say of stored sessions: tables of agreement, what differs, and who is outvoted.

mod verdict;

use quantx::operations::compare::{
    CellReport, CompareReport, ListingComparison, StepKind, StepReport, WitnessState,
};
use quantx::quality::Column;
use quantx::report::grouped;

use super::{json, table};
use crate::args::Format;

/// Steps, events and absent sessions that are shown one by one; the JSON has all.
const SHOWN: usize = 50;

/// Tables for people with `limit` cells at most, or the [`CompareReport`] as JSON.
pub(crate) fn comparison(
    report: &CompareReport,
    limit: usize,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return json(report);
    }
    Ok([
        vendors(report),
        pairs(report),
        steps(report),
        cells(report, limit),
        events(report),
        absent(report),
        silent(report),
        verdict::lines(report),
    ]
    .concat())
}

fn vendors(report: &CompareReport) -> String {
    let asked = report.asked.iter().map(|vendor| {
        let requests = verdict::counted(vendor.requests, "request");
        let lineage = match vendor.lineage == vendor.name {
            true => String::new(),
            false => format!(" of {}'s numbers", vendor.lineage),
        };
        format!("{}{lineage} ({requests})", vendor.name)
    });
    let asked: Vec<String> = asked.collect();
    let mut text = format!("asked: {}\n", asked.join(", "));
    for vendor in &report.off {
        text.push_str(&format!("off: {} (set {})\n", vendor.name, vendor.needs));
    }
    text
}

fn pairs(report: &CompareReport) -> String {
    if report.pairs.is_empty() {
        return String::new();
    }
    let header = [
        "pair",
        "column",
        "compared",
        "equal",
        "in steps",
        "different",
        "largest difference",
    ];
    let mut lines = table::headed(header, &[2, 3, 4, 5, 6]);
    for pair in &report.pairs {
        for (column, counts) in &pair.columns {
            lines.add_row([
                pair.vendors.join(" / "),
                column.name().to_owned(),
                grouped(counts.compared),
                grouped(counts.equal),
                grouped(counts.in_step),
                grouped(counts.different),
                cell_value(*column, counts.largest),
            ]);
        }
    }
    table::text(&lines)
}

fn steps(report: &CompareReport) -> String {
    let all = each(report, |listing| listing.steps.iter());
    if all.is_empty() {
        return String::new();
    }
    let header = ["symbol", "step between", "sessions", "ratio", "what it is"];
    let mut lines = table::headed(header, &[]);
    for (symbol, step) in all.iter().take(SHOWN) {
        lines.add_row([
            (*symbol).to_owned(),
            step.vendors.join(" / "),
            format!(
                "{} to {} ({})",
                step.first,
                step.last,
                grouped(step.sessions)
            ),
            ratio(step),
            kind(step),
        ]);
    }
    table::text(&lines) + &more(all.len())
}

fn ratio(step: &StepReport) -> String {
    match step.terms {
        Some((new, old)) => format!("{:.6} ({new}:{old})", step.ratio),
        None => format!("{:.6}", step.ratio),
    }
}

fn kind(step: &StepReport) -> String {
    let kind = match step.kind {
        StepKind::Split => "a split that one missed, or applied and there was none",
        StepKind::MultipliedBack => "a history that one multiplied back, volumes alike",
        StepKind::Unclear => "volumes do not say",
    };
    match &step.outvoted {
        Some(vendor) => format!("{kind}; {vendor} is outvoted"),
        None => format!("{kind}; nobody is outvoted"),
    }
}

fn cells(report: &CompareReport, limit: usize) -> String {
    let mut all = each(report, |listing| listing.cells.iter());
    if all.is_empty() {
        return String::new();
    }
    // A price that differs weighs more than any volume.
    all.sort_by(|(_, a), (_, b)| {
        let of_volume = |cell: &CellReport| cell.column == Column::Volume;
        let kinds = of_volume(a).cmp(&of_volume(b));
        kinds.then(b.spread().total_cmp(&a.spread()))
    });
    let mut text = String::new();
    if limit > 0 {
        let header = ["symbol", "date", "column", "values", "apart", "vote"];
        let mut lines = table::headed(header, &[4]);
        for (symbol, cell) in all.iter().take(limit) {
            lines.add_row([
                (*symbol).to_owned(),
                cell.date.to_string(),
                cell.column.name().to_owned(),
                values(cell),
                format!("{:.2} %", 100.0 * cell.spread()),
                vote(cell),
            ]);
        }
        text = table::text(&lines);
    }
    let hidden = all.len().saturating_sub(limit);
    if hidden > 0 {
        text.push_str(&format!(
            "{} not shown: --limit N shows more, --json has all\n",
            verdict::counted(hidden, "cell")
        ));
    }
    text
}

fn values(cell: &CellReport) -> String {
    let values = cell.values.iter();
    let values: Vec<String> = values
        .map(|(vendor, value)| format!("{vendor} {}", cell_value(cell.column, *value)))
        .collect();
    values.join(", ")
}

fn vote(cell: &CellReport) -> String {
    match cell.outvoted.as_slice() {
        [] => "no majority".to_owned(),
        [one] => format!("{one} is outvoted"),
        several => format!("{} are outvoted", several.join(", ")),
    }
}

fn events(report: &CompareReport) -> String {
    let all = each(report, |listing| listing.events.iter());
    if all.is_empty() {
        return String::new();
    }
    let header = ["symbol", "ex-date", "event", "who has it so", "the others"];
    let mut lines = table::headed(header, &[]);
    for (symbol, event) in all.iter().take(SHOWN) {
        let others = event.dissenting.iter();
        let others = others.map(|(vendor, value)| format!("{vendor} {}", number(*value)));
        let silent = event
            .silent
            .iter()
            .map(|vendor| format!("{vendor} has none"));
        let others: Vec<String> = others.chain(silent).collect();
        let outvoted = match event.confirmed {
            true => " (outvoted)",
            false => "",
        };
        lines.add_row([
            (*symbol).to_owned(),
            event.event.ex_date.to_string(),
            verdict::event(&event.event.kind),
            event.supporting.join(", "),
            format!("{}{outvoted}", others.join(", ")),
        ]);
    }
    table::text(&lines) + &more(all.len())
}

fn absent(report: &CompareReport) -> String {
    let all = each(report, |listing| listing.absent.iter());
    let mut text = String::new();
    for (symbol, session) in all.iter().take(SHOWN) {
        let vendors = session.vendors.join(", ");
        let outvoted = match session.outvoted.is_empty() {
            true => "",
            false => " (outvoted)",
        };
        let date = session.date;
        text.push_str(&format!("{symbol} {date}: no row of {vendors}{outvoted}\n"));
    }
    text + &more(all.len())
}

/// Who gave no rows, and why.
fn silent(report: &CompareReport) -> String {
    let mut text = String::new();
    for listing in &report.listings {
        for witness in &listing.witnesses {
            if witness.state != WitnessState::Answered {
                let (vendor, detail) = (&witness.vendor, witness.detail.iter());
                let detail: Vec<&str> = detail.map(String::as_str).collect();
                let detail = detail.concat();
                text.push_str(&format!(
                    "{}: no rows of {vendor}: {detail}\n",
                    listing.symbol
                ));
            }
        }
    }
    text
}

/// What each listing has of one kind, with the symbol.
fn each<'a, T: 'a, I: Iterator<Item = &'a T>>(
    report: &'a CompareReport,
    of: impl Fn(&'a ListingComparison) -> I,
) -> Vec<(&'a str, &'a T)> {
    let listings = report.listings.iter();
    let all = listings.flat_map(|listing| {
        let symbol = listing.symbol.as_str();
        of(listing).map(move |found| (symbol, found))
    });
    all.collect()
}

fn more(n: usize) -> String {
    match n.saturating_sub(SHOWN) {
        0 => String::new(),
        hidden => format!("and {} more: --json has all\n", grouped(hidden)),
    }
}

/// A price, or a number of shares with its thousands apart.
fn cell_value(column: Column, value: f64) -> String {
    match column {
        Column::Volume if value >= 0.0 => grouped(value.round() as u64),
        _ => number(value),
    }
}

/// A price or an amount, no longer than it must be.
fn number(value: f64) -> String {
    const SCALE: f64 = 1e6;
    let rounded = (value * SCALE).round() / SCALE;
    format!("{rounded}")
}
