use std::collections::{BTreeMap, BTreeSet};

use quantx_market::UniverseName;

/// Every cycle of a dependency graph, each once, from its first name in order.
///
/// Names that the graph does not have are ignored. Not recursive: the depth is the user's.
pub(super) fn cycles(graph: &BTreeMap<UniverseName, Vec<UniverseName>>) -> Vec<Vec<UniverseName>> {
    let mut left: BTreeMap<&UniverseName, BTreeSet<&UniverseName>> = graph
        .iter()
        .map(|(name, needs)| {
            (
                name,
                needs
                    .iter()
                    .filter(|need| graph.contains_key(*need))
                    .collect(),
            )
        })
        .collect();
    let mut cycles = Vec::new();
    loop {
        prune(&mut left);
        let Some(start) = left.keys().next().copied() else {
            return cycles;
        };
        // Everything left needs something left, so walking on must come back somewhere.
        let mut walked: Vec<&UniverseName> = Vec::new();
        let mut at = start;
        while !walked.contains(&at) {
            walked.push(at);
            match left.get(at).and_then(|needs| needs.first()) {
                Some(next) => at = next,
                None => break,
            }
        }
        let first = walked.iter().position(|name| *name == at).unwrap_or(0);
        let mut cycle: Vec<UniverseName> =
            walked[first..].iter().map(|name| (*name).clone()).collect();
        for name in &cycle {
            left.remove(name);
        }
        let least = (0..cycle.len()).min_by_key(|n| &cycle[*n]).unwrap_or(0);
        cycle.rotate_left(least);
        cycles.push(cycle);
    }
}

/// Removes, again and again, what needs nothing that is left.
fn prune(left: &mut BTreeMap<&UniverseName, BTreeSet<&UniverseName>>) {
    loop {
        let names: BTreeSet<&UniverseName> = left.keys().copied().collect();
        for needs in left.values_mut() {
            needs.retain(|need| names.contains(need));
        }
        let before = left.len();
        left.retain(|_, needs| !needs.is_empty());
        if left.len() == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edges: &[(&str, &[&str])], expect: &[&[&str]]) {
        let name = |text: &&str| UniverseName::parse(text).unwrap();
        let graph = edges
            .iter()
            .map(|(from, to)| (name(from), to.iter().map(name).collect()))
            .collect();
        let expect: Vec<Vec<_>> = expect
            .iter()
            .map(|cycle| cycle.iter().map(name).collect())
            .collect();
        assert_eq!(cycles(&graph), expect, "{edges:?}");
    }

    #[test]
    fn cycles_are_found_and_what_only_leads_to_one_is_not_part_of_it() {
        check(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])], &[]);
        check(&[("a", &["a"])], &[&["a"]]);
        check(
            &[("a", &["b"]), ("b", &["c"]), ("c", &["b"])],
            &[&["b", "c"]],
        );
        check(
            &[("a", &["b"]), ("b", &["a"]), ("c", &["d"]), ("d", &["c"])],
            &[&["a", "b"], &["c", "d"]],
        );
        check(&[("a", &["unknown"])], &[]);
    }
}
