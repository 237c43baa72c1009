//! `cargo xtask crowd`: a crowd of callers against the staged app, with faults and kills.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::ci::target_directory;
use crate::{package, shell};

/// Flags of the program `crowd`, in its own words: it knows what they may be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options(Vec<String>);

impl Options {
    /// Reads `[--minutes N] [--callers N] [--store disk|blob]`.
    pub(crate) fn parse(flags: &[&str]) -> Result<Self> {
        let mut words = flags.iter();
        while let Some(flag) = words.next() {
            let is_known = matches!(*flag, "--minutes" | "--callers" | "--store");
            if !is_known || words.next().is_none() {
                bail!("crowd takes [--minutes N] [--callers N] [--store disk|blob]");
            }
        }
        Ok(Self(flags.iter().map(|&flag| flag.to_owned()).collect()))
    }
}

/// Builds, stages, and lets the crowd loose; fails when anything is not as it must be afterwards.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let app = package::staged(root)?;
    let target = target_directory()?;
    let folder = target.join("crowd").join(std::process::id().to_string());
    std::fs::create_dir_all(&folder)?;
    let mut words = vec![
        target.join("release/crowd"),
        "--app".into(),
        app,
        "--program".into(),
        target.join("release/quantx"),
        "--folder".into(),
        folder.clone(),
    ];
    words.extend(options.0.iter().map(Into::into));
    let words: Vec<&str> = words
        .iter()
        .map(|word| word.to_str().context("a path is not Unicode"))
        .collect::<Result<_>>()?;
    shell::run(root, &words, &[])
        .with_context(|| format!("the lake and the handler's log are in {}", folder.display()))?;
    // Of a crowd that left nothing wrong, nothing is kept.
    std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_handed_on_and_others_refused() {
        assert_eq!(Options::parse(&[]).unwrap(), Options::default());
        let flags = ["--minutes", "1", "--callers", "20", "--store", "blob"];
        assert_eq!(Options::parse(&flags).unwrap().0, flags);
        for wrong in [&["--minutes"][..], &["--app", "x"], &["--fast", "1"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
