//! Rules about which files there are and how long they may be.

use std::collections::BTreeSet;

use super::{File, Violation, rust, split};

const LONGEST: usize = 400;
const LONGEST_ENTRY: usize = 80;
const LONGEST_GUIDE: usize = 150;

/// Files short enough to be read whole; entry points and triggers only pass on.
pub(super) fn lengths(files: &[File]) -> Vec<Violation> {
    let triggers: BTreeSet<&str> = files
        .iter()
        .map(|file| split(&file.path))
        .filter(|(_, name)| *name == "function.json")
        .map(|(folder, _)| folder)
        .collect();
    files
        .iter()
        .filter_map(|file| {
            let (limit, advice) = limit(&file.path, &triggers)?;
            let n_lines = file.text.as_deref()?.lines().count();
            (n_lines > limit).then(|| Violation {
                path: file.path.clone(),
                line: limit + 1,
                rule: "length",
                advice: format!("{n_lines} lines, at most {limit}: {advice}"),
            })
        })
        .collect()
}

fn limit(path: &str, triggers: &BTreeSet<&str>) -> Option<(usize, &'static str)> {
    let (folder, name) = split(path);
    match name {
        "main.rs" | "lib.rs" => Some((LONGEST_ENTRY, "move what is not wiring into a module")),
        "mod.rs" if triggers.contains(folder) => Some((
            LONGEST_ENTRY,
            "a trigger decodes, calls one operation and encodes",
        )),
        "README.md" | "CONTRIBUTING.md" => Some((LONGEST_GUIDE, "move detail into docs/")),
        _ if name.ends_with(".rs") => {
            Some((LONGEST, "split it by concept; tests move to tests.rs"))
        }
        _ => None,
    }
}

/// Files that an operator looks for.
pub(super) fn required_files(files: &[File]) -> Vec<Violation> {
    ["CHANGELOG.md"]
        .into_iter()
        .filter(|required| !files.iter().any(|file| file.path == *required))
        .map(|required| Violation {
            path: required.to_owned(),
            line: 1,
            rule: "required-file",
            advice: "write it: changed behaviour, fixed, operator action needed".to_owned(),
        })
        .collect()
}

/// `foo/mod.rs` for every folder of the library, never `foo.rs` beside `foo/`, but for its tests.
pub(super) fn folders_have_mod_rs(files: &[File]) -> Vec<Violation> {
    let sources: BTreeSet<&str> = rust(files)
        .map(|(path, _)| path)
        .filter(|path| source_folder(path).is_some())
        .collect();
    let mut folders = BTreeSet::new();
    for path in &sources {
        // Every folder on the way, so that a folder with only sub-folders counts too.
        let top = source_folder(path).map_or(0, str::len);
        let inner = &path[top..];
        folders.extend(inner.match_indices('/').map(|(at, _)| &path[..=top + at]));
    }
    folders
        .into_iter()
        .filter(|folder| !sources.contains(format!("{folder}mod.rs").as_str()))
        .filter(|folder| !holds_only_tests(folder, &sources))
        .map(|folder| Violation {
            path: folder.to_owned(),
            line: 1,
            rule: "mod-rs",
            advice: "give the folder a mod.rs that says what it is for".to_owned(),
        })
        .collect()
}

/// `shared/lake/src/` of a file of a room.
fn source_folder(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("shared/")?;
    let (room, _) = rest.split_once("/src/")?;
    (!room.contains('/')).then(|| &path[..path.len() - rest.len() + room.len() + "/src/".len()])
}

/// `foo/tests.rs` beside `foo.rs`, nothing else.
fn holds_only_tests(folder: &str, sources: &BTreeSet<&str>) -> bool {
    let mut inside = sources.iter().filter(|path| path.starts_with(folder));
    let owner = format!("{}.rs", folder.trim_end_matches('/'));
    inside.all(|path| path[folder.len()..] == *"tests.rs") && sources.contains(owner.as_str())
}

/// `docs/adr/0007-as-traded-prices.md`, every number once.
pub(super) fn adr_names(files: &[File]) -> Vec<Violation> {
    let mut numbers = BTreeSet::new();
    let mut found = Vec::new();
    for file in files {
        let Some(name) = file.path.strip_prefix("docs/adr/") else {
            continue;
        };
        let number = adr_number(name);
        let advice = match number {
            None => "name it NNNN-words-in-lower-case.md",
            Some(number) if !numbers.insert(number) => "take the next free number",
            Some(_) => continue,
        };
        found.push(Violation {
            path: file.path.clone(),
            line: 1,
            rule: "adr-name",
            advice: advice.to_owned(),
        });
    }
    found
}

fn adr_number(name: &str) -> Option<&str> {
    let (number, words) = name.strip_suffix(".md")?.split_once('-')?;
    let numbered = number.len() == 4 && number.bytes().all(|it| it.is_ascii_digit());
    let named = !words.is_empty()
        && words
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
    (numbered && named).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;
    use super::*;

    #[test]
    fn files_may_be_as_long_as_their_kind_allows_and_no_longer() {
        let trigger = ("functions/health_check/function.json", "{}");
        for (path, limit) in [
            ("shared/lake/src/merge.rs", 400),
            ("shared/lake/src/proof/mod.rs", 400),
            ("shared/lake/src/lib.rs", 80),
            ("xtask/src/main.rs", 80),
            ("tests/it/main.rs", 80),
            ("functions/health_check/mod.rs", 80),
            ("functions/app/mod.rs", 400),
            ("README.md", 150),
            ("CONTRIBUTING.md", 150),
        ] {
            let allowed = "x\n".repeat(limit);
            assert!(
                broken(lengths, &[trigger, (path, &allowed)]).is_empty(),
                "{path}"
            );
            let long = "x\n".repeat(limit + 1);
            let expect = [format!("{path}:{} length", limit + 1)];
            assert_eq!(broken(lengths, &[trigger, (path, &long)]), expect);
        }
        assert!(broken(lengths, &[("Cargo.lock", &"x\n".repeat(5000))]).is_empty());
    }

    #[test]
    fn a_changelog_is_required() {
        assert_eq!(
            broken(required_files, &[("README.md", "")]),
            ["CHANGELOG.md:1 required-file"]
        );
        assert!(broken(required_files, &[("CHANGELOG.md", "")]).is_empty());
    }

    #[test]
    fn every_folder_of_code_has_a_mod_rs() {
        let files = [
            ("shared/lake/src/lib.rs", ""),
            ("shared/lake/benches/common/example.rs", ""),
            ("shared/lake/src/key.rs", ""),
            ("shared/universe/src/web/client/mod.rs", ""),
            ("shared/provider/src/replay/sample.csv", ""),
            ("shared/provider/src/lib.rs", ""),
            ("shared/provider/src/parse.rs", ""),
            ("shared/provider/src/parse/tests.rs", ""),
            ("shared/provider/src/throttle.rs", ""),
            ("shared/provider/src/throttle/circuit.rs", ""),
            ("shared/provider/src/throttle/tests.rs", ""),
            ("cli/src/command/backfill.rs", ""),
        ];
        assert_eq!(
            broken(folders_have_mod_rs, &files),
            [
                "shared/provider/src/throttle/:1 mod-rs",
                "shared/universe/src/web/:1 mod-rs",
            ]
        );
    }

    #[test]
    fn adr_files_are_numbered_once() {
        let files = [
            ("docs/adr/0001-as-traded-storage.md", ""),
            ("docs/adr/0001-f64-prices.md", ""),
            ("docs/adr/2-yaml.md", ""),
            ("docs/adr/0003_blob.md", ""),
            ("docs/adr/README.md", ""),
            ("docs/architecture.md", ""),
        ];
        let expect = [
            "docs/adr/0001-f64-prices.md:1 adr-name",
            "docs/adr/0003_blob.md:1 adr-name",
            "docs/adr/2-yaml.md:1 adr-name",
            "docs/adr/README.md:1 adr-name",
        ];
        assert_eq!(broken(adr_names, &files), expect);
    }
}
