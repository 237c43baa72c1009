//! What a refresh of universes found, and who their members are.

use quantx::operations::Effects;
use quantx::operations::universes::{ImportedMembership, MembersOfTime};
use quantx::report::{RefreshOutcome, RefreshReport, UniverseReport, Verdict};

use super::table;
use crate::args::Format;
use quantx::report::grouped;

/// Symbols of one kind that are shown; the report has all.
const SHOWN: usize = 12;

/// One line per universe, then what needs a look; or the [`RefreshReport`] as JSON.
pub(crate) fn refresh_report(
    report: &RefreshReport,
    effects: Effects,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return super::json(report);
    }
    let mut lines = table::headed(["universe", "members", "changes", "outcome"], &[1]);
    for universe in &report.universes {
        lines.add_row([
            universe.path.clone(),
            grouped(universe.members),
            changes(universe),
            outcome(universe.outcome, effects).to_owned(),
        ]);
    }
    let union = &report.union;
    lines.add_row([
        union.path.clone(),
        grouped(union.members),
        String::new(),
        outcome(
            if union.changed {
                RefreshOutcome::Refreshed
            } else {
                RefreshOutcome::Unchanged
            },
            effects,
        )
        .to_owned(),
    ]);
    let mut text = table::text(&lines);
    for universe in &report.universes {
        text.push_str(&changes_text(universe));
    }
    let verdict = match report.verdict {
        Verdict::Green => "green",
        Verdict::Yellow => "yellow",
        Verdict::Red => "red",
    };
    text.push_str(&format!("verdict: {verdict}\n"));
    for reason in &report.reasons {
        text.push_str(&format!("  {reason}\n"));
    }
    Ok(text)
}

fn outcome(outcome: RefreshOutcome, effects: Effects) -> &'static str {
    match (outcome, effects) {
        (RefreshOutcome::Refreshed, Effects::Write) => "written",
        (RefreshOutcome::Refreshed, Effects::ReadOnly) => "would be written",
        (outcome, _) => outcome.as_str(),
    }
}

fn changes(universe: &UniverseReport) -> String {
    let counts = [
        (universe.joined.len(), "joined"),
        (universe.left.len(), "left"),
        (universe.renamed.len(), "renamed"),
    ];
    let changes_text = counts.into_iter().filter(|(n, _)| *n > 0);
    changes_text
        .map(|(n, what)| format!("{} {what}", grouped(n)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Symbols that changed and notes, where there are any.
fn changes_text(universe: &UniverseReport) -> String {
    let mut text = String::new();
    let renamed: Vec<String> = universe
        .renamed
        .iter()
        .map(|(old, new)| format!("{old} to {new}"))
        .collect();
    for (what, symbols) in [
        ("joined", &universe.joined),
        ("left", &universe.left),
        ("renamed", &renamed),
    ] {
        // The first list of all is no news.
        if symbols.is_empty() || symbols.len() == universe.members {
            continue;
        }
        let shown: Vec<&str> = symbols.iter().take(SHOWN).map(String::as_str).collect();
        let more = match symbols.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {} more", grouped(more)),
        };
        text.push_str(&format!(
            "{}: {what} {}{more}\n",
            universe.name,
            shown.join(", ")
        ));
    }
    for note in universe.notes.iter().take(SHOWN) {
        text.push_str(&format!("{}: {note}\n", universe.name));
    }
    if universe.notes.len() > SHOWN {
        let more = universe.notes.len() - SHOWN;
        text.push_str(&format!(
            "{}: and {} more notes in the report\n",
            universe.name,
            grouped(more)
        ));
    }
    text
}

/// One symbol per line, or the [`MembersOfTime`] as JSON.
pub(crate) fn members(members: &MembersOfTime, format: Format) -> serde_json::Result<String> {
    if format == Format::Json {
        return super::json(members);
    }
    let symbols = members.members.iter();
    Ok(symbols.map(|symbol| format!("{symbol}\n")).collect())
}

/// What is not certain about the members, in lines for people.
pub(crate) fn members_notes(members: &MembersOfTime) -> Vec<String> {
    let all = grouped(members.members.len());
    let mut lines = Vec::new();
    if !members.unproven.is_empty() {
        lines.push(format!(
            "unproven: {} of {all}, no source says when they joined: they may have joined later, or under another symbol: {}",
            grouped(members.unproven.len()),
            some_of(&members.unproven)
        ));
    }
    if !members.perhaps_lacking.is_empty() {
        let late = members.perhaps_lacking.iter();
        let late: Vec<String> = late
            .map(|late| format!("{} ({})", late.symbol, late.since))
            .collect();
        lines.push(format!(
            "perhaps lacking: {} members of later, whom the list has since a date that no row of the changes explains; they may have been members under another symbol: {}",
            grouped(late.len()),
            some_of(&late)
        ));
    }
    if let Some(without) = &members.without_prices
        && !without.is_empty()
    {
        lines.push(format!(
            "without prices in the lake: {} of {all}; a delisted member ends as unknown_symbol, because the vendor has its prices no more: {}",
            grouped(without.len()),
            some_of(without)
        ));
    }
    lines
}

fn some_of(symbols: &[String]) -> String {
    let shown: Vec<&str> = symbols.iter().take(SHOWN).map(String::as_str).collect();
    let more = match symbols.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {} more (--json has all)", grouped(more)),
    };
    format!("{}{more}", shown.join(", "))
}

/// What was imported, or the [`ImportedMembership`] as JSON.
pub(crate) fn imported_membership(
    imported: &ImportedMembership,
    effects: Effects,
    format: Format,
) -> serde_json::Result<String> {
    if format == Format::Json {
        return super::json(imported);
    }
    let since = imported.since.map(|date| date.to_string());
    let stored = match (imported.stored, effects) {
        (true, _) => "written",
        (false, Effects::ReadOnly) => "would be written",
        (false, Effects::Write) => "unchanged",
    };
    Ok(format!(
        "{}: {} spells since {}, {} members today, {stored}\n",
        imported.path,
        grouped(imported.spells),
        since.unwrap_or_default(),
        grouped(imported.open),
    ))
}
