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
        .filter(|path| path.starts_with("data/") && path.ends_with(".parquet"))
        .count();
    assert_eq!(tables, 18);
    for table in [
        "panel/exchange=us/year=2010/data.parquet",
        "panel/exchange=us/year=2013/data.parquet",
        "panel/exchange=us/_panel.json",
        "actions/exchange=us/data.parquet",
        "delta/bars/_delta_log/00000000000000000000.json",
        "delta/factors/_versions.json",
    ] {
        assert!(lake.contains_key(table), "{table}");
    }
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
fn the_flag_of_the_second_way_to_run_is_ignored_with_a_warning() {
    let as_of = ["--as-of", "2013-03-02T12:00:00Z"];
    let fill = |desk: &Desk, more: &[&str]| {
        let words = BACKFILL.iter().chain(&SAMPLE).chain(&DATES);
        desk.run(words.chain(&as_of).chain(more)).ends_with(0)
    };
    let (plain, chunked) = (Desk::new(), Desk::new());
    let plainly = fill(&plain, &[]);
    assert!(!plainly.stderr.contains("--chunked"), "{plainly:?}");
    let warned = fill(&chunked, &["--chunked", "--chunk-size", "2"]);
    assert!(warned.stderr.contains("--chunked is ignored"), "{warned:?}");
    let without_reports = |desk: &Desk| {
        let mut lake = desk.lake();
        lake.retain(|path, _| !path.starts_with("reports/"));
        lake
    };
    assert_eq!(without_reports(&chunked), without_reports(&plain));
    chunked
        .run(&["verify", "-q", "--deep", "--use-local"])
        .ends_with(0);
}
