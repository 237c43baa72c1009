//! Rules about what stands in a line.

use super::{File, Violation, rust};

/// Absolute folders of somebody's machine. Written in pieces, or this file would break the rule.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

/// Hosts of package registries and their mirrors: the tools know where to ask.
const REGISTRIES: &[&str] = &[
    concat!("index.cra", "tes.io"),
    concat!("static.cra", "tes.io"),
    concat!("//cra", "tes.io"),
    concat!("py", "pi.org"),
    concat!("files.python", "hosted.org"),
    concat!("registry.np", "mjs.org"),
    concat!("deb.deb", "ian.org"),
    concat!("arti", "factory"),
];

const REMINDERS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// Rules for every text file.
pub(super) fn lines(files: &[File]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in files {
        for (at, line) in file.text.as_deref().unwrap_or_default().lines().enumerate() {
            let mut violation = |rule, advice: String| {
                found.push(Violation {
                    path: file.path.clone(),
                    line: at + 1,
                    rule,
                    advice,
                });
            };
            if let Some(folder) = MACHINE_FOLDERS.iter().find(|it| starts_path(line, it)) {
                violation(
                    "machine-path",
                    format!("`{folder}` is on one machine only: use a relative path"),
                );
            }
            if let Some(host) = REGISTRIES.iter().find(|it| line.contains(**it)) {
                violation(
                    "registry-host",
                    format!("`{host}`: name the package, not where it is downloaded"),
                );
            }
            if let Some(word) = REMINDERS.iter().find(|it| is_unnumbered(line, it)) {
                violation(
                    "reminder",
                    format!("write `{word}(#123):` with the issue, or do it now"),
                );
            }
        }
    }
    found
}

/// Whether an absolute path starts with `folder`: `a/work/b` and `../work/b` do not.
fn starts_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|it| it.is_alphanumeric() || "._-*}>".contains(it))
    })
}

/// Whether `word` stands somewhere without an issue's number.
fn is_unnumbered(line: &str, word: &str) -> bool {
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        let alone = !line[..at].ends_with(is_word) && !after.starts_with(is_word);
        let number = after
            .strip_prefix("(#")
            .and_then(|rest| rest.split_once(')'))
            .map(|it| it.0);
        let numbered =
            number.is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
        alone && !numbered
    })
}

/// No lint is switched off for a whole file. The formatter leaves one way to write that.
pub(super) fn code(files: &[File]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in rust(files) {
        let mut start = 0;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let rest = &text[start..];
            start += line.len();
            if rest.trim_start_matches(' ').starts_with(FILE_ALLOW) && !is_granted(path, rest) {
                found.push(Violation {
                    path: path.to_owned(),
                    line: at + 1,
                    rule: "file-allow",
                    advice: "use #[expect(lint, reason = \"…\")] on the item".to_owned(),
                });
            }
        }
    }
    found
}

const FILE_ALLOW: &str = "#![allow";

/// The one exception: helpers of the test crate may unwrap (clippy allows that in test functions
/// only).
fn is_granted(path: &str, attribute: &str) -> bool {
    const GRANTED: [&str; 4] = ["allow", "clippy", "unwrap_used", "expect_used"];
    let lints = attribute.split(['"', ']']).next().unwrap_or_default();
    let lints = lints.strip_suffix("reason = ").unwrap_or(lints);
    let mut words = lints
        .split(|it: char| !it.is_alphanumeric() && it != '_')
        .filter(|word| !word.is_empty());
    path.starts_with("tests/") && words.all(|word| GRANTED.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;
    use super::*;

    fn check(rule: super::super::Rule, path: &str, text: &str, expect: &[&str]) {
        let found = broken(rule, &[(path, text)]);
        let found: Vec<&str> = found
            .iter()
            .filter_map(|it| it.strip_prefix(&format!("{path}:")))
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn no_path_of_one_machine() {
        for folder in MACHINE_FOLDERS {
            check(
                lines,
                "README.md",
                &format!("ok\ncd {folder}main"),
                &["2 machine-path"],
            );
            check(
                lines,
                "a.rs",
                &format!("let x = \"{folder}x\";"),
                &["1 machine-path"],
            );
            check(
                lines,
                "a.md",
                &format!("..{folder}x https://example.org{folder}x $A/b{folder}"),
                &[],
            );
        }
    }

    #[test]
    fn no_host_of_a_package_registry() {
        for host in REGISTRIES {
            check(
                lines,
                "SOURCE.md",
                &format!("from https:{host}/x"),
                &["1 registry-host"],
            );
        }
        check(
            lines,
            "Cargo.lock",
            "source = \"registry+https://github.com/rust-lang/crates.io-index\"",
            &[],
        );
    }

    #[test]
    fn a_reminder_has_an_issue() {
        for word in REMINDERS {
            check(lines, "a.rs", &format!("// {word}: later"), &["1 reminder"]);
            check(lines, "a.sh", &format!("# {word}(soon)"), &["1 reminder"]);
            check(
                lines,
                "a.rs",
                &format!("// {word}(#): later"),
                &["1 reminder"],
            );
            check(
                lines,
                "a.rs",
                &format!("// {word}(#12): later, my{word}S"),
                &[],
            );
        }
    }

    #[test]
    fn no_lint_is_switched_off_for_a_file() {
        check(
            code,
            "a.rs",
            "//! x\n#![allow(dead_code)]",
            &["2 file-allow"],
        );
        check(
            code,
            "a.rs",
            "mod x {\n    #![allow(clippy::unwrap_used)]",
            &["2 file-allow"],
        );
        check(
            code,
            "tests/support/lib.rs",
            "#![allow(clippy::unwrap_used, reason = \"x\")]",
            &[],
        );
        check(
            code,
            "tests/support/lib.rs",
            "#![allow(clippy::unwrap_used, dead_code)]",
            &["1 file-allow"],
        );
        check(
            code,
            "a.rs",
            "#[expect(dead_code, reason = \"#![allow(x)]\")] // #![allow(y)]",
            &[],
        );
    }
}
