//! `cargo xtask mutants`: would a test fail if the code were wrong?
//!
//! cargo-mutants changes one function or operator at a time and runs the room's own tests. A changed room
//! that passes is a survivor: a test is missing, or the code does not matter.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::ci::target_directory;
use crate::shell;

/// Of those that compile, at least so many of a hundred must be caught.
const AT_LEAST: f64 = 95.0;

/// A pure part of the library.
#[derive(Debug)]
struct Room {
    name: &'static str,
    package: &'static str,
    /// Files below the package; all of it if there are none.
    files: &'static [&'static str],
}

const ROOMS: [Room; 7] = [
    Room {
        name: "market",
        package: "quantx-market",
        files: &[],
    },
    Room {
        name: "quality",
        package: "quantx-quality",
        files: &[],
    },
    Room {
        name: "calendar",
        package: "quantx-calendar",
        files: &[],
    },
    Room {
        name: "membership",
        package: "quantx-universe",
        files: &["shared/universe/src/membership/**"],
    },
    Room {
        name: "replay",
        package: "quantx-durable",
        files: &["shared/durable/src/replay/**"],
    },
    Room {
        name: "lake",
        package: "quantx-lake",
        files: &[],
    },
    Room {
        name: "plan",
        package: "quantx-operations",
        files: &["shared/operations/src/plan.rs"],
    },
];

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Names; none means all.
    rooms: Vec<String>,
    /// `K/N`: one part of N.
    shard: Option<String>,
}

impl Options {
    /// Reads `[ROOM ...] [--shard K/N]`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--shard" => {
                    let shard = words.next().context("--shard needs K/N, as 0/8")?;
                    options.shard = Some((*shard).to_owned());
                }
                name if ROOMS.iter().any(|room| room.name == name) => {
                    options.rooms.push(name.to_owned());
                }
                other => bail!("mutants knows no {other}: [{}] [--shard K/N]", names()),
            }
        }
        Ok(options)
    }
}

fn names() -> String {
    let names: Vec<&str> = ROOMS.iter().map(|room| room.name).collect();
    names.join("|")
}

/// Runs cargo-mutants over the rooms and prints a table; fails when too many survive.
pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    if !shell::has_cargo_command("mutants") {
        bail!("cargo-mutants is not installed: cargo install cargo-mutants --locked");
    }
    let folder = target_directory()?.join("mutants");
    let mut counts = Vec::new();
    let wanted = |room: &&Room| {
        let mut named = options.rooms.iter();
        options.rooms.is_empty() || named.any(|name| name == room.name)
    };
    for room in ROOMS.iter().filter(wanted) {
        let output = folder.join(room.name);
        fs::create_dir_all(&output).with_context(|| output.display().to_string())?;
        let words = words(room, options, &output)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // 2: some survived, 3: some took too long; both are counted. A shard may have none.
        let code = shell::exit_code(root, &words)?;
        if !matches!(code, 0 | 2 | 3) {
            bail!("cargo mutants ended with {code} in the room {}", room.name);
        }
        let outcomes = output.join("mutants.out/outcomes.json");
        let text = fs::read_to_string(&outcomes).with_context(|| outcomes.display().to_string())?;
        let outcomes: Value = serde_json::from_str(&text)?;
        counts.push((room.name, Counts::of(&outcomes)));
    }
    shell::say(&table(&counts));
    let all = counts.iter().map(|(_, counts)| *counts);
    let all = all.fold(Counts::default(), Counts::and);
    if all.share() < AT_LEAST {
        bail!(
            "{:.1} % of the viable mutants were caught, fewer than {AT_LEAST} %; the survivors are in {}/*/mutants.out/missed.txt",
            all.share(),
            folder.display()
        );
    }
    Ok(())
}

fn words(room: &Room, options: &Options, output: &Path) -> Result<Vec<String>> {
    let output = output
        .to_str()
        .context("the target directory is not Unicode")?;
    let fixed = [
        "cargo",
        "mutants",
        "--package",
        room.package,
        "--output",
        output,
        "--no-shuffle",
        "--minimum-test-timeout",
        "60",
    ];
    let mut words: Vec<String> = fixed.map(str::to_owned).to_vec();
    for file in room.files {
        words.extend(["--file".to_owned(), (*file).to_owned()]);
    }
    if let Some(shard) = &options.shard {
        words.extend(["--shard".to_owned(), shard.clone()]);
    }
    Ok(words)
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    caught: u64,
    missed: u64,
    timeout: u64,
    unviable: u64,
}

impl Counts {
    fn of(outcomes: &Value) -> Self {
        let count = |name: &str| outcomes[name].as_u64().unwrap_or_default();
        Self {
            caught: count("caught"),
            missed: count("missed"),
            timeout: count("timeout"),
            unviable: count("unviable"),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            caught: self.caught + other.caught,
            missed: self.missed + other.missed,
            timeout: self.timeout + other.timeout,
            unviable: self.unviable + other.unviable,
        }
    }

    /// Caught ones of those that compile, in per cent; one that runs for ever is noticed too.
    fn share(self) -> f64 {
        let viable = self.caught + self.timeout + self.missed;
        match viable {
            0 => 100.0,
            _ => (self.caught + self.timeout) as f64 / viable as f64 * 100.0,
        }
    }
}

fn table(counts: &[(&str, Counts)]) -> String {
    let mut lines = vec![
        "\n| room | caught | too slow | survived | do not compile | caught of viable |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(counts.iter().map(|(name, it)| {
        format!(
            "| {name} | {} | {} | {} | {} | {:.1} % |",
            it.caught,
            it.timeout,
            it.missed,
            it.unviable,
            it.share()
        )
    }));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rooms_and_a_shard_can_be_chosen() {
        assert_eq!(Options::parse(&[]).unwrap(), Options::default());
        let options = Options::parse(&["lake", "plan", "--shard", "1/8"]).unwrap();
        assert_eq!(options.rooms, ["lake", "plan"]);
        let words = words(&ROOMS[6], &options, Path::new("/t")).unwrap();
        assert!(
            words.ends_with(&["--shard".to_owned(), "1/8".to_owned()]),
            "{words:?}"
        );
        assert!(words.contains(&"shared/operations/src/plan.rs".to_owned()));
        for wrong in [&["cellar"][..], &["--shard"], &["--fast"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn files_of_rooms_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for file in ROOMS.iter().flat_map(|room| room.files) {
            assert!(root.join(file.trim_end_matches("/**")).exists(), "{file}");
        }
    }

    #[test]
    fn what_does_not_compile_counts_for_nothing_and_what_runs_for_ever_is_caught() {
        let outcomes =
            json!({"total_mutants": 21, "caught": 17, "missed": 1, "timeout": 2, "unviable": 1});
        let counts = Counts::of(&outcomes);
        assert!((counts.share() - 95.0).abs() < 1e-9);
        let text = table(&[("lake", counts.and(Counts::default()))]);
        assert!(
            text.ends_with("| lake | 17 | 2 | 1 | 1 | 95.0 % |"),
            "{text}"
        );
    }
}
