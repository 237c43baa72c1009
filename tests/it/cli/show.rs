//! What the lake hands out: one listing for people, pictures, tables, and the page that runs leave.

use std::fs;

use serde_json::Value;

use super::{DATES, Desk, SAMPLE};

/// After the sample's last session, and before Monday.
const AS_OF: [&str; 2] = ["--as-of", "2013-03-02T04:00:00Z"];

fn check(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_listing_is_shown_with_its_chart_its_bars_and_its_events() {
    let desk = Desk::with_sample();
    let words = ["show", "AAPL", "--bars", "3"];
    let shown = desk.run(words.iter().chain(&AS_OF)).ends_with(0).stdout;
    check("show_aapl", &shown);
    let words = ["show", "AAPL", "--bars", "300", "--json"];
    let views = desk.run(words.iter().chain(&AS_OF)).ends_with(0).json();
    assert_eq!(views[0]["bars"].as_array().unwrap().len(), 300);
    assert_eq!(views[0]["symbol"], "AAPL");
}

#[test]
fn what_is_not_in_the_lake_is_said_with_what_to_do() {
    let desk = Desk::with_sample();
    desk.run(&["show", "TSLA"]).is_refused(&[
        "the lake holds no row of TSLA",
        "quantx backfill --symbols TSLA",
    ]);
    desk.run(&["plot", "TSLA", "--out", "t.svg"])
        .is_refused(&["the lake holds no row of TSLA"]);
    desk.run(&[
        "plot",
        "AAPL",
        "--from",
        "1990-01-01",
        "--to",
        "1990-12-31",
        "--out",
        "t.svg",
    ])
    .is_refused(&[
        "AAPL has no row from 1990-01-01 to 1990-12-31",
        "2010-01-04",
    ]);
    desk.run(&["plot", "AAPL", "--out", "t.jpg"])
        .is_refused(&["a name that ends with .svg or .png"]);
    desk.run(&["plot", "AAPL", "IBM", "--candles", "--out", "t.svg"])
        .is_refused(&["--candles draws one listing"]);
    assert!(!desk.path("t.svg").exists());
    let ran = desk
        .run(&["export", "--symbols", "AAPL,TSLA", "--from", "2013-02-28"])
        .ends_with(1);
    assert!(ran.stderr.contains("left out: TSLA"), "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 3);
}

#[test]
fn a_picture_is_the_same_each_time() {
    let desk = Desk::with_sample();
    let words = [
        "plot",
        "AAPL",
        "IBM",
        "--from",
        "2011-01-01",
        "--log",
        "--out",
    ];
    desk.run(words.iter().chain(&["a.svg"])).ends_with(0);
    desk.run(words.iter().chain(&["b.svg"])).ends_with(0);
    let read = |name| fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(read("a.svg"), read("b.svg"));
    assert!(read("a.svg").contains("AAPL, IBM, adjusted for splits and payments, from 100 on"));
    let dry = words.iter().chain(&["c.svg", "--dry-run"]);
    desk.run(dry).ends_with(0);
    assert!(!desk.path("c.svg").exists());
    desk.run(words.iter().chain(&["a.png"])).ends_with(0);
    desk.run(words.iter().chain(&["b.png"])).ends_with(0);
    let png = |name| fs::read(desk.path(name)).unwrap();
    assert_eq!(png("a.png"), png("b.png"));
    assert!(png("a.png").starts_with(b"\x89PNG"));
}

#[test]
fn an_export_has_the_rows_on_the_basis_that_was_asked_for() {
    let desk = Desk::with_sample();
    let csv = |adjusted: &str| {
        let words = [
            "export",
            "--symbols",
            "AAPL",
            "--to",
            "2010-01-05",
            "--adjusted",
            adjusted,
        ];
        desk.run(words.iter()).ends_with(0).stdout
    };
    let traded = csv("none");
    let lines: Vec<&str> = traded.lines().collect();
    assert_eq!(
        lines[0],
        "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Split Factor,Ticker,Exchange"
    );
    assert!(
        lines[1].starts_with("2010-01-04,") && lines[1].contains(",214.01,"),
        "{traded}"
    );
    assert_eq!(lines.len(), 3);
    let total = csv("total");
    let close = |text: &str, at: usize| {
        let line = text.lines().nth(1).unwrap();
        line.split(',').nth(at).unwrap().to_owned()
    };
    // Of prices as traded the sixth cell is the adjusted close; of adjusted ones the fifth is.
    assert_eq!(close(&total, 4), close(&traded, 5));
    assert_ne!(close(&total, 4), close(&traded, 4));
    let words = [
        "export",
        "--symbols",
        "AAPL,IBM",
        "--format",
        "parquet",
        "--out",
        "bars.parquet",
    ];
    desk.run(&words).ends_with(0);
    let bytes = fs::read(desk.path("bars.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert!(!desk.path("bars.parquet.part").exists());
    let out = ["--format", "arrow", "--out", "bars.arrow"];
    let words = ["export", "--symbols", "AAPL,IBM"];
    desk.run(words.iter().chain(&out)).ends_with(0);
    let bytes = fs::read(desk.path("bars.arrow")).unwrap();
    assert!(bytes.starts_with(b"ARROW1") && bytes.ends_with(b"ARROW1"));
    for format in ["parquet", "arrow"] {
        let words = ["export", "--symbols", "AAPL", "--format", format];
        desk.run(&words).is_refused(&["--out"]);
    }
}

#[test]
fn a_shell_learns_every_command_and_man_has_a_page_for_each() {
    let desk = Desk::new();
    for (shell, word) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef quantx"),
        ("fish", "complete -c quantx"),
    ] {
        let script = desk.run(&["completions", shell]).ends_with(0).stdout;
        assert!(
            script.contains(word) && script.contains("update-daily"),
            "{shell}"
        );
    }
    let page = desk.run(&["man"]).ends_with(0).stdout;
    assert!(
        page.contains(".TH quantx 1") && page.contains("update\\-daily"),
        "{page}"
    );
    desk.run(&["man", "--out", "man", "--dry-run"]).ends_with(0);
    assert!(!desk.path("man").exists());
    desk.run(&["man", "--out", "man"]).ends_with(0);
    let page = fs::read_to_string(desk.path("man/quantx-quarantine-release.1")).unwrap();
    assert!(page.contains("quantx quarantine release"), "{page}");
    assert!(!desk.path("man/quantx-settings-reference.1").exists());
}

#[test]
fn a_run_leaves_a_page_a_status_and_metrics_and_the_next_one_adds_itself() {
    let desk = Desk::new();
    let words = ["backfill", "-q"].iter().chain(&DATES).chain(&SAMPLE);
    desk.run(words.chain(&["--as-of", "2013-03-02T03:00:00Z"]))
        .ends_with(0);
    let read = |name: &str| fs::read_to_string(desk.path(&format!("data/site/{name}"))).unwrap();
    let status = || serde_json::from_str::<Value>(&read("status.json")).unwrap();
    assert_eq!(status()["runs"].as_array().unwrap().len(), 1);
    assert_eq!(status()["listings"]["stored"], 5);
    let page = read("index.html");
    assert!(
        page.contains("[\"AAPL\",0,\"2010-01-04\","),
        "the listing is in the page's data"
    );
    let listings: Value = serde_json::from_str(&read("listings.json")).unwrap();
    let closes = &listings["listings"][0]["closes"]["2012"];
    assert!(closes.as_array().unwrap().len() > 50, "{closes}");
    assert!(read("metrics.prom").contains("quantx_listings{exchange=\"us\"} 5\n"));
    let words = [
        "update-daily",
        "-q",
        "--phase",
        "sample",
        "--provider",
        "sample",
    ];
    desk.run(words.iter().chain(&AS_OF)).ends_with(0);
    let told = status();
    assert_eq!(told["runs"].as_array().unwrap().len(), 2, "{told}");
    assert_eq!(told["runs"][0]["operation"], "daily_update");
    // Made without a run it shows the same listings.
    let words = ["coverage", "--html", "page.html"];
    desk.run(words.iter().chain(&AS_OF)).ends_with(0);
    let data = |page: &str| {
        let from = page.find("\"listings\":[").unwrap();
        page[from..from + page[from..].find("</script>").unwrap()].to_owned()
    };
    let made = fs::read_to_string(desk.path("page.html")).unwrap();
    assert_eq!(data(&made), data(&read("index.html")));
}

#[test]
fn without_the_setting_no_page_is_made() {
    let desk = Desk::new();
    let words = ["backfill", "-q", "--symbols", "IBM", "--provider", "sample"];
    let dates = ["--start", "2012-01-03", "--end", "2012-12-31"];
    desk.run_with(
        words.iter().chain(&dates).chain(&AS_OF),
        &[("SITE_ENABLED", "false")],
    )
    .ends_with(0);
    assert!(desk.path("data/meta").exists() && !desk.path("data/site").exists());
}

/// IBM paid on 2012-08-08: before that its older prices were adjusted for less.
#[test]
fn what_was_known_on_a_day_is_shown_drawn_and_handed_out() {
    let desk = Desk::new();
    let words = ["backfill", "-q", "--symbols", "IBM", "--provider", "sample"];
    let dates = ["--start", "2012-01-03", "--end", "2012-08-06"];
    let first = ["--as-of", "2012-08-07T04:00:00Z"];
    desk.run(words.iter().chain(&dates).chain(&first))
        .ends_with(0);
    let export = |known_on: &[&str]| {
        let words = ["export", "--symbols", "IBM", "--adjusted", "total"];
        desk.run(words.iter().chain(known_on)).ends_with(0).stdout
    };
    let then = export(&[]);
    let words = [
        "update-daily",
        "-q",
        "--symbols",
        "IBM",
        "--provider",
        "sample",
    ];
    desk.run(words.iter().chain(&["--as-of", "2012-08-10T04:00:00Z"]))
        .ends_with(0);
    let now = export(&[]);
    let known = export(&["--known-on", "2012-08-07"]);
    let closes = |text: &str| -> Vec<(String, f64)> {
        let lines = text.lines().skip(1).map(|line| line.split(',').collect());
        let lines = lines.map(|cells: Vec<&str>| (cells[0].to_owned(), cells[4].parse().unwrap()));
        lines.collect()
    };
    let (then, now, known) = (closes(&then), closes(&now), closes(&known));
    assert_eq!(known.len(), then.len());
    assert_eq!(now.len(), then.len() + 3);
    for ((day, close), (same_day, known)) in then.iter().zip(&known) {
        assert_eq!(day, same_day);
        assert!(
            (close - known).abs() / close < 1e-12,
            "{day}: {close}, {known}"
        );
    }
    assert!(
        now[0].1 < known[0].1 * 0.999,
        "the dividend lowers what comes before"
    );
    assert_eq!(
        closes(&export(&["--known-on", "2012-08-10"])).len(),
        now.len()
    );

    let since = export(&["--known-since"]);
    let lines: Vec<&str> = since.lines().collect();
    assert!(lines[0].ends_with(",Known Since"), "{}", lines[0]);
    assert!(lines[1].ends_with(",2012-08-07T04:00:00Z"), "{}", lines[1]);
    let last = lines.last().unwrap();
    assert!(last.ends_with(",2012-08-10T04:00:00Z"), "{last}");
    assert_eq!(lines.len(), now.len() + 1);

    let words = ["show", "IBM", "--bars", "1", "--known-on", "2012-08-09"];
    let shown = desk.run(&words).ends_with(0).stdout;
    assert!(
        shown.contains("2012-08-06") && !shown.contains("2012-08-08"),
        "{shown}"
    );
    assert!(
        shown.contains("as known after the run backfill_20120807_040000"),
        "{shown}"
    );
    let views = desk
        .run(words.iter().chain(&["--json"]))
        .ends_with(0)
        .json();
    assert_eq!(views[0]["known"]["run"], "backfill_20120807_040000");
    assert_eq!(views[0]["coverage"], Value::Null);
    let words = [
        "plot",
        "IBM",
        "--known-on",
        "2012-08-07",
        "--out",
        "ibm.svg",
    ];
    desk.run(&words).ends_with(0);
    assert!(desk.path("ibm.svg").exists());

    desk.run(&["show", "IBM", "--known-on", "2012-08-06"])
        .is_refused(&[
            "--known-on 2012-08-06 is before the first run",
            "2012-08-07T04:00:00Z",
        ]);
    desk.run(&["show", "AAPL", "--known-on", "2012-08-10"])
        .is_refused(&["the lake had no row of AAPL at the end of 2012-08-10"]);
    fs::remove_dir_all(desk.path("data/delta")).unwrap();
    desk.run(&["export", "--symbols", "IBM", "--known-on", "2012-08-10"])
        .is_refused(&["--known-on needs the tables in delta/"]);
}
