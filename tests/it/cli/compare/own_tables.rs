//! Tables of the user's own: a folder, addresses with a key, and real bars that were summed up from trades.

use std::fmt::Write as _;
use std::fs;

use quantx_tests::pages::{Page, PageServer};
use serde_json::{Value, json};

use super::{Bench, CSV_KEY, Desk};
use crate::cases::shared_data;

#[test]
fn files_of_a_folder_are_a_witness() {
    let bench = Bench::new();
    let truth = bench.truth();
    let folder = bench.desk.path("tables");
    fs::create_dir_all(&folder).unwrap();
    let mut table = "Day;Open;High;Low;Last;Shares\n".to_owned();
    for (date, ([open, high, low, close], volume)) in &truth {
        let (year, month, day) = (&date[..4], &date[5..7], &date[8..]);
        let close = if date == "2012-02-10" {
            close - 3.0
        } else {
            *close
        };
        let prices = format!("{open};{high};{low};{close}").replace('.', ",");
        writeln!(table, "{day}.{month}.{year};{prices};{volume}").unwrap();
    }
    fs::write(folder.join("us_AAPL.csv"), table).unwrap();
    bench.configure(
        "  csv:\n    source: tables/{exchange}_{ticker}.csv\n    delimiter: \";\"\n    \
         decimal_mark: comma\n    date_format: \"%d.%m.%Y\"\n    \
         columns: { date: Day, close: Last, volume: Shares }\n",
    );
    let report = bench.report(&["--vendors", "csv"], 1);
    let cells = report["listings"][0]["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 1, "{report:#}");
    let close = truth["2012-02-10"].0[3];
    let values = cells[0]["values"].as_array().unwrap();
    assert_eq!(values[0], json!(["lake", close]));
    assert_eq!(values[1][0], "csv");
    assert!((values[1][1].as_f64().unwrap() - (close - 3.0)).abs() < 1e-9);
    // A file that is not there is named: the path may be mistyped.
    fs::remove_file(folder.join("us_AAPL.csv")).unwrap();
    let text = bench.compare(&["--vendors", "csv"], 1);
    assert!(
        text.contains("AAPL: no rows of csv: there is no tables/us_AAPL.csv\n"),
        "{text}"
    );
    assert!(text.contains("1 listing (AAPL): not compared"), "{text}");
}

#[test]
fn tables_behind_an_address_are_asked_for_with_a_key_that_nobody_sees() {
    let bench = Bench::new();
    let mut table = "Date,Open,High,Low,Close,Volume\n".to_owned();
    for (date, ([open, high, low, close], volume)) in &bench.truth() {
        writeln!(table, "{date},{open},{high},{low},{close},{volume}").unwrap();
    }
    let address = bench.server.url("/desk/{symbol}.csv?key={key}");
    bench.configure(&format!("  csv: {{ source: \"{address}\" }}\n"));
    let path = format!("/desk/AAPL.csv?key={CSV_KEY}");
    bench.server.set(&path, Page::csv(table));
    let report = bench.report(&["--vendors", "csv"], 0);
    assert_eq!(report["verdict"], "agrees");
    let requested = bench.server.requested();
    assert!(
        requested.iter().any(|head| head.contains(&path)),
        "{requested:?}"
    );
    // The server has no such page any more: the place is named as it was written.
    bench.server.set(&path, Page::error(404));
    let text = bench.compare(&["--vendors", "csv"], 1);
    assert!(text.contains("/desk/AAPL.csv?key={key}"), "{text}");
    // Without the key nothing is asked.
    let [from, to] = bench.range;
    #[rustfmt::skip]
    let words = ["compare", "--use-local", "--symbols", "AAPL", "--from", from, "--to", to, "--vendors", "csv"];
    let needs = "csv is off: set QUANTX_CSV_KEY, which providers.csv.source has a place for";
    bench.desk.run(&words).is_refused(&[needs]);
}

/// The figures were measured by another program from the same two files.
#[test]
fn recorded_bars_of_trades_of_a_split_year_differ_in_the_cells_that_were_measured() {
    let Some(folder) = shared_data() else {
        return;
    };
    let recorded = "yahoo_chart/exchanges/historicalv8-AAPL-2020-01-01-to-2021-01-04.json";
    let recorded = fs::read(folder.join(recorded)).unwrap();
    let recorded: Value = serde_json::from_slice(&recorded).unwrap();
    let yahoo = PageServer::start();
    let asked = "/v8/finance/chart/AAPL?period1=1577836800&period2=1609848000&interval=1d\
                 &events=div%2Csplits%2CcapitalGains&includePrePost=false";
    let body = recorded["response"]["bodyJson"].to_string();
    let answer = Page {
        content_type: "application/json",
        ..Page::html(body)
    };
    yahoo.set(asked, answer);
    let desk = Desk::new();
    #[rustfmt::skip]
    let words = [
        "backfill", "-q", "--use-local", "--symbols", "AAPL", "--start", "2020-01-02", "--end", "2020-12-31",
        "--as-of", "2021-01-04T12:00:00Z", "--yahoo-base-url", &yahoo.url(""),
    ];
    desk.run(&words).ends_with(0);
    let lean = fs::read_to_string(folder.join("vendors/lean/aapl_daily_2020.csv")).unwrap();
    let mut table = "Date,Open,High,Low,Close,Volume\n".to_owned();
    for line in lean.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let price = |at: usize| cells[at].parse::<f64>().unwrap() / 10_000.0;
        let [open, high, low, close] = [1, 2, 3, 4].map(price);
        let (day, volume) = (&cells[0][..8], cells[5]);
        writeln!(table, "{day},{open},{high},{low},{close},{volume}").unwrap();
    }
    fs::create_dir_all(desk.path("config")).unwrap();
    fs::write(desk.path("AAPL.csv"), table).unwrap();
    let settings = "providers: { csv: { source: \"{ticker}.csv\", lineage: algoseek, \
                    bars: trades, date_format: \"%Y%m%d\" } }";
    fs::write(desk.path("config/settings.yaml"), settings).unwrap();
    #[rustfmt::skip]
    let words = [
        "compare", "--use-local", "--json", "--symbols", "AAPL", "--from", "2020-01-02", "--to", "2020-12-31",
    ];
    let report = desk.run(&words).ends_with(1).json();
    assert_eq!(report["verdict"], "undecided");
    let pair = &report["pairs"][0];
    assert_eq!(pair["sessions"], 253);
    let different = ["open", "high", "low", "close", "volume"].map(|column| {
        let cells = &pair["columns"][column];
        assert_eq!(cells["compared"], 253);
        cells["different"].as_u64().unwrap()
    });
    assert_eq!(different, [1, 5, 4, 1, 0]);
    // The split of August is undone on the stored side: there is no step.
    let listing = &report["listings"][0];
    assert_eq!(
        (&listing["steps"], &listing["absent"]),
        (&json!([]), &json!([]))
    );
}
