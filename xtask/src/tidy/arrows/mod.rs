//! The import table: which room of the library may know which other, and which may do I/O.
//!
//! A new arrow is a line in this file, so that it is seen in review. In the order of the table no
//! room imports one below itself.

use std::collections::BTreeMap;

use super::lexer::tokens;
use super::paths::{NamedPath, named_paths};
use super::product::{Product, without_tests};
use super::{File, Violation, rust, split};

const SOURCE: &str = "shared/src/";

/// A room (or a folder of one) and the modules of the crate's top that it may import.
const ARROWS: &[(&str, &[&str])] = &[
    ("market", &[]),
    ("clock", &[]),
    ("calendar", &["market"]),
    ("quality", &["market"]),
    // The strictness of each rule is a setting.
    ("settings", &["market", "quality"]),
    // A universe is built from an entry of the settings.
    ("universe", &["market", "settings"]),
    ("lake", &["market", "calendar"]),
    // A report adds up what merges changed and how much of the lake is covered.
    ("report", &["market", "lake", "quality"]),
    ("provider", &["market", "clock"]),
    // The replay vendor makes up markets, so it needs sessions.
    ("provider/replay", &["market", "clock", "calendar"]),
    ("storage", &["market", "clock", "settings", "lake"]),
    ("workflow", &[]),
    (
        "operations",
        &[
            "market", "clock", "calendar", "quality", "report", "settings", "universe", "lake",
            "provider", "storage", "workflow",
        ],
    ),
];

/// Rooms that compute only, but for [`ADAPTERS`].
const PURE: &[&str] = &[
    "market", "calendar", "quality", "report", "settings", "universe", "lake", "provider",
    "storage", "workflow",
];

/// Where the outside is: `*` is one folder, a trailing `/` everything below.
const ADAPTERS: &[&str] = &[
    "provider/*/client.rs",
    "provider/*/client/",
    "provider/throttle.rs",
    "provider/throttle/",
    "provider/replay/",
    "storage/",
    "universe/source/",
];

const IO: &[&str] = &[
    "tokio",
    "reqwest",
    "azure_*",
    "hyper",
    "hyper_util",
    "warp",
    "std::fs",
    "std::env",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::net::ToSocketAddrs",
    "std::process",
];

/// Operations act through the ports.
const NOT_IN_OPERATIONS: &[&str] = &["reqwest", "azure_*", "hyper", "hyper_util", "warp", "clap"];

/// Rooms know only the rooms they may, and only adapters reach outside.
pub(super) fn rooms(files: &[File]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, product) in products(files) {
        let Some(inner) = path.strip_prefix(SOURCE).filter(|inner| *inner != "lib.rs") else {
            continue;
        };
        for named in named_paths(&product.tokens) {
            found.extend(arrow(path, inner, &named));
            found.extend(outside(path, inner, &named));
        }
    }
    found
}

/// polars is behind the lake's codec; nobody else depends on its ways.
pub(super) fn polars_in_the_lake(files: &[File]) -> Vec<Violation> {
    let is_allowed = |path: &str| {
        path.starts_with("shared/src/lake/")
            || path.starts_with("tests/")
            || path.contains("/benches/")
            || path.contains("/tests/")
    };
    let mut found = Vec::new();
    for (path, product) in products(files) {
        if is_allowed(path) {
            continue;
        }
        for named in named_paths(&product.tokens) {
            if matches(&named.segments, "polars") || matches(&named.segments, "polars_*") {
                found.push(Violation {
                    path: path.to_owned(),
                    line: named.line,
                    rule: "polars",
                    advice: "only shared/src/lake may use polars: give the lake a function"
                        .to_owned(),
                });
            }
        }
    }
    found
}

/// The Rust files that are not tests of another file.
fn products(files: &[File]) -> BTreeMap<&str, Product> {
    let mut products: BTreeMap<&str, Product> = rust(files)
        .map(|(path, text)| (path, without_tests(&tokens(text))))
        .collect();
    let tests: Vec<String> = products
        .iter()
        .flat_map(|(path, product)| {
            let folder = module_folder(path);
            product
                .test_modules
                .iter()
                .map(move |name| format!("{folder}{name}"))
        })
        .collect();
    // Tests that `#[path]` names are told by their own name.
    products.retain(|path, _| !path.ends_with("_tests.rs"));
    products.retain(|path, _| {
        !tests.iter().any(|test| {
            path.strip_prefix(test.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    });
    products
}

/// The folder of the modules that a file declares, with `/` at the end.
fn module_folder(path: &str) -> String {
    let (folder, name) = split(path);
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => format!("{folder}/"),
        _ => format!("{}/", path.trim_end_matches(".rs")),
    }
}

fn arrow(path: &str, inner: &str, named: &NamedPath) -> Option<Violation> {
    let module = module_of(inner);
    let own = module.first()?.as_str();
    let target = target(&module, named)?;
    if target == own {
        return None;
    }
    let violation = |advice: String| {
        Some(Violation {
            path: path.to_owned(),
            line: named.line,
            rule: "import",
            advice,
        })
    };
    let is_room = |name: &str| ARROWS.iter().any(|(room, _)| *room == name);
    if !is_room(own) {
        return violation(format!(
            "`{own}` is not in the import table of xtask/src/tidy/arrows.rs"
        ));
    }
    if !is_room(&target) {
        return violation(format!(
            "`{target}` is not a room: name the room that owns the item"
        ));
    }
    // The longest row that fits: a folder's row replaces its room's.
    let row = ARROWS
        .iter()
        .filter(|(room, _)| {
            inner
                .strip_prefix(room)
                .is_some_and(|rest| rest.starts_with(['/', '.']))
        })
        .max_by_key(|(room, _)| room.len());
    let (room, imports) = row?;
    if imports.contains(&target.as_str()) {
        return None;
    }
    let allowed = if imports.is_empty() {
        "nothing".to_owned()
    } else {
        imports.join(", ")
    };
    violation(format!(
        "`{room}` must not know `{target}`; it may import {allowed}"
    ))
}

/// `a/b/mod.rs` → a, b; `a/b.rs` → a, b.
fn module_of(inner: &str) -> Vec<String> {
    let inner = inner.trim_end_matches(".rs");
    let inner = inner.strip_suffix("/mod").unwrap_or(inner);
    inner.split('/').map(str::to_owned).collect()
}

/// The module of the crate's top that a path leads into; nothing for paths into other crates.
fn target(module: &[String], named: &NamedPath) -> Option<String> {
    let mut base: Vec<&str> = module
        .iter()
        .chain(&named.inside)
        .map(String::as_str)
        .collect();
    let mut segments = named.segments.iter().map(String::as_str).peekable();
    match segments.peek() {
        Some(&"crate") => {
            base.clear();
            segments.next();
        }
        Some(&"super" | &"self") => {}
        _ => return None,
    }
    // `self` is where we are: also at the end of a group's prefix.
    while let Some(step) = segments.next_if(|step| ["super", "self"].contains(step)) {
        if step == "super" {
            base.pop();
        }
    }
    base.extend(segments);
    Some((*base.first().unwrap_or(&"the crate's top")).to_owned())
}

fn outside(path: &str, inner: &str, named: &NamedPath) -> Option<Violation> {
    let (room, _) = inner.split_once(['/', '.'])?;
    let hit = |list: &[&str]| list.iter().any(|banned| matches(&named.segments, banned));
    let shown = || {
        named
            .segments
            .iter()
            .take(2)
            .cloned()
            .collect::<Vec<_>>()
            .join("::")
    };
    let (rule, advice) = if room == "operations" && hit(NOT_IN_OPERATIONS) {
        (
            "io-past-ports",
            format!("`{}`: operations act through the ports", shown()),
        )
    } else if PURE.contains(&room) && !is_adapter(inner) && hit(IO) {
        let advice = format!(
            "`{}`: this file computes only; adapters are {}",
            shown(),
            ADAPTERS.join(", ")
        );
        ("io-in-pure-room", advice)
    } else {
        return None;
    };
    Some(Violation {
        path: path.to_owned(),
        line: named.line,
        rule,
        advice,
    })
}

fn is_adapter(inner: &str) -> bool {
    ADAPTERS.iter().any(|pattern| {
        let open = pattern.ends_with('/');
        let expect: Vec<&str> = pattern.trim_end_matches('/').split('/').collect();
        let got: Vec<&str> = inner.split('/').collect();
        let long_enough = if open {
            got.len() > expect.len()
        } else {
            got.len() == expect.len()
        };
        long_enough
            && expect
                .iter()
                .zip(&got)
                .all(|(expect, got)| *expect == "*" || expect == got)
    })
}

/// Whether a path starts with `banned`; `*` at the end stands for the rest of the last name.
fn matches(segments: &[String], banned: &str) -> bool {
    let names: Vec<&str> = banned.split("::").collect();
    segments.len() >= names.len()
        && names
            .iter()
            .zip(segments)
            .all(|(name, segment)| match name.strip_suffix('*') {
                Some(start) => segment.starts_with(start),
                None => segment == name,
            })
}

#[cfg(test)]
mod tests;
