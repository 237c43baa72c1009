//! Odd lines of lists, and lists that people keep: none stops a run, and none is ignored.

use std::fs;

use super::{DATES, Desk, SAMPLE};

pub(super) fn configure(desk: &Desk, universes: &str) {
    let folder = desk.path("config");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("universes.yaml"), universes).unwrap();
    let settings = "sources: { timeout: 2s, connect_timeout: 1s }\n";
    fs::write(folder.join("settings.yaml"), settings).unwrap();
}

fn text(desk: &Desk, file: &str) -> String {
    fs::read_to_string(desk.path(&format!("data/{file}"))).unwrap()
}

fn append(desk: &Desk, file: &str, line: &str) {
    let path = desk.path(&format!("data/{file}"));
    let text = fs::read_to_string(&path).unwrap() + line;
    fs::write(path, text).unwrap();
}

pub(super) fn symbols(desk: &Desk, universe: &str) -> Vec<String> {
    let text = text(desk, &format!("meta/universe_{universe}.csv"));
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_line_of_meta_that_cannot_be_used_is_named_skipped_and_kept() {
    let desk = Desk::new();
    let refresh = [
        "refresh-universe",
        "--phase",
        "sample",
        "--as-of",
        "2013-03-02",
    ];
    desk.run(&refresh).ends_with(0);
    let fill = || {
        let words = ["backfill"];
        desk.run(words.iter().chain(&DATES).chain(&SAMPLE))
    };
    fill().ends_with(0);
    let odd = [
        ("meta/universe_us_sample.csv", "BT.A.L,uk,BT,,,,\n"),
        ("meta/universe_sample.csv", "X.YZ,xx,Nobody,,,,\n"),
        (
            "meta/membership_us_sample.csv",
            "X.YZ,2010-01-01,,refresh\n",
        ),
        ("meta/symbols_manifest.csv", "X.YZ,xx,yesterday,,,,,,,,,\n"),
    ];
    for (file, line) in odd {
        append(&desk, file, line);
    }
    let ran = fill().ends_with(0);
    for message in [
        "meta/universe_sample.csv line 7: symbol \"X.YZ\"",
        "meta/symbols_manifest.csv",
    ] {
        assert!(
            ran.stderr.contains(message),
            "{message:?} is not in {ran:?}"
        );
    }
    // One more listing makes a run write the manifest anew.
    let one = [
        "backfill",
        "--symbols",
        "AAPL",
        "--provider",
        "sample",
        "--use-local",
    ];
    let dates = ["--start", "2005-01-03", "--end", "2013-03-01"];
    desk.run(one.iter().chain(&dates)).ends_with(0);
    let ran = desk.run(&refresh).ends_with(0);
    assert!(
        ran.stdout
            .contains("line 7: symbol \"BT.A.L\" is written BT-A.L; it is skipped"),
        "{ran:?}"
    );
    let members = desk
        .run(&["members", "us_sample", "--on", "2013-03-02"])
        .ends_with(0);
    assert_eq!(members.stdout.lines().count(), 5);
    let shown = desk.run(&["show-manifest", "--json", "-q"]).ends_with(0);
    assert!(!shown.stdout.contains("X.YZ"));
    let proof = desk.run(&["verify", "--json"]).ends_with(1).json();
    let findings = proof["findings"].as_array().unwrap();
    for (file, line) in odd {
        assert!(
            text(&desk, file).ends_with(line),
            "{file}: {}",
            text(&desk, file)
        );
        let finding = findings.iter().find(|finding| finding["path"] == file);
        let finding = finding.unwrap_or_else(|| panic!("{file} is not in {proof}"));
        assert_eq!(finding["severity"], "warning", "{finding}");
    }
}

#[test]
fn a_universe_whose_membership_is_no_table_does_not_stop_the_others() {
    let desk = Desk::new();
    configure(
        &desk,
        "universes:\n  both:\n  - {name: one, source_type: static, symbols: [AAPL]}\n  \
         - {name: two, source_type: static, symbols: [MSFT]}\n",
    );
    let refresh = ["refresh-universe", "--json", "-q"];
    desk.run(&refresh).ends_with(0);
    fs::write(desk.path("data/meta/membership_one.csv"), "nothing\n").unwrap();
    fs::write(desk.path("data/meta/universe_two.csv"), "nothing\n").unwrap();
    let report = desk.run(&refresh).ends_with(1).json();
    assert_eq!(report["universes"][0]["outcome"], "stale", "{report}");
    assert_eq!(report["universes"][1]["outcome"], "refreshed", "{report}");
    assert_eq!(symbols(&desk, "both"), ["AAPL", "MSFT"]);
    assert_eq!(symbols(&desk, "two"), ["MSFT"]);
}

#[test]
fn a_file_with_one_phase_of_any_name_is_enough_for_every_command() {
    let desk = Desk::new();
    // The phase and its universe share a name, and so a file of the lake.
    configure(
        &desk,
        "universes:\n  mine:\n  - {name: mine, source_type: static, symbols: [AAPL, MSFT]}\n",
    );
    let words = [
        "backfill",
        "-q",
        "--json",
        "--provider",
        "sample",
        "--use-local",
    ];
    let report = desk.run(words.iter().chain(&DATES)).ends_with(0).json();
    assert_eq!(report["symbols_processed"], 2);
    for words in [
        &["refresh-universe", "-q"][..],
        &["verify", "--deep"],
        &["coverage"],
        &["coverage", "--phase", "mine"],
        &["show-manifest"],
        &["members", "mine"],
        &["quarantine", "list"],
        &["refresh-universe", "-q"],
    ] {
        desk.run(words).ends_with(0);
    }
    assert_eq!(symbols(&desk, "mine"), ["AAPL", "MSFT"]);
    desk.run(words.iter().chain(&DATES)).ends_with(0);
    // A mistyped phase is refused where it is used, and nowhere else.
    let typo = [("UNIVERSE_PHASE", "mien")];
    desk.run_with(&["verify"], &typo).ends_with(0);
    desk.run_with(words.iter().chain(&DATES), &typo)
        .is_refused(&[
            "there is no phase \"mien\"",
            "there are mine",
            "UNIVERSE_PHASE",
        ]);
}

#[test]
fn an_edited_watchlist_is_in_force_at_once() {
    let desk = Desk::new();
    configure(
        &desk,
        "universes:\n  watch:\n  - {name: mine, source_type: local_file, path: list.csv}\n  \
         - {name: fixed, source_type: static, symbols: [IBM]}\n",
    );
    let list = |text: &str| fs::write(desk.path("config/list.csv"), text).unwrap();
    list("symbol\nAAPL\nMSFT\nnot a symbol\n");
    desk.run(&["refresh-universe", "--as-of", "2013-02-01"])
        .ends_with(0);
    let words = [
        "backfill",
        "--provider",
        "sample",
        "--use-local",
        "--as-of",
        "2013-03-02",
    ];
    let ran = desk.run(words.iter().chain(&DATES)).ends_with(0);
    assert!(
        ran.stderr
            .contains("works on meta/universe_watch.csv of 2013-02-01T23:59:59Z, 3 listings"),
        "{ran:?}"
    );
    list("symbol\nAAPL\nGOOG\n");
    let before = desk.lake();
    // A list that is named by its path is read as it is, and that is said.
    let by_path = [
        "--universe",
        "meta/universe_watch.csv",
        "--dry-run",
        "--json",
    ];
    let ran = desk
        .run(words.iter().chain(&DATES).chain(&by_path))
        .ends_with(0);
    assert!(
        ran.stderr
            .contains("mine was edited since its last refresh"),
        "{ran:?}"
    );
    assert_eq!(ran.json()["listings"].as_array().map(Vec::len), Some(3));
    let planned = desk.run(
        words
            .iter()
            .chain(&DATES)
            .chain(&["--dry-run", "--json", "-q"]),
    );
    let planned = planned.ends_with(0).json();
    let of = |report: &serde_json::Value| -> Vec<String> {
        let listings = report["listings"].as_array().unwrap().iter();
        listings
            .map(|listing| listing["symbol"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(of(&planned), ["AAPL", "GOOG", "IBM"]);
    assert!(desk.lake() == before, "a rehearsal wrote");
    let ran = desk
        .run(words.iter().chain(&DATES).chain(&["--json"]))
        .ends_with(0);
    assert_eq!(of(&ran.json()), ["AAPL", "GOOG", "IBM"]);
    assert!(
        ran.stderr.contains("1 joined: GOOG; 1 left: MSFT"),
        "{ran:?}"
    );
    assert_eq!(symbols(&desk, "watch"), ["AAPL", "GOOG", "IBM"]);
    let membership = text(&desk, "meta/membership_mine.csv");
    assert!(
        membership.contains("MSFT,2013-02-01,2013-03-02,known_since/refresh"),
        "{membership}"
    );
    // A file that is away leaves the last list in force.
    fs::remove_file(desk.path("config/list.csv")).unwrap();
    let ran = desk
        .run(words.iter().chain(&DATES).chain(&["--json"]))
        .ends_with(0);
    assert_eq!(of(&ran.json()), ["AAPL", "GOOG", "IBM"]);
    assert!(
        ran.stderr
            .contains("the list of the last refresh is in force"),
        "{ran:?}"
    );
}

#[test]
fn a_typo_colours_no_run_and_twice_is_once() {
    let desk = Desk::new();
    let words = [
        "backfill",
        "--symbols",
        "AAPL,MSFT,IBM,APPL",
        "--provider",
        "sample",
        "--use-local",
        "--json",
        "-q",
    ];
    for _ in 0..2 {
        let report = desk.run(words.iter().chain(&DATES)).ends_with(0).json();
        assert_eq!(report["verdict"], "green", "{report}");
        assert_eq!(report["outcomes"]["unknown_symbol"], 1);
    }
}
