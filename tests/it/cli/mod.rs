//! The program itself, as a person or a job starts it.

mod alerts;
mod bad_input;
mod calendar;
mod compare;
mod coverage;
mod damaged_lake;
mod derived;
mod fill;
mod help;
mod hostile;
mod judged;
mod kinds;
mod lists;
mod manifest;
mod members;
mod not_green;
mod quarantine;
mod replay;
mod show;
mod signals;
mod spelling;
mod universes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The README's first command, but for what it does.
const SAMPLE: [&str; 5] = ["--phase", "sample", "--provider", "sample", "--use-local"];
/// The whole sample but its first ten years.
const DATES: [&str; 4] = ["--start", "2010-01-04", "--end", "2013-03-01"];

/// The program beside this test's own executable. Tests do not own it, so cargo does not build it
/// for them.
pub(crate) fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let name = format!("quantx{}", std::env::consts::EXE_SUFFIX);
    let binary = own.parent().and_then(Path::parent).unwrap().join(name);
    assert!(
        binary.is_file(),
        "{} is missing; build it: cargo build --release -p quantx-cli",
        binary.display()
    );
    binary
}

/// What one call of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Could not run, said why, and gave no data.
    fn is_refused(&self, because: &[&str]) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        for because in because {
            assert!(
                self.stderr.contains(because),
                "{because:?} is not in {self:?}"
            );
        }
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// An empty folder to work in; the lake is made in `data`.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With the sample stored.
    fn with_sample() -> Self {
        let desk = Self::new();
        desk.run(["backfill", "-q"].iter().chain(&DATES).chain(&SAMPLE))
            .ends_with(0);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command<'a>(&self, words: impl IntoIterator<Item = &'a &'a str>) -> Command {
        let mut command = Command::new(binary());
        command.args(words).current_dir(self.0.path()).env_clear();
        command
    }

    pub(crate) fn run<'a>(&self, words: impl IntoIterator<Item = &'a &'a str>) -> Ran {
        self.run_with(words, &[])
    }

    fn run_with<'a>(
        &self,
        words: impl IntoIterator<Item = &'a &'a str>,
        variables: &[(&str, &str)],
    ) -> Ran {
        let mut command = self.command(words);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Every file of the lake but reports, the status page, the list of last runs and locks, by its path.
    pub(crate) fn lake(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path("data"), "", &mut files);
        files
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        match entry.file_type().unwrap().is_dir() {
            // The page tells of runs, as reports do.
            true if path == ".quantx" || path == "reports" || path == "site" => {}
            true => collect(&entry.path(), &format!("{path}/"), files),
            // What a run says of itself, like its report.
            false if path == "meta/last_runs.json" => {}
            false => {
                files.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
}
