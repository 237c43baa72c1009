//! Dividends that are not real as sent, from the fetch to a person's decision.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Desk;
use super::replay::Vendor;

const AS_OF: &str = "2024-03-30T06:00:00Z";
const SPRING: [&str; 3] = ["2024-01-02", "2024-03-28", AS_OF];

fn case(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cases");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(folder.join(name).join("vendor"))
}

/// One backfill of the case's listing between two dates, as of the third; its report.
fn backfill(desk: &Desk, folder: &Path, symbol: &str, dates: [&str; 3]) -> Value {
    let [start, end, as_of] = dates;
    let market = format!("recorded:{}", folder.display());
    let vendor = Vendor::start(desk, &["--as-of", as_of, "--market", &market]);
    let words = [
        "backfill",
        "-q",
        "--json",
        "--symbols",
        symbol,
        "--start",
        start,
        "--end",
        end,
        "--as-of",
        as_of,
        "--yahoo-base-url",
        &vendor.url,
        "--requests-per-second",
        "0",
    ];
    desk.run(&words).json()
}

fn events(desk: &Desk, words: &[&str]) -> Vec<Value> {
    let words = [&["quarantine", "list", "--json"], words].concat();
    let report = desk.run(&words).ends_with(0).json();
    report["events"].as_array().unwrap().clone()
}

/// What the record applies.
fn applied(desk: &Desk, folder: &str) -> Value {
    let path = format!("data/data/{folder}/_symbol.json");
    let bytes = std::fs::read(desk.path(&path)).unwrap();
    let record: Value = serde_json::from_slice(&bytes).unwrap();
    record["actions"].clone()
}

const HSBC: &str = "exchange=uk/ticker=HSBA";

#[test]
fn a_dividend_in_another_currency_waits_for_its_amount() {
    for name in ["01-dividend-in-usd", "01b-dividend-in-usd-vendor-naive"] {
        let Some(folder) = case(name) else { return };
        let desk = Desk::new();
        let report = backfill(&desk, &folder, "HSBA.L", SPRING);
        assert_eq!(report["verdict"], "yellow", "{name}");
        let listing = &report["listings"][0];
        let judged = &listing["judged"][0];
        assert_eq!(judged["rule"], "dividend_currency", "{name}");
        assert_eq!(judged["vendor"]["amount"], 0.31);
        assert_eq!(judged["ours"], Value::Null);
        let id = judged["id"].as_str().unwrap();
        assert!(judged["next"].as_str().unwrap().contains(id));
        assert_eq!(applied(&desk, HSBC), serde_json::json!([]), "{name}");

        let listed = events(&desk, &[]);
        assert_eq!((listed.len(), listed[0]["id"].as_str()), (1, Some(id)));
        let release = [
            "quarantine",
            "release",
            id,
            "--amount",
            "24.6",
            "--by",
            "ann",
        ];
        let release = [&release[..], &["--as-of", AS_OF]].concat();
        let before = desk.lake();
        let dry = desk
            .run(release.iter().chain(&["--dry-run"]))
            .ends_with(0)
            .stdout;
        assert!(
            dry.contains("released: it was held out of Adj Close"),
            "{dry}"
        );
        assert_eq!(desk.lake(), before);
        desk.run(&release).ends_with(0);
        let expected = serde_json::json!([
            {"ex_date": "2024-03-07", "kind": "dividend", "amount": 24.6}
        ]);
        assert_eq!(applied(&desk, HSBC), expected, "{name}");
        assert!(events(&desk, &[]).is_empty());
        desk.run(&["verify", "--deep", "-q"]).ends_with(0);

        // The same word twice changes nothing, and a fetch does not bring the vendor's amount back.
        let decided = desk.lake();
        let again = desk.run(&release).ends_with(0).stdout;
        assert!(again.contains("so decided before"), "{again}");
        assert_eq!(desk.lake(), decided);
        let report = backfill(&desk, &folder, "HSBA.L", SPRING);
        assert_eq!(report["listings"][0]["judged"][0]["ruling"], "released");
        assert_eq!(applied(&desk, HSBC), expected, "{name}");

        let reject = ["quarantine", "reject", id, "--as-of", AS_OF];
        desk.run(&reject).ends_with(0);
        assert_eq!(applied(&desk, HSBC), serde_json::json!([]), "{name}");
        desk.run(&["verify", "--deep", "-q"]).ends_with(0);
        assert_eq!(events(&desk, &["--all"])[0]["standing"], "rejected");
    }
}

/// A chart answer of GBPUSD=X: a close each weekday of the ex-date's week, stamped with midnight in London.
fn pounds(close_before: f64) -> String {
    let midnight = |day: i64| 1_709_510_400 + day * 86_400; // Monday, 2024-03-04
    let stamps: Vec<i64> = (0..5).map(midnight).collect();
    let closes = [1.2691, 1.2704, close_before, 1.2809, 1.2858];
    let zeros = [0; 5];
    let period = serde_json::json!({"timezone": "GMT", "start": midnight(25), "end": midnight(26) - 60, "gmtoffset": 0});
    serde_json::json!({"chart": {"result": [{
        "meta": {"currency": "USD", "symbol": "GBPUSD=X", "instrumentType": "CURRENCY", "exchangeTimezoneName": "Europe/London",
            "firstTradeDate": midnight(0), "regularMarketTime": midnight(4), "gmtoffset": 0, "dataGranularity": "1d",
            "currentTradingPeriod": {"pre": period, "regular": period, "post": period}},
        "timestamp": stamps,
        "indicators": {"quote": [{"open": closes, "high": closes, "low": closes, "close": closes, "volume": zeros}],
            "adjclose": [{"adjclose": closes}]}
    }], "error": null}})
    .to_string()
}

#[test]
fn a_dividend_in_another_currency_is_converted_where_the_vendor_has_the_pair() {
    for (name, verdict) in [
        ("01-dividend-in-usd", "green"),
        // The vendor's own adjusted close took off 0.31 pence, which is said.
        ("01b-dividend-in-usd-vendor-naive", "yellow"),
    ] {
        let Some(folder) = case(name) else { return };
        let waiting = Desk::new();
        let with_pair = waiting.path("vendor");
        std::fs::create_dir_all(&with_pair).unwrap();
        std::fs::copy(folder.join("HSBA.L.json"), with_pair.join("HSBA.L.json")).unwrap();
        std::fs::write(with_pair.join("pounds.json"), pounds(1.26)).unwrap();

        let desk = Desk::new();
        let report = backfill(&desk, &with_pair, "HSBA.L", SPRING);
        assert_eq!(report["verdict"], verdict, "{name}: {}", report["reasons"]);

        // A payment that waits for a rate is asked for again, and now there is one.
        let report_before = backfill(&waiting, &folder, "HSBA.L", SPRING);
        assert_eq!(
            report_before["listings"][0]["judged"][0]["ours"],
            Value::Null
        );
        backfill(&waiting, &with_pair, "HSBA.L", SPRING);
        assert_eq!(applied(&waiting, HSBC), applied(&desk, HSBC), "{name}");
        waiting.run(&["verify", "--deep", "-q"]).ends_with(0);

        let judged = &report["listings"][0]["judged"][0];
        let ours = judged["ours"].as_f64().unwrap();
        assert!((ours - 24.603_174_6).abs() < 1e-6, "{ours}");
        assert_eq!(judged["vendor"]["amount"], 0.31);
        let conversion = &judged["conversion"];
        assert_eq!(conversion["date"], "2024-03-06");
        assert_eq!(conversion["source"], "yahoo GBPUSD=X 1.26");
        assert_eq!(conversion["into"], "GBp");
        let applied = applied(&desk, HSBC);
        assert_eq!(applied[0]["amount"], judged["ours"]);
        assert!(events(&desk, &[]).is_empty());
        let shown = desk.run(&["show", "HSBA.L"]).ends_with(0).stdout;
        assert!(shown.contains("24.603175 (0.31 USD at 79.36"), "{shown}");
        desk.run(&["verify", "--deep", "-q"]).ends_with(0);

        // Nothing is asked again, and a vendor without the pair changes nothing.
        let lake = desk.lake();
        backfill(&desk, &folder, "HSBA.L", SPRING);
        let record = |lake: &std::collections::BTreeMap<String, Vec<u8>>| {
            let found = lake
                .iter()
                .find(|(path, _)| path.ends_with("HSBA/_symbol.json"));
            found.unwrap().1.clone()
        };
        assert_eq!(record(&desk.lake()), record(&lake));
    }
}

#[test]
fn an_amount_is_for_one_event_and_leaves_a_price() {
    let Some(folder) = case("01-dividend-in-usd") else {
        return;
    };
    let desk = Desk::new();
    let report = backfill(&desk, &folder, "HSBA.L", SPRING);
    let id = report["listings"][0]["judged"][0]["id"].as_str().unwrap();
    let before = desk.lake();
    for amount in ["0", "-1", "NaN"] {
        let amount = format!("--amount={amount}");
        let words = ["quarantine", "release", id, &amount, "--as-of", AS_OF];
        desk.run(&words)
            .is_refused(&["is no amount of cash per share"]);
    }
    let words = [
        "quarantine",
        "release",
        id,
        "--amount",
        "700",
        "--as-of",
        AS_OF,
    ];
    let message = desk.run(&words).ends_with(1).stdout;
    assert!(message.contains("leaves no price"), "{message}");
    let words = [
        "quarantine",
        "release",
        "--rule",
        "unit_jump",
        "--amount",
        "24.6",
    ];
    desk.run(&words)
        .is_refused(&["--amount says what one dividend or capital gain pays"]);
    assert_eq!(desk.lake(), before);
}

#[test]
fn an_impossible_split_is_refused_by_itself() {
    let Some(folder) = case("02-split-zero-denominator") else {
        return;
    };
    let desk = Desk::new();
    let report = backfill(
        &desk,
        &folder,
        "ALCBI.PA",
        ["2023-01-02", "2023-02-28", "2023-03-02T06:00:00Z"],
    );
    let listing = &report["listings"][0];
    assert_eq!(listing["outcome"], "updated", "{report}");
    let refused = listing["refused_actions"].as_array().unwrap();
    assert!(
        refused
            .iter()
            .any(|action| action["reason"] == "no split has the ratio 1:0"),
        "{refused:?}"
    );
}
