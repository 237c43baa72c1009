use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY};
use hyper::{Response, StatusCode};

use crate::chart::Answer;

pub(super) type Reply = Response<BoxBody<Bytes, io::Error>>;

/// How long the cut off part of a body is waited for, so that its head is surely on its way.
const BEFORE_THE_CUT: Duration = Duration::from_millis(20);

const HTML: &str = "text/html; charset=utf-8";

/// A whole answer.
pub(super) fn whole(answer: Answer) -> Reply {
    let mut reply = headed(&answer);
    *reply.body_mut() = boxed(answer.body);
    reply
}

/// The headers and half of the body that they promise; then the connection breaks.
pub(super) fn truncated(answer: Answer) -> Reply {
    let mut reply = headed(&answer);
    reply
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
    let half = answer.body.slice(..answer.body.len() / 2);
    let cut = stream::once(async {
        tokio::time::sleep(BEFORE_THE_CUT).await;
        Err(io::Error::other("cut off on purpose"))
    });
    let body = stream::iter([Ok(Frame::data(half))]).chain(cut);
    *reply.body_mut() = BodyExt::boxed(StreamBody::new(body));
    reply
}

/// HTTP 429 as recorded: a line of text that calls itself HTML, usually without `Retry-After`.
pub(super) fn too_many_requests(retry_after: Option<Duration>) -> Reply {
    let mut reply = page(429, "Edge: Too Many Requests");
    if let Some(wait) = retry_after {
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    reply
}

/// HTTP 500.
pub(super) fn server_error() -> Reply {
    page(
        500,
        "<html><body><h1>500 Internal Server Error</h1></body></html>",
    )
}

/// HTTP 503.
pub(super) fn unavailable() -> Reply {
    page(
        503,
        "<html><body><h1>503 Service Unavailable</h1></body></html>",
    )
}

/// The outage page that comes with HTTP 200.
pub(super) fn outage_page() -> Reply {
    page(
        200,
        "<!DOCTYPE html><html><head><title>Yahoo</title></head><body><h1>Will be right back...</h1></body></html>",
    )
}

/// An answer of the server about itself.
pub(super) fn own(status: u16, content_type: &'static str, text: impl Into<Bytes>) -> Reply {
    whole(Answer {
        status,
        content_type,
        body: text.into(),
    })
}

fn page(status: u16, text: &'static str) -> Reply {
    own(status, HTML, text)
}

fn headed(answer: &Answer) -> Reply {
    let mut reply = Response::new(boxed(Bytes::new()));
    *reply.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    let age = if answer.status == 200 {
        "public, max-age=10, stale-while-revalidate=20"
    } else {
        "max-age=0, private"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(age));
    headers.insert(VARY, HeaderValue::from_static("Origin,Accept-Encoding"));
    reply
}

fn boxed(body: Bytes) -> BoxBody<Bytes, io::Error> {
    Full::new(body).map_err(|never| match never {}).boxed()
}
