use std::path::Path;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::test_server::{Reply, Server, reply};
use crate::{ApiKey, BarProvider, HistoryRequest, ProviderError};
use quantx_fixtures::{dividend, exchange, split};
use quantx_market::{Date, ExchangeTable, Listing, ShareBasis, VendorHistory};

const PLAIN: &[u8] = include_bytes!("../../../../tests/fixtures/csv/NVDA.csv");
const SEMICOLONS: &[u8] = include_bytes!("../../../../tests/fixtures/csv/semicolons.csv");
const KEY: &str = "hunter2/secret";

fn continental() -> CsvFormat {
    let name = |name: &str| Some(name.to_owned());
    CsvFormat {
        delimiter: b';',
        decimal_mark: DecimalMark::Comma,
        date_format: "%d.%m.%Y".to_owned(),
        basis: ShareBasis::AsTraded,
        columns: Columns {
            date: "datum".to_owned(),
            open: name("Eröffnung"),
            high: None,
            low: None,
            close: "Schluss".to_owned(),
            volume: name("Stücke"),
            dividend: name("Dividende"),
            split: name("Split"),
        },
    }
}

fn parse(bytes: &[u8], format: &CsvFormat, start: Date) -> Result<VendorHistory, String> {
    let read = parse_table(bytes, format, &exchange("us", ""), start);
    read.map_err(|error| error.to_string())
}

#[test]
fn rows_in_any_order_become_a_history() {
    let history = parse(PLAIN, &CsvFormat::plain(), date(2024, 6, 1)).unwrap();
    let dates: Vec<_> = history.rows.iter().map(|row| row.date).collect();
    assert_eq!(dates, [date(2024, 6, 10), date(2024, 6, 11)]);
    assert!(history.rows.iter().all(|row| row.is_complete()));
    let later = parse(PLAIN, &CsvFormat::plain(), date(2024, 6, 11)).unwrap();
    assert_eq!(later.rows.len(), 1);
}

#[test]
fn semicolons_decimal_commas_and_empty_cells_are_read_as_the_format_says() {
    let history = parse(SEMICOLONS, &continental(), date(2024, 6, 1)).unwrap();
    let rows: Vec<_> = history
        .rows
        .iter()
        .map(|row| (row.open, row.close, row.volume))
        .collect();
    assert_eq!(
        rows,
        [
            (Some(1197.7), Some(1208.88), Some(41_238_580.0)),
            (Some(120.37), Some(121.79), Some(314_162_689.0)),
            (None, Some(120.91), None),
        ]
    );
    let on = date(2024, 6, 10);
    assert_eq!(history.actions, [split(on, 10.0), dividend(on, 0.5)]);
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_its_line() {
    let plain = CsvFormat::plain();
    let fault = |text: &str| parse(text.as_bytes(), &plain, date(2024, 6, 1)).unwrap_err();
    assert_eq!(
        fault("Exceeded the daily hits limit"),
        "line 1: the head has no column \"Date\"; it has: Exceeded the daily hits limit"
    );
    let head = "Date,Open,High,Low,Close,Volume\n";
    assert_eq!(
        fault(&format!("{head}2024-06-10,1,1,1,one,1\n")),
        "line 2: \"one\" is not a number"
    );
    assert_eq!(
        fault(&format!(
            "{head}2024-06-10,1,1,1,1,1\n10.06.2024,1,1,1,1,1\n"
        )),
        "line 3: \"10.06.2024\" is not a date like %Y-%m-%d"
    );
    let short = fault(&format!("{head}2024-06-10,1\n"));
    assert!(short.starts_with("line 2: "), "{short}");
}

#[test]
fn a_template_has_a_place_for_the_listing_and_keeps_keys_out_of_paths() {
    for good in [
        "/data/{exchange}/{ticker}.csv",
        "https://d.example/{symbol}?k={key}",
    ] {
        assert!(Template::parse(good).is_ok(), "{good}");
    }
    for (bad, reason) in [
        ("/data/all.csv", "has no place for the listing"),
        ("/data/{isin}.csv", "unknown place {isin}"),
        ("/data/{symbol", "no error"),
        ("https://d.example/{key}/{symbol}", "has {key} before its ?"),
    ] {
        let shown =
            Template::parse(bad).map_or_else(|error| error.to_string(), |_| "no error".into());
        assert!(shown.contains(reason), "{shown}");
    }
}

fn exchanges() -> ExchangeTable {
    ExchangeTable::new([exchange("us", ""), exchange("hk", "HK")]).unwrap()
}

async fn fetch(client: &CsvClient, symbol: &str) -> Result<VendorHistory, ProviderError> {
    let request = HistoryRequest {
        listing: Listing::parse(symbol, &exchanges()).unwrap(),
        start: date(2024, 6, 1),
        now: "2024-06-12T12:00:00Z".parse().unwrap(),
    };
    client.daily_history(&request).await
}

fn folder(template: &str, file_limit_bytes: u64) -> CsvClient {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let template = format!("{}/{template}", path.display());
    let config = CsvConfig {
        source: CsvSource::Folder {
            template: Template::parse(&template).unwrap(),
            file_limit_bytes,
        },
        format: CsvFormat::plain(),
        exchanges: exchanges(),
    };
    CsvClient::new(config).unwrap()
}

#[tokio::test]
async fn a_file_of_a_folder_is_a_history_and_a_missing_one_an_unknown_symbol() {
    let client = folder("csv/{ticker}.csv", 1_000);
    assert_eq!(fetch(&client, "NVDA").await.unwrap().rows.len(), 2);
    assert_eq!(
        fetch(&client, "0700.HK").await.unwrap_err().kind(),
        "unknown_symbol"
    );
    let usage = client.usage();
    assert_eq!((usage.requests, usage.bytes), (2, PLAIN.len() as u64));
    let small = folder("csv/{ticker}.csv", PLAIN.len() as u64 - 1);
    assert_eq!(fetch(&small, "NVDA").await.unwrap_err().kind(), "too_large");
}

async fn page(answer: Reply) -> Result<VendorHistory, ProviderError> {
    let server = Server::new(vec![answer]).await;
    let http = server.config();
    let template = format!("{}/eod/{{symbol}}.csv?k={{key}}", http.base_url);
    let config = CsvConfig {
        source: CsvSource::Url {
            template: Template::parse(&template).unwrap(),
            http,
            key: Some(ApiKey::parse(KEY).unwrap()),
        },
        format: CsvFormat::plain(),
        exchanges: exchanges(),
    };
    let client = CsvClient::new(config).unwrap();
    assert!(!format!("{client:?}").contains(KEY));
    let history = server.during(fetch(&client, "0700.HK")).await;
    let asked = server.requests.lock().unwrap().concat();
    let line = "GET /eod/0700.HK.csv?k=hunter2%2Fsecret HTTP/1.1\r\n";
    assert!(asked.starts_with(line), "{asked}");
    history
}

#[tokio::test]
async fn a_table_behind_a_url_is_read_and_a_page_for_people_is_none() {
    let csv = |status, body: &[u8]| reply(status, "text/csv", "", body);
    assert_eq!(page(csv(200, PLAIN)).await.unwrap().rows.len(), 2);
    for (answer, kind) in [
        (csv(404, b"no"), "unknown_symbol"),
        (csv(401, b"no"), "unauthorized"),
        (csv(200, b"<html>prove that you work"), "not_data"),
        (reply(200, "text/html", "", b"Date"), "not_data"),
        (csv(200, b"Exceeded the daily hits limit"), "unreadable"),
        (csv(200, b"Date,Open,High,Low,Close,Volume\n"), "no_data"),
    ] {
        assert_eq!(page(answer).await.unwrap_err().kind(), kind);
    }
}

proptest! {
    #[test]
    fn no_table_breaks_the_parser(text in "[-;,.\"0-9a-zA-Z\n ]{0,200}") {
        let head = "Date,Open,High,Low,Close,Volume\n";
        let _ = parse(format!("{head}{text}").as_bytes(), &CsvFormat::plain(), date(2024, 1, 1));
        let _ = parse(text.as_bytes(), &continental(), date(2024, 1, 1));
    }
}
