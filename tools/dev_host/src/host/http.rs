//! The public face of the host: one listener on this machine, and who answers what.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Shared;

/// A request of a caller.
#[derive(Debug, Clone)]
pub(super) struct CallerRequest {
    pub(super) method: String,
    pub(super) url: String,
    /// Without the first slash, decoded.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl CallerRequest {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let found = pairs.find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.headers.iter();
        let found = pairs.find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    async fn read(request: Request<Incoming>, port: u16) -> Option<Self> {
        let (head, body) = request.into_parts();
        let url = format!("http://127.0.0.1:{port}{}", head.uri);
        let parsed = reqwest::Url::parse(&url).ok()?;
        let pairs = parsed.query_pairs();
        let parts = parsed.path_segments()?.map(decoded).collect();
        Some(Self {
            method: head.method.to_string(),
            query: pairs
                .map(|(n, v)| (n.into_owned(), v.into_owned()))
                .collect(),
            path: parts,
            url,
            headers: names_of(&head.headers),
            body: body.collect().await.ok()?.to_bytes(),
        })
    }
}

/// Headers that everybody knows have capitals in the envelope; others stay as they came.
fn names_of(headers: &HeaderMap) -> Vec<(String, String)> {
    const KNOWN: [&str; 6] = [
        "Accept",
        "Accept-Encoding",
        "Content-Length",
        "Content-Type",
        "Host",
        "User-Agent",
    ];
    let named = |name: &str| {
        let known = KNOWN.iter().find(|it| it.eq_ignore_ascii_case(name));
        (*known.unwrap_or(&name)).to_owned()
    };
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| {
            (
                named(name.as_str()),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

/// Percent signs of a path; `+` stays.
fn decoded(segment: &str) -> String {
    let plain = segment.replace('+', "%2B");
    let query = reqwest::Url::parse(&format!("http://x/?p={plain}"));
    let first = query
        .ok()
        .and_then(|it| it.query_pairs().next().map(|(_, v)| v.into_owned()));
    first.unwrap_or_else(|| segment.to_owned())
}

/// An answer to a caller.
#[derive(Debug, Clone, Default)]
pub(super) struct CallerResponse {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

impl CallerResponse {
    /// Without a body.
    pub(super) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        let kind = "application/json; charset=utf-8".to_owned();
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), kind)],
            body: body.to_string().into(),
        }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        // What cannot be said in HTTP is a failure of the function.
        response.body(Full::new(self.body)).unwrap_or_else(|_| {
            let mut broken = Response::default();
            *broken.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
            broken
        })
    }
}

/// Answers until it is dropped.
pub(super) async fn serve(listener: TcpListener, host: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let host = Arc::clone(&host);
        connections.spawn(async move {
            let service = service_fn(|request| respond(&host, request));
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            // Who hangs up does not want an answer.
            let _ = connection.await;
        });
    }
}

async fn respond(
    host: &Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let said = match CallerRequest::read(request, host.port).await {
        Some(received) => answer(host, &received).await,
        None => CallerResponse::status(400),
    };
    Ok(said.into_response())
}

async fn answer(host: &Arc<Shared>, received: &CallerRequest) -> CallerResponse {
    let path: Vec<&str> = received.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [""] => CallerResponse::json(
            200,
            &serde_json::json!({"host": "development host; not Azure"}),
        ),
        ["api", route @ ..] => host.http(received, &route.join("/")).await,
        ["admin", rest @ ..] => host.admin(received, rest),
        ["runtime", "webhooks", "durabletask", rest @ ..] => host.manage(received, rest),
        _ => CallerResponse::status(404),
    }
}
