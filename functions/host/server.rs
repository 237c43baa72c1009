//! The server that the host posts to: a post becomes an invocation, a reply becomes the answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use serde_json::json;
use tracing::Instrument;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply as _};

use crate::app::App;
use crate::host::invocation::Invocation;
use crate::host::reply::{InvocationError, Reply, json_response};

const INVOCATION: &str = "x-azure-functions-invocationid";
/// Larger bodies are parsed where nobody else waits.
const LARGE: usize = 64 * 1024;

/// `GET /`: whether the process is ready. It is, whatever else is under way.
pub(crate) fn ready() -> BoxedFilter<(Response,)> {
    let ready = || json_response(StatusCode::OK, &json!({"status": "ready"})).into_response();
    warp::get().and(warp::path::end()).map(ready).boxed()
}

/// `POST /<name>`: one function. Bodies have no limit: a history may be long, and only the host can
/// reach the port.
pub(crate) fn function<H, F>(
    app: &Arc<App>,
    name: &'static str,
    handle: H,
) -> BoxedFilter<(Response,)>
where
    H: Fn(Arc<App>, Invocation) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Reply, InvocationError>> + Send + 'static,
{
    let app = Arc::clone(app);
    warp::post()
        .and(warp::path(name))
        .and(warp::path::end())
        .and(warp::header::optional::<String>(INVOCATION))
        .and(warp::body::bytes())
        .then(move |id: Option<String>, body: Bytes| {
            let (app, handle) = (Arc::clone(&app), handle.clone());
            let id = id.unwrap_or_else(|| "unnamed".to_owned());
            let span = tracing::info_span!("invocation", function = name, id = %id);
            async move { answer(id, body, |call| handle(app, call)).await }.instrument(span)
        })
        .boxed()
}

/// Everything else: 404.
pub(crate) fn unknown() -> BoxedFilter<(Response,)> {
    let unknown = || {
        let body = json!({"error": "there is no such function"});
        json_response(StatusCode::NOT_FOUND, &body).into_response()
    };
    warp::any().map(unknown).boxed()
}

async fn answer<F>(id: String, body: Bytes, handle: impl FnOnce(Invocation) -> F) -> Response
where
    F: Future<Output = Result<Reply, InvocationError>> + Send + 'static,
{
    let parsed = if body.len() < LARGE {
        Ok(Invocation::parse(id, &body))
    } else {
        tokio::task::spawn_blocking(move || Invocation::parse(id, &body)).await
    };
    let call = match parsed {
        Ok(Ok(call)) => call,
        Ok(Err(error)) => return failed(&InvocationError::of(&error)),
        Err(error) => return failed(&InvocationError::of(&error)),
    };
    // A panic is one failed invocation; the others and the process go on.
    match AssertUnwindSafe(handle(call)).catch_unwind().await {
        Ok(Ok(reply)) => {
            tracing::debug!("answered");
            reply.respond().into_response()
        }
        Ok(Err(error)) => failed(&error),
        Err(_) => failed(&InvocationError::new("a panic; its place is in the log")),
    }
}

fn failed(error: &InvocationError) -> Response {
    // The field's name is what queries of the log look for.
    tracing::error!(fault = %error, "the invocation failed: {error}");
    let body = json!({"error": error.to_string()});
    json_response(StatusCode::INTERNAL_SERVER_ERROR, &body).into_response()
}
