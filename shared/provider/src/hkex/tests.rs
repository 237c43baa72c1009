use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::test_server::{Reply, Server, reply};
use crate::{DayBars, DayProvider, ParseError, ProviderError, TradingState};
use quantx_fixtures::exchange;
use quantx_market::{Date, Exchange};

const PAGE: &str = include_str!("../../../../tests/fixtures/hkex/http_get_dayquot.htm");
const DAY: Date = date(2026, 10, 2);

fn hong_kong() -> Exchange {
    exchange("hk", "HK")
}

/// Feeds the page in pieces of `size` bytes.
fn read(page: &[u8], size: usize) -> Result<DayBars, ParseError> {
    let exchange = hong_kong();
    let mut reader = QuotationsPage::new(&exchange, DAY);
    for piece in page.chunks(size) {
        if reader.feed(piece)? == Progress::Done {
            break;
        }
    }
    reader.finish()
}

/// Symbol, state, currency, high, low, close and volume of every row.
type Row = (String, TradingState, Option<String>, [Option<f64>; 4]);

fn rows(day: &DayBars) -> Vec<Row> {
    let rows = day.rows.iter().map(|row| {
        let values = [row.row.high, row.row.low, row.row.close, row.row.volume];
        (
            row.listing.to_string(),
            row.state,
            row.currency.clone(),
            values,
        )
    });
    rows.collect()
}

fn row(symbol: &str, state: TradingState, currency: &str, values: [Option<f64>; 4]) -> Row {
    (symbol.to_owned(), state, Some(currency.to_owned()), values)
}

#[test]
fn a_page_is_read_alike_wherever_it_is_cut() {
    use TradingState::{Halted, NeverTraded, NoTrade, Suspended, Traded};
    let expected = [
        row(
            "0005.HK",
            Traded,
            "HKD",
            [151.2, 148.8, 149.5, 24_964_374.0].map(Some),
        ),
        row("0033.HK", Suspended, "HKD", [None; 4]),
        row("0092.HK", Halted, "HKD", [None; 4]),
        row("1687.HK", NeverTraded, "USD", [None; 4]),
        row(
            "2100.HK",
            NoTrade,
            "HKD",
            [None, None, Some(0.265), Some(0.0)],
        ),
        row(
            "80737.HK",
            Traded,
            "CNY",
            [3.15, 3.08, 3.11, 12_000.0].map(Some),
        ),
    ];
    for size in [1, 7, 64, 1_000_000] {
        let day = read(PAGE.as_bytes(), size).unwrap();
        assert_eq!(rows(&day), expected, "{size}");
        assert!(day.rows.iter().all(|row| row.row.open.is_none()));
        let excused: Vec<String> = day.excused().map(|row| row.listing.to_string()).collect();
        assert_eq!(excused, ["0033.HK", "0092.HK", "1687.HK"]);
    }
}

#[test]
fn half_a_page_another_date_and_another_layout_are_no_day() {
    let detail = |page: &str| read(page.as_bytes(), 100).unwrap_err().to_string();
    let cut = &PAGE[..PAGE.find("80737").unwrap()];
    assert_eq!(detail(cut), "line 22: the page ends inside the quotations");
    assert_eq!(detail("<html>"), "line 1: no date of quotations");
    assert_eq!(
        detail(&PAGE.replace("PRV.CLO./", "PREVIOUS")),
        "line 28: no table of quotations"
    );
    assert_eq!(
        detail(&PAGE.replace("02 OCT", "01 OCT")),
        "asked for 2026-10-02, answered for 2026-10-01"
    );
    assert_eq!(
        detail(&PAGE.replace("24,964,374", "24 M")),
        "line 12: a security of another layout"
    );
    assert_eq!(
        detail(&PAGE.replace("3,741,272,467", "")),
        "line 13: a security without its second line"
    );
    assert_eq!(detail(&"x".repeat(5_000)), "line 0: a line without an end");
}

async fn fetch(reply: Reply, code: &str) -> Result<DayBars, ProviderError> {
    let server = Server::new(vec![reply]).await;
    let client = HkexClient::new(server.config()).unwrap();
    let exchange = exchange(code, "HK");
    let day = server.during(client.bars_on(&exchange, DAY)).await;
    let asked = server.requests.lock().unwrap().concat();
    let line = "GET /eng/stat/smstat/dayquot/d261002e.htm HTTP/1.1\r\n";
    assert!(asked.is_empty() || asked.starts_with(line), "{asked}");
    day
}

#[tokio::test]
async fn the_page_of_a_date_is_asked_for_and_left_where_the_sales_begin() {
    let html = |status, body: &[u8]| reply(status, "text/html", "", body);
    // The limit of the body is 100,000 bytes.
    let long = format!("{PAGE}{}", "sales\n".repeat(10_000));
    let day = fetch(html(200, long.as_bytes()), "hk").await.unwrap();
    assert_eq!(day.rows.len(), 6);
    for (status, kind) in [(404, "no_day"), (403, "rejected"), (500, "unavailable")] {
        let error = fetch(html(status, b"no"), "hk").await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    let cut = fetch(html(200, &PAGE.as_bytes()[..900]), "hk").await;
    assert_eq!(cut.unwrap_err().kind(), "unreadable");
}

#[tokio::test]
async fn other_exchanges_are_not_covered() {
    let server = Server::new(vec![]).await;
    let client = HkexClient::new(server.config()).unwrap();
    let error = client.bars_on(&exchange("us", ""), DAY).await.unwrap_err();
    assert_eq!(error.kind(), "not_covered");
    assert_eq!(client.usage().requests, 0);
}

#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[test]
fn the_excerpt_of_the_real_page_is_read() {
    let Some(folder) = quantx_fixtures::shared_data() else {
        return;
    };
    let page = std::fs::read(folder.join("vendors/hkex/dayquot_excerpt_2026-10-02.htm")).unwrap();
    use TradingState::{Halted, NeverTraded, NoTrade, Suspended, Traded};
    let day = read(&page, 50).unwrap();
    assert_eq!(
        rows(&day),
        [
            row(
                "0005.HK",
                Traded,
                "HKD",
                [151.2, 148.8, 149.5, 24_964_374.0].map(Some)
            ),
            row("0033.HK", Suspended, "HKD", [None; 4]),
            row("0092.HK", Halted, "HKD", [None; 4]),
            row("1687.HK", NeverTraded, "USD", [None; 4]),
            row(
                "2099.HK",
                Traded,
                "HKD",
                [221.6, 213.0, 217.0, 751_046.0].map(Some)
            ),
            row(
                "2100.HK",
                NoTrade,
                "HKD",
                [None, None, Some(0.265), Some(0.0)]
            ),
            row(
                "2101.HK",
                Traded,
                "HKD",
                [0.915, 0.915, 0.915, 6_000.0].map(Some)
            ),
        ]
    );
}

proptest! {
    #[test]
    fn no_page_breaks_the_reader(lines in prop::collection::vec("[ *#0-9A-Z.,<>/-]{0,60}", 0..20)) {
        let head = &PAGE[..PAGE.find("*    5").unwrap()];
        let page = format!("{head}{}", lines.join("\n"));
        let _ = read(page.as_bytes(), 10);
    }
}
