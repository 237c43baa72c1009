//! Every answer recorded in `../shared/data/yahoo_chart` must end as its origin says.
//!
//! The table was computed by another program (Python, zoneinfo) from the same files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::YAHOO;
use super::answer::interpret;
use super::parse::{Parsed, parse_chart};
use crate::ProviderError;
use crate::http::Answer;
use quantx_fixtures::{shared_data, us_listing};
use quantx_market::Symbol;

#[derive(Debug, PartialEq)]
enum Outcome {
    History {
        n_rows: usize,
        n_nulls: usize,
        n_actions: usize,
        first: String,
        last: String,
    },
    Named(&'static str),
}

fn history(n_rows: usize, n_nulls: usize, n_actions: usize, first: &str, last: &str) -> Outcome {
    Outcome::History {
        n_rows,
        n_nulls,
        n_actions,
        first: first.to_owned(),
        last: last.to_owned(),
    }
}

fn named(kind: &'static str) -> Outcome {
    Outcome::Named(kind)
}

#[rustfmt::skip]
fn expected() -> Vec<(&'static str, &'static str, Outcome)> {
    vec![
        ("exchanges/2025-chart-AAPL-2020-08-31-to-2020-11-07.json", "AAPL", history(49, 0, 2, "2020-08-31", "2020-11-06")),
        ("exchanges/2025-chart-AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m.json", "AAPL", named("wrong_granularity")),
        ("exchanges/2025-chart-AAPL.json", "AAPL", history(1, 0, 0, "2022-02-22", "2022-02-22")),
        ("exchanges/2025-chart-GC=F-2020-01-01-to-2020-01-03.json", "GC=F", history(1, 0, 0, "2020-01-02", "2020-01-02")),
        ("exchanges/2025-chart-ORSTED.CO-2020-01-01-to-2020-01-03.json", "ORSTED.CO", history(1, 0, 0, "2020-01-02", "2020-01-02")),
        ("exchanges/2025-historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv.json", "MSFT", history(252, 0, 4, "2021-02-01", "2022-01-28")),
        ("exchanges/2025-historical-via-chart-dividends-TSLA-no-dividends.json", "TSLA", history(3303, 0, 0, "2010-06-29", "2023-08-11")),
        ("exchanges/chart-AAPL-2024-10-02-to-2024-10-03-includePrePost-false-interval-1m.json", "AAPL", named("wrong_granularity")),
        ("exchanges/chart-APS.AX-2020-01-01-to-2020-01-03.json", "APS.AX", named("no_data")),
        ("exchanges/chart-BEKE-2020-01-01-to-2020-01-03.json", "BEKE", named("not_listed_yet")),
        ("exchanges/chart-SI-2020-01-01-to-2020-01-03.json", "SI", history(1, 0, 0, "2020-01-02", "2020-01-02")),
        ("exchanges/chart-WSU.DE-2023-08-04-to-2023-08-09.json", "WSU.DE", history(3, 1, 0, "2023-08-04", "2023-08-08")),
        ("exchanges/historicalv8-AAPL-2020-01-01-to-2021-01-04.json", "AAPL", history(253, 0, 5, "2020-01-02", "2020-12-31")),
        ("exchanges/historicalv8-ABBV-2020-01-01-to-2021-01-04.json", "ABBV", history(253, 0, 4, "2020-01-02", "2020-12-31")),
        ("exchanges/historicalv8-ADH-2020-01-01-to-2021-01-04.json", "ADH", history(253, 0, 0, "2020-01-02", "2020-12-31")),
        ("exchanges/historicalv8-AZT.OL-2020-01-01-to-2021-01-04.json", "AZT.OL", history(252, 0, 0, "2020-01-02", "2020-12-30")),
        ("exchanges/historicalv8-BABA-2020-01-01-to-2021-01-04.json", "BABA", history(253, 0, 0, "2020-01-02", "2020-12-31")),
        ("exchanges/historicalv8-BTC-USD-2020-01-01-to-2021-01-04.json", "BTC-USD", history(370, 4, 0, "2020-01-01", "2021-01-04")),
        ("exchanges/historicalv8-EURUSD=X-2020-01-01-to-2021-01-04.json", "EURUSD=X", history(264, 0, 0, "2020-01-01", "2021-01-04")),
        ("exchanges/historicalv8-GOOG-2020-01-01-to-2021-01-04.json", "GOOG", history(253, 0, 0, "2020-01-02", "2020-12-31")),
        ("exchanges/historicalv8-MDLY-2020-01-01-to-2021-01-04.json", "MDLY", named("unknown_symbol")),
        ("exchanges/historicalv8-ORSTED.CO-2020-01-01-to-2021-01-04.json", "ORSTED.CO", history(250, 0, 1, "2020-01-02", "2020-12-30")),
        ("exchanges/historicalv8-QQQ-2020-01-01-to-2021-01-04.json", "QQQ", history(253, 0, 3, "2020-01-02", "2020-12-31")),
        ("exchanges/historicalv8-SI-2020-01-01-to-2021-01-04.json", "SI", history(253, 0, 0, "2020-01-02", "2020-12-31")),
        ("exchanges/historicalv8-UNIR.MI-2020-01-01-to-2021-01-04.json", "UNIR.MI", history(255, 0, 0, "2020-01-02", "2020-12-30")),
        ("snapshots/AAPL_rmt20250815T173554Z_968004ae.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T185338Z_a4d8ee85.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T190244Z_2a986596.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T194221Z_aa7c3c20.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T195633Z_4eff3bf2.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T200001Z_0b326027.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T200001Z_22be0414.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T200001Z_548b5561.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T200001Z_8492f488.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T200001Z_86813fd7.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T200001Z_b879d63e.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250815T200001Z_d5939de4.json", "AAPL", history(125, 0, 2, "2025-02-18", "2025-08-15")),
        ("snapshots/AAPL_rmt20250825T163835Z_06740f70.json", "AAPL", history(126, 0, 2, "2025-02-25", "2025-08-25")),
        ("snapshots/AAPL_rmt20250825T200001Z_1fe86227.json", "AAPL", history(125, 0, 2, "2025-02-26", "2025-08-25")),
        ("snapshots/AAPL_rmt20250825T200001Z_42d3ba51.json", "AAPL", history(125, 0, 2, "2025-02-26", "2025-08-25")),
        ("snapshots/AAPL_rmt20250825T200001Z_7a001c08.json", "AAPL", history(125, 0, 2, "2025-02-26", "2025-08-25")),
        ("snapshots/AAPL_rmt20250825T200001Z_7c3ded45.json", "AAPL", history(125, 0, 2, "2025-02-26", "2025-08-25")),
        ("snapshots/AAPL_rmt20250825T200001Z_a80e46e7.json", "AAPL", history(125, 0, 2, "2025-02-26", "2025-08-25")),
        ("snapshots/AAPL_rmt20250825T200001Z_f935ce9b.json", "AAPL", history(125, 0, 2, "2025-02-26", "2025-08-25")),
        ("snapshots/AAPL_rmt20250826T134538Z_1ba07b2b.json", "AAPL", history(126, 0, 2, "2025-02-26", "2025-08-26")),
        ("snapshots/AAPL_rmt20250826T140108Z_1b01bb63.json", "AAPL", history(126, 0, 2, "2025-02-26", "2025-08-26")),
        ("snapshots/AAPL_rmt20250826T144606Z_d33f605e.json", "AAPL", history(126, 0, 2, "2025-02-26", "2025-08-26")),
        ("snapshots/AAPL_rmt20250826T151111Z_843cda28.json", "AAPL", history(126, 0, 2, "2025-02-26", "2025-08-26")),
        ("snapshots/AAPL_rmt20250826T172143Z_7e1a70bc.json", "AAPL", history(126, 0, 2, "2025-02-26", "2025-08-26")),
        ("snapshots/AAPL_rmt20250826T200001Z_b2a201c6.json", "AAPL", history(125, 0, 2, "2025-02-27", "2025-08-26")),
        ("snapshots/AAPL_rmt20250826T200001Z_fd628db9.json", "AAPL", history(125, 0, 2, "2025-02-27", "2025-08-26")),
        ("snapshots/AAPL_rmt20250828T171106Z_bd1ce345.json", "AAPL", history(126, 0, 2, "2025-02-28", "2025-08-28")),
        ("snapshots/AAPL_rmt20250829T200001Z_4f3788d2.json", "AAPL", history(127, 0, 2, "2025-02-28", "2025-08-29")),
        ("snapshots/AAPL_rmt20250829T200001Z_56bda07f.json", "AAPL", history(127, 0, 2, "2025-02-28", "2025-08-29")),
        ("snapshots/AAPL_rmt20250829T200001Z_b014c434.json", "AAPL", history(127, 0, 2, "2025-02-28", "2025-08-29")),
        ("snapshots/AAPL_rmt20250829T200001Z_e80c6473.json", "AAPL", history(127, 0, 2, "2025-02-28", "2025-08-29")),
        ("snapshots/AAPL_rmt20250909T184303Z_1b9c3cf0.json", "AAPL", history(127, 0, 2, "2025-03-10", "2025-09-09")),
        ("snapshots/AAPL_rmt20250911T200001Z_5dbc52f9.json", "AAPL", history(127, 0, 2, "2025-03-12", "2025-09-11")),
        ("snapshots/AAPL_rmt20250915T200001Z_4c1d40a9.json", "AAPL", history(126, 0, 2, "2025-03-17", "2025-09-15")),
        ("snapshots/AAPL_rmt20250917T155511Z_64430bb9.json", "AAPL", history(128, 0, 2, "2025-03-17", "2025-09-17")),
        ("snapshots/AAPL_rmt20250917T195735Z_eaebc0b4.json", "AAPL", history(128, 0, 2, "2025-03-17", "2025-09-17")),
        ("snapshots/AAPL_rmt20250917T200001Z_5cbfcae8.json", "AAPL", history(127, 0, 2, "2025-03-18", "2025-09-17")),
        ("snapshots/AAPL_rmt20250917T200001Z_74c5d62a.json", "AAPL", history(127, 0, 2, "2025-03-18", "2025-09-17")),
        ("snapshots/AAPL_rmt20250919T200002Z_96760e72.json", "AAPL", history(127, 0, 2, "2025-03-20", "2025-09-19")),
        ("snapshots/AAPL_rmt20250930T200002Z_fc023a4e.json", "AAPL", history(126, 0, 2, "2025-04-01", "2025-09-30")),
        ("snapshots/AAPL_rmt20251002T142003Z_6dbdb1bc.json", "AAPL", history(127, 0, 2, "2025-04-02", "2025-10-02")),
        ("snapshots/AAPL_rmt20251010T200002Z_fb5db18b.json", "AAPL", history(126, 0, 2, "2025-04-11", "2025-10-10")),
        ("snapshots/AAPL_rmt20251014T174550Z_a55bcb22.json", "AAPL", history(127, 0, 2, "2025-04-14", "2025-10-14")),
        ("snapshots/AAPL_rmt20251015T200002Z_46d53708.json", "AAPL", history(126, 0, 2, "2025-04-16", "2025-10-15")),
        ("snapshots/AAPL_rmt20251027T162436Z_a404d048.json", "AAPL", history(127, 0, 2, "2025-04-28", "2025-10-27")),
        ("snapshots/AAPL_rmt20251028T164822Z_9e3eea86.json", "AAPL", history(128, 0, 2, "2025-04-28", "2025-10-28")),
        ("snapshots/AAPL_rmt20251029T200001Z_7085944d.json", "AAPL", history(127, 0, 2, "2025-04-30", "2025-10-29")),
        ("snapshots/AAPL_rmt20251029T200001Z_fcb546ec.json", "AAPL", history(127, 0, 2, "2025-04-30", "2025-10-29")),
        ("snapshots/GS2C.DE_rmt20250917T153557Z_5cbfcae8.json", "GS2C.DE", history(5, 0, 0, "2025-09-11", "2025-09-17")),
        ("snapshots/GS2C.DE_rmt20250917T153557Z_64430bb9.json", "GS2C.DE", history(5, 0, 0, "2025-09-11", "2025-09-17")),
        ("snapshots/GS2C.DE_rmt20250917T153557Z_74c5d62a.json", "GS2C.DE", history(5, 0, 0, "2025-09-11", "2025-09-17")),
        ("snapshots/GS2C.DE_rmt20250917T153557Z_eaebc0b4.json", "GS2C.DE", history(5, 0, 0, "2025-09-11", "2025-09-17")),
        ("snapshots/GS2C.DE_rmt20250919T153551Z_96760e72.json", "GS2C.DE", history(5, 0, 0, "2025-09-15", "2025-09-19")),
        ("snapshots/GS2C.DE_rmt20251001T123256Z_fc023a4e.json", "GS2C.DE", history(5, 2, 0, "2025-09-25", "2025-10-01")),
        ("snapshots/GS2C.DE_rmt20251002T134700Z_6dbdb1bc.json", "GS2C.DE", history(5, 0, 0, "2025-09-26", "2025-10-02")),
        ("snapshots/GS2C.DE_rmt20251010T153559Z_fb5db18b.json", "GS2C.DE", history(5, 0, 0, "2025-10-06", "2025-10-10")),
        ("snapshots/GS2C.DE_rmt20251014T153556Z_a55bcb22.json", "GS2C.DE", history(5, 0, 0, "2025-10-08", "2025-10-14")),
        ("snapshots/GS2C.DE_rmt20251015T153546Z_46d53708.json", "GS2C.DE", history(5, 0, 0, "2025-10-09", "2025-10-15")),
        ("snapshots/GS2C.DE_rmt20251027T160818Z_a404d048.json", "GS2C.DE", history(5, 0, 0, "2025-10-21", "2025-10-27")),
        ("snapshots/GS2C.DE_rmt20251028T162315Z_9e3eea86.json", "GS2C.DE", history(5, 0, 0, "2025-10-22", "2025-10-28")),
        ("snapshots/GS2C.DE_rmt20251029T163544Z_7085944d.json", "GS2C.DE", history(5, 0, 0, "2025-10-23", "2025-10-29")),
        ("snapshots/GS2C.DE_rmt20251029T163544Z_fcb546ec.json", "GS2C.DE", history(5, 0, 0, "2025-10-23", "2025-10-29")),
        ("snapshots/VFINX_rmt20250828T120930Z_bd1ce345.json", "VFINX", named("wrong_granularity")),
    ]
}

#[test]
fn every_recorded_answer_ends_as_its_origin_tells() {
    let Some(folder) = recordings() else { return };
    for (file, requested, outcome) in expected() {
        let (status, body) = recorded(&folder.join(file));
        assert_eq!(read(status, &body, requested), outcome, "{file}");
    }
}

#[test]
fn every_recorded_answer_is_in_the_table() {
    let Some(folder) = recordings() else { return };
    let in_table: BTreeSet<String> = expected()
        .into_iter()
        .map(|(file, ..)| file.to_owned())
        .collect();
    let on_disk: BTreeSet<String> = ["exchanges", "snapshots"]
        .iter()
        .flat_map(|part| {
            let files = fs::read_dir(folder.join(part)).unwrap();
            files.map(move |file| format!("{part}/{}", file.unwrap().file_name().display()))
        })
        .collect();
    assert_eq!(on_disk, in_table);
}

#[test]
fn a_null_row_of_bitcoin_has_no_price_and_no_volume() {
    let Some(folder) = recordings() else { return };
    let (_, body) =
        recorded(&folder.join("exchanges/historicalv8-BTC-USD-2020-01-01-to-2021-01-04.json"));
    let Ok(Parsed::History(history)) = parse_chart(&body, "BTC-USD") else {
        panic!("no history");
    };
    let nulls: Vec<String> = history
        .rows
        .iter()
        .filter(|row| row.is_null())
        .inspect(|row| assert_eq!((row.volume, row.adjusted_close), (None, None)))
        .map(|row| row.date.to_string())
        .collect();
    assert_eq!(
        nulls,
        ["2020-04-17", "2020-10-09", "2020-10-12", "2020-10-13"]
    );
}

fn read(status: u16, body: &[u8], requested: &str) -> Outcome {
    match parse_chart(body, requested) {
        Ok(Parsed::History(answer)) => {
            assert_eq!(answer.duplicate_rows, 0);
            let (first, last) = (answer.rows.first().unwrap(), answer.rows.last().unwrap());
            history(
                answer.rows.len(),
                answer.rows.iter().filter(|row| row.is_null()).count(),
                answer.actions.len(),
                &first.date.to_string(),
                &last.date.to_string(),
            )
        }
        Ok(Parsed::NoData) => named("no_data"),
        Ok(Parsed::Refused(_)) => {
            let answer = Answer {
                status,
                content_type: "application/json;charset=utf-8".to_owned(),
                body: body.to_vec(),
            };
            named(interpret(&answer, &symbol(requested)).unwrap_err().kind())
        }
        Err(source) => named(
            ProviderError::Unreadable {
                provider: YAHOO,
                source,
            }
            .kind(),
        ),
    }
}

fn recordings() -> Option<PathBuf> {
    Some(shared_data()?.join("yahoo_chart"))
}

/// Status and body of a recording: bare, or in the envelope of node-yahoo-finance2.
fn recorded(file: &Path) -> (u16, Vec<u8>) {
    let bytes = fs::read(file).unwrap();
    let whole: Value = serde_json::from_slice(&bytes).unwrap();
    let Some(response) = whole.get("response") else {
        return (200, bytes);
    };
    let body = match response.get("body") {
        Some(Value::String(text)) => text.clone().into_bytes(),
        _ => response["bodyJson"].to_string().into_bytes(),
    };
    let status = response["status"].as_u64().unwrap();
    (status.try_into().unwrap(), body)
}

fn symbol(text: &str) -> Symbol {
    us_listing(text).symbol().clone()
}
