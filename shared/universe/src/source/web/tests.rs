use std::error::Error;
use std::io::Write;
use std::sync::Mutex;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const PAGE: &[u8] = b"<!DOCTYPE html><p>list";
const HTML: &str = "content-type: text/html; charset=UTF-8\r\n";

/// What the server does with one connection.
enum Reply {
    Bytes(Vec<u8>),
    /// These bytes, and zeros for as long as somebody reads.
    Endless(Vec<u8>),
    Hang,
}

/// A server that gives its replies in order, one per connection.
struct Server {
    listener: TcpListener,
    replies: Vec<Reply>,
    requests: Mutex<Vec<String>>,
}

impl Server {
    async fn new(replies: Vec<Reply>) -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            replies,
            requests: Mutex::default(),
        }
    }

    fn address(&self, path: &str) -> WebAddress {
        let server = self.listener.local_addr().unwrap();
        WebAddress::parse(&format!("http://{server}{path}")).unwrap()
    }

    fn n_requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Serves while `question` is open.
    async fn during<T>(&self, question: impl Future<Output = T>) -> T {
        tokio::select! {
            answer = question => answer,
            () = self.serve() => panic!("more connections than replies"),
        }
    }

    async fn serve(&self) {
        for reply in &self.replies {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            self.requests.lock().unwrap().push(request);
            reply.give(&mut stream).await;
        }
        // The question may not have read its answer yet.
        self.listener.accept().await.unwrap();
    }
}

impl Reply {
    async fn give(&self, stream: &mut TcpStream) {
        match self {
            Self::Bytes(bytes) => {
                stream.write_all(bytes).await.unwrap();
                stream.shutdown().await.unwrap();
            }
            Self::Endless(start) => {
                stream.write_all(start).await.unwrap();
                // Ends when the other side hangs up.
                while stream.write_all(&[0; 4_096]).await.is_ok() {}
            }
            Self::Hang => std::future::pending().await,
        }
    }
}

fn head(status: u16, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

fn reply(status: u16, headers: &str, body: &[u8]) -> Reply {
    let length = format!("content-length: {}\r\n{headers}", body.len());
    Reply::Bytes([&head(status, &length), body].concat())
}

fn ok(body: &[u8]) -> Reply {
    reply(200, HTML, body)
}

fn moved(to: &str) -> Reply {
    reply(302, &format!("location: {to}\r\n"), b"")
}

fn gzipped(n_bytes: usize) -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b' '; n_bytes]).unwrap();
    let headers = format!("{HTML}content-encoding: gzip\r\n");
    reply(200, &headers, &encoder.finish().unwrap())
}

fn config() -> SourceClientConfig {
    SourceClientConfig {
        user_agent: "QuantX/0.1 (+mailto:owner@example.org)".to_owned(),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
        retry_delays: Vec::new(),
        max_retry_after: Duration::from_secs(5),
        page_limit_bytes: 100_000,
        excel_limit_bytes: 100_000,
    }
}

/// Asks a server of these replies, and tells how many requests that took.
async fn fetch_with(
    replies: Vec<Reply>,
    kind: SourceKind,
    change: impl FnOnce(&mut SourceClientConfig),
) -> (Result<SourceBody, FetchError>, usize) {
    let server = Server::new(replies).await;
    let mut config = config();
    change(&mut config);
    let client = SourceClient::new(config).unwrap();
    let address = server.address("/list?token=secret");
    let answer = server.during(client.fetch(&address, kind)).await;
    if let Err(error) = &answer {
        assert!(!whole(error).contains("secret"), "{}", whole(error));
    }
    (answer, server.n_requests())
}

async fn fetch_once(reply: Reply) -> Result<SourceBody, FetchError> {
    fetch_with(vec![reply], SourceKind::Html, |_| {}).await.0
}

/// Everything that a log could show of an error.
fn whole(error: &(dyn Error + 'static)) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

#[tokio::test]
async fn a_question_says_who_asks_and_what_for() {
    let server = Server::new(vec![ok(PAGE)]).await;
    let client = SourceClient::new(config()).unwrap();
    let address = server.address("/wiki/List?a=b%26c");
    let answer = server
        .during(client.fetch(&address, SourceKind::Html))
        .await;
    let body = answer.unwrap();
    assert_eq!(body.bytes, PAGE);
    assert_eq!(body.address, server.address("/wiki/List").as_str());
    let requested = server.requests.lock().unwrap().concat();
    assert!(
        requested.starts_with("GET /wiki/List?a=b%26c HTTP/1.1\r\n"),
        "{requested}"
    );
    assert!(requested.contains("user-agent: QuantX/0.1 (+mailto:owner@example.org)\r\n"));
    assert!(requested.contains("accept: text/html, application/xhtml+xml\r\n"));
    assert!(requested.contains("accept-encoding: gzip"));
}

#[tokio::test]
async fn no_cookie_is_kept() {
    let with_cookie = format!("{HTML}set-cookie: id=1; path=/\r\nretry-after: 0\r\n");
    let replies = vec![reply(503, &with_cookie, b""), ok(PAGE)];
    let server = Server::new(replies).await;
    let retrying = SourceClientConfig {
        retry_delays: vec![Duration::ZERO],
        ..config()
    };
    let client = SourceClient::new(retrying).unwrap();
    let address = server.address("/");
    let answer = server
        .during(client.fetch(&address, SourceKind::Html))
        .await;
    assert!(answer.is_ok());
    let requested = server.requests.lock().unwrap().join("");
    assert_eq!(server.n_requests(), 2);
    assert!(!requested.contains("cookie"), "{requested}");
}

#[tokio::test]
async fn a_body_is_stopped_at_the_limit() {
    let large = vec![b' '; 100_001];
    let chunked = |body: &[u8]| {
        let mut bytes = head(200, &format!("{HTML}transfer-encoding: chunked\r\n"));
        bytes.extend(format!("{:x}\r\n", body.len()).bytes());
        bytes.extend(body);
        bytes.extend(b"\r\n0\r\n\r\n");
        Reply::Bytes(bytes)
    };
    for (reply, is_read) in [
        (ok(&large[..100_000]), true),
        (ok(&large), false),
        (chunked(&large[..100_000]), true),
        (chunked(&large), false),
        (gzipped(100_000), true),
        (gzipped(50_000_000), false),
        (Reply::Endless(head(200, HTML)), false),
    ] {
        match (fetch_once(reply).await, is_read) {
            (Ok(body), true) => assert_eq!(body.bytes.len(), 100_000),
            (Err(FetchError::TooLarge { limit_bytes, .. }), false) => {
                assert_eq!(limit_bytes, 100_000);
            }
            (other, _) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    let half = Reply::Bytes(head(200, &format!("{HTML}content-length: 5\r\n")));
    let quick = |config: &mut SourceClientConfig| {
        config.timeout = Duration::from_millis(200);
        config.retry_delays = vec![Duration::ZERO];
    };
    // Not again: this server's first connection stays open.
    let hurried = |config: &mut SourceClientConfig| config.timeout = Duration::from_millis(200);
    let (answer, n_requests) = fetch_with(vec![Reply::Hang], SourceKind::Html, hurried).await;
    assert!(
        matches!(answer, Err(FetchError::TimedOut { .. })),
        "{answer:?}"
    );
    assert_eq!(n_requests, 1);
    // A body that breaks off is asked for again.
    let (answer, n_requests) = fetch_with(vec![half, ok(PAGE)], SourceKind::Html, quick).await;
    assert_eq!(answer.unwrap().bytes, PAGE);
    assert_eq!(n_requests, 2);
}

#[tokio::test]
async fn redirects_are_followed_within_bounds() {
    let server = Server::new(vec![moved("/b?token=secret"), ok(PAGE)]).await;
    let client = SourceClient::new(config()).unwrap();
    let address = server.address("/a");
    let body = server
        .during(client.fetch(&address, SourceKind::Html))
        .await;
    assert_eq!(body.unwrap().address, server.address("/b").as_str());
    assert!(server.requests.lock().unwrap()[1].starts_with("GET /b?token=secret HTTP"));

    let refusal = |answer: Result<SourceBody, FetchError>| match answer {
        Err(FetchError::Redirect { source, .. }) => source.to_string(),
        other => panic!("{other:?}"),
    };
    let to = async |to: &str| refusal(fetch_once(moved(to)).await);
    assert!(
        to("http://example.org/x?token=secret")
            .await
            .ends_with("to http://example.org/x")
    );
    assert!(
        to("https://example.org/")
            .await
            .contains("to another scheme: https://")
    );
    assert!(
        to("ftp://127.0.0.1/")
            .await
            .contains("to another scheme: ftp://127.0.0.1/")
    );
    // Not even the policy is asked about an address without a host.
    let error = fetch_once(moved("file:///etc/passwd")).await.unwrap_err();
    assert!(matches!(error, FetchError::Refused { status: 302, .. }));

    let circle = (0..6).map(|_| moved("/list")).collect();
    let (answer, n_requests) = fetch_with(circle, SourceKind::Html, |_| {}).await;
    assert!(refusal(answer).starts_with("more than 5 redirects in a row"));
    assert_eq!(n_requests, 6);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    let patient = |config: &mut SourceClientConfig| config.retry_delays = vec![Duration::ZERO; 2];
    let busy = |headers: &str| reply(429, headers, b"slow down");
    let broken = || {
        Reply::Bytes(
            [
                head(200, &format!("{HTML}content-length: 100\r\n")),
                PAGE.to_vec(),
            ]
            .concat(),
        )
    };
    for (replies, expect) in [
        (vec![ok(PAGE)], "read"),
        (vec![busy(""), ok(PAGE)], "read"),
        (
            vec![reply(503, "", b""), reply(500, "", b""), ok(PAGE)],
            "read",
        ),
        (vec![broken(), ok(PAGE)], "read"),
        (vec![Reply::Bytes(Vec::new()), ok(PAGE)], "read"),
        (vec![busy("retry-after: 0\r\n"), busy(""), busy("")], "429"),
        // More than we wait for.
        (vec![busy("retry-after: 6\r\n")], "429"),
        (
            vec![
                reply(502, "", b""),
                reply(502, "", b""),
                reply(502, "", b""),
            ],
            "502",
        ),
        (vec![broken(), broken(), broken()], "cannot read"),
        (
            vec![reply(404, HTML, PAGE)],
            "refused (404); the list has moved",
        ),
        (
            vec![reply(403, HTML, PAGE)],
            "refused (403); the User-Agent must name",
        ),
        (vec![reply(304, "", b"")], "refused (304)"),
    ] {
        let n_replies = replies.len();
        let (answer, n_requests) = fetch_with(replies, SourceKind::Html, patient).await;
        match answer {
            Ok(body) => assert_eq!((body.bytes.as_slice(), expect), (PAGE, "read")),
            Err(error) => assert!(error.to_string().contains(expect), "{error}"),
        }
        assert_eq!(n_requests, n_replies, "{expect}");
    }
}

#[tokio::test]
async fn a_page_is_no_excel_file() {
    let (answer, _) = fetch_with(vec![ok(PAGE)], SourceKind::Excel, |_| {}).await;
    let error = answer.unwrap_err().to_string();
    let expect = "/list is no Excel file but a web page; does the address still lead to the list?";
    assert!(error.ends_with(expect), "{error}");
    let zip = reply(
        200,
        "content-type: application/octet-stream\r\n",
        b"PK\x03\x04x",
    );
    let (answer, _) = fetch_with(vec![zip], SourceKind::Excel, |_| {}).await;
    assert_eq!(answer.unwrap().bytes, b"PK\x03\x04x");
}

#[tokio::test]
async fn nobody_there_is_told_without_the_query() {
    let server = Server::new(Vec::new()).await;
    let address = server.address("/list?token=secret");
    drop(server);
    let client = SourceClient::new(config()).unwrap();
    let error = client.fetch(&address, SourceKind::Csv).await.unwrap_err();
    assert!(matches!(error, FetchError::Connection { .. }), "{error:?}");
    assert!(!whole(&error).contains("secret"), "{}", whole(&error));
}

#[test]
fn a_user_agent_that_cannot_be_sent_is_refused() {
    let broken = SourceClientConfig {
        user_agent: "Quant\nX".to_owned(),
        ..config()
    };
    assert!(SourceClient::new(broken).is_err());
}
