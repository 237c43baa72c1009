//! What is released is run, from a fresh folder, as a user would in the first minute.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::pinned::PYTHON;
use crate::shell;
use crate::third_party::LICENCES;

use super::emptied;

/// The package as a host unpacks it: modes, and nothing stray.
pub(super) fn package(root: &Path, zip: &Path) -> Result<()> {
    let script = root.join("deploy/check/zip_modes.py");
    shell::run(root, &[PYTHON, text(&script)?, text(zip)?], &[])
}

/// Installs the wheel into a new environment and runs the README's first command in an empty folder.
pub(super) fn wheel(root: &Path, wheel: &Path, built: &Path, desk: &Path) -> Result<()> {
    emptied(desk)?;
    let environment = desk.join("venv");
    let fresh = desk.join("fresh");
    fs::create_dir(&fresh)?;
    shell::run(desk, &[PYTHON, "-m", "venv", text(&environment)?], &[])?;
    let programs = environment.join("bin");
    let python = programs.join("python");
    let pip = "-m pip install --quiet --disable-pip-version-check --no-index --no-deps";
    let mut words = vec![text(&python)?];
    words.extend(pip.split(' '));
    words.push(text(wheel)?);
    shell::run(desk, &words, &[])?;

    let quantx = programs.join("quantx");
    ensure!(
        fs::read(&quantx)? == fs::read(built)?,
        "the wheel does not carry the program that was built"
    );
    let version = shell::output(&fresh, &[text(&quantx)?, "--version"])?;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    let expected = format!("quantx {}", env!("CARGO_PKG_VERSION"));
    ensure!(version == expected, "it says `{version}`, not `{expected}`");

    let readme = fs::read_to_string(root.join("README.md"))?;
    let command = first_command(&readme).context("README.md has no first command")?;
    let mut words = vec![text(&quantx)?];
    words.extend(command.split(' '));
    words.extend(["--quiet", "--json"]);
    let report: Value = serde_json::from_slice(&shell::output(&fresh, &words)?)
        .context("the first command wrote no report")?;
    let totals = &report["totals"];
    let figures = (&totals["changes"]["bars_added"], &totals["files_written"]);
    let promised = promised(&readme).context("README.md does not say what the command stores")?;
    ensure!(
        figures == (&Value::from(promised.0), &Value::from(promised.1)),
        "the first command stored {figures:?}, README.md says {promised:?}"
    );
    ensure!(
        report["verdict"] == "green",
        "the first run is not green: {report}"
    );
    ensure!(
        has_licences(&environment)?,
        "the wheel does not bring {LICENCES} and a bill of materials"
    );
    shell::say(&format!(
        "the wheel in a fresh environment: {version}; `quantx {command}` stored {} bars in {} files",
        promised.0, promised.1
    ));
    Ok(())
}

/// What the README tells people to type first, without how it is started from sources.
fn first_command(readme: &str) -> Option<&str> {
    let (_, block) = readme.split_once("```sh\n")?;
    block
        .lines()
        .next()?
        .strip_prefix("cargo run --release -- ")
}

/// Bars and files that the README says the first command stores.
fn promised(readme: &str) -> Option<(u64, u64)> {
    let (_, rest) = readme.split_once("The command stores ")?;
    let (bars, rest) = rest.split_once(" bars in ")?;
    let (files, _) = rest.split_once(" files")?;
    Some((bars.replace(',', "").parse().ok()?, files.parse().ok()?))
}

/// Whether the installed distribution has both files about other people's work.
fn has_licences(environment: &Path) -> Result<bool> {
    let mut found = (false, false);
    let mut open = vec![environment.join("lib")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let within = path.parent().and_then(Path::file_name).unwrap_or_default();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if name == LICENCES && within == "licenses" {
                found.0 = true;
            } else if name.ends_with(".cdx.json") && within == "sboms" {
                found.1 = true;
            }
        }
    }
    Ok(found == (true, true))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not Unicode", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readmes_first_command_and_what_it_stores_are_understood() {
        let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
        let readme = fs::read_to_string(readme).unwrap();
        let command = first_command(&readme).unwrap();
        assert!(command.starts_with("backfill --phase sample --provider sample "));
        let (bars, files) = promised(&readme).unwrap();
        assert!(bars > 1000 && files > 1);
        assert_eq!(first_command("```sh\nls\n```"), None);
    }
}
