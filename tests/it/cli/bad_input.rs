//! What cannot be run ends with exit code 2, says why and touches nothing.

use std::fs;

use super::{DATES, Desk, SAMPLE};

fn refused(words: &[&str], because: &[&str]) {
    let desk = Desk::new();
    desk.run(words).is_refused(because);
    assert!(desk.lake().is_empty());
}

fn backfill<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let first = ["backfill", "--provider", "sample", "--use-local"];
    first.iter().chain(words).copied().collect()
}

#[test]
fn all_unusable_symbols_are_named_at_once() {
    let symbols = ["--symbols", "AAPL,../x,700.HK,7203,,BRK.B"];
    refused(
        &backfill(&[&symbols[..], &DATES].concat()),
        &[
            "\"../x\" has '/'",
            "\"700.HK\" is written 0700.HK",
            "\"7203\" is a number without the suffix of its exchange",
            "a symbol is empty",
            "unknown suffix \".B\"",
        ],
    );
    refused(
        &backfill(&[&["--symbols", ""], &DATES[..]].concat()),
        &["a symbol is empty"],
    );
}

#[test]
fn the_start_is_not_after_the_end() {
    let dates = ["--start", "2013-01-01", "--end", "2010-01-01"];
    refused(
        &backfill(&[&["--phase", "sample"], &dates[..]].concat()),
        &["start 2013-01-01 is after end 2010-01-01; the end is inclusive"],
    );
}

#[test]
fn dates_and_instants_are_written_in_full() {
    let good = ["--phase", "sample", "--end", "2013-03-01"];
    for start in ["2010-1-4", "20100104", "2010-02-30", "yesterday"] {
        refused(
            &backfill(&[&good[..], &["--start", start]].concat()),
            &[start, "2024-05-03"],
        );
    }
    for as_of in ["yesterday", "2013-03-02T12:00", "now"] {
        refused(
            &backfill(&[&["--phase", "sample", "--as-of", as_of], &DATES[..]].concat()),
            &[as_of, "2024-05-03T22:00:00Z"],
        );
    }
}

#[test]
fn a_range_before_any_session_of_the_listings_is_red() {
    let desk = Desk::new();
    let dates = [
        "backfill",
        "--start",
        "1990-01-01",
        "--end",
        "1990-01-31",
        "--json",
    ];
    let report = desk.run(dates.iter().chain(&SAMPLE)).ends_with(1).json();
    assert_eq!(report["outcomes"]["no_data"], 5);
    assert_eq!(report["verdict"], "red");
    assert!(desk.lake().is_empty());
}

#[test]
fn a_range_in_which_no_session_is_over_is_skipped() {
    let desk = Desk::new();
    let dates = [
        "backfill",
        "--start",
        "2030-01-01",
        "--end",
        "2030-01-31",
        "--json",
    ];
    let as_of = ["--as-of", "2013-03-02"];
    let report = desk
        .run(dates.iter().chain(&SAMPLE).chain(&as_of))
        .ends_with(0)
        .json();
    assert_eq!(report["outcomes"]["skipped"], 5);
    assert_eq!(report["listings"][0]["kind"], "nothing_final");
}

#[test]
fn an_unknown_work_list_is_refused_with_what_there_is() {
    let with = |words: &[&'static str]| backfill(&[words, &DATES].concat());
    refused(
        &with(&["--phase", "phase_9"]),
        &["\"phase_9\"", "phase_1, phase_2"],
    );
    refused(
        &with(&["--universe", "nope"]),
        &["\"nope\"", "meta/universe_phase_1.csv"],
    );
    refused(
        &with(&["--universe", "meta/symbols_manifest.csv"]),
        &["is not a universe of the lake"],
    );
    refused(
        &with(&["--universe", "meta/universe_mine.csv"]),
        &["is not in the lake"],
    );
    refused(
        &with(&["--phase", "phase_2"]),
        &["no universe of phase phase_2 is enabled"],
    );
    refused(
        &with(&["--phase", "sample", "--symbols", "AAPL"]),
        &["cannot be used with"],
    );
    refused(
        &["refresh-universe", "--phase", "phase_2"],
        &["no universe of phase phase_2 is enabled"],
    );
    refused(
        &["refresh-universe", "--output", "elsewhere"],
        &["meta", "--storage-root"],
    );
    refused(
        &["show-manifest", "--manifest", "m.csv"],
        &["meta/symbols_manifest.csv"],
    );
}

#[test]
fn every_mistake_of_the_settings_is_told_at_once() {
    let desk = Desk::new();
    fs::create_dir(desk.path("config")).unwrap();
    let settings = "fetcher:\n  max_wokers: 3\n  lookback_days: five\nlogging:\n  level: info\n  level: warn\n";
    fs::write(desk.path("config/settings.yaml"), settings).unwrap();
    let words = backfill(&[&SAMPLE[..2], &DATES, &["--max-workers", "0"]].concat());
    let ran = desk.run_with(
        &words,
        &[("FETCHER_CHUNK_SIZE", "many"), ("FETCHER_MAX_WORKER", "3")],
    );
    ran.is_refused(&[
        "config/settings.yaml:2:3",
        "did you mean max_workers?",
        "config/settings.yaml:3:18",
        "\"five\"",
        "config/settings.yaml:6:3",
        "--max-workers",
        "variable FETCHER_CHUNK_SIZE",
        "variable FETCHER_MAX_WORKER:",
    ]);
    assert!(desk.lake().is_empty());
}

#[test]
fn a_named_config_folder_must_be_one() {
    let desk = Desk::new();
    fs::create_dir(desk.path("empty")).unwrap();
    for (folder, because) in [
        ("nowhere", "is not a folder"),
        ("empty", "neither settings.yaml nor"),
    ] {
        desk.run(&["show-manifest", "--config", folder])
            .is_refused(&[folder, because]);
    }
    fs::write(
        desk.path("empty/settings.yaml"),
        "logging:\n  level: warn\n",
    )
    .unwrap();
    // It is taken; what is missing now is a lake.
    desk.run(&["show-manifest", "--config", "empty"])
        .is_refused(&["there is no lake"]);
}

#[test]
fn a_configured_account_is_never_replaced_by_the_disk_unasked() {
    let desk = Desk::new();
    let account = [("AZURE_STORAGE_ACCOUNT", "lakeaccount")];
    // Nobody can sign in here: there is no tool on an empty path.
    let refusal = "cannot open the lake";
    for command in ["update-daily", "refresh-universe", "show-manifest"] {
        let words = [command, "--provider", "sample"];
        desk.run_with(&words, &account).is_refused(&[refusal]);
    }
    desk.run_with(&["show-manifest", "--use-local"], &account)
        .is_refused(&["there is no lake in ./data"]);
}

#[test]
fn a_root_that_cannot_hold_a_lake_is_refused() {
    let desk = Desk::new();
    fs::write(desk.path("file"), "mine").unwrap();
    let words = ["backfill", "--storage-root"];
    for root in ["file", "file/below"] {
        let ran = desk.run(words.iter().chain(&[root]).chain(&SAMPLE).chain(&DATES));
        ran.is_refused(&["cannot open the lake", root]);
    }
    assert_eq!(fs::read_to_string(desk.path("file")).unwrap(), "mine");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_root_is_refused() {
    let words = ["backfill", "--storage-root", "/proc/quantx"];
    let desk = Desk::new();
    desk.run(words.iter().chain(&SAMPLE).chain(&DATES))
        .is_refused(&["/proc/quantx"]);
}

#[test]
fn the_real_vendor_cannot_be_asked_as_of_another_day() {
    let ran = Desk::new().run(&[
        "update-daily",
        "--symbols",
        "AAPL",
        "--use-local",
        "--as-of",
        "2020-01-02",
    ]);
    ran.is_refused(&["--as-of", "--provider sample", "--end"]);
}
