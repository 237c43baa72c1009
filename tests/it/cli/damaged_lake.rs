//! Files of the lake that are damaged, or of a newer program: the listing fails, its files stay.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::{Desk, SAMPLE};

const RECORD: &str = "data/exchange=us/ticker=AAPL/_symbol.json";
const TABLE: &str = "data/exchange=us/ticker=AAPL/year=2013/data.parquet";

/// Damages `path`, runs, and expects that AAPL alone fails with `kind` and keeps its bytes.
fn check(path: &str, damage: impl Fn(Vec<u8>) -> Vec<u8>, kind: &str) {
    let desk = Desk::with_sample();
    let file = desk.path(&format!("data/{path}"));
    fs::write(&file, damage(fs::read(&file).unwrap())).unwrap();
    let of_listing = |lake: BTreeMap<String, Vec<u8>>| -> Vec<_> {
        lake.into_iter()
            .filter(|(path, _)| path.contains("ticker=AAPL"))
            .collect()
    };
    let before = of_listing(desk.lake());
    let update = ["update-daily", "--as-of", "2013-03-02", "--json"];
    // One of five is more than the 10 % that may fail.
    let report = desk.run(update.iter().chain(&SAMPLE)).ends_with(1).json();
    let aapl = &report["listings"][0];
    assert_eq!(
        (&aapl["symbol"], &aapl["outcome"]),
        (&"AAPL".into(), &"failed".into()),
        "{aapl}"
    );
    assert_eq!(aapl["kind"], kind, "{aapl}");
    assert_eq!(report["results"]["failed"], 1);
    assert_eq!(report["results"]["success"], 4);
    assert_eq!(of_listing(desk.lake()), before);
}

#[test]
fn a_record_that_is_not_json() {
    check(
        RECORD,
        |_| b"<html>not json</html>".to_vec(),
        "corrupt_record",
    );
}

#[test]
fn a_record_of_a_newer_program() {
    let newer = |bytes: Vec<u8>| {
        let mut record: Value = serde_json::from_slice(&bytes).unwrap();
        record["schema"] = 3.into();
        record["from_the_future"] = true.into();
        serde_json::to_vec(&record).unwrap()
    };
    check(RECORD, newer, "newer_schema");
}

#[test]
fn a_table_that_is_cut_off() {
    let cut_off = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    check(TABLE, cut_off, "corrupt_file");
    check(TABLE, |_| Vec::new(), "corrupt_file");
}

#[test]
fn a_table_with_one_wrong_bit() {
    for eighth in 0..8 {
        let flipped = |mut bytes: Vec<u8>| {
            let at = bytes.len() * eighth / 8;
            bytes[at] ^= 1;
            bytes
        };
        check(TABLE, flipped, "corrupt_file");
    }
}

#[test]
fn within_the_limit_one_failed_listing_is_yellow() {
    let desk = Desk::with_sample();
    fs::write(desk.path(&format!("data/{RECORD}")), "{").unwrap();
    fs::create_dir(desk.path("config")).unwrap();
    let settings = "quality:\n  max_failure_rate: 0.2\n";
    fs::write(desk.path("config/settings.yaml"), settings).unwrap();
    let update = ["update-daily", "--as-of", "2013-03-02"];
    let ran = desk.run(update.iter().chain(&SAMPLE)).ends_with(0);
    assert!(
        ran.stdout.contains("yellow") && ran.stdout.contains("│ AAPL   │ failed"),
        "{ran:?}"
    );
}
