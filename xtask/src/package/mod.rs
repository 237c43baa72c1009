//! `cargo xtask package`: the Functions app as the host wants it, in a folder and in a zip.
//!
//! The host looks for functions in the direct subfolders of the folder that has host.json; ours are one
//! level deeper, beside their code. So they are staged.

mod app_settings;
mod archive;
mod stage;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::ci::target_directory;
use crate::shell;

/// What is wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// A target triple, `x86_64-unknown-linux-gnu.2.28`; cargo-zigbuild builds for an old glibc.
    target: Option<String>,
}

impl Options {
    pub(crate) fn parse(flags: &[&str]) -> Result<Self> {
        match flags {
            [] | ["--release"] => Ok(Self::default()),
            ["--target", triple] | ["--release", "--target", triple] => Ok(Self {
                target: Some((*triple).to_owned()),
            }),
            _ => bail!("package takes [--release] [--target TRIPLE]"),
        }
    }
}

/// Builds, stages, checks and packs; says where the zip is, and the app settings to deploy it with.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let (app, staged) = put_together(root, options)?;
    let folder = target_directory()?.join("package");
    let zip = folder.join("quantx-functions.zip");
    archive::pack(&app, &staged, &zip)?;
    let settings = folder.join("app-settings.json");
    std::fs::write(&settings, app_settings::json(root)?)
        .with_context(|| format!("cannot write {}", settings.display()))?;
    let size = std::fs::metadata(&zip)?.len();
    shell::say(&format!(
        "{}: {} entries, {size} bytes",
        zip.display(),
        staged.len()
    ));
    shell::say(&format!(
        "{}: the schedules, as app settings",
        settings.display()
    ));
    Ok(())
}

/// Builds and stages for this machine; gives back the script root.
pub(crate) fn staged(root: &Path) -> Result<PathBuf> {
    let (app, _) = put_together(root, &Options::default())?;
    Ok(app)
}

fn put_together(root: &Path, options: &Options) -> Result<(PathBuf, Vec<PathBuf>)> {
    let folder = target_directory()?.join("package");
    let handler = stripped(root, &build(root, options)?, &folder)?;
    let app = folder.join("app");
    let staged = stage::stage(root, &handler, &app)?;
    stage::check(root, &app)?;
    Ok((app, staged))
}

/// The whole workspace, so that polars is not compiled again for another selection; for another
/// target only what is needed.
fn build(root: &Path, options: &Options) -> Result<PathBuf> {
    let target = target_directory()?;
    let variables = [("CARGO_TARGET_DIR", target.as_os_str().to_owned())];
    let Some(triple) = &options.target else {
        let words = [
            "cargo",
            "build",
            "--release",
            "--workspace",
            "--bins",
            "--tests",
        ];
        shell::run(root, &words, &variables)?;
        return Ok(target.join("release/handler"));
    };
    if !shell::has_cargo_command("zigbuild") {
        bail!("--target needs cargo-zigbuild: cargo install cargo-zigbuild");
    }
    let words = [
        "cargo",
        "zigbuild",
        "--release",
        "-p",
        "quantx-functions",
        "--target",
        triple,
    ];
    shell::run(root, &words, &variables)?;
    // `.2.28` is the glibc, which is no part of the folder's name.
    let folder = triple.split('.').next().context("an empty target")?;
    Ok(target.join(folder).join("release/handler"))
}

/// A copy without symbols, a fifth smaller: a cold start in Azure reads it over the network.
fn stripped(root: &Path, handler: &Path, folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let copy = folder.join(stage::HANDLER);
    std::fs::copy(handler, &copy).with_context(|| format!("cannot copy {}", handler.display()))?;
    let path = copy.to_str().context("a path is not Unicode")?;
    if let Err(error) = shell::run(root, &["strip", path], &[]) {
        shell::say(&format!("the handler keeps its symbols: {error:#}"));
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read() {
        assert_eq!(Options::parse(&[]).unwrap(), Options::default());
        let options =
            Options::parse(&["--release", "--target", "x86_64-unknown-linux-gnu.2.28"]).unwrap();
        assert_eq!(
            options.target.as_deref(),
            Some("x86_64-unknown-linux-gnu.2.28")
        );
        assert!(Options::parse(&["--target"]).is_err());
        assert!(Options::parse(&["--debug"]).is_err());
    }
}
