//! The map of docs/architecture.md is the workspace: its folders, and what each room imports.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Violation};

const MAP: &str = "docs/architecture.md";
const PREFIX: &str = "quantx-";

/// Every room of `shared/` has a line in the map that names what its manifest names, and no other.
pub(super) fn rooms(files: &[File]) -> Vec<Violation> {
    let Some(map) = files.iter().find(|file| file.path == MAP) else {
        return Vec::new();
    };
    let mut drawn = drawn_rooms(map.text.as_deref().unwrap_or_default());
    let mut found = Vec::new();
    let mut violation = |line, advice| {
        found.push(Violation {
            path: MAP.to_owned(),
            line,
            rule: "map",
            advice,
        });
    };
    for (room, imports) in built_rooms(files) {
        let wanted = match imports.is_empty() {
            true => "nothing".to_owned(),
            false => imports.iter().copied().collect::<Vec<_>>().join(", "),
        };
        match drawn.remove(room) {
            None => violation(1, format!("add the room `{room}`, which imports {wanted}")),
            Some((_, drawn)) if drawn == imports => {}
            Some((line, _)) => violation(line, format!("`{room}` imports {wanted}")),
        }
    }
    for (room, (line, _)) in drawn {
        violation(line, format!("there is no shared/{room}/Cargo.toml"));
    }
    found
}

/// Room → the rooms among its dependencies. The facade and what only tests use are no rooms.
fn built_rooms(files: &[File]) -> BTreeMap<&str, BTreeSet<&str>> {
    let manifests = files.iter().filter_map(|file| {
        let room = file
            .path
            .strip_prefix("shared/")?
            .strip_suffix("/Cargo.toml")?;
        (!matches!(room, "quantx" | "fixtures")).then_some((room, file.text.as_deref()?))
    });
    let imports = |text| {
        let mut section = "";
        let mut rooms = BTreeSet::new();
        for line in str::lines(text) {
            if line.starts_with('[') {
                section = line;
            } else if section == "[dependencies]"
                && let Some(rest) = line.strip_prefix(PREFIX)
            {
                rooms.extend(rest.split(['.', ' ', '=']).next());
            }
        }
        rooms
    };
    manifests
        .map(|(room, text)| (room, imports(text)))
        .collect()
}

/// The table whose last column is `imports`: room → line and imports.
fn drawn_rooms(text: &str) -> BTreeMap<&str, (usize, BTreeSet<&str>)> {
    let mut rooms = BTreeMap::new();
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, room, .., imports, _] = cells.as_slice() else {
            inside = false;
            continue;
        };
        if *imports == "imports" {
            inside = true;
        } else if inside && room.starts_with('`') {
            let names = imports.split(", ").filter(|name| *name != "nothing");
            rooms.insert(room.trim_matches('`'), (at + 1, names.collect()));
        }
    }
    rooms
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;
    use super::*;

    const MARKET: (&str, &str) = (
        "shared/market/Cargo.toml",
        "[dependencies]\njiff.workspace = true\n",
    );
    const LAKE: (&str, &str) = (
        "shared/lake/Cargo.toml",
        "[dependencies]\nquantx-market.workspace = true\nquantx-calendar = { workspace = true }\n\n[dev-dependencies]\nquantx-provider.workspace = true\n",
    );
    const FACADE: (&str, &str) = (
        "shared/quantx/Cargo.toml",
        "[dependencies]\nquantx-lake.workspace = true\n",
    );

    fn check(map: &str, expect: &[&str]) {
        let map =
            format!("| room | what | imports |\n|---|---|---|\n{map}\n\n| `other` | table |\n");
        assert_eq!(
            broken(rooms, &[MARKET, LAKE, FACADE, (MAP, &map)]),
            expect,
            "{map}"
        );
    }

    #[test]
    fn the_map_names_every_room_with_what_it_imports() {
        let market = "| `market` | words | nothing |\n";
        check(
            &format!("{market}| `lake` | bytes | market, calendar |"),
            &[],
        );
        check(
            &format!("{market}| `lake` | bytes | market |"),
            &["docs/architecture.md:4 map"],
        );
        check(
            &format!("{market}| `lake` | bytes | market, calendar, provider |"),
            &["docs/architecture.md:4 map"],
        );
        check(market, &["docs/architecture.md:1 map"]);
        check(
            &format!("{market}| `lake` | bytes | calendar, market |\n| `attic` | old | nothing |"),
            &["docs/architecture.md:5 map"],
        );
    }
}
