//! `cargo xtask dev-host`: the staged app, run without Azure and without `func`.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::ci::target_directory;
use crate::{package, shell};

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    port: u16,
    /// A market of the replay vendor; Yahoo itself if there is none.
    market: Option<String>,
}

impl Options {
    pub(crate) fn parse(flags: &[&str]) -> Result<Self> {
        let mut options = Self {
            port: 7071,
            market: Some("sample".to_owned()),
        };
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            match (*flag, flags.next()) {
                ("--port", Some(port)) => {
                    options.port = port.parse().with_context(|| format!("--port {port}"))?;
                }
                ("--vendor", Some(&"yahoo")) => options.market = None,
                ("--vendor", Some(market)) => options.market = Some((*market).to_owned()),
                _ => bail!("dev-host takes [--port N] [--vendor sample|synthetic:N:us|yahoo]"),
            }
        }
        Ok(options)
    }
}

/// Builds, stages and hands over to the program `dev-host`.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let app = package::staged(root)?;
    let target = target_directory()?;
    // Not in the checkout's own `data`: prices of the replay vendor must not get among real ones.
    let vendor = options
        .market
        .as_deref()
        .unwrap_or("yahoo")
        .replace(':', "-");
    let lake = target.join("dev-host").join(vendor);
    std::fs::create_dir_all(&lake)?;
    let text = |path: &Path| {
        path.to_str()
            .map(str::to_owned)
            .context("a path is not Unicode")
    };
    let mut words = vec![
        text(&target.join("release/dev-host"))?,
        "--root".to_owned(),
        text(&app)?,
        "--settings".to_owned(),
        text(&root.join("local.settings.json"))?,
        "--set".to_owned(),
        format!("LOCAL_STORAGE_ROOT={}", text(&lake)?),
        "--port".to_owned(),
        options.port.to_string(),
    ];
    if let Some(market) = &options.market {
        words.extend(["--replay".to_owned(), market.clone()]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    shell::hand_over(root, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read() {
        let options = Options::parse(&[]).unwrap();
        assert_eq!(
            (options.port, options.market.as_deref()),
            (7071, Some("sample"))
        );
        let options = Options::parse(&["--vendor", "yahoo", "--port", "8080"]).unwrap();
        assert_eq!((options.port, options.market), (8080, None));
        for wrong in [&["--port"][..], &["--port", "x"], &["--fast", "1"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
