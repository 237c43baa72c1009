//! `quantx verify` over damaged lakes: it says which file, which row and why; what a repair then does
//! is a table of its own. The lake is the sample since 2003: splits, dividends, a late listing.

mod absurd;
mod crashes;
mod damages;
mod flips;
mod inflict;
mod repairs;
mod runs;

pub(crate) use crashes::{prove, try_prove};

use std::fs;
use std::path::Path;

use quantx::storage::LocalStore;
use quantx_tests::lakes;
use serde_json::Value;

use crate::cli::{Desk, Ran};

const BACKFILL: [&str; 10] = [
    "backfill",
    "-q",
    "--phase",
    "sample",
    "--provider",
    "sample",
    "--start",
    "2003-01-02",
    "--end",
    "2013-03-01",
];
const AS_OF: [&str; 2] = ["--as-of", "2013-03-02"];

/// A whole lake in `data`.
fn whole() -> Desk {
    let desk = Desk::new();
    desk.run(BACKFILL.iter().chain(&AS_OF)).ends_with(0);
    desk
}

/// Another lake of the same content.
fn copy_of(whole: &Desk) -> Desk {
    let desk = Desk::new();
    copy(&whole.path("data"), &desk.path("data"));
    desk
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}

fn verify(desk: &Desk, flags: &[&str]) -> Ran {
    let words = ["verify", "-q", "--json", "--provider", "sample"];
    desk.run(words.iter().chain(&AS_OF).chain(flags))
}

/// `rule  path  row  date`, one line per finding that is not a note.
fn finding_lines(findings: &Value) -> Vec<String> {
    let findings = findings.as_array().unwrap().iter();
    findings
        .filter(|finding| finding["severity"] != "note")
        .map(|finding| {
            let mut line = format!("{} {}", text(&finding["rule"]), text(&finding["path"]));
            if let Some(row) = finding["row"].as_u64() {
                line.push_str(&format!(" row {row}"));
            }
            if let Some(date) = finding["date"].as_str() {
                line.push_str(&format!(" of {date}"));
            }
            line
        })
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Objects in which two lakes promise different things.
fn differing(one: &Desk, other: &Desk) -> Vec<String> {
    let promised = |desk: &Desk| {
        let store = LocalStore::open_read_only(desk.path("data")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(lakes::promised(&store))
    };
    let (one, other) = (promised(one), promised(other));
    let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .cloned()
        .collect()
}

#[test]
fn a_whole_lake_gives_nothing_and_is_not_touched() {
    let desk = whole();
    let other = copy_of(&desk);
    for flags in [
        &[][..],
        &["--deep"],
        &["--deep", "--symbols", "AAPL,MSFT"],
        &["--phase", "sample"],
        &["--deep", "--repair"],
        &["--deep", "--repair", "--dry-run"],
    ] {
        let report = verify(&desk, flags).ends_with(0).json();
        assert_eq!(report["findings"], Value::Array(Vec::new()), "{flags:?}");
        assert_eq!(report["not_reached"], 0);
    }
    let deep = verify(&desk, &["--deep"]).ends_with(0).json();
    assert_eq!(deep["files"], deep["files_decoded"]);
    assert_eq!(deep["coverage"]["missing"], 0);
    assert_eq!(desk.lake(), other.lake());
    let reports = |desk: &Desk| fs::read_dir(desk.path("data/reports")).unwrap().count();
    assert_eq!(reports(&desk), reports(&other));
}

#[test]
fn a_lake_that_is_not_there_proves_nothing_and_is_not_made() {
    let desk = Desk::new();
    let ran = verify(&desk, &["--deep"]).ends_with(2);
    assert!(ran.stderr.contains("there is no lake in"), "{ran:?}");
    assert!(!desk.path("data").exists());
}

#[test]
fn a_listing_that_is_not_stored_is_a_note() {
    let desk = whole();
    let report = verify(&desk, &["--symbols", "TSLA,AAPL"])
        .ends_with(0)
        .json();
    assert_eq!(report["listings"], 1);
    assert_eq!(report["rules"]["nothing_stored"], 1);
    verify(&desk, &["--symbols", "NO/NE"]).ends_with(2);
    verify(&desk, &["--offline"]).ends_with(2);
}

#[test]
fn the_table_names_the_worst_first() {
    let desk = whole();
    let lost = "data/exchange=us/ticker=IBM/year=2005/data.parquet";
    fs::remove_file(desk.path(&format!("data/{lost}"))).unwrap();
    let table = desk.run(&["verify", "-q"]).ends_with(1).stdout;
    let first = table.lines().nth(3).unwrap();
    assert!(
        first.contains("damage") && first.contains("file_missing") && first.contains(lost),
        "{table}"
    );
    let summary = table.lines().rev().nth(1).unwrap();
    assert!(
        summary.contains("found") && summary.contains("1 damage"),
        "{table}"
    );
}
