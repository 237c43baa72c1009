//! Ctrl-C and SIGTERM.
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::replay::{Vendor, signal};
use super::{DATES, Desk};

const MARKET: [&str; 4] = ["--market", "synthetic:60:us", "--as-of", "2013-03-02"];

/// A backfill of sixty listings of which the vendor answers the first two and then hangs.
fn hanging(desk: &Desk) -> (Vendor, Vec<String>) {
    let faults: Vec<String> = (2..60).map(|n| format!("S{n:04}#1=hang")).collect();
    let faults = faults.join(",");
    let vendor = Vendor::start(desk, &[&MARKET[..], &["--faults", &faults]].concat());
    let symbols: Vec<String> = (0..60).map(|n| format!("S{n:04}")).collect();
    let mut run = vec![
        "backfill".to_owned(),
        "--symbols".to_owned(),
        symbols.join(","),
    ];
    let flags = ["--json", "--requests-per-second", "0", "--max-workers", "1"];
    run.extend(flags.iter().chain(&DATES).map(|word| (*word).to_owned()));
    run.extend(["--yahoo-base-url".to_owned(), vendor.url.clone()]);
    run.extend(["--as-of".to_owned(), "2013-03-02".to_owned()]);
    (vendor, run)
}

/// Starts the run and returns once the two listings are stored.
fn start(desk: &Desk, words: &[String]) -> Child {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = desk.command(&words);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stored = |symbol| {
        desk.path(&format!(
            "data/data/exchange=us/ticker={symbol}/_symbol.json"
        ))
    };
    while !(stored("S0000").exists() && stored("S0001").exists()) {
        std::thread::yield_now();
    }
    child
}

#[test]
fn a_signal_ends_the_run_cleanly_and_a_second_run_takes_up_the_rest() {
    for name in ["INT", "TERM"] {
        let desk = Desk::new();
        let (_vendor, words) = hanging(&desk);
        let child = start(&desk, &words);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("stopping: "), "{said}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["outcomes"]["updated"], 2);
        assert_eq!(report["outcomes"]["not_reached"], 58);
        let stored = format!("data/reports/{}.json", report["run"].as_str().unwrap());
        assert!(desk.path(&stored).is_file());

        let again = Vendor::start(&desk, &MARKET);
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        let at = words
            .iter()
            .position(|word| *word == "--yahoo-base-url")
            .unwrap();
        words[at + 1] = &again.url;
        let report = desk.run(&words).ends_with(0).json();
        assert_eq!(report["outcomes"]["skipped"], 2);
        assert_eq!(report["outcomes"]["updated"], 58);
    }
}

/// Whatever the run still wants to write waits, so that it cannot come to an end.
fn hold_all_locks(desk: &Desk) -> Vec<File> {
    let hold = |n: i32| {
        let file = File::create(desk.path(&format!("data/.quantx/locks/{n:02x}"))).unwrap();
        file.lock().unwrap();
        file
    };
    (0..256).map(hold).collect()
}

#[test]
fn one_signal_ends_also_a_run_that_cannot_come_to_an_end() {
    for name in ["INT", "TERM"] {
        let desk = Desk::new();
        let (_vendor, words) = hanging(&desk);
        let child = start(&desk, &words);
        let locks = hold_all_locks(&desk);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("leaving as after a kill"), "{said}");
        drop(locks);
    }
}

#[test]
fn a_second_signal_leaves_at_once() {
    let desk = Desk::new();
    let (_vendor, words) = hanging(&desk);
    let mut child = start(&desk, &words);
    let locks = hold_all_locks(&desk);
    signal(&child, "INT");
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("stopping: ") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "no word of stopping");
    }
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(locks);
}
