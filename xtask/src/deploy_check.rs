//! `cargo xtask deploy-check`: the deployment by the tools that exist without Azure. deploy/check has the checks, in Python like most of
//! the tools; here is what they need, checked before it is missed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::ci::target_directory;
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

/// Builds deploy/Dockerfile around a program and runs the image as its user, without a container engine.
pub(crate) fn image(root: &Path, binary: &str) -> Result<()> {
    for program in ["buildah", "mmdebstrap"] {
        if !shell::starts(program) {
            bail!("`{program}` is not installed: apt-get install buildah mmdebstrap");
        }
    }
    let folder = target_directory()?.join("image");
    std::fs::create_dir_all(&folder)?;
    let licences = folder.join(third_party::LICENCES);
    third_party::write_licences(root, &licences)?;
    let licences = licences.to_str().context("a path is not Unicode")?;
    let words = ["bash", "deploy/tests/image.sh", binary, licences];
    shell::run(root, &words, &[])
}

/// `quantx` of this machine, brought up to date: an old one would write yesterday's lines.
fn program(root: &Path) -> Result<PathBuf> {
    let target = target_directory()?;
    let name = format!("quantx{}", std::env::consts::EXE_SUFFIX);
    let program = target.join("release").join(name);
    let words = [
        "cargo",
        "build",
        "--workspace",
        "--release",
        "--bins",
        "--tests",
    ];
    let variables = [("CARGO_TARGET_DIR", target.into_os_string())];
    shell::run(root, &words, &variables)?;
    Ok(program)
}
