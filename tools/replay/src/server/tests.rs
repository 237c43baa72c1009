use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::chart::Window;

async fn server(market: &str, faults: &str) -> ReplayServer {
    let mut options = ReplayOptions::new(market.parse().unwrap());
    options.as_of = Some("2013-02-20T12:00:00Z".parse().unwrap());
    options.faults = faults.parse().unwrap();
    ReplayServer::start(options).await.unwrap()
}

/// The raw answer to one request on a connection of its own.
async fn exchange(server: &ReplayServer, method: &str, target: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let request =
        format!("{method} {target} HTTP/1.1\r\nHost: replay\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).await.unwrap();
    let end = raw
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(raw.len());
    let head = String::from_utf8_lossy(&raw[..end]).to_ascii_lowercase();
    (head, raw.get(end + 4..).unwrap_or_default().to_vec())
}

async fn get(server: &ReplayServer, symbol: &str) -> (String, Vec<u8>) {
    let target = format!("/v8/finance/chart/{symbol}?range=1mo&interval=1d&events=div%7Csplit");
    exchange(server, "GET", &target).await
}

#[tokio::test]
async fn it_answers_counts_and_can_be_moved_in_time() {
    let server = server("sample", "").await;
    let (head, body) = get(&server, "aapl").await;
    assert!(
        head.starts_with("http/1.1 200") && head.contains("application/json"),
        "{head}"
    );
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["chart"]["result"][0]["meta"]["symbol"], "AAPL");
    // The second time from memory: the same bytes.
    assert_eq!(get(&server, "AAPL").await.1, get(&server, "AAPL").await.1);

    let (head, _) = exchange(&server, "POST", "/_replay/as-of?t=2000-01-01T00:00:00Z").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(get(&server, "AAPL").await.0.starts_with("http/1.1 404"));
    let (head, text) = exchange(&server, "POST", "/_replay/as-of?t=noon").await;
    assert!(head.starts_with("http/1.1 400") && text.starts_with(b"t=noon is not an instant"));

    assert_eq!(server.requests(), 4);
    assert_eq!(server.requests_by_symbol()["AAPL"], 4);
    assert!(matches!(
        server.request_log()[3].window,
        Some(Window::Range(_))
    ));
    let stats: Value =
        serde_json::from_slice(&exchange(&server, "GET", "/_replay/stats").await.1).unwrap();
    assert_eq!(
        (&stats["requests"], &stats["as_of"]),
        (&4.into(), &"2000-01-01T00:00:00Z".into())
    );
    assert!(get(&server, "NOPE").await.0.starts_with("http/1.1 404"));
    server.shutdown().await;
}

#[tokio::test]
async fn faults_look_as_recorded() {
    let script = "AAPL#1=429,AAPL#2=429ra:3,AAPL#3=500,AAPL#4=html,AAPL#5=wrong-symbol,AAPL#6=truncate,AAPL#7=null-rows";
    let server = server("sample", script).await;
    let (head, body) = get(&server, "AAPL").await;
    assert!(
        head.starts_with("http/1.1 429") && !head.contains("retry-after"),
        "{head}"
    );
    assert_eq!(body, b"Edge: Too Many Requests");
    assert!(get(&server, "AAPL").await.0.contains("retry-after: 3"));
    assert!(get(&server, "AAPL").await.0.starts_with("http/1.1 500"));
    let (head, body) = get(&server, "AAPL").await;
    assert!(
        head.starts_with("http/1.1 200") && head.contains("text/html"),
        "{head}"
    );
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains("Will be right back")
    );
    let (_, body) = get(&server, "AAPL").await;
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains("\"symbol\":\"WRONG\"")
    );

    let (head, half) = get(&server, "AAPL").await;
    let promised = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    assert_eq!(half.len(), promised.parse::<usize>().unwrap() / 2);

    let target = "/v8/finance/chart/AAPL?period1=0&period2=1361361600&interval=1d";
    let (_, nulls) = exchange(&server, "GET", target).await;
    let (_, healed) = exchange(&server, "GET", target).await;
    let n_nulls = |body: &[u8]| {
        let body: Value = serde_json::from_slice(body).unwrap();
        let closes = body["chart"]["result"][0]["indicators"]["quote"][0]["close"].clone();
        closes
            .as_array()
            .unwrap()
            .iter()
            .filter(|close| close.is_null())
            .count()
    };
    assert!((60..200).contains(&n_nulls(&nulls)), "{}", n_nulls(&nulls));
    assert_eq!(n_nulls(&healed), 0);
}

#[tokio::test]
async fn a_hanging_answer_does_not_come() {
    let server = server("sample", "AAPL#1=hang").await;
    let patience = Duration::from_millis(50);
    assert!(
        tokio::time::timeout(patience, get(&server, "AAPL"))
            .await
            .is_err()
    );
    assert!(get(&server, "AAPL").await.0.starts_with("http/1.1 200"));
}

#[tokio::test]
async fn it_listens_on_this_machine_only_and_closes_its_port() {
    let options = ReplayOptions {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..ReplayOptions::default()
    };
    let error = ReplayServer::start(options).await.unwrap_err();
    assert!(
        error.to_string().contains("0.0.0.0:0 is not loopback"),
        "{error}"
    );

    let server = server("synthetic:3:us", "").await;
    assert_eq!(server.market().symbols(), ["S0000", "S0001", "S0002"]);
    assert_eq!(server.prerender(jiff::civil::date(2010, 1, 4), None), 3);
    let addr = server.addr();
    server.shutdown().await;
    assert!(TcpStream::connect(addr).await.is_err());
}
