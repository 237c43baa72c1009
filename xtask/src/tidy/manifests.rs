//! Rules about Cargo manifests and lock files.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Violation, split};

const FUZZ_MANIFEST: &str = "fuzz/Cargo.toml";
pub(super) const LOCK: &str = "Cargo.lock";
const FUZZ_LOCK: &str = "fuzz/Cargo.lock";

/// Members take versions and lints from the workspace.
pub(super) fn members(files: &[File]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in files {
        let (folder, name) = split(&file.path);
        if name != "Cargo.toml" || folder.is_empty() || file.path == FUZZ_MANIFEST {
            continue;
        }
        let text = file.text.as_deref().unwrap_or_default();
        let mut violation = |line, rule, advice: &str| {
            found.push(Violation {
                path: file.path.clone(),
                line,
                rule,
                advice: advice.to_owned(),
            });
        };
        let mut section = "";
        let mut has_lints = false;
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
            } else if section == "lints" && line.replace(' ', "") == "workspace=true" {
                has_lints = true;
            } else if section.ends_with("dependencies") && line.contains('=') {
                let compact = line.replace(' ', "");
                if !compact.contains("workspace=true") {
                    violation(
                        at + 1,
                        "own-version",
                        "write `name.workspace = true`; the version goes into [workspace.dependencies]",
                    );
                }
            }
        }
        if !has_lints {
            violation(1, "no-lints", "add `[lints]` with `workspace = true`");
        }
    }
    found
}

/// One source of packages, and the fuzz targets run what we ship.
pub(super) fn locks(files: &[File]) -> Vec<Violation> {
    let text = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .and_then(|file| file.text.as_deref())
    };
    let mut found = Vec::new();
    for path in [LOCK, FUZZ_LOCK] {
        for (at, line) in text(path).unwrap_or_default().lines().enumerate() {
            let source = line.strip_prefix("source = ");
            if source
                .is_some_and(|it| it != "\"registry+https://github.com/rust-lang/crates.io-index\"")
            {
                found.push(Violation {
                    path: path.to_owned(),
                    line: at + 1,
                    rule: "package-source",
                    advice: "packages come from the public registry only".to_owned(),
                });
            }
        }
    }
    let shipped = versions(text(LOCK).unwrap_or_default());
    for (name, fuzzed) in versions(text(FUZZ_LOCK).unwrap_or_default()) {
        let Some(shipped) = shipped.get(name) else {
            continue;
        };
        for (version, line) in fuzzed {
            if !shipped.contains_key(version) {
                found.push(Violation {
                    path: FUZZ_LOCK.to_owned(),
                    line,
                    rule: "fuzz-lock",
                    advice: format!(
                        "{name} {version} is not what {LOCK} has: cp {LOCK} {FUZZ_LOCK} && cargo metadata --manifest-path {FUZZ_MANIFEST}"
                    ),
                });
            }
        }
    }
    found
}

/// Clippy reads the nearest settings only, so those of the library repeat those of the workspace.
pub(super) fn clippy_settings(files: &[File]) -> Vec<Violation> {
    const WORKSPACE: &str = "clippy.toml";
    const LIBRARY: &str = "shared/clippy.toml";
    let text = |path: &str| files.iter().find(|file| file.path == path)?.text.as_deref();
    let (Some(workspace), Some(library)) = (text(WORKSPACE), text(LIBRARY)) else {
        return Vec::new();
    };
    let library: BTreeSet<&str> = library.lines().collect();
    let settings = workspace.lines().enumerate();
    settings
        .filter(|(_, line)| !line.starts_with('#') && !library.contains(line))
        .map(|(at, line)| Violation {
            path: WORKSPACE.to_owned(),
            line: at + 1,
            rule: "clippy-settings",
            advice: format!("{LIBRARY} lacks `{line}`"),
        })
        .collect()
}

/// Package → version → line in the lock file.
pub(super) fn versions(lock: &str) -> BTreeMap<&str, BTreeMap<&str, usize>> {
    let mut versions: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut name = "";
    for (at, line) in lock.lines().enumerate() {
        if let Some(value) = line.strip_prefix("name = ") {
            name = value.trim_matches('"');
        } else if let Some(value) = line.strip_prefix("version = ").filter(|_| !name.is_empty()) {
            versions
                .entry(name)
                .or_default()
                .insert(value.trim_matches('"'), at + 1);
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn a_member_takes_versions_from_the_workspace() {
        for line in ["anyhow = \"1\"", "quantx = { path = \"../shared\" }"] {
            for section in [
                "dependencies",
                "dev-dependencies",
                "target.'cfg(unix)'.dependencies",
            ] {
                let text = format!("[{section}]\n# a = \"1\"\n{line}\n{LINTS}");
                assert_eq!(
                    broken(members, &[("cli/Cargo.toml", &text)]),
                    ["cli/Cargo.toml:3 own-version"]
                );
                assert!(
                    broken(
                        members,
                        &[("Cargo.toml", &text), ("fuzz/Cargo.toml", &text)]
                    )
                    .is_empty()
                );
            }
        }
        let text = format!(
            "[package]\nversion = \"1\"\n[dependencies]\nanyhow.workspace = true\nclap = {{ workspace = true }}\n{LINTS}"
        );
        assert!(broken(members, &[("cli/Cargo.toml", &text)]).is_empty());
    }

    #[test]
    fn a_member_takes_the_lints_of_the_workspace() {
        let text = "[package]\nname = \"x\"";
        assert_eq!(
            broken(members, &[("cli/Cargo.toml", text)]),
            ["cli/Cargo.toml:1 no-lints"]
        );
    }

    #[test]
    fn packages_come_from_one_source() {
        let text = "name = \"a\"\nversion = \"1.0.0\"\nsource = \"git+https://example.org/a\"\n";
        assert_eq!(
            broken(locks, &[("Cargo.lock", text)]),
            ["Cargo.lock:3 package-source"]
        );
    }

    #[test]
    fn the_fuzz_targets_use_the_same_versions() {
        let shipped = "version = 4\n\nname = \"a\"\nversion = \"1.0.0\"\n\nname = \"a\"\nversion = \"2.0.0\"\n";
        let same = "version = 4\n\nname = \"a\"\nversion = \"2.0.0\"\n\nname = \"fuzzer\"\nversion = \"0.4.0\"\n";
        assert!(broken(locks, &[(LOCK, shipped), (FUZZ_LOCK, same)]).is_empty());
        let other = "version = 4\n\nname = \"a\"\nversion = \"2.0.1\"\n";
        assert_eq!(
            broken(locks, &[(LOCK, shipped), (FUZZ_LOCK, other)]),
            ["fuzz/Cargo.lock:4 fuzz-lock"]
        );
    }

    #[test]
    fn the_library_has_all_lint_settings_of_the_workspace() {
        let workspace = ("clippy.toml", "# why\na = 1\nb = 2\n");
        let library = |text| ("shared/clippy.toml", text);
        let whole = library("# other\nb = 2\nc = 3\na = 1\n");
        assert!(broken(clippy_settings, &[workspace, whole]).is_empty());
        let lacking = library("a = 1\nc = 3\n");
        assert_eq!(
            broken(clippy_settings, &[workspace, lacking]),
            ["clippy.toml:3 clippy-settings"]
        );
    }
}
