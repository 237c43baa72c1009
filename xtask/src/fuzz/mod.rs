//! `cargo xtask fuzz`: damaged input for whatever reads what comes from outside.

mod outcome;
mod seeds;
pub(crate) mod wrapper;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::ci::target_directory;
use crate::shell;

use outcome::Outcome;

const MANIFEST: &str = "fuzz/Cargo.toml";
const SECONDS: u32 = 30;
/// Targets that run at the same time.
const AT_ONCE: usize = 2;
/// A corpus of more files is reduced to those that reach something of their own.
const MOST_FILES: usize = 1_000;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Names; none means all.
    targets: Vec<String>,
    seconds: u32,
    /// One input, run once more.
    input: Option<String>,
}

impl Options {
    /// Reads `[TARGET ...] [--seconds N] [--input FILE]`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self {
            targets: Vec::new(),
            seconds: SECONDS,
            input: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .with_context(|| format!("{word} needs a value"))
            };
            match *word {
                "--seconds" => {
                    let text = value()?;
                    options.seconds = match text.parse() {
                        Ok(seconds @ 1..=86_400) => seconds,
                        _ => bail!("--seconds is {text:?}; allowed is 1 to 86400"),
                    };
                }
                "--input" => options.input = Some((*value()?).to_owned()),
                flag if flag.starts_with('-') => {
                    bail!("fuzz knows no {flag}: [TARGET ...] [--seconds N] [--input FILE]")
                }
                name => options.targets.push(name.to_owned()),
            }
        }
        if options.input.is_some() && options.targets.len() != 1 {
            bail!("--input needs the one target that it is for");
        }
        Ok(options)
    }
}

/// Where everything lies that fuzzing leaves.
struct Places {
    /// Programs of the targets.
    programs: PathBuf,
    /// Corpora, logs and what was found.
    folder: PathBuf,
}

/// Builds the targets and runs them, two at a time; fails when one of them found something.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let known = targets(root)?;
    if let Some(unknown) = options.targets.iter().find(|name| !known.contains(name)) {
        bail!(
            "there is no fuzz target {unknown:?}; there are {}",
            known.join(", ")
        );
    }
    let chosen = if options.targets.is_empty() {
        known
    } else {
        options.targets.clone()
    };
    let target = target_directory()?;
    build(root, &target, &chosen)?;
    let places = Places {
        programs: target.join("release"),
        folder: target.join("fuzz"),
    };
    if let Some(input) = &options.input {
        return again(root, &places, &chosen.concat(), input);
    }
    for folder in ["logs", "found"] {
        fs::create_dir_all(places.folder.join(folder))?;
    }
    let waiting = Mutex::new(chosen.clone().into_iter());
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
                    let Some(name) = next else { break };
                    let outcome = one(root, &places, &name, options.seconds);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push((name, outcome));
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_default();
    report(&places, &chosen, outcomes)
}

/// In CI every target runs for half a minute. Where there is no C++ compiler for libFuzzer the targets are
/// type-checked only, and a line says so; with `QUANTX_REQUIRE_FUZZ` that fails.
pub(crate) fn in_ci(root: &Path) -> Result<()> {
    if shell::starts("c++") || shell::variable("QUANTX_REQUIRE_FUZZ").is_some() {
        return run(root, &Options::parse(&[])?);
    }
    shell::say("skipped: no C++ compiler (c++) for libFuzzer; the targets are type-checked only");
    let words = [
        "cargo",
        "check",
        "--release",
        "--locked",
        "--manifest-path",
        MANIFEST,
    ];
    let variables = [
        ("CARGO_TARGET_DIR", target_directory()?.into_os_string()),
        // Any file that is there: a check links nothing.
        ("CUSTOM_LIBFUZZER_PATH", OsString::from("./Cargo.toml")),
    ];
    shell::run(root, &words, &variables)
}

/// Names of the targets: those of their files.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|it| it == "rs") {
            names.extend(
                path.file_stem()
                    .and_then(|stem| stem.to_str())
                    .map(str::to_owned),
            );
        }
    }
    names.sort();
    Ok(names)
}

fn build(root: &Path, target: &Path, chosen: &[String]) -> Result<()> {
    let mut words = vec![
        "cargo",
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        MANIFEST,
    ];
    for name in chosen {
        words.extend(["--bin", name]);
    }
    let own = shell::own_program()?;
    let variables = [
        ("CARGO_TARGET_DIR", target.as_os_str().to_owned()),
        ("RUSTC_WRAPPER", own.into_os_string()),
        (wrapper::VARIABLE, OsString::from("1")),
    ];
    let built = shell::run(root, &words, &variables);
    built.context("the fuzz targets do not build; libFuzzer among them needs a C++ compiler (g++)")
}

fn one(root: &Path, places: &Places, name: &str, seconds: u32) -> Result<Outcome> {
    let corpus = places.folder.join("corpus").join(name);
    let n_seeds = seeds::sow(root, name, &corpus)?;
    reduce(root, places, name, &corpus)?;
    let log = places.folder.join("logs").join(format!("{name}.txt"));
    let found = places.folder.join("found").join(format!("{name}-"));
    let words: Vec<OsString> = vec![
        places.programs.join(name).into(),
        corpus.clone().into(),
        format!("-max_total_time={seconds}").into(),
        "-rss_limit_mb=1024".into(),
        "-timeout=10".into(),
        "-print_final_stats=1".into(),
        joined("-artifact_prefix=", &found),
    ];
    let ended = shell::logged(root, &words, &log)?;
    let text = fs::read(&log).with_context(|| log.display().to_string())?;
    let text = String::from_utf8_lossy(&text);
    Ok(Outcome::read(&text, n_seeds, ended))
}

/// Keeps of a large corpus what reaches something of its own.
fn reduce(root: &Path, places: &Places, name: &str, corpus: &Path) -> Result<()> {
    if fs::read_dir(corpus)?.count() <= MOST_FILES {
        return Ok(());
    }
    let smaller = corpus.with_extension("smaller");
    if smaller.exists() {
        fs::remove_dir_all(&smaller)?;
    }
    fs::create_dir_all(&smaller)?;
    let words: Vec<OsString> = vec![
        places.programs.join(name).into(),
        "-merge=1".into(),
        smaller.clone().into(),
        corpus.into(),
    ];
    let log = places.folder.join("logs").join(format!("{name}-merge.txt"));
    if shell::logged(root, &words, &log)? == Some(0) {
        fs::remove_dir_all(corpus)?;
        fs::rename(&smaller, corpus)?;
    }
    Ok(())
}

/// Runs one input once more, with the output of the target.
fn again(root: &Path, places: &Places, name: &str, input: &str) -> Result<()> {
    let program = places.programs.join(name);
    let program = program
        .to_str()
        .context("the target directory is not Unicode")?;
    shell::run(root, &[program, input], &[])
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut word = OsString::from(flag);
    word.push(path);
    word
}

fn report(
    places: &Places,
    chosen: &[String],
    mut outcomes: Vec<(String, Result<Outcome>)>,
) -> Result<()> {
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    shell::say(&outcome::table(&outcomes));
    let mut failures = Vec::new();
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(outcome) if outcome.is_clean() => {}
            Ok(outcome) => {
                let at = outcome.found.as_deref().unwrap_or("FILE");
                failures.push(format!(
                    "{name}: `cargo xtask fuzz {name} --input {at}` shows it"
                ));
            }
            Err(error) => failures.push(format!("{name}: {error:#}")),
        }
    }
    if outcomes.len() < chosen.len() {
        failures.push("a target was not run".to_owned());
    }
    if failures.is_empty() {
        return Ok(());
    }
    bail!(
        "{}\nthe logs are in {}",
        failures.join("\n"),
        places.folder.join("logs").display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_say_what_they_need() {
        let all = Options::parse(&[]).unwrap();
        assert_eq!((all.seconds, all.targets.len()), (SECONDS, 0));
        let one = Options::parse(&["chart_parser", "--seconds", "600"]).unwrap();
        assert_eq!(
            (one.seconds, one.targets),
            (600, vec!["chart_parser".to_owned()])
        );
        for (wrong, says) in [
            (&["--seconds"][..], "needs a value"),
            (&["--seconds", "0"], "allowed is 1 to 86400"),
            (&["--fast"], "knows no --fast"),
            (&["--input", "x"], "needs the one target"),
        ] {
            let error = Options::parse(wrong).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn every_target_is_a_program_of_the_manifest() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        let names = targets(&root).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), names.len());
        for name in names {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }
}
