//! Builds for another target, by cargo-zigbuild: zig links against the glibc that the target names, whatever this machine has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::pinned::Pinned;
use crate::shell;

/// cargo-zigbuild, zig and maturin.
const TOOLS: Pinned = Pinned {
    file: "xtask/release-tools.txt",
    text: include_str!("../release-tools.txt"),
};

/// The oldest glibc that releases run on, as Debian 10, RHEL 8 and every plan of Azure Functions have it or a newer one.
pub(crate) const RELEASE_TARGET: &str = "x86_64-unknown-linux-gnu.2.28";

/// The tools, and what they build for.
#[derive(Debug)]
pub(crate) struct Zig {
    /// Folder of the pinned tools; `None`: what the machine has.
    tools: Option<PathBuf>,
    /// As cargo-zigbuild takes it: `x86_64-unknown-linux-gnu.2.28`.
    target: String,
    /// Where cargo builds.
    folder: PathBuf,
}

/// The two programs of a build.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) handler: PathBuf,
    pub(crate) quantx: PathBuf,
}

impl Zig {
    /// With the pinned tools, which are installed where they are missing.
    pub(crate) fn pinned(root: &Path, folder: &Path, target: &str) -> Result<Self> {
        let tools = TOOLS.installed(root, folder)?;
        Ok(Self {
            tools: Some(tools),
            target: target.to_owned(),
            folder: folder.to_owned(),
        })
    }

    /// With the pinned tools; where they cannot be installed, with the machine's own.
    pub(crate) fn found(root: &Path, folder: &Path, target: &str) -> Result<Self> {
        let error = match Self::pinned(root, folder, target) {
            Ok(zig) => return Ok(zig),
            Err(error) => error,
        };
        if !shell::has_cargo_command("zigbuild") {
            return Err(error.context(
                "--target needs cargo-zigbuild and zig: Python's pip with its index, or install both yourself",
            ));
        }
        shell::say(&format!(
            "the installed cargo-zigbuild is used, because the pinned one is not there: {error:#}"
        ));
        Ok(Self {
            tools: None,
            target: target.to_owned(),
            folder: folder.to_owned(),
        })
    }

    /// The target without glibc's version: what rustc and folders call it.
    pub(crate) fn triple(&self) -> &str {
        self.target.split('.').next().unwrap_or_default()
    }

    /// The glibc that the target names, as `(2, 28)`.
    pub(crate) fn glibc(&self) -> Option<(u32, u32)> {
        let (_, version) = self.target.split_once('.')?;
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    }

    /// Builds both programs in one call.
    pub(crate) fn build(&self, root: &Path) -> Result<Programs> {
        let pinned = self.tools.as_deref();
        let pinned = pinned.map(|tools| program(tools, "cargo-zigbuild"));
        let mut words = match &pinned {
            Some(zigbuild) => vec![text(zigbuild)?, "zigbuild"],
            None => vec!["cargo", "zigbuild"],
        };
        words.extend(["--release", "--locked", "--bins"]);
        words.extend(["--package", "quantx-functions", "--package", "quantx-cli"]);
        words.extend(["--target", &self.target]);
        shell::run(root, &words, &self.variables())?;
        let built = self.folder.join(self.triple()).join("release");
        Ok(Programs {
            handler: built.join("handler"),
            quantx: built.join("quantx"),
        })
    }

    /// Packs the program of the last build as a wheel; gives back its path. `project` has pyproject.toml.
    pub(crate) fn wheel(&self, project: &Path, to: &Path) -> Result<PathBuf> {
        let tools = self
            .tools
            .as_deref()
            .context("a wheel needs the pinned maturin")?;
        let (major, minor) = self
            .glibc()
            .context("a wheel needs a target with a glibc")?;
        let maturin = program(tools, "maturin");
        let compatibility = format!("manylinux_{major}_{minor}");
        let words = [
            text(&maturin)?,
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--zig",
            "--target",
            self.triple(),
            "--compatibility",
            &compatibility,
            "--out",
            text(to)?,
        ];
        shell::run(project, &words, &self.variables())?;
        let mut wheels = Vec::new();
        for entry in std::fs::read_dir(to)? {
            let path = entry?.path();
            wheels.extend((path.extension() == Some("whl".as_ref())).then_some(path));
        }
        ensure!(
            wheels.len() == 1,
            "one wheel was to be made, there are {wheels:?}"
        );
        wheels.pop().context("there is no wheel")
    }

    /// The same for both calls, so that the second finds everything built.
    fn variables(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("CARGO_TARGET_DIR", self.folder.clone().into_os_string()),
            // A cold start in Azure reads the handler over the network.
            ("CARGO_PROFILE_RELEASE_STRIP", "symbols".into()),
            ("CARGO_INCREMENTAL", "0".into()),
        ];
        if let Some(tools) = &self.tools {
            let zig = tools.join("ziglang").join("zig");
            variables.push(("CARGO_ZIGBUILD_ZIG_PATH", zig.into_os_string()));
            // maturin has cargo-zigbuild inside. The linker's path depends on who is asked, and another linker is another build.
            let zigbuild = program(tools, "cargo-zigbuild");
            variables.push(("CARGO_BIN_EXE_cargo-zigbuild", zigbuild.into_os_string()));
        }
        variables
    }
}

fn program(tools: &Path, name: &str) -> PathBuf {
    tools
        .join("bin")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn text(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not Unicode", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zig(target: &str) -> Zig {
        Zig {
            tools: None,
            target: target.to_owned(),
            folder: PathBuf::from("t"),
        }
    }

    #[test]
    fn the_version_of_glibc_is_no_part_of_the_triple() {
        let release = zig(RELEASE_TARGET);
        assert_eq!(release.triple(), "x86_64-unknown-linux-gnu");
        assert_eq!(release.glibc(), Some((2, 28)));
        let musl = zig("x86_64-unknown-linux-musl");
        assert_eq!(
            (musl.triple(), musl.glibc()),
            ("x86_64-unknown-linux-musl", None)
        );
    }

    #[test]
    fn each_tool_is_pinned_by_its_hashes() {
        for name in ["cargo-zigbuild==", "maturin==", "ziglang=="] {
            let (_, rest) = TOOLS.text.split_once(name).unwrap();
            let hashes = rest
                .lines()
                .skip(1)
                .take_while(|line| line.starts_with(' '));
            assert!(
                hashes.filter(|it| it.contains("--hash=sha256:")).count() > 4,
                "{name}"
            );
        }
    }
}
