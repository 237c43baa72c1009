//! Reads the configuration files and the environment, once.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use quantx::settings::{ConfigFile, EnvMap, Overrides, Settings};

/// Where the files are looked for without `--config`.
const DEFAULT_FOLDER: &str = "config";
const SETTINGS: &str = "settings.yaml";
const UNIVERSES: &str = "universes.yaml";

/// Settings and where they came from.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// All settings.
    pub(crate) settings: Settings,
    /// Where relative files of universes.yaml are looked for.
    pub(crate) folder: PathBuf,
}

/// The process's environment. Nothing else asks for it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that may ask"
)]
pub(crate) fn environment() -> EnvMap {
    // What is not Unicode is refused as a value, with its name, by whoever reads it.
    let text = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

/// Resolves the settings out of `folder`, environment and flags.
///
/// Without `--config` the folder `./config` and both its files may be missing: built-in settings
/// count then. A folder that was named must hold at least one of the two.
pub(crate) fn load(folder: Option<&Path>, env: &EnvMap, flags: &Overrides) -> Result<Loaded> {
    let chosen = folder.unwrap_or(Path::new(DEFAULT_FOLDER));
    if folder.is_some() && !chosen.is_dir() {
        bail!("--config {} is not a folder", chosen.display());
    }
    let settings = read(&chosen.join(SETTINGS))?;
    let universes = read(&chosen.join(UNIVERSES))?;
    if folder.is_some() && settings.is_none() && universes.is_none() {
        bail!(
            "--config {} has neither {SETTINGS} nor {UNIVERSES}",
            chosen.display()
        );
    }
    let resolved = Settings::resolve(
        settings.as_ref().map(TextFile::as_config),
        universes.as_ref().map(TextFile::as_config),
        env,
        flags,
    );
    let settings = resolved.map_err(|problems| {
        let (n, lines) = (problems.0.len(), problems.to_string().replace('\n', "\n  "));
        anyhow!(
            "the settings have {n} {}:\n  {lines}",
            if n == 1 { "problem" } else { "problems" }
        )
    })?;
    Ok(Loaded {
        settings,
        folder: chosen.to_owned(),
    })
}

struct TextFile {
    name: String,
    text: String,
}

impl TextFile {
    fn as_config(&self) -> ConfigFile<'_> {
        ConfigFile {
            name: &self.name,
            text: &self.text,
        }
    }
}

fn read(path: &Path) -> Result<Option<TextFile>> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(TextFile { name, text })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {name}")),
    }
}
