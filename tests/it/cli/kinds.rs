//! What stands beside shares, by every command that takes symbols.

use super::Desk;
use super::replay::Vendor;

const AS_OF: &str = "2020-05-01T06:00:00Z";
const SYMBOLS: &str = "^GSPC,^HSI,EURUSD=X,USDHKD=X,BTC-USD,CL=F,0P0000SYN1,0000.HK";

fn filled() -> Desk {
    let desk = Desk::new();
    let market = ["--as-of", AS_OF, "--market", "synthetic:1:kinds"];
    let vendor = Vendor::start(&desk, &market);
    let words = [
        "backfill",
        "-q",
        "--symbols",
        SYMBOLS,
        "--start",
        "2019-11-01",
        "--end",
        "2020-04-30",
        "--as-of",
        AS_OF,
        "--yahoo-base-url",
        &vendor.url,
        "--requests-per-second",
        "0",
    ];
    desk.run(&words).ends_with(0);
    desk
}

#[test]
fn every_command_that_takes_symbols_takes_those_of_all_kinds() {
    let desk = filled();
    for folder in [
        "exchange=index/ticker=GSPC",
        "exchange=index/ticker=HSI",
        "exchange=fx/ticker=EURUSD",
        "exchange=crypto/ticker=BTC-USD",
        "exchange=future/ticker=CL",
        "exchange=fund/ticker=0P0000SYN1",
    ] {
        let path = format!("data/data/{folder}/year=2020/data.parquet");
        assert!(desk.path(&path).is_file(), "{path}");
    }
    for exchange in ["index", "fx", "crypto", "future", "fund", "hk"] {
        let path = format!("data/panel/exchange={exchange}/year=2020/data.parquet");
        assert!(desk.path(&path).is_file(), "{path}");
    }
    let ok = |words: &[&str]| desk.run(words).ends_with(0).stdout;
    let oil = ok(&["show", "CL=F", "^GSPC", "EURUSD=X"]);
    for told in [
        "CL=F on future",
        "^GSPC on index",
        "EURUSD=X on fx",
        "-40.32",
    ] {
        assert!(oil.contains(told), "{told}: {oil}");
    }
    let paid = ok(&["show", "0000.HK"]);
    assert!(
        paid.contains(" USD at 7.") && paid.contains("lake USDHKD=X"),
        "{paid}"
    );

    for basis in ["none", "split", "total"] {
        let words = [
            "export",
            "--symbols",
            "CL=F,^HSI",
            "--from",
            "2020-04-20",
            "--to",
            "2020-04-22",
            "--adjusted",
            basis,
        ];
        let rows = ok(&words);
        assert!(rows.contains("-37.63") && !rows.contains("NaN"), "{rows}");
        assert!(rows.contains("2020-04-22"), "{rows}");
    }
    ok(&["plot", "CL=F", "--out", "oil.svg"]);
    ok(&["plot", "EURUSD=X", "BTC-USD", "^GSPC", "--out", "world.svg"]);
    desk.run(&["plot", "CL=F", "--log", "--out", "log.svg"])
        .is_refused(&["leave --log out"]);

    let coverage = desk.run(&["coverage", "--json", "--as-of", AS_OF]).json();
    for listing in coverage["listings"].as_array().unwrap() {
        assert_eq!(
            (&listing["missing"], &listing["behind"]),
            (&0.into(), &0.into()),
            "{listing}"
        );
    }
    let due = |symbol: &str| {
        let listings = coverage["listings"].as_array().unwrap();
        let found = listings.iter().find(|listing| listing["symbol"] == symbol);
        found.unwrap()["due"].as_str().unwrap().to_owned()
    };
    // 30 April was Buddha's birthday in Hong Kong.
    assert_eq!(
        (due("^HSI"), due("^GSPC")),
        ("2020-04-29".to_owned(), "2020-04-30".to_owned())
    );
    ok(&["flags", "--as-of", AS_OF]);
    ok(&["quarantine", "list", "--symbols", "^GSPC,CL=F"]);
    ok(&["verify", "--deep", "-q"]);
    ok(&["show-manifest", "--rebuild"]);
    ok(&["verify", "--deep", "-q"]);
    let page = std::fs::read_to_string(desk.path("data/site/status.json")).unwrap();
    let page: serde_json::Value = serde_json::from_str(&page).unwrap();
    let markets = page["exchanges"].as_array().unwrap();
    assert!(
        markets
            .iter()
            .any(|it| it["code"] == "index" || it["exchange"] == "index"),
        "{page}"
    );
}

#[test]
fn the_phase_of_benchmarks_is_there_and_is_not_what_runs_work_on() {
    let desk = Desk::new();
    let planned = desk.run(&["plan", "--phase", "benchmarks", "--as-of", AS_OF]);
    let text = planned.ends_with(0).stdout;
    assert!(
        text.contains("45 listings") && text.contains("future"),
        "{text}"
    );
    let refused = |symbol: &str, because: &[&str]| {
        let words = [
            "backfill",
            "--symbols",
            symbol,
            "--start",
            "2020-01-02",
            "--end",
            "2020-01-03",
        ];
        desk.run(&words).is_refused(because);
    };
    refused("^FOO", &["^FOO", "follows"]);
    refused("^../GSPC", &["^../GSPC"]);
}
