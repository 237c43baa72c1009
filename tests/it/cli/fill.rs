//! `backfill` and `update-daily` over the sample.

use std::fs;

use super::{DATES, Desk, SAMPLE};

const BACKFILL: [&str; 1] = ["backfill"];

#[test]
fn the_first_command_of_the_readme_fills_a_lake() {
    let desk = Desk::new();
    let ran = desk
        .run(BACKFILL.iter().chain(&SAMPLE).chain(&DATES))
        .ends_with(0);
    assert!(
        ran.stdout.contains("3,376 added") && ran.stdout.contains("green"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("5/5 listings (100 %)"), "{ran:?}");
    let lake = desk.lake();
    let tables = lake
        .keys()
        .filter(|path| path.ends_with(".parquet"))
        .count();
    assert_eq!(tables, 18);
    assert!(lake.contains_key("data/exchange=us/ticker=AAPL/year=2012/data.parquet"));
    assert!(lake.contains_key("meta/symbols_manifest.csv"));
}

#[test]
fn a_second_backfill_asks_nothing_and_writes_no_file() {
    let desk = Desk::with_sample();
    let before = desk.lake();
    let again = desk.run(
        BACKFILL
            .iter()
            .chain(&SAMPLE)
            .chain(&DATES)
            .chain(&["--json"]),
    );
    let report = again.ends_with(0).json();
    assert_eq!(report["vendor"]["requests"], 0);
    assert_eq!(report["totals"]["files_written"], 0);
    assert_eq!(report["outcomes"]["skipped"], 5);
    assert_eq!(desk.lake(), before);
}

#[test]
fn a_second_daily_update_writes_no_file() {
    let desk = Desk::new();
    let update = ["update-daily", "--as-of", "2012-06-01", "--json"];
    let first = desk.run(update.iter().chain(&SAMPLE)).ends_with(0).json();
    assert_eq!(first["outcomes"]["updated"], 5);
    let before = desk.lake();
    let second = desk.run(update.iter().chain(&SAMPLE)).ends_with(0).json();
    assert_eq!(second["outcomes"]["unchanged"], 5);
    assert_eq!(second["totals"]["files_written"], 0);
    assert_eq!(desk.lake(), before);
}

#[test]
fn a_daily_update_catches_up_from_the_last_stored_session() {
    let desk = Desk::new();
    for (day, added) in [("2012-06-01", None), ("2012-08-01", Some(5 * 42))] {
        let update = ["update-daily", "--as-of", day, "--json"];
        let report = desk.run(update.iter().chain(&SAMPLE)).ends_with(0).json();
        if let Some(added) = added {
            assert_eq!(report["totals"]["changes"]["bars_added"], added);
        }
        assert_eq!(report["totals"]["coverage"]["missing"], 0);
    }
}

#[test]
fn the_json_is_the_report_of_the_lake_and_has_the_original_fields() {
    let desk = Desk::new();
    let words = BACKFILL.iter().chain(&SAMPLE).chain(&DATES);
    let as_of = ["--json", "--as-of", "2013-03-02T12:00:00Z"];
    let ran = desk.run(words.chain(&as_of)).ends_with(0);
    let report = ran.json();
    assert_eq!(report["timestamp"], "2013-03-02T12:00:00Z");
    assert_eq!(report["operation"], "backfill");
    assert_eq!(report["symbols_processed"], 5);
    let counts = serde_json::json!({"success": 5, "failed": 0, "skipped": 0});
    assert_eq!(report["results"], counts);
    let stored = format!("data/reports/{}.json", report["run"].as_str().unwrap());
    assert_eq!(
        fs::read_to_string(desk.path(&stored)).unwrap().trim(),
        ran.stdout.trim()
    );
}

#[test]
fn a_dry_run_shows_the_plan_and_leaves_no_trace() {
    let desk = Desk::new();
    let dry = BACKFILL
        .iter()
        .chain(&SAMPLE)
        .chain(&DATES)
        .chain(&["--dry-run"]);
    let table = desk.run(dry.clone()).ends_with(0).stdout;
    assert!(
        table.contains("5 listings, 5 requests, up to 20 files"),
        "{table}"
    );
    let plan = desk.run(dry.chain(&["--json"])).ends_with(0).json();
    assert_eq!((&plan["requests"], &plan["files"]), (&5.into(), &20.into()));
    assert_eq!(plan["listings"][0]["fetch"]["until"], "2013-03-01");
    assert!(!desk.path("data").exists());
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 0);
}

#[test]
fn a_dry_run_tells_the_minutes_at_the_configured_rate() {
    let desk = Desk::new();
    let words = [
        "backfill",
        "--symbols",
        "A,B,C",
        "--dry-run",
        "--json",
        "--requests-per-second",
        "0.5",
    ];
    let plan = desk.run(words.iter().chain(&DATES)).ends_with(0).json();
    assert_eq!(plan["minutes"], 0.1);
}

#[test]
fn quiet_means_that_nothing_goes_to_standard_error() {
    let desk = Desk::new();
    let ran = desk
        .run(BACKFILL.iter().chain(&SAMPLE).chain(&DATES).chain(&["-q"]))
        .ends_with(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn logs_are_json_lines_if_the_settings_say_so() {
    let desk = Desk::new();
    let words = BACKFILL
        .iter()
        .chain(&SAMPLE)
        .chain(&DATES)
        .chain(&["--log-level", "debug"]);
    let ran = desk
        .run_with(words, &[("QUANTX_LOG_FORMAT", "json")])
        .ends_with(0);
    let logs: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .collect();
    assert!(!logs.is_empty(), "{ran:?}");
    for line in logs {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn an_unknown_symbol_is_data_and_not_an_error() {
    let desk = Desk::new();
    let words = ["backfill", "--symbols", "NOPE,AAPL", "--provider", "sample"];
    let ran = desk.run(words.iter().chain(&DATES)).ends_with(0);
    assert!(ran.stdout.contains("yahoo does not list NOPE"), "{ran:?}");
    assert!(ran.stdout.contains("green"), "{ran:?}");
}

#[test]
fn a_refreshed_universe_is_a_work_list() {
    let desk = Desk::new();
    let refresh = ["refresh-universe", "--phase", "sample"];
    desk.run(refresh.iter().chain(&["--dry-run"])).ends_with(0);
    assert!(desk.lake().is_empty());
    desk.run(&refresh).ends_with(0);
    assert_eq!(
        desk.lake()["meta/universe_sample.csv"],
        b"symbol,exchange,name,sector,industry,cik,isin\nAAPL,us,,,,,\nFB,us,,,,,\nGOOG,us,,,,,\nIBM,us,,,,,\nMSFT,us,,,,,\n"
    );
    let again = desk
        .run(refresh.iter().chain(&["--json"]))
        .ends_with(0)
        .json();
    assert_eq!(again["universes"][0]["outcome"], "unchanged");
    assert_eq!(again["union"]["changed"], false);
    let words = [
        "backfill",
        "--universe",
        "meta/universe_sample.csv",
        "--provider",
        "sample",
        "--json",
    ];
    let report = desk.run(words.iter().chain(&DATES)).ends_with(0).json();
    assert_eq!(report["outcomes"]["updated"], 5);
}

#[test]
fn a_run_in_chunks_makes_the_same_lake_and_the_tables_for_reading() {
    let as_of = ["--as-of", "2013-03-02T12:00:00Z", "--json"];
    let fill = |desk: &Desk, more: &[&str]| {
        let words = BACKFILL.iter().chain(&SAMPLE).chain(&DATES);
        desk.run(words.chain(&as_of).chain(more)).ends_with(0)
    };
    let (plain, chunked) = (Desk::new(), Desk::new());
    let plainly = fill(&plain, &[]).json();
    let in_twos = ["--chunked", "--chunk-size", "2"];
    let report = fill(&chunked, &in_twos).json();
    assert_eq!(report["totals"]["changes"]["bars_added"], 3_376);
    assert_eq!(report["certificate"]["rows"], 3_376);
    // Chunks at the same time share a process; what it used is told once.
    assert_eq!(report["vendor"]["requests"], plainly["vendor"]["requests"]);
    assert_eq!(report["vendor"]["bytes"], plainly["vendor"]["bytes"]);
    let writes = |report: &serde_json::Value| report["store"]["writes"].as_u64().unwrap();
    // Beside those of the listings: the work list, three chunks, four panels and the actions, each with
    // its line of the index.
    let (ours, theirs) = (writes(&report), writes(&plainly));
    assert!(
        (theirs + 10..=theirs + 16).contains(&ours),
        "{ours} {theirs}"
    );
    let promised = |desk: &Desk| {
        let mut lake = desk.lake();
        lake.retain(|path, _| path.starts_with("data/") || path.starts_with("meta/"));
        lake
    };
    assert_eq!(promised(&chunked), promised(&plain));
    let lake = chunked.lake();
    for table in [
        "panel/exchange=us/year=2010/data.parquet",
        "panel/exchange=us/year=2013/data.parquet",
        "panel/exchange=us/_panel.json",
        "actions/exchange=us/data.parquet",
    ] {
        assert!(lake.contains_key(table), "{table}");
    }
    let chunks = lake.keys().filter(|path| path.contains("/chunk_")).count();
    assert_eq!(chunks, 3);
    chunked
        .run(&["verify", "-q", "--deep", "--use-local"])
        .ends_with(0);
    // A second run asks nothing, and no table is made again.
    let again = fill(&chunked, &in_twos).json();
    assert_eq!(again["vendor"]["requests"], 0);
    assert_eq!(again["totals"]["files_written"], 0);
    let mut after = chunked.lake();
    after.retain(|path, _| lake.contains_key(path));
    assert_eq!(after, lake);
}
