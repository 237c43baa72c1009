//! `show-manifest` and its rebuild.

use std::fs;

use super::Desk;

#[test]
fn the_manifest_shows_one_line_per_listing() {
    let desk = Desk::with_sample();
    let table = desk.run(&["show-manifest"]).ends_with(0).stdout;
    assert!(
        table.contains("│ FB     │ us       │ 2012-05-18 │ 2013-03-01 │"),
        "{table}"
    );
    assert!(table.contains("5 of 5 listings, 3,376 rows"), "{table}");
    let rows = desk
        .run(&["show-manifest", "--json", "--limit", "2"])
        .ends_with(0)
        .json();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert_eq!(rows[0]["ticker"], "AAPL");
    assert_eq!(rows[0]["row_count"], 795);
}

#[test]
fn a_rebuild_makes_the_lost_manifest_again() {
    let desk = Desk::with_sample();
    let before = desk.lake();
    let file = desk.path("data/meta/symbols_manifest.csv");
    for damage in ["", "what,is,this\n1,2,3\n"] {
        fs::write(&file, damage).unwrap();
        desk.run(&["show-manifest", "--rebuild", "--dry-run"])
            .ends_with(0);
        assert_eq!(fs::read_to_string(&file).unwrap(), damage);
        desk.run(&["show-manifest", "--rebuild"]).ends_with(0);
        assert_eq!(desk.lake(), before);
    }
}

#[test]
fn a_rebuild_leaves_out_what_it_cannot_read_and_says_so() {
    let desk = Desk::with_sample();
    fs::write(
        desk.path("data/data/exchange=us/ticker=IBM/_symbol.json"),
        "{",
    )
    .unwrap();
    let ran = desk.run(&["show-manifest", "--rebuild"]).ends_with(1);
    assert!(
        ran.stderr
            .contains("left out: data/exchange=us/ticker=IBM/_symbol.json"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("4 of 4 listings"), "{ran:?}");
}

#[test]
fn where_no_lake_is_every_command_that_looks_at_one_says_so_and_makes_none() {
    let desk = Desk::new();
    let at = ["--storage-root", "nowhere"];
    for command in [
        &["show-manifest"][..],
        &["verify"],
        &["verify", "--deep", "--symbols", "AAPL"],
        &["coverage"],
        &["coverage", "--symbols", "AAPL"],
    ] {
        let words: Vec<&str> = command.iter().chain(&at).copied().collect();
        desk.run(&words)
            .is_refused(&["there is no lake in nowhere", "--storage-root"]);
    }
    desk.run(&["copy", "--from", "nowhere", "--to", "target"])
        .is_refused(&["--from: there is no lake in nowhere"]);
    assert!(!desk.path("nowhere").exists() && !desk.path("target").exists());
}
