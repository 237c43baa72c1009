//! In which order the universes of a phase are refreshed. Pure.

use std::collections::BTreeSet;

use quantx_market::UniverseName;
use quantx_settings::UniverseEntry;

/// The entries so that each comes after those it depends on; else in the order of the file.
///
/// Dependencies outside `entries` do not move anything. The settings have refused cycles.
pub(super) fn in_order(entries: &[UniverseEntry]) -> Vec<&UniverseEntry> {
    let here: BTreeSet<&UniverseName> = entries.iter().map(|entry| &entry.name).collect();
    let mut done: BTreeSet<&UniverseName> = BTreeSet::new();
    let mut ordered = Vec::with_capacity(entries.len());
    let mut waiting: Vec<&UniverseEntry> = entries.iter().collect();
    while !waiting.is_empty() {
        let is_ready = |entry: &UniverseEntry| {
            let mut needs = entry.depends_on.iter();
            needs.all(|need| !here.contains(need) || done.contains(need))
        };
        // Without a cycle somebody is always ready; with one, the order of the file is as good as any.
        let next = waiting.iter().position(|entry| is_ready(entry));
        let entry = waiting.remove(next.unwrap_or(0));
        done.insert(&entry.name);
        ordered.push(entry);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use quantx_market::PhaseName;
    use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings};

    #[test]
    fn what_is_needed_comes_first_and_else_the_order_of_the_file_stays() {
        let text = "universes:\n  phase_1:\n  - {name: d, source_type: static, symbols: [A], depends_on: [c, elsewhere]}\n  \
            - {name: a, source_type: static, symbols: [A]}\n  - {name: c, source_type: static, symbols: [A], depends_on: [b]}\n  \
            - {name: b, source_type: static, symbols: [A]}\n  phase_2:\n  - {name: elsewhere, source_type: static, symbols: [A]}\n";
        let file = ConfigFile {
            name: "universes.yaml",
            text,
        };
        let settings =
            Settings::resolve(None, Some(file), &EnvMap::default(), &Overrides::default()).unwrap();
        let phase = PhaseName::parse("phase_1").unwrap();
        let entries = settings.universes.phase(&phase).unwrap();
        let names: Vec<&str> = in_order(entries).iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }
}
