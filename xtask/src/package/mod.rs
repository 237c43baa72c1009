//! `cargo xtask package`: the Functions app as the host wants it, in a folder and in a zip.
//!
//! The host looks for functions in the direct subfolders of the folder that has host.json; ours are one
//! level deeper, beside their code. So they are staged.

mod app_settings;
pub(crate) mod archive;
pub(crate) mod stage;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::ci::{build_programs, target_directory};
use crate::shell;
use crate::third_party::ThirdParty;
use crate::zig::Zig;

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

/// The app as it is packed.
pub(crate) const ZIP: &str = "quantx-functions.zip";
/// The schedules, as `az functionapp config appsettings set --settings @FILE` takes them.
pub(crate) const APP_SETTINGS: &str = "app-settings.json";

/// Builds, stages, checks and packs; says where the zip is, and the app settings to deploy it with.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let target = target_directory()?;
    let folder = target.join("package");
    let (handler, third_party) = match &options.target {
        Some(triple) => {
            let zig = Zig::found(root, &target, triple)?;
            let handler = zig.build(root)?.handler;
            (handler, ThirdParty::of(root, Some(zig.triple()))?)
        }
        None => (build(root, &target, &folder)?, ThirdParty::of(root, None)?),
    };
    pack(root, &handler, &third_party, &folder)
}

/// Stages, checks and packs a handler that is built; zip and app settings are then in `folder`.
pub(crate) fn pack(
    root: &Path,
    handler: &Path,
    third_party: &ThirdParty,
    folder: &Path,
) -> Result<()> {
    let (app, staged) = put_together(root, handler, third_party)?;
    let zip = folder.join(ZIP);
    archive::pack(&app, &staged, &zip)?;
    let settings = folder.join(APP_SETTINGS);
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
    let target = target_directory()?;
    let handler = build(root, &target, &target.join("package"))?;
    let (app, _) = put_together(root, &handler, &ThirdParty::of(root, None)?)?;
    Ok(app)
}

fn put_together(
    root: &Path,
    handler: &Path,
    third_party: &ThirdParty,
) -> Result<(PathBuf, Vec<PathBuf>)> {
    let app = target_directory()?.join("package").join("app");
    let staged = stage::stage(root, handler, &third_party.licences, &app)?;
    stage::check(root, &app)?;
    Ok((app, staged))
}

/// The whole workspace, so that polars is not compiled again for another selection.
fn build(root: &Path, target: &Path, folder: &Path) -> Result<PathBuf> {
    build_programs(root, target)?;
    stripped(root, &target.join("release/handler"), folder)
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
