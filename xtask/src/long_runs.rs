//! `cargo xtask crowd` and `cargo xtask year`: the staged app for minutes and more, with faults and kills.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::ci::target_directory;
use crate::{package, shell};

/// A program of `tests/bin` that takes the staged app, the program `quantx` and a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LongRun {
    /// A crowd of callers.
    Crowd,
    /// A year of daily updates.
    Year,
}

/// Flags of the program, in its own words: it knows what they may be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options(Vec<String>);

impl LongRun {
    fn name(self) -> &'static str {
        match self {
            Self::Crowd => "crowd",
            Self::Year => "year",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Crowd => &["--minutes", "--callers", "--store"],
            Self::Year => &["--days", "--listings", "--seed"],
        }
    }

    /// Reads the flags that may be given.
    pub(crate) fn parse(self, flags: &[&str]) -> Result<Options> {
        let mut words = flags.iter();
        while let Some(flag) = words.next() {
            if !self.flags().contains(flag) || words.next().is_none() {
                let known: Vec<String> = self
                    .flags()
                    .iter()
                    .map(|it| format!("[{it} VALUE]"))
                    .collect();
                bail!("{} takes {}", self.name(), known.join(" "));
            }
        }
        Ok(Options(flags.iter().map(|&flag| flag.to_owned()).collect()))
    }

    /// Builds, stages, and runs; fails when anything is not as it must be afterwards.
    pub(crate) fn run(self, root: &Path, options: &Options) -> Result<()> {
        let app = package::staged(root)?;
        let target = target_directory()?;
        let folder = target
            .join(self.name())
            .join(std::process::id().to_string());
        std::fs::create_dir_all(&folder)?;
        let released = |name: &str| target.join("release").join(name);
        let mut words = vec![
            released(self.name()),
            "--app".into(),
            app,
            "--program".into(),
            released("quantx"),
            "--folder".into(),
            folder.clone(),
        ];
        if self == Self::Year {
            words.extend(["--handler".into(), released("handler_of_any_day")]);
        }
        words.extend(options.0.iter().map(Into::into));
        let words: Vec<&str> = words
            .iter()
            .map(|word| word.to_str().context("a path is not Unicode"))
            .collect::<Result<_>>()?;
        shell::run(root, &words, &[]).with_context(|| {
            format!("the lake and the handler's log are in {}", folder.display())
        })?;
        // Of a run that left nothing wrong, nothing is kept.
        std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_handed_on_and_others_refused() {
        for run in [LongRun::Crowd, LongRun::Year] {
            assert_eq!(run.parse(&[]).unwrap(), Options::default());
            let flags: Vec<&str> = run.flags().iter().flat_map(|flag| [flag, "1"]).collect();
            assert_eq!(run.parse(&flags).unwrap().0, flags);
            for wrong in [&[run.flags()[0]][..], &["--app", "x"], &["--fast", "1"]] {
                assert!(run.parse(wrong).is_err(), "{wrong:?}");
            }
        }
    }
}
