//! Which checks there are and in which order.
//!
//! Everything that needs the dependencies runs on the whole workspace and in the release profile:
//! a `-p` or a second profile would select other features or flags and compile polars again.

/// Whether the machine has a tool beside the toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Installed,
    Missing,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) enum Action {
    Tidy,
    /// The emulator that the tests of Blob Storage start, at the version that they pin.
    Azurite,
    /// What drives the browser that the test of the status page opens, at the version that it pins.
    Browser,
    /// What is deployed, by deploy/check.
    Deploy,
    /// The image, where the machine can build one.
    Image,
    /// Damaged input, half a minute for each target.
    Fuzz,
    /// Licences, sources and second versions of packages.
    Deny,
    Run {
        words: Vec<&'static str>,
        variables: Vec<(&'static str, &'static str)>,
    },
}

/// The checks in order. The tests come after the doctests so that the last count is the real one.
pub(super) fn plan(nextest: Presence) -> Vec<Step> {
    let cargo = |name, words: &'static str| Step {
        name,
        action: Action::Run {
            words: split(words),
            variables: Vec::new(),
        },
    };
    let tests = match nextest {
        Presence::Installed => "cargo nextest run --workspace --release --profile ci",
        Presence::Missing => "cargo test --workspace --release --lib --bins --tests --no-fail-fast",
    };
    vec![
        cargo("fmt", "cargo fmt --all --check"),
        Step {
            name: "tidy",
            action: Action::Tidy,
        },
        cargo(
            "clippy",
            "cargo clippy --workspace --all-targets --release -- -D warnings",
        ),
        Step {
            name: "rustdoc",
            action: Action::Run {
                words: split("cargo doc --workspace --no-deps --release"),
                variables: vec![("RUSTDOCFLAGS", "-D warnings")],
            },
        },
        // The binaries that the tests start. With the tests, so that test-only dependencies choose the
        // features here too and polars is compiled once.
        cargo("build", super::BUILD),
        // After the build, whose program writes the lines that alerts look for; before the tests, whose count is the last.
        Step {
            name: "deploy",
            action: Action::Deploy,
        },
        Step {
            name: "image",
            action: Action::Image,
        },
        cargo("doctests", "cargo test --doc --workspace --release"),
        Step {
            name: "browser",
            action: Action::Browser,
        },
        Step {
            name: "azurite",
            action: Action::Azurite,
        },
        Step {
            name: "tests",
            action: Action::Run {
                words: split(tests),
                // Without it the suites are skipped where Node is missing; not here.
                variables: vec![("QUANTX_REQUIRE_AZURITE", "1")],
            },
        },
        // After the build, whose binary makes the lakes, and after Azurite.
        Step {
            name: "readers",
            action: Action::Run {
                words: split("python3 tests/readers/run.py"),
                variables: vec![("QUANTX_REQUIRE_AZURITE", "1")],
            },
        },
        Step {
            name: "delta",
            action: Action::Run {
                words: split("python3 tests/readers/delta.py"),
                variables: Vec::new(),
            },
        },
        cargo("benches", "cargo bench --no-run --workspace --benches"),
        // Its own crates once more, with counters; the dependencies are those of the workspace.
        Step {
            name: "fuzz",
            action: Action::Fuzz,
        },
        Step {
            name: "deny",
            action: Action::Deny,
        },
    ]
}

fn split(words: &'static str) -> Vec<&'static str> {
    words.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(nextest: Presence) -> Vec<String> {
        plan(nextest)
            .into_iter()
            .map(|step| match step.action {
                Action::Run { words, .. } => words.join(" "),
                Action::Tidy => "tidy".to_owned(),
                Action::Azurite => "azurite".to_owned(),
                Action::Browser => "browser".to_owned(),
                Action::Deploy => "deploy".to_owned(),
                Action::Image => "image".to_owned(),
                Action::Fuzz => "fuzz".to_owned(),
                Action::Deny => "deny".to_owned(),
            })
            .collect()
    }

    const ALL: Presence = Presence::Installed;
    const NONE: Presence = Presence::Missing;

    #[test]
    fn whatever_compiles_dependencies_uses_one_profile_and_one_feature_set() {
        for nextest in [ALL, NONE] {
            for command in commands(nextest) {
                let compiles = ["clippy", "build", "test", "nextest", "doc", "check"]
                    .iter()
                    .any(|verb| command.starts_with(&format!("cargo {verb} ")));
                if compiles {
                    assert!(command.contains("--release"), "{command}");
                    let whole = command.contains("--workspace");
                    assert!(whole && !command.contains(" -p "), "{command}");
                }
            }
        }
    }

    #[test]
    fn the_tests_are_the_last_runner_that_prints_a_count() {
        for nextest in [ALL, NONE] {
            let commands = commands(nextest);
            let last = commands
                .iter()
                .rposition(|it| it.contains(" test ") || it.contains("nextest"));
            let doctests = commands.iter().position(|it| it.contains("--doc "));
            assert!(doctests < last, "{commands:?}");
        }
    }

    #[test]
    fn the_suites_against_azurite_are_never_skipped() {
        for nextest in [ALL, NONE] {
            let plan = plan(nextest);
            let tests = plan.iter().position(|step| step.name == "tests").unwrap();
            assert!(matches!(plan[tests - 1].action, Action::Azurite));
            let Action::Run { variables, .. } = &plan[tests].action else {
                panic!("{:?}", plan[tests])
            };
            assert_eq!(variables, &[("QUANTX_REQUIRE_AZURITE", "1")]);
        }
    }

    #[test]
    fn the_recipes_run_with_the_binary_that_was_built_and_read_from_azurite_too() {
        let plan = plan(ALL);
        let place = |name| plan.iter().position(|step| step.name == name);
        let readers = place("readers").unwrap();
        assert!(place("build") < Some(readers) && place("azurite") < Some(readers));
        let Action::Run { variables, .. } = &plan[readers].action else {
            panic!("{:?}", plan[readers])
        };
        assert_eq!(variables, &[("QUANTX_REQUIRE_AZURITE", "1")]);
    }

    #[test]
    fn a_missing_nextest_is_replaced_and_no_check_is_left_out() {
        let (all, none) = (commands(ALL), commands(NONE));
        assert!(none.iter().all(|it| !it.contains("nextest")), "{none:?}");
        assert_eq!(all.len(), none.len());
        assert_eq!(none.last().map(String::as_str), Some("deny"));
    }

    #[test]
    fn the_deployment_is_checked_with_the_program_that_was_built() {
        let commands = commands(ALL);
        let at = |word: &str| commands.iter().position(|it| it.starts_with(word)).unwrap();
        assert!(at("cargo build") < at("deploy") && at("deploy") < at("cargo nextest"));
    }
}
