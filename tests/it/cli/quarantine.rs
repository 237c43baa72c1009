//! `quarantine list`, `release` and `reject`.

use std::fs;

use serde_json::Value;

use super::Desk;
use super::replay::Vendor;

const SYMBOL: &str = "S0003";
const FOLDER: &str = "data/quarantine/exchange=us/ticker=S0003";

/// One run as of `day` against a vendor whose prices of two sessions are 100 times too high.
fn run(desk: &Desk, day: &str, code: i32) -> Value {
    let as_of = format!("{day}T06:00:00Z");
    let faults = "block100x=S0003:2024-05-03:2:30d";
    let vendor = Vendor::start(
        desk,
        &[
            "--as-of",
            &as_of,
            "--market",
            "synthetic:5:us",
            "--faults",
            faults,
        ],
    );
    fs::create_dir_all(desk.path("config")).unwrap();
    fs::write(
        desk.path("config/settings.yaml"),
        "fetcher:\n  backfill_start: 2024-01-02\n",
    )
    .unwrap();
    let words = [
        "update-daily",
        "-q",
        "--json",
        "--symbols",
        SYMBOL,
        "--as-of",
        &as_of,
        "--yahoo-base-url",
        &vendor.url,
        "--requests-per-second",
        "0",
    ];
    desk.run(&words).ends_with(code).json()
}

/// Two sessions refused.
fn refused() -> Desk {
    let desk = Desk::new();
    run(&desk, "2024-05-03", 0);
    // Nothing of what was due could be stored.
    let report = run(&desk, "2024-05-07", 1);
    assert_eq!(report["totals"]["rows"]["refused"], 2);
    assert_eq!(report["verdict"], "red");
    desk
}

fn list(desk: &Desk, words: &[&str]) -> Vec<Value> {
    let words = [&["quarantine", "list", "--json"], words].concat();
    let report = desk.run(&words).ends_with(0).json();
    report["entries"].as_array().unwrap().clone()
}

fn id(entry: &Value) -> &str {
    entry["id"].as_str().unwrap()
}

const LATER: [&str; 2] = ["--as-of", "2024-05-07T12:00:00Z"];

#[test]
fn what_was_refused_is_listed_with_its_values_and_reason() {
    let desk = refused();
    let entries = list(&desk, &[]);
    assert_eq!(entries.len(), 2);
    let entry = &entries[0];
    assert_eq!(
        (&entry["date"], &entry["rule"]),
        (&"2024-05-03".into(), &"unit_jump".into())
    );
    assert_eq!(
        (&entry["standing"], &entry["stored"]),
        (&"open".into(), &Value::Null)
    );
    assert!(entry["prices"][3].as_f64().unwrap() > 0.0);
    assert_eq!(
        entry["runs"],
        serde_json::json!(["daily_update_20240507_060000"])
    );
    let table = desk
        .run(&["quarantine", "list", "--symbols", SYMBOL])
        .ends_with(0)
        .stdout;
    assert!(
        table.contains(id(entry)) && table.contains("100 times its level"),
        "{table}"
    );
    assert!(
        table.contains("2 open, 2 of 2 refused rows shown"),
        "{table}"
    );
    assert!(list(&desk, &["--symbols", "AAPL"]).is_empty());
}

#[test]
fn released_rows_are_in_the_lake_and_the_next_runs_are_green() {
    let desk = refused();
    let entries = list(&desk, &[]);
    let before = desk.lake();
    let release = [
        "quarantine",
        "release",
        id(&entries[0]),
        "--by",
        "ann",
        "--note",
        "looked <it> up",
    ];
    let dry = desk
        .run(release.iter().chain(&LATER).chain(&["--dry-run"]))
        .ends_with(0)
        .stdout;
    assert!(
        dry.contains("dry run: 1 of 1 would be decided; nothing was written"),
        "{dry}"
    );
    assert_eq!(desk.lake(), before);
    let done = desk.run(release.iter().chain(&LATER)).ends_with(0).stdout;
    assert!(
        done.contains("the lake had no row of the session") && done.contains("1 of 1 decided"),
        "{done}"
    );
    let evidence = |lake: &std::collections::BTreeMap<String, Vec<u8>>| {
        let files = lake
            .iter()
            .filter(|(path, _)| path.ends_with("060000.json"));
        files
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        evidence(&desk.lake()),
        evidence(&before),
        "evidence is never changed"
    );
    let decisions = fs::read(desk.path(&format!("{FOLDER}/decisions.json"))).unwrap();
    let decisions: Value = serde_json::from_slice(&decisions).unwrap();
    let decision = &decisions["decisions"][0];
    assert_eq!(
        (&decision["ruling"], &decision["by"]),
        (&"released".into(), &"ann".into())
    );
    assert_eq!(
        (&decision["note"], &decision["at"]),
        (&"looked <it> up".into(), &"2024-05-07T12:00:00Z".into())
    );
    let manifest = desk.run(&["show-manifest", "--json"]).ends_with(0).json();
    assert_eq!(
        (&manifest[0]["row_count"], &manifest[0]["holes"]),
        (&86.into(), &1.into())
    );
    desk.run(
        ["quarantine", "reject", "--rule", "unit_jump"]
            .iter()
            .chain(&LATER),
    )
    .ends_with(0);
    assert!(list(&desk, &[]).is_empty());
    let standing: Vec<Value> = list(&desk, &["--all"])
        .iter()
        .map(|e| e["standing"].clone())
        .collect();
    assert_eq!(standing, ["released", "rejected"]);
    let settled = desk.lake();
    let report = run(&desk, "2024-05-08", 0);
    assert_eq!(
        (&report["verdict"], &report["totals"]["rows"]["refused"]),
        (&"green".into(), &0.into()),
        "{report:#}"
    );
    let again = run(&desk, "2024-05-08", 0);
    assert_eq!(again["totals"]["files_written"], 0);
    let quarantined = |lake: std::collections::BTreeMap<String, Vec<u8>>| -> Vec<String> {
        lake.into_keys()
            .filter(|path| path.starts_with("quarantine/"))
            .collect()
    };
    assert_eq!(quarantined(desk.lake()), quarantined(settled));
    let released = desk.run(release.iter().chain(&LATER)).ends_with(0).stdout;
    assert!(released.contains("so decided before"), "{released}");
}

#[test]
fn what_no_row_may_be_can_only_be_rejected() {
    let desk = refused();
    let row = |date: &str, prices: [f64; 4], rule: &str| serde_json::json!({"date": date, "rule": rule, "reason": "made up", "prices": prices, "volume": 5.0});
    let rows = serde_json::json!([
        row("2024-05-06", [10.0, 9.0, 11.0, 10.0], "high_below_low"),
        row("2024-05-04", [10.0, 11.0, 9.0, 10.0], "saturday"),
        row("2023-05-04", [10.0, 11.0, 9.0, 10.0], "too_early"),
        row("2024-05-07", [10.0, 11.0, 9.0, 10.0], "not_over"),
    ]);
    let file = desk.path(&format!("{FOLDER}/backfill_20240507_000000.json"));
    fs::write(file, rows.to_string()).unwrap();
    let before = desk.lake();
    for (rule, because) in [
        ("high_below_low", "high 9 is below low 11 (high_below_low)"),
        ("saturday", "2024-05-04 is no session of XNYS"),
        ("too_early", "begins with 2024-01-02"),
        ("not_over", "the session of 2024-05-07 is not over"),
    ] {
        let words = ["quarantine", "release", "--json", "--rule", rule];
        let report = desk.run(words.iter().chain(&LATER)).ends_with(1).json();
        let entry = &report["entries"][0];
        assert_eq!(entry["decided"], "refused");
        assert!(
            entry["because"].as_str().unwrap().contains(because),
            "{entry:#}"
        );
    }
    assert_eq!(desk.lake(), before);
    desk.run(
        [
            "quarantine",
            "reject",
            "--symbols",
            SYMBOL,
            "--rule",
            "high_below_low",
        ]
        .iter()
        .chain(&LATER),
    )
    .ends_with(0);
    let open: Vec<Value> = list(&desk, &[]).iter().map(|e| e["rule"].clone()).collect();
    assert!(!open.contains(&"high_below_low".into()), "{open:?}");
}

#[test]
fn a_row_far_outside_its_range_is_stored_by_the_word_of_a_person() {
    let desk = refused();
    let rows = serde_json::json!([{
        "date": "2024-05-06", "rule": "outside_range", "reason": "made up",
        "prices": [null, 11.0, 9.0, 12.0], "volume": null,
    }]);
    let file = desk.path(&format!("{FOLDER}/backfill_20240507_000000.json"));
    fs::write(file, rows.to_string()).unwrap();
    let words = ["quarantine", "release", "--json", "--rule", "outside_range"];
    let report = desk.run(words.iter().chain(&LATER)).ends_with(0).json();
    assert_eq!(report["entries"][0]["decided"], "added");
    let stored = &list(&desk, &["--all"])
        .into_iter()
        .find(|entry| entry["rule"] == "outside_range")
        .unwrap();
    assert_eq!(stored["standing"], "released");
    assert_eq!(stored["stored"], serde_json::json!([null, 11.0, 9.0, 12.0]));
    assert_eq!(stored["stored_volume"], Value::Null);
    // Such a row is worth a note and no damage.
    let words = ["verify", "--deep", "-q", "--json", "--symbols", SYMBOL];
    let proof = desk.run(&words).json();
    let findings = proof["findings"].as_array().unwrap();
    let notes = findings.iter().filter(|f| f["rule"] == "outside_range");
    let notes: Vec<&Value> = notes.map(|finding| &finding["severity"]).collect();
    assert_eq!(notes, ["note"], "{proof:#}");
    assert!(
        findings.iter().all(|f| f["severity"] != "damage"),
        "{proof:#}"
    );
}

#[test]
fn a_listing_that_the_lake_does_not_have_is_backfilled_first() {
    let desk = refused();
    fs::remove_dir_all(desk.path("data/data")).unwrap();
    let words = ["quarantine", "release", "--symbols", SYMBOL];
    let ran = desk.run(words.iter().chain(&LATER)).ends_with(1);
    assert!(ran.stdout.contains("backfill it first"), "{ran:?}");
    assert!(!desk.path(&format!("{FOLDER}/decisions.json")).exists());
}

#[test]
fn damaged_evidence_costs_itself_and_damaged_decisions_stop_the_listing() {
    let desk = refused();
    fs::write(
        desk.path(&format!("{FOLDER}/daily_update_20240101_000000.json")),
        "{",
    )
    .unwrap();
    let ran = desk.run(&["quarantine", "list"]).ends_with(1);
    assert!(
        ran.stderr.contains(
            "left out: quarantine/exchange=us/ticker=S0003/daily_update_20240101_000000.json"
        ),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("2 open"), "{ran:?}");
    fs::remove_file(desk.path(&format!("{FOLDER}/daily_update_20240101_000000.json"))).unwrap();
    desk.run(&["quarantine", "reject", "--symbols", SYMBOL])
        .ends_with(0);
    fs::write(desk.path(&format!("{FOLDER}/decisions.json")), "[]").unwrap();
    let ran = desk.run(&["quarantine", "list"]).ends_with(1);
    assert!(ran.stderr.contains("decisions.json is unusable"), "{ran:?}");
    let as_of = ["--as-of", "2024-05-08T06:00:00Z"];
    let vendor = Vendor::start(
        &desk,
        &[&as_of[..], &["--market", "synthetic:5:us"]].concat(),
    );
    let words = [
        "update-daily",
        "-q",
        "--json",
        "--symbols",
        SYMBOL,
        "--yahoo-base-url",
        &vendor.url,
        "--requests-per-second",
        "0",
    ];
    let report = desk.run(words.iter().chain(&as_of)).ends_with(1).json();
    assert_eq!(report["listings"][0]["kind"], "corrupt_decisions");
}

#[test]
fn wrong_words_are_refused() {
    let desk = refused();
    let before = desk.lake();
    for (words, because) in [
        (&["release"][..], "required"),
        (
            &["release", "3f9a", "--rule", "unit_jump"],
            "cannot be used with",
        ),
        (&["release", "12"], "is not an entry's id"),
        (
            &["reject", "ffffffffffff"],
            "there is no entry \"ffffffffffff\"",
        ),
        (&["reject", "--symbols", "A/B"], "has '/'"),
        (&["list", "--symbols", "BRK.B"], "unknown suffix"),
    ] {
        desk.run([&["quarantine"], words].concat().iter())
            .is_refused(&[because]);
    }
    let long = "x".repeat(2001);
    desk.run(&["quarantine", "reject", "--rule", "x", "--note", &long])
        .is_refused(&["--note"]);
    assert_eq!(desk.lake(), before);
    let nothing = desk
        .run(&["quarantine", "reject", "--rule", "no_such_rule"])
        .ends_with(0);
    assert!(
        nothing.stdout.contains("no open row or dividend fits"),
        "{nothing:?}"
    );
    assert_eq!(desk.lake(), before);
    // A wrong address is no empty quarantine.
    for words in [
        &["quarantine", "list"][..],
        &["quarantine", "reject", "--rule", "unit_jump"],
    ] {
        Desk::new().run(words).is_refused(&["there is no lake in"]);
    }
}
