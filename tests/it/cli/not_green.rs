//! What people read when a run is not green: which listing, by which rule, and what to type.

use std::path::{Path, PathBuf};

use super::replay::Vendor;
use super::{Desk, Ran};

/// The vendor of a case, where the cases are there.
fn case(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cases");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(folder.join(name).join("vendor"))
}

/// `words` as of an instant, with the vendor of that instant.
fn run_as_of(desk: &Desk, folder: &Path, as_of: &str, words: &[&str]) -> Ran {
    let market = format!("recorded:{}", folder.display());
    let vendor = Vendor::start(desk, &["--as-of", as_of, "--market", &market]);
    let more = [
        "-q",
        "--as-of",
        as_of,
        "--yahoo-base-url",
        &vendor.url,
        "--requests-per-second",
        "0",
    ];
    desk.run(words.iter().chain(&more))
}

/// The tables without what differs from run to run.
fn check(name: &str, text: &str) {
    let varies = [
        "│ elapsed",
        "│ vendor",
        "│ lake ",
        "│ report",
        "│ certificate",
    ];
    let lines = text
        .lines()
        .filter(|line| !varies.iter().any(|v| line.starts_with(v)));
    let text: Vec<&str> = lines.collect();
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text.join("\n"));
    });
}

#[test]
fn the_terminal_names_the_listing_the_rule_and_what_to_type_and_the_next_day_is_green() {
    let Some(folder) = case("21-split-never-applied") else {
        return;
    };
    let desk = Desk::new();
    let words = [
        "backfill",
        "--symbols",
        "BCAN",
        "--start",
        "2023-06-01",
        "--end",
        "2024-06-27",
    ];
    let first = run_as_of(&desk, &folder, "2024-06-29T03:00:00Z", &words).ends_with(0);
    check("not_green_yellow", &first.stdout);
    check(
        "not_green_flags_new",
        &desk.run(&["flags"]).ends_with(0).stdout,
    );

    let words = ["update-daily", "--symbols", "BCAN"];
    let next = run_as_of(&desk, &folder, "2024-06-30T03:00:00Z", &words).ends_with(0);
    check("not_green_next_day", &next.stdout);
    check(
        "not_green_flags_standing",
        &desk.run(&["flags"]).ends_with(0).stdout,
    );
    let later = desk
        .run(&["flags", "--since", "2024-06-29", "--json"])
        .ends_with(0)
        .json();
    assert_eq!(later["flags"].as_array().unwrap().len(), 0, "{later:#}");
    desk.run(&["verify", "--deep", "-q"]).ends_with(0);
}

#[test]
fn a_mistyped_symbol_is_named_by_every_run_and_makes_none_red() {
    let desk = Desk::new();
    let words = [
        "backfill",
        "-q",
        "--start",
        "2010-01-04",
        "--end",
        "2012-12-31",
        "--symbols",
        "AAPL,MSFT,IBM,APPL",
        "--provider",
        "sample",
        "--use-local",
    ];
    for _ in 0..2 {
        let ran = desk.run(&words).ends_with(0);
        let line = ran.stdout.lines().find(|line| line.starts_with("│ APPL"));
        assert!(
            line.is_some_and(|line| line.contains("unknown symbol")),
            "{ran:?}"
        );
    }
    let report = desk
        .run(words.iter().chain(&["--json"]))
        .ends_with(0)
        .json();
    assert_eq!(report["verdict"], "green", "{:#}", report["reasons"]);
}

#[test]
fn a_lake_without_flags_says_so_and_no_lake_is_an_error() {
    let desk = Desk::new();
    desk.run(&["flags"]).is_refused(&["no lake"]);
    let desk = Desk::with_sample();
    let all = desk.run(&["flags", "--since", "2031-01-01"]).ends_with(0);
    assert_eq!(all.stdout, "flags: 0 new, 0 standing, 0 decided\n");
    let bad = desk.run(&["flags", "--since", "yesterday"]);
    assert_eq!(bad.code, Some(2), "{bad:?}");
}
