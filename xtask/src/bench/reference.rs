//! The same job in Python: a script that gets BASE_URL N_SYMBOLS START END OUT_DIR WORKERS.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::config::{AFTER_END, BACKFILL_WORKERS, START};
use crate::shell;

const PACKAGES: [&str; 3] = ["yfinance", "pandas", "pyarrow"];

/// What the script says about itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reference {
    pub(super) n_listings: f64,
    pub(super) symbols_per_s: f64,
    pub(super) peak_rss_mb: f64,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            n_listings,
            symbols_per_s,
            peak_rss_mb,
        } = self;
        write!(
            f,
            "{n_listings} symbols, {symbols_per_s} symbols/s, {peak_rss_mb} MB"
        )
    }
}

/// The script's full path.
pub(super) fn script(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .with_context(|| format!("no reference at {}", path.display()))
}

/// The Python of an environment of our own with the packages of the script; made once.
pub(super) fn python(target: &Path) -> Result<PathBuf> {
    let folder = target.join("bench-python");
    let python = folder.join("bin/python");
    let folder = folder.to_str().context("the folder is not UTF-8")?;
    let words = |words: &[&str]| shell::run(target, words, &[]);
    if !python.is_file() {
        words(&["python3", "-m", "venv", folder])?;
    }
    let program = python.to_str().context("the folder is not UTF-8")?;
    let mut install = vec![program, "-m", "pip", "install", "--quiet"];
    install.extend(PACKAGES);
    words(&install)?;
    Ok(python)
}

/// Runs the script on `n_listings` symbols.
pub(super) fn run(
    python: &Path,
    script: &Path,
    base_url: &str,
    n_listings: usize,
    out: &Path,
) -> Result<Reference> {
    let result = Command::new(python)
        .arg(script)
        .args([base_url, &n_listings.to_string(), START, AFTER_END])
        .arg(out)
        .arg(BACKFILL_WORKERS.to_string())
        .env("PYTHONWARNINGS", "ignore")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", python.display()))?;
    let text = String::from_utf8_lossy(&result.stdout);
    let said = parse(&text).filter(|said| result.status.success() && said.n_listings > 0.0);
    match said {
        Some(said) if said.n_listings == n_listings as f64 => Ok(said),
        _ => bail!("the reference failed ({}): {text}", result.status),
    }
}

/// Reads `symbols=40 … symbols_per_s=9.1 rss_mb=309`.
fn parse(text: &str) -> Option<Reference> {
    let number = |name: &str| -> Option<f64> {
        let pairs = text.split_whitespace().filter_map(|it| it.split_once('='));
        let mut values = pairs.filter(|(key, _)| *key == name).map(|it| it.1);
        values.next()?.parse().ok()
    };
    Some(Reference {
        n_listings: number("symbols")?,
        symbols_per_s: number("symbols_per_s")?,
        peak_rss_mb: number("rss_mb")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_line_is_read() {
        let line = "symbols=40 failed=0 rows=201154 files=840 seconds=4.56 symbols_per_s=8.77 rss_mb=309\n";
        let expect = Reference {
            n_listings: 40.0,
            symbols_per_s: 8.77,
            peak_rss_mb: 309.0,
        };
        assert_eq!(parse(line), Some(expect));
        assert_eq!(parse("error: no network"), None);
    }
}
