//! What somebody put into the lake on purpose, and clocks that are wrong: every command ends and says so.

use std::fs;
use std::path::PathBuf;

use quantx::lake::codec::sha256_hex;
use serde_json::Value;

use super::{Desk, SAMPLE};

const FOLDER: &str = "data/data/exchange=us/ticker=AAPL";

/// The finding or the listing of a report whose `key` ends with `end`.
fn about<'a>(report: &'a Value, list: &str, key: &str, end: &str) -> &'a Value {
    let list = report[list].as_array().unwrap();
    let is_it = |entry: &&Value| entry[key].as_str().unwrap().ends_with(end);
    list.iter().find(is_it).unwrap()
}

#[test]
#[cfg(unix)]
fn a_pipe_in_place_of_a_file_hangs_no_command() {
    let desk = Desk::with_sample();
    let record = desk.path(&format!("{FOLDER}/_symbol.json"));
    fs::remove_file(&record).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&record).status();
    assert!(made.unwrap().success());
    let verify = ["verify", "--symbols", "AAPL", "--use-local", "--json"];
    let report = desk.run(&verify).ends_with(1).json();
    let detail = about(&report, "findings", "path", "AAPL/_symbol.json")["detail"]
        .as_str()
        .unwrap();
    assert!(detail.contains("a pipe, a socket or a device"), "{detail}");
    let update = ["update-daily", "--as-of", "2013-03-02", "--json"];
    let report = desk.run(update.iter().chain(&SAMPLE)).ends_with(1).json();
    assert_eq!(
        about(&report, "listings", "symbol", "AAPL")["outcome"],
        "failed"
    );
    assert_eq!(report["results"]["success"], 4);
}

/// A Parquet file with the seal that whoever can write the lake can make.
fn sealed(parquet: &[u8]) -> Vec<u8> {
    let (rest, length) = parquet[..parquet.len() - 4]
        .split_last_chunk::<4>()
        .unwrap();
    let footer_start = rest.len() - u32::from_le_bytes(*length) as usize;
    let digest = sha256_hex(parquet);
    let digest = (0..64)
        .step_by(2)
        .map(|at| u8::from_str_radix(&digest[at..at + 2], 16).unwrap());
    let mut sealed = parquet[..footer_start].to_vec();
    sealed.extend_from_slice(b"QXSEAL1\n");
    sealed.extend(digest);
    sealed.extend_from_slice(&parquet[footer_start..]);
    sealed
}

#[test]
fn a_sealed_file_that_takes_27_gigabytes_is_a_finding_and_one_failed_listing() {
    let hostile = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/hostile/sealed-allocates-27GB.parquet.bin");
    let Ok(parquet) = fs::read(hostile) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let desk = Desk::with_sample();
    let year = "year=2013/data.parquet";
    let file = desk.path(&format!("{FOLDER}/{year}"));
    fs::write(file, sealed(&parquet)).unwrap();
    let verify = ["verify", "--deep", "--use-local", "--json"];
    let report = desk.run(&verify).ends_with(1).json();
    let finding = about(&report, "findings", "path", year);
    assert_eq!(finding["rule"], "wrong_schema", "{finding}");
    let update = ["update-daily", "--as-of", "2013-03-02", "--json"];
    let report = desk.run(update.iter().chain(&SAMPLE)).ends_with(1).json();
    assert_eq!(
        about(&report, "listings", "symbol", "AAPL")["kind"],
        "corrupt_file"
    );
    assert_eq!(report["results"]["success"], 4);
}

#[test]
fn a_clock_outside_the_calendars_is_red() {
    let desk = Desk::with_sample();
    for now in ["2031-01-15", "0001-01-15"] {
        let update = ["update-daily", "--as-of", now, "--json"];
        let report = desk.run(update.iter().chain(&SAMPLE)).ends_with(1).json();
        assert_eq!(report["verdict"], "red");
        let reason = report["reasons"][0].as_str().unwrap();
        assert!(
            reason.contains(now) && reason.contains("2030-12-31"),
            "{reason}"
        );
    }
}

#[test]
fn escape_sequences_reach_no_terminal() {
    let desk = Desk::new();
    let symbol = "\u{1b}]0;owned\u{7}\u{9b}2J";
    let ran = desk.run(&["update-daily", "--use-local", "--symbols", symbol]);
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, Some(2), "{text}");
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!text.contains(steers), "{text:?}");
}
