//! `cargo xtask tidy`: the rules of the house that neither rustc nor clippy can check.
//!
//! A rule is a function from the files of the checkout to violations; it reads no disk itself.

mod duplicates;
mod manifests;
mod map;
mod shape;
mod text;

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell;

/// One file of the checkout, tracked or about to be.
#[derive(Debug)]
struct File {
    /// Relative to the top, with `/`.
    path: String,
    /// Nothing for files that are not text.
    text: Option<String>,
}

/// One broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    /// What to do.
    advice: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.path, self.line, self.rule, self.advice
        )
    }
}

type Rule = fn(&[File]) -> Vec<Violation>;

const RULES: &[Rule] = &[
    shape::lengths,
    shape::required_files,
    shape::folders_have_mod_rs,
    shape::adr_names,
    text::lines,
    text::code,
    manifests::members,
    manifests::locks,
    manifests::clippy_settings,
    map::rooms,
    duplicates::check,
];

/// Checks the checkout at `root` and prints every violation.
pub(crate) fn run(root: &Path) -> Result<()> {
    let files = read(root)?;
    let found = check(&files);
    for violation in &found {
        shell::say(&violation.to_string());
    }
    if !found.is_empty() {
        bail!("{} violations in {} files read", found.len(), files.len());
    }
    shell::say(&format!("tidy: {} files, no violation", files.len()));
    Ok(())
}

fn check(files: &[File]) -> Vec<Violation> {
    let mut found: Vec<Violation> = RULES.iter().flat_map(|rule| rule(files)).collect();
    found.sort();
    found.dedup();
    found
}

/// What git tracks and what it would track: an ignored file is nobody's business.
fn read(root: &Path) -> Result<Vec<File>> {
    let list = shell::output(
        root,
        &[
            "git",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    )
    .context("tidy asks git which files belong to the project")?;
    let list = String::from_utf8(list).context("a file name is not UTF-8")?;
    let mut paths: Vec<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup(); // git lists a file in conflict once for each side.
    let mut files = Vec::new();
    for path in paths {
        let full = root.join(path);
        // Deleted but not yet removed from the index, or a submodule.
        if !full.is_file() {
            continue;
        }
        let bytes = std::fs::read(&full).with_context(|| format!("cannot read {path}"))?;
        files.push(File {
            path: path.to_owned(),
            text: String::from_utf8(bytes).ok(),
        });
    }
    Ok(files)
}

/// Splits a path into folder and name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The Rust files with their text.
fn rust(files: &[File]) -> impl Iterator<Item = (&str, &str)> {
    files
        .iter()
        .filter(|file| file.path.ends_with(".rs"))
        .filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The violations of `rule` on in-memory files, as `path:line rule`.
    pub(super) fn broken(rule: Rule, files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: Some((*text).to_owned()),
            })
            .collect();
        let mut found = rule(&files);
        found.sort();
        found
            .iter()
            .map(|it| format!("{}:{} {}", it.path, it.line, it.rule))
            .collect()
    }

    #[test]
    fn a_violation_reads_like_a_compiler_error() {
        let violation = Violation {
            path: "a/b.rs".to_owned(),
            line: 7,
            rule: "length",
            advice: "split the file".to_owned(),
        };
        assert_eq!(violation.to_string(), "a/b.rs:7: length: split the file");
    }

    #[test]
    fn all_rules_report_at_once_in_order_of_place() {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: Some(text.to_owned()),
        };
        let found = check(&[
            file("shared/lake/src/attic/key.rs", "#![allow(dead_code)]"),
            file("docs/adr/first.md", "x"),
        ]);
        let rules: Vec<_> = found
            .iter()
            .map(|it| (it.path.as_str(), it.line, it.rule))
            .collect();
        let expect = [
            ("CHANGELOG.md", 1, "required-file"),
            ("docs/adr/first.md", 1, "adr-name"),
            ("shared/lake/src/attic/", 1, "mod-rs"),
            ("shared/lake/src/attic/key.rs", 1, "file-allow"),
        ];
        assert_eq!(rules, expect);
    }
}
