//! `cargo xtask deploy-check`: the deployment by the tools that exist without Azure. deploy/check has the checks, in Python like most of
//! the tools; here is what they need, checked before it is missed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::ci::{build_programs, target_directory};
use crate::pinned::PYTHON;
use crate::{shell, third_party};

/// Programs that must be there: nothing is skipped where one is missing.
const NEEDED: [(&str, &str); 4] = [
    (PYTHON, "Python 3.11 or newer, with venv and pip"),
    ("node", "Node 20 or newer"),
    ("npm", "npm, which comes with Node"),
    ("bash", "bash, which runs deploy_hybrid.sh"),
];

/// Runs deploy/check/run.py with `words` and the program of these sources.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<()> {
    let missing: Vec<String> = NEEDED
        .iter()
        .filter(|(program, _)| !shell::starts(program))
        .map(|(program, what)| format!("`{program}` ({what})"))
        .collect();
    ensure!(
        missing.is_empty(),
        "the deployment cannot be checked without {}",
        missing.join(", ")
    );
    let program = program(root)?;
    let script = root.join("deploy/check/run.py");
    let script = script.to_str().context("a path is not Unicode")?;
    let words: Vec<&str> = [PYTHON, script].iter().chain(words).copied().collect();
    shell::run(root, &words, &[("QUANTX_BIN", OsString::from(program))])
}

/// How deploy/tests/image.sh says that this machine can build no image.
const NO_BUILDER: i32 = 3;

/// Builds deploy/Dockerfile around the program of these sources where the machine can build images, and says so
/// where it cannot; with `QUANTX_REQUIRE_IMAGE` that is an error.
pub(crate) fn image_if_possible(root: &Path) -> Result<()> {
    let program = program(root)?;
    let words = image_words(root, program.to_str().context("a path is not Unicode")?)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let code = shell::exit_code(root, &words)?;
    if code == NO_BUILDER && shell::variable("QUANTX_REQUIRE_IMAGE").is_none() {
        shell::say(
            "skipped: this machine builds no image; QUANTX_REQUIRE_IMAGE=1 makes that an error",
        );
        return Ok(());
    }
    ensure!(
        code == 0,
        "deploy/tests/image.sh ended with exit code {code}"
    );
    Ok(())
}

/// Builds deploy/Dockerfile around a program and runs the image as its user, without a container engine.
pub(crate) fn image(root: &Path, binary: &str) -> Result<()> {
    let words = image_words(root, binary)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    shell::run(root, &words, &[])
}

fn image_words(root: &Path, binary: &str) -> Result<Vec<String>> {
    let folder = target_directory()?.join("image");
    std::fs::create_dir_all(&folder)?;
    let licences = folder.join(third_party::LICENCES);
    third_party::write_licences(root, &licences)?;
    let licences = licences.to_str().context("a path is not Unicode")?;
    let words = ["bash", "deploy/tests/image.sh", binary, licences];
    Ok(words.map(str::to_owned).to_vec())
}

/// `quantx` of this machine, brought up to date: an old one would write yesterday's lines.
fn program(root: &Path) -> Result<PathBuf> {
    let target = target_directory()?;
    let name = format!("quantx{}", std::env::consts::EXE_SUFFIX);
    let program = target.join("release").join(name);
    build_programs(root, &target)?;
    Ok(program)
}
