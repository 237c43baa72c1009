use std::collections::BTreeMap;

use quantx_market::ExchangeTable;

use super::super::constraint::{Constraint, flag, line, one_of, one_of_names, whole};
use super::super::layers::At;
use super::super::problem::{Place, SettingsProblem, nearest};
use super::super::tree::{Document, Node, Value};
use super::graph::cycles;
use super::max_change::MaxChange;
use super::model::{MemberLimits, SymbolSuffix, UniverseEntry, UniverseSettings};
use super::read_source::{SOURCE_KEYS, Spelling, read_source, suffix};
use crate::fields::Fields;
use quantx_market::NAME_RULE;
use quantx_market::{PhaseName, UniverseName};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceType {
    Wikipedia,
    Excel,
    Csv,
    Static,
    LocalFile,
}

const SOURCE_TYPES: [(&str, SourceType); 5] = [
    ("wikipedia", SourceType::Wikipedia),
    ("excel", SourceType::Excel),
    ("csv", SourceType::Csv),
    ("static", SourceType::Static),
    ("local_file", SourceType::LocalFile),
];

/// What is known of an entry even if the rest of it is wrong.
struct Named {
    name: At<UniverseName>,
    depends_on: Vec<At<UniverseName>>,
}

/// Reads universes.yaml. What is returned is whole only if no problem was reported; without a table of
/// exchanges, whose problems are then reported already, it has no symbols.
pub(in super::super) fn read(
    document: &Document,
    exchanges: Option<&ExchangeTable>,
    problems: &mut Vec<SettingsProblem>,
) -> Option<UniverseSettings> {
    let mut top = Fields::open(document, &document.root, String::new(), problems)?;
    let phases = top.node("universes");
    if phases.is_none() {
        top.missing("universes", "phases, each a list of universes");
    }
    top.finish();
    let phases = phases?;
    Fields::open(document, phases, "universes".to_owned(), problems)?;

    let mut read = BTreeMap::new();
    let mut named = Vec::new();
    for (key, node) in phases.entries() {
        let phase = PhaseName::parse(&key.text);
        if phase.is_err() {
            problems.push(SettingsProblem {
                place: document.place(key.at),
                key: "universes".to_owned(),
                read: format!("the phase {:?}", key.text),
                allowed: NAME_RULE.to_owned(),
                hint: None,
            });
        }
        let path = format!("universes.{}", key.text);
        let entries = read_phase(document, node, &path, exchanges, &mut named, problems);
        if let Ok(phase) = phase {
            read.insert(phase, entries);
        }
    }
    check_names(&named, &read, problems);
    check_dependencies(&named, problems);
    Some(UniverseSettings { phases: read })
}

fn read_phase(
    document: &Document,
    node: &Node,
    path: &str,
    exchanges: Option<&ExchangeTable>,
    named: &mut Vec<Named>,
    problems: &mut Vec<SettingsProblem>,
) -> Vec<UniverseEntry> {
    let Value::List(nodes) = &node.value else {
        if !matches!(node.value, Value::Broken) {
            problems.push(SettingsProblem {
                place: document.place(node.at),
                key: path.to_owned(),
                read: node.shown(),
                allowed: "a list of universes".to_owned(),
                hint: None,
            });
        }
        return Vec::new();
    };
    let mut entries = Vec::new();
    for (n, node) in nodes.iter().enumerate() {
        let path = format!("{path}[{n}]");
        if let Some(mut fields) = Fields::open(document, node, path, problems) {
            entries.extend(read_entry(&mut fields, exchanges, named));
            fields.finish();
        }
    }
    entries
}

fn read_entry(
    fields: &mut Fields<'_, '_>,
    exchanges: Option<&ExchangeTable>,
    named: &mut Vec<Named>,
) -> Option<UniverseEntry> {
    let name = fields.required("name", &universe_name());
    let description = fields.optional("description", &line(500));
    let depends_on = fields
        .each(
            "depends_on",
            "a list of names of universes",
            &universe_name(),
        )
        .unwrap_or_default();
    let enabled = fields
        .optional("enabled", &flag())
        .is_none_or(|at| at.value);
    // A key of the original design. Codes of Hong Kong are padded with it and without it.
    fields.optional("format", &one_of(&[("hk_pad", ())]));
    let symbol_suffix = fields
        .optional("symbol_suffix", &suffix(exchanges))
        .map_or_else(|| SymbolSuffix::Fixed(String::new()), |at| at.value);
    let limits = read_limits(fields);
    let spelling = Spelling {
        suffix: &symbol_suffix,
        exchanges,
    };
    let source_type = fields.required("source_type", &one_of(&SOURCE_TYPES));
    let source = match source_type {
        Some(at) => read_source(fields, at.value, &spelling),
        None => {
            // Which keys belong here is not known, so none of them is called unknown.
            for key in SOURCE_KEYS {
                fields.node(key);
            }
            None
        }
    };
    let name = name?;
    let entry = source.map(|source| UniverseEntry {
        name: name.value.clone(),
        description: description.map_or_else(String::new, |at| at.value),
        source,
        symbol_suffix,
        limits,
        depends_on: depends_on.iter().map(|at| at.value.clone()).collect(),
        enabled,
    });
    named.push(Named { name, depends_on });
    entry
}

/// Largest list that a universe may be given leave for.
const MOST_MEMBERS: u64 = 1_000_000;

/// More than any index has changed in a week, less than what a damaged page changes.
const USUAL_CHANGE: MaxChange = MaxChange::Share {
    basis_points: 1_000,
};

fn read_limits(fields: &mut Fields<'_, '_>) -> MemberLimits {
    let number = |least| whole(least..=MOST_MEMBERS).then(|n| usize::try_from(n).ok());
    let min = fields.optional("min_members", &number(1));
    let max = fields.optional("max_members", &number(1));
    let change = Constraint::matching(
        "a number of members such as 25, or a share of the stored list such as 10%",
        |text| text.parse::<MaxChange>().ok(),
    );
    let max_change = fields.optional("max_change", &change);
    if let (Some(min), Some(max)) = (&min, &max)
        && min.value > max.value
    {
        let allowed = format!("at most max_members, which is {}", max.shown);
        let problem = fields.problem(min.place.clone(), "min_members", &min.shown, &allowed);
        fields.problems.push(problem);
    }
    MemberLimits {
        min: min.map_or(1, |at| at.value),
        max: max.map_or(usize::MAX, |at| at.value),
        max_change: max_change.map_or(USUAL_CHANGE, |at| at.value),
    }
}

/// Universes and phases share the file names of the lake, so no two may share a name: but for a phase
/// of one universe, whose union is that universe's list.
fn check_names(
    named: &[Named],
    phases: &BTreeMap<PhaseName, Vec<UniverseEntry>>,
    problems: &mut Vec<SettingsProblem>,
) {
    let mut seen: BTreeMap<&UniverseName, &Place> = BTreeMap::new();
    for Named { name, .. } in named {
        let is_phase = phases.iter().any(|(phase, entries)| {
            let is_its_own = matches!(&entries[..], [only] if only.name == name.value);
            phase.as_str() == name.value.as_str() && !is_its_own
        });
        let allowed = match seen.get(&name.value) {
            Some(first) => format!("each name once; the first is at {first}"),
            None if is_phase => {
                "a name that no phase has, but that of a phase with this universe alone: both name \
                 a file of the lake"
                    .to_owned()
            }
            None => {
                seen.insert(&name.value, &name.place);
                continue;
            }
        };
        problems.push(SettingsProblem {
            place: name.place.clone(),
            key: "name".to_owned(),
            read: name.shown.clone(),
            allowed,
            hint: None,
        });
    }
}

fn check_dependencies(named: &[Named], problems: &mut Vec<SettingsProblem>) {
    let mut names: Vec<&str> = named
        .iter()
        .map(|named| named.name.value.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut graph: BTreeMap<UniverseName, Vec<UniverseName>> = BTreeMap::new();
    for Named { name, depends_on } in named {
        let needs = graph.entry(name.value.clone()).or_default();
        for need in depends_on {
            if names.contains(&need.value.as_str()) {
                needs.push(need.value.clone());
                continue;
            }
            problems.push(SettingsProblem {
                place: need.place.clone(),
                key: format!("depends_on of {}", name.value),
                read: need.shown.clone(),
                allowed: one_of_names(&names),
                hint: nearest(need.value.as_str(), names.iter().copied())
                    .map(|near| format!("did you mean {near}?")),
            });
        }
    }
    for cycle in cycles(&graph) {
        let Some(first) = named
            .iter()
            .find(|named| Some(&named.name.value) == cycle.first())
        else {
            continue;
        };
        let next = cycle.get(1).or(cycle.first());
        let edge = first
            .depends_on
            .iter()
            .find(|need| Some(&need.value) == next);
        let names: Vec<&str> = cycle
            .iter()
            .chain(cycle.first())
            .map(UniverseName::as_str)
            .collect();
        problems.push(SettingsProblem {
            place: edge.map_or_else(|| first.name.place.clone(), |edge| edge.place.clone()),
            key: format!("depends_on of {}", first.name.value),
            read: format!("the cycle {}", names.join(" -> ")),
            allowed: "no universe that needs itself".to_owned(),
            hint: None,
        });
    }
}

pub(in super::super) fn phase_name() -> Constraint<PhaseName> {
    Constraint::matching(NAME_RULE, |text| PhaseName::parse(text).ok())
}

fn universe_name() -> Constraint<UniverseName> {
    Constraint::matching(NAME_RULE, |text| UniverseName::parse(text).ok())
}
