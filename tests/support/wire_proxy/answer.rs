//! What a client gets of a spoilt request.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response, StatusCode};

use super::{Plan, WireFault};

type Body = BoxBody<Bytes, std::io::Error>;

pub(super) async fn answer(
    plan: &Plan,
    resets: &AtomicBool,
    request: Request<Incoming>,
) -> Result<Response<Body>, Broken> {
    match plan.next(request.method()) {
        WireFault::None => Ok(whole(plan.forward(request).await)),
        WireFault::Delay(late) => {
            tokio::time::sleep(late).await;
            Ok(whole(plan.forward(request).await))
        }
        WireFault::Drop => Err(Broken),
        WireFault::Reset => {
            resets.store(true, SeqCst);
            Err(Broken)
        }
        WireFault::Status(code, retry_after) => {
            drop(request.into_body().collect().await);
            Ok(whole(spoilt_status(code, retry_after)))
        }
        WireFault::LoseAnswer => {
            plan.forward(request).await;
            Err(Broken)
        }
        WireFault::LieAbout(code) => {
            plan.forward(request).await;
            Ok(whole(spoilt_status(code, None)))
        }
        WireFault::Swallow => std::future::pending().await,
        WireFault::Hang => {
            plan.forward(request).await;
            plan.hung.fetch_add(1, SeqCst);
            std::future::pending().await
        }
        WireFault::CutBody => {
            let answer = plan.forward(request).await;
            if answer.body().len() < 2 {
                return Err(Broken);
            }
            Ok(cut(answer))
        }
    }
}

fn whole(answer: Response<Bytes>) -> Response<Body> {
    answer.map(|content| Full::new(content).map_err(|never| match never {}).boxed())
}

/// Half of the body under the headers of the whole, and then an error, which closes the connection.
fn cut(answer: Response<Bytes>) -> Response<Body> {
    answer.map(|content| {
        let half = content.slice(..content.len() / 2);
        let end = async {
            // Without it the headers would not have left yet.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Err(std::io::Error::other("cut on purpose"))
        };
        let frames = stream::iter([Ok(Frame::data(half))]).chain(stream::once(end));
        BodyExt::boxed(StreamBody::new(frames))
    })
}

fn spoilt_status(code: u16, retry_after: Option<u32>) -> Response<Bytes> {
    let mut answer = status(StatusCode::from_u16(code).expect("a status"));
    if let Some(seconds) = retry_after {
        answer.headers_mut().insert("retry-after", seconds.into());
    }
    if code == 503 && retry_after.is_some() {
        let busy = hyper::header::HeaderValue::from_static("ServerBusy");
        answer.headers_mut().insert("x-ms-error-code", busy);
    }
    answer
}

pub(super) fn status(code: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = code;
    answer
}

/// Makes hyper close a connection without an answer.
#[derive(Debug)]
pub(super) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken on purpose")
    }
}

impl std::error::Error for Broken {}
