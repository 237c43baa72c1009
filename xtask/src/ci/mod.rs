//! `cargo xtask ci`: every check, in order, up to the first failure.

mod deny;
mod plan;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{deploy_check, fuzz, shell, tidy};

use plan::{Action, Presence, Step};

#[derive(Debug)]
struct Outcome {
    name: &'static str,
    verdict: &'static str,
    elapsed: Duration,
}

/// Runs all checks on the checkout at `root`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let target = target_directory()?;
    shell::say(&format!("target directory: {}", target.display()));
    let mut outcomes = Vec::new();
    for step in plan::plan(presence("nextest")) {
        let (result, elapsed) = shell::timed(|| carry_out(root, &target, &step));
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        outcomes.push(Outcome {
            name: step.name,
            verdict,
            elapsed,
        });
        if let Err(error) = result {
            shell::say(&table(&outcomes));
            return Err(error.context(format!("ci stopped at the step `{}`", step.name)));
        }
    }
    shell::say(&table(&outcomes));
    Ok(())
}

fn carry_out(root: &Path, target: &Path, step: &Step) -> Result<()> {
    match &step.action {
        Action::Tidy => {
            shell::say("\n== tidy");
            tidy::run(root)
        }
        Action::Azurite => {
            shell::say("\n== azurite");
            install(root, target, &AZURITE)
        }
        Action::Browser => {
            shell::say("\n== browser");
            install(root, target, &PLAYWRIGHT)
        }
        Action::Run { words, variables } => {
            shell::say(&format!("\n== {}: {}", step.name, words.join(" ")));
            if step.name == "tests" && !words.contains(&"nextest") {
                shell::say(
                    "cargo-nextest is not installed: `cargo test` instead, without its time limits",
                );
            }
            let mut environment = vec![("CARGO_TARGET_DIR", target.as_os_str().to_owned())];
            environment.extend(
                variables
                    .iter()
                    .map(|(name, value)| (*name, OsString::from(value))),
            );
            shell::run(root, words, &environment)
        }
        Action::Deploy => {
            shell::say("\n== deploy");
            deploy_check::run(root, &[])
        }
        Action::Image => {
            shell::say("\n== image");
            deploy_check::image_if_possible(root)
        }
        Action::Fuzz => {
            shell::say("\n== fuzz");
            fuzz::in_ci(root)
        }
        Action::Deny => {
            shell::say("\n== deny");
            deny::check(root, target, presence("deny"))
        }
    }
}

/// A package of npm that tests start.
#[derive(Debug)]
struct NpmPackage {
    name: &'static str,
    /// The file with its version.
    pinned: &'static str,
    needed_by: &'static str,
}

const AZURITE: NpmPackage = NpmPackage {
    name: "azurite",
    pinned: "tests/support/azurite.version",
    needed_by: "the tests of Blob Storage",
};

/// The driver alone: Chromium comes from the system, and the test of the page is skipped without it.
const PLAYWRIGHT: NpmPackage = NpmPackage {
    name: "playwright-core",
    pinned: "tests/site/playwright.version",
    needed_by: "the tests of the status page",
};

/// Installs a package where the tests look for it.
fn install(root: &Path, target: &Path, package: &NpmPackage) -> Result<()> {
    let name = package.name;
    let pinned = root.join(package.pinned);
    let version = fs::read_to_string(&pinned);
    let version = version.with_context(|| format!("cannot read {}", pinned.display()))?;
    let version = version.trim();
    let folder = target.join(format!("{name}-{version}"));
    let done = folder.join("installed");
    if !done.exists() {
        fs::create_dir_all(&folder)?;
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let prefix = folder
            .to_str()
            .context("the target directory is not Unicode")?;
        let versioned = format!("{name}@{version}");
        let quiet = [
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--prefix",
        ];
        let words: Vec<&str> = [npm]
            .into_iter()
            .chain(quiet)
            .chain([prefix, &versioned])
            .collect();
        let installed = shell::run(root, &words, &[]);
        let needed_by = package.needed_by;
        installed.with_context(|| format!("{needed_by} need Node 20 or newer and npm"))?;
        fs::File::create(done)?;
    }
    shell::say(&format!("{name} {version} is in {}", folder.display()));
    Ok(())
}

fn presence(cargo_command: &str) -> Presence {
    if shell::has_cargo_command(cargo_command) {
        Presence::Installed
    } else {
        Presence::Missing
    }
}

/// The words of the step `build`: other ones choose other features of shared packages, and polars is built again.
pub(crate) const BUILD: &str = "cargo build --workspace --release --bins --tests";

/// Builds every program of the workspace into `target`, as the step `build` does.
pub(crate) fn build_programs(root: &Path, target: &Path) -> Result<()> {
    let words: Vec<&str> = BUILD.split(' ').collect();
    let variables = [("CARGO_TARGET_DIR", target.as_os_str().to_owned())];
    shell::run(root, &words, &variables)
}

/// Outside the checkout, so that a fresh clone on a warm machine compiles only what changed.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let found = choose_target(
        shell::variable("CARGO_TARGET_DIR"),
        shell::variable("XDG_CACHE_HOME"),
        shell::variable("HOME"),
    )
    .context("cannot choose a target directory: set CARGO_TARGET_DIR or HOME")?;
    if found.is_relative() {
        bail!(
            "CARGO_TARGET_DIR must be absolute, it is {}",
            found.display()
        );
    }
    Ok(found)
}

/// The same choice as in `.ci/run`, which makes it before xtask itself is built.
fn choose_target(
    target: Option<OsString>,
    cache: Option<OsString>,
    home: Option<OsString>,
) -> Option<PathBuf> {
    if let Some(target) = target {
        return Some(PathBuf::from(target));
    }
    let cache = cache
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(home?).join(".cache")))?;
    Some(cache.join("quantx/target"))
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from("\nstep       seconds  result\n");
    for Outcome {
        name,
        verdict,
        elapsed,
    } in outcomes
    {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{name:<10} {:>7.1}  {verdict}", elapsed.as_secs_f64());
    }
    let total: Duration = outcomes.iter().map(|outcome| outcome.elapsed).sum();
    let _ = write!(text, "{:<10} {:>7.1}", "total", total.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_directory_is_the_callers_or_in_the_cache() {
        let os = |text: &str| Some(OsString::from(text));
        assert_eq!(
            choose_target(os("/t"), os("/c"), os("/h")),
            Some("/t".into())
        );
        assert_eq!(
            choose_target(None, os("/c"), os("/h")),
            Some("/c/quantx/target".into())
        );
        assert_eq!(
            choose_target(None, None, os("/h")),
            Some("/h/.cache/quantx/target".into())
        );
        assert_eq!(choose_target(None, None, None), None);
    }

    #[test]
    fn the_table_has_a_line_for_every_step_and_the_total() {
        let outcome = |name, verdict, ms| Outcome {
            name,
            verdict,
            elapsed: Duration::from_millis(ms),
        };
        let text = table(&[outcome("fmt", "ok", 1500), outcome("tidy", "FAILED", 250)]);
        let expect = "\nstep       seconds  result\nfmt            1.5  ok\ntidy           0.2  FAILED\ntotal          1.8";
        assert_eq!(text, expect);
    }
}
