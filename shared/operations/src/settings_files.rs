//! Where settings come from: the environment and two files of one folder, read once when a process starts.
//! What they say is decided by `quantx-settings`, which is pure.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use quantx_settings::{ConfigFile, EnvMap, Overrides, Settings, SettingsProblems};

const SETTINGS: &str = "settings.yaml";
const UNIVERSES: &str = "universes.yaml";

/// The folder of `settings.yaml` and `universes.yaml`. Of a file that is missing the built-in version counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigFolder {
    /// Where the files are looked for; it and both of them may be missing.
    Usual(PathBuf),
    /// The folder of `--config`, which has at least one of the two.
    Named(PathBuf),
}

impl ConfigFolder {
    /// Where relative files of universes.yaml are looked for.
    pub fn path(&self) -> &Path {
        match self {
            Self::Usual(path) | Self::Named(path) => path,
        }
    }
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The named folder is none.
    #[error("--config {} is not a folder", path.display())]
    NotAFolder { path: PathBuf },
    /// The named folder has neither file.
    #[error("--config {} has neither {SETTINGS} nor {UNIVERSES}", path.display())]
    NoFile { path: PathBuf },
    /// A file is there and cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// What was read is wrong.
    #[error("{}", summary(.0))]
    Wrong(SettingsProblems),
}

impl LoadError {
    /// One sentence for each thing that is wrong.
    pub fn sentences(&self) -> Vec<String> {
        match self {
            Self::Wrong(problems) => problems.0.iter().map(ToString::to_string).collect(),
            other => vec![quantx_report::with_causes(other)],
        }
    }
}

fn summary(problems: &SettingsProblems) -> String {
    let n = problems.0.len();
    let noun = if n == 1 { "problem" } else { "problems" };
    let lines = problems.to_string().replace('\n', "\n  ");
    format!("the settings have {n} {noun}:\n  {lines}")
}

/// The process's environment. Nothing else asks for it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that may ask"
)]
pub fn environment() -> EnvMap {
    // What is not Unicode is refused as a value, with its name, by whoever reads it.
    let text = |word: std::ffi::OsString| word.to_string_lossy().into_owned();
    std::env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

/// Resolves the settings out of `folder`, environment and flags.
///
/// # Errors
/// [`LoadError`]; every mistake of files, environment and flags at once.
pub fn load_settings(
    folder: &ConfigFolder,
    env: &EnvMap,
    flags: &Overrides,
) -> Result<Settings, LoadError> {
    let path = folder.path();
    let is_named = matches!(folder, ConfigFolder::Named(_));
    if is_named && !path.is_dir() {
        return Err(LoadError::NotAFolder {
            path: path.to_owned(),
        });
    }
    let settings = TextFile::read(path.join(SETTINGS))?;
    let universes = TextFile::read(path.join(UNIVERSES))?;
    if is_named && settings.is_none() && universes.is_none() {
        return Err(LoadError::NoFile {
            path: path.to_owned(),
        });
    }
    Settings::resolve(
        settings.as_ref().map(TextFile::as_config),
        universes.as_ref().map(TextFile::as_config),
        env,
        flags,
    )
    .map_err(LoadError::Wrong)
}

struct TextFile {
    name: String,
    text: String,
}

impl TextFile {
    /// `None` when there is no such file.
    fn read(path: PathBuf) -> Result<Option<Self>, LoadError> {
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self {
                name: path.display().to_string(),
                text,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LoadError::Unreadable { path, source }),
        }
    }

    fn as_config(&self) -> ConfigFile<'_> {
        ConfigFile {
            name: &self.name,
            text: &self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(folder: &ConfigFolder) -> Result<Settings, LoadError> {
        load_settings(folder, &EnvMap::default(), &Overrides::default())
    }

    #[test]
    fn the_usual_folder_may_be_missing_and_a_named_one_must_have_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("nowhere");
        assert!(load(&ConfigFolder::Usual(nowhere.clone())).is_ok());
        assert!(load(&ConfigFolder::Usual(folder.path().to_owned())).is_ok());
        assert!(matches!(
            load(&ConfigFolder::Named(nowhere)),
            Err(LoadError::NotAFolder { .. })
        ));
        let named = ConfigFolder::Named(folder.path().to_owned());
        assert!(matches!(load(&named), Err(LoadError::NoFile { .. })));
        fs::write(folder.path().join(SETTINGS), "fetcher: {max_workers: 3}\n").unwrap();
        assert_eq!(load(&named).unwrap().fetcher.max_workers.get(), 3);
    }

    #[test]
    fn every_mistake_is_a_sentence_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(SETTINGS);
        fs::write(&file, "fetcher: {max_workers: 0, chunk_size: 0}\n").unwrap();
        let usual = ConfigFolder::Usual(folder.path().to_owned());
        let error = load(&usual).unwrap_err();
        let sentences = error.sentences();
        assert_eq!(sentences.len(), 2);
        for sentence in &sentences {
            assert!(sentence.starts_with(&*file.to_string_lossy()), "{sentence}");
        }
        assert!(
            error
                .to_string()
                .starts_with("the settings have 2 problems:\n  ")
        );
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        let [sentence] = &load(&usual).unwrap_err().sentences()[..] else {
            panic!("more than one sentence")
        };
        assert!(sentence.starts_with("cannot read ") && sentence.contains(SETTINGS));
        assert!(sentence.contains(": "), "{sentence}");
    }
}
