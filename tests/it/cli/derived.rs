//! What is derived from the listings decides no run.

use std::fs;

use super::{DATES, Desk, SAMPLE};

fn backfill(desk: &Desk) -> super::Ran {
    let words = ["backfill"];
    desk.run(words.iter().chain(&SAMPLE).chain(&DATES).chain(&["--json"]))
}

#[test]
fn a_manifest_that_cannot_be_written_is_a_reason_and_the_listings_are_finished() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("data/meta/symbols_manifest.csv")).unwrap();
    let report = backfill(&desk).ends_with(1).json();
    assert_eq!(report["verdict"], "red");
    assert_eq!(report["outcomes"]["updated"], 5, "{report}");
    let reason = report["reasons"][0].as_str().unwrap();
    assert!(reason.contains("manifest"), "{reason}");
    let stored = fs::read_dir(desk.path("data/reports")).unwrap();
    assert_eq!(stored.count(), 1);
    // Once it can be written again, the next run has every listing's line.
    fs::remove_dir(desk.path("data/meta/symbols_manifest.csv")).unwrap();
    backfill(&desk).ends_with(0);
    let manifest = fs::read_to_string(desk.path("data/meta/symbols_manifest.csv")).unwrap();
    assert_eq!(manifest.lines().count(), 6);
}

#[test]
fn a_manifest_that_is_no_text_is_made_anew_by_the_run() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("data/meta")).unwrap();
    fs::write(
        desk.path("data/meta/symbols_manifest.csv"),
        [0xff, 0xfe, 0, 1, b'\n'],
    )
    .unwrap();
    let report = backfill(&desk).ends_with(0).json();
    assert_ne!(report["verdict"], "red", "{report}");
    let manifest = fs::read_to_string(desk.path("data/meta/symbols_manifest.csv")).unwrap();
    assert_eq!(manifest.lines().count(), 6);
}

#[test]
fn a_report_that_cannot_be_stored_is_printed_all_the_same() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("data")).unwrap();
    fs::write(desk.path("data/reports"), "a file in place of a folder").unwrap();
    let report = backfill(&desk).ends_with(1).json();
    assert_eq!(report["outcomes"]["updated"], 5, "{report}");
    let reason = report["reasons"][0].as_str().unwrap();
    assert!(reason.contains("cannot store the report"), "{reason}");
}
