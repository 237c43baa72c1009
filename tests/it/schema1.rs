//! A lake of schema version 1, written by the last program that did: it is proven, read, and only
//! written where it is touched. Where it comes from: tests/fixtures/schema1/SOURCE.md.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::Desk;

const FOLDER: &str = "data/exchange=us/ticker=FB";

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

fn old_lake() -> Desk {
    let desk = Desk::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema1");
    for folder in ["data", "meta"] {
        copy(&fixture.join(folder), &desk.path("data").join(folder));
    }
    desk
}

fn backfill(desk: &Desk, end: &str) {
    let words = [
        "backfill",
        "-q",
        "--symbols",
        "FB",
        "--provider",
        "sample",
        "--use-local",
    ];
    let dates = [
        "--start",
        "2012-05-18",
        "--end",
        end,
        "--as-of",
        "2013-03-02",
    ];
    desk.run(words.iter().chain(&dates)).ends_with(0);
}

fn proven(desk: &Desk) -> Value {
    let words = [
        "verify",
        "--deep",
        "-q",
        "--json",
        "--use-local",
        "--as-of",
        "2013-03-02",
    ];
    let report = desk.run(&words).ends_with(0).json();
    assert_eq!(report["findings"], Value::Array(Vec::new()), "{report:#}");
    report
}

fn schema(desk: &Desk) -> u64 {
    let record = fs::read(desk.path("data").join(FOLDER).join("_symbol.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    record["schema"].as_u64().unwrap()
}

#[test]
fn a_lake_of_version_1_is_whole_and_a_run_without_news_leaves_it() {
    let desk = old_lake();
    assert_eq!(proven(&desk)["files_decoded"], 2);
    let before = desk.lake();
    backfill(&desk, "2013-02-15");
    // The old lake had no tables for reading; the run makes them and touches nothing else.
    let mut after = desk.lake();
    after.retain(|path, _| {
        !["panel/", "actions/", "delta/"]
            .iter()
            .any(|it| path.starts_with(it))
    });
    assert_eq!(after, before);
    assert_eq!(schema(&desk), 1);
}

#[test]
fn a_file_of_version_1_is_written_anew_when_its_rows_change_and_its_neighbours_stay() {
    let desk = old_lake();
    let before = desk.lake();
    backfill(&desk, "2013-03-01");
    let after = desk.lake();
    let file = |year: u32| format!("{FOLDER}/year={year}/data.parquet");
    assert_eq!(before[&file(2012)], after[&file(2012)]);
    assert_ne!(before[&file(2013)], after[&file(2013)]);
    assert_eq!(schema(&desk), 2);
    proven(&desk);
}

#[test]
fn a_lost_file_of_version_1_is_made_again_as_it_was() {
    let desk = old_lake();
    let before = desk.lake();
    // Two rows change places: the rows are all there, and prove the file that the record names.
    let path = desk
        .path("data")
        .join(FOLDER)
        .join("year=2012/data.parquet");
    let other = desk
        .path("data")
        .join(FOLDER)
        .join("year=2013/data.parquet");
    fs::copy(&path, desk.path("kept")).unwrap();
    fs::copy(&other, &path).unwrap();
    fs::copy(desk.path("kept"), &other).unwrap();
    let words = [
        "verify",
        "--deep",
        "--repair",
        "--offline",
        "-q",
        "--json",
        "--use-local",
        "--provider",
        "sample",
    ];
    let ran = desk.run(words.iter().chain(&["--as-of", "2013-03-02"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let after = desk.lake();
    for year in [2012, 2013] {
        let file = format!("{FOLDER}/year={year}/data.parquet");
        assert_eq!(before[&file], after[&file], "{year}");
    }
}
