//! `coverage`: what the lake holds of what it should hold.

use std::fs;

use serde_json::Value;

use super::replay::Vendor;
use super::{Desk, SAMPLE};

const AS_OF: [&str; 2] = ["--as-of", "2013-03-02"];

/// The report of `words` beside `coverage`, which must end with `code`.
fn report(desk: &Desk, words: &[&str], code: i32) -> Value {
    let coverage = ["coverage", "--json"];
    desk.run(coverage.iter().chain(words))
        .ends_with(code)
        .json()
}

/// A lake of eight listings of New York, filled in May 2024 by a vendor with `faults`.
fn filled(faults: &str) -> Desk {
    let desk = Desk::new();
    let as_of = ["--as-of", "2024-05-10T06:00:00Z"];
    let market = ["--market", "synthetic:12:us", "--faults", faults];
    let vendor = Vendor::start(&desk, &[&as_of[..], &market].concat());
    let url = [
        "--yahoo-base-url",
        &vendor.url,
        "--requests-per-second",
        "0",
    ];
    let words = [
        "backfill",
        "-q",
        "--start",
        "2023-01-03",
        "--end",
        "2024-05-09",
        "--symbols",
        "S0000,S0001,S0002,S0003,S0004,S0005,S0006,S0007,S0008,S0009,S0010,S0011",
    ];
    desk.run(words.iter().chain(&as_of).chain(&url));
    desk
}

#[test]
fn a_full_lake_lacks_nothing() {
    let desk = Desk::with_sample();
    let before = desk.lake();
    let report = report(&desk, &[&AS_OF[..], &["--check"]].concat(), 0);
    assert_eq!(report["selection"], "everything in the lake");
    assert_eq!(report["totals"]["present"], 3376);
    assert_eq!(report["totals"]["missing"], 0);
    assert_eq!(report["exchanges"][0]["complete"], 5);
    assert_eq!(
        report["exchanges"][0]["months"].as_array().unwrap().len(),
        39
    );
    let fb = &report["listings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["symbol"] == "FB")
        .unwrap()
        .clone();
    assert_eq!(
        (&fb["first"], &fb["behind"]),
        (&"2012-05-18".into(), &0.into())
    );
    assert_eq!(fb["listed_later"], 599);
    let table = desk
        .run(["coverage"].iter().chain(&AS_OF))
        .ends_with(0)
        .stdout;
    assert!(table.contains("│ us (XNYS) │ 2013-03-01 │"), "{table}");
    assert!(
        table.contains("5 listings, 3,376 sessions expected: 3,376 present"),
        "{table}"
    );
    assert_eq!(desk.lake(), before, "coverage only reads");
}

#[test]
fn a_lake_that_stands_still_is_behind() {
    let desk = Desk::with_sample();
    let later = ["--as-of", "2013-03-06T23:00:00Z"];
    let words = [&later[..], &["--check"]].concat();
    let report = report(&desk, &words, 1);
    assert_eq!(report["listings"][0]["behind"], 3);
    assert_eq!(report["listings"][0]["due"], "2013-03-06");
    assert_eq!(report["totals"]["missing"], 15);
    let events = report["market_events"].as_array().unwrap();
    assert_eq!(events.len(), 1, "one range and not a line for each session");
    let event = &events[0];
    assert_eq!(
        (&event["kind"], &event["date"], &event["last"]),
        (
            &"not_fetched".into(),
            &"2013-03-04".into(),
            &"2013-03-06".into()
        )
    );
    assert_eq!(
        (&event["sessions"], &event["lacking"]),
        (&3.into(), &5.into())
    );
    // Without --check the same is no failure.
    let table = desk.run(["coverage"].iter().chain(&later)).ends_with(0);
    assert!(
        table.stdout.contains("2013-03-04 to 2013-03-06 (3)"),
        "{}",
        table.stdout
    );
}

#[test]
fn a_session_that_some_lost_is_a_hole_of_each() {
    let desk = filled("drop-session=2024-04-17:400d:0.3");
    let report = report(&desk, &["--as-of", "2024-05-10T06:00:00Z"], 0);
    let with_hole: Vec<&Value> = report["listings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| {
            l["holes"]
                .as_array()
                .is_some_and(|holes| holes.iter().any(|h| h["first"] == "2024-04-17"))
        })
        .collect();
    assert!((1..=6).contains(&with_hole.len()), "{report:#}");
    assert_eq!(report["market_events"], serde_json::json!([]));
    let hole = &with_hole[0]["holes"][0];
    assert_eq!(
        (&hole["sessions"], &hole["absence"], &hole["asks"]),
        (&1.into(), &"missing".into(), &1.into())
    );
    let table = desk
        .run(&[
            "coverage",
            "--as-of",
            "2024-05-10T06:00:00Z",
            "--limit",
            "1",
        ])
        .ends_with(0)
        .stdout;
    assert!(table.contains("and 11 more listings"), "{table}");
}

#[test]
fn a_session_that_the_market_lost_is_one_event() {
    let desk = filled("drop-session=2024-04-17:400d:1");
    let report = report(&desk, &["--as-of", "2024-05-10T06:00:00Z"], 0);
    let events = report["market_events"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        (&events[0]["date"], &events[0]["kind"]),
        (&"2024-04-17".into(), &"outage".into())
    );
    assert!(events[0]["lacking"].as_u64().unwrap() >= 8);
    for listing in report["listings"].as_array().unwrap() {
        let holes = listing["holes"].as_array();
        let repeats =
            holes.is_some_and(|holes| holes.iter().any(|hole| hole["first"] == "2024-04-17"));
        assert!(!repeats, "{listing:#}");
    }
}

#[test]
fn listings_of_the_selection_that_the_lake_does_not_have_are_named() {
    let desk = Desk::with_sample();
    let words = [&AS_OF[..], &["--symbols", "AAPL,NEW,0700.HK", "--check"]].concat();
    let report = report(&desk, &words, 1);
    assert_eq!(report["not_in_lake"], serde_json::json!(["0700.HK", "NEW"]));
    assert_eq!(report["selection"], "symbols AAPL, NEW, 0700.HK");
    assert_eq!(report["totals"]["expected"], 795);
    let phase = [&["coverage", "--phase", "sample"], &AS_OF[..]].concat();
    let table = desk.run(&phase).ends_with(0).stdout;
    assert!(
        table.contains("phase sample as of 2013-03-02T23:59:59Z: 5 listings"),
        "{table}"
    );
    desk.run(&["coverage", "--symbols", "AAPL,../x"])
        .is_refused(&["\"../x\" has '/'"]);
    desk.run(&["coverage", "--universe", "meta/universe_none.csv"])
        .is_refused(&["meta/universe_none.csv is not in the lake"]);
}

#[test]
fn a_year_whose_count_does_not_fit_is_looked_into() {
    let desk = Desk::with_sample();
    let record = desk.path("data/data/exchange=us/ticker=AAPL/_symbol.json");
    let mut fields: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    fields["years"]["2012"]["rows"] = 249.into();
    fs::write(&record, serde_json::to_vec(&fields).unwrap()).unwrap();
    // The file has all 250 rows.
    assert_eq!(report(&desk, &AS_OF, 0)["totals"]["missing"], 0);
    let file = desk.path("data/data/exchange=us/ticker=AAPL/year=2012/data.parquet");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let report = report(&desk, &[&AS_OF[..], &["--check"]].concat(), 1);
    let aapl = &report["listings"][0];
    assert_eq!(
        (&aapl["symbol"], &aapl["missing"]),
        (&"AAPL".into(), &1.into())
    );
    assert!(
        aapl["unreadable"]
            .as_str()
            .unwrap()
            .contains("year=2012/data.parquet is unusable"),
        "{aapl}"
    );
    fs::remove_file(&file).unwrap();
    let table = desk
        .run(["coverage"].iter().chain(&AS_OF))
        .ends_with(0)
        .stdout;
    assert!(table.contains("is missing although"), "{table}");
}

#[test]
fn a_damaged_record_costs_its_own_listing_only() {
    let desk = Desk::with_sample();
    fs::write(
        desk.path("data/data/exchange=us/ticker=IBM/_symbol.json"),
        "{",
    )
    .unwrap();
    let report = report(&desk, &[&AS_OF[..], &["--check"]].concat(), 1);
    let worst = &report["listings"][0];
    assert_eq!(
        (&worst["symbol"], &worst["expected"]),
        (&"IBM".into(), &0.into())
    );
    assert!(
        worst["unreadable"]
            .as_str()
            .unwrap()
            .contains("_symbol.json is unusable"),
        "{worst}"
    );
    assert_eq!(report["exchanges"][0]["complete"], 4);
}

#[test]
fn the_page_is_one_file_and_the_same_each_time() {
    let desk = Desk::with_sample();
    let words = ["coverage", "--html", "coverage.html"];
    desk.run(words.iter().chain(&AS_OF).chain(&["--dry-run"]))
        .ends_with(0);
    assert!(!desk.path("coverage.html").exists());
    desk.run(words.iter().chain(&AS_OF)).ends_with(0);
    let page = fs::read_to_string(desk.path("coverage.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(
        page.contains("[\"AAPL\",0,\"2010-01-04\","),
        "the listing is in the page's data"
    );
    desk.run(words.iter().chain(&AS_OF)).ends_with(0);
    assert_eq!(
        fs::read_to_string(desk.path("coverage.html")).unwrap(),
        page
    );
    desk.run(&["coverage", "--html", "no/such/folder.html"])
        .is_refused(&["cannot write no/such/folder.html"]);
}

#[test]
fn a_lake_that_is_not_there_has_no_cells() {
    let desk = Desk::new();
    desk.run(&["coverage", "--storage-root", "nowhere"])
        .is_refused(&["there is no lake in nowhere"]);
    assert!(!desk.path("nowhere").exists());
    let refresh = ["update-daily", "-q", "--as-of", "2012-06-02"];
    desk.run(refresh.iter().chain(&SAMPLE)).ends_with(0);
    assert_eq!(
        report(&desk, &["--as-of", "2012-06-02"], 0)["totals"]["missing"],
        0
    );
}
