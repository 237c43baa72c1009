//! The help is an interface: people and scripts read it.

use std::fs;
use std::path::Path;

use super::Desk;

fn help(words: &[&str]) -> String {
    let ran = Desk::new()
        .run(words.iter().chain(&["--help"]))
        .ends_with(0);
    assert_eq!(ran.stderr, "");
    ran.stdout
}

fn check(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_program_explains_itself() {
    check("help", &help(&[]));
}

#[test]
fn every_command_explains_itself() {
    for command in [
        "backfill",
        "plan",
        "copy",
        "update-daily",
        "refresh-universe",
        "members",
        "members import",
        "show-manifest",
        "show",
        "plot",
        "export",
        "verify",
        "coverage",
        "calendar",
        "compare",
        "doctor",
        "flags",
        "quarantine",
        "quarantine list",
        "quarantine release",
        "quarantine reject",
        "replay",
        "version",
    ] {
        // The flags of every command stand in the program's own help.
        let words: Vec<&str> = command.split(' ').collect();
        let text = help(&words);
        let (own, global) = text.split_once("Global options:").unwrap();
        let examples = global.find("Examples:").map_or("", |at| &global[at..]);
        let name = format!("help_{}", words.join("_"));
        check(&name, &format!("{own}{examples}"));
    }
}

#[test]
fn the_version_names_program_and_schema() {
    let desk = Desk::new();
    let text = desk.run(&["version"]).ends_with(0).stdout;
    assert!(
        text.starts_with("quantx ") && text.contains("schema version 2\n"),
        "{text}"
    );
    let facts = desk.run(&["version", "--json"]).ends_with(0).json();
    assert_eq!(facts["schema_version"], 2);
    assert!(facts["target"].as_str().unwrap().contains('-'), "{facts}");
}

#[test]
fn without_a_command_the_help_is_the_answer() {
    let ran = Desk::new().run(&[]).ends_with(2);
    assert!(
        ran.stdout.is_empty() && ran.stderr.contains("Usage: quantx"),
        "{ran:?}"
    );
}

#[test]
fn the_settings_reference_is_up_to_date() {
    let ran = Desk::new().run(&["settings-reference"]).ends_with(0);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let written = fs::read_to_string(file).unwrap();
    assert!(
        ran.stdout == written,
        "make it anew: quantx settings-reference > docs/configuration.md"
    );
}
