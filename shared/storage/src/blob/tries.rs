//! What is known about the tries of one write, and the count of all requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

use async_trait::async_trait;
use azure_core::http::headers::HeaderName;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Method, Request, StatusCode, Url};

use quantx_usage::BilledUsage;

/// Whether some try of a write may have been carried out although no answer said so.
#[derive(Debug, Default)]
pub(super) struct WriteAttempts {
    unanswered: AtomicBool,
}

impl WriteAttempts {
    pub(super) fn may_have_written(&self) -> bool {
        self.unanswered.load(SeqCst)
    }

    fn note(&self, answer: &PolicyResult) {
        let open = match answer {
            Err(error) => !matches!(error.kind(), azure_core::error::ErrorKind::Connection),
            Ok(response) => match response.status() {
                StatusCode::RequestTimeout
                | StatusCode::InternalServerError
                | StatusCode::BadGateway
                | StatusCode::GatewayTimeout => true,
                // A busy server has not begun; any other 503 may come from something in between.
                StatusCode::ServiceUnavailable => {
                    let code = HeaderName::from_static("x-ms-error-code");
                    response.headers().get_optional_str(&code) != Some("ServerBusy")
                }
                _ => false,
            },
        };
        if open {
            self.unanswered.store(true, SeqCst);
        }
    }
}

/// Counts requests.
#[derive(Debug, Default)]
pub(super) struct RequestCount {
    writes: AtomicU64,
    reads: AtomicU64,
    lists: AtomicU64,
    others: AtomicU64,
    deletes: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
}

impl RequestCount {
    /// Content of an answer has come.
    pub(super) fn received(&self, n_bytes: usize) {
        self.bytes_received.fetch_add(n_bytes as u64, Relaxed);
    }

    pub(super) fn requests(&self) -> BilledUsage {
        BilledUsage {
            writes: self.writes.load(Relaxed),
            reads: self.reads.load(Relaxed),
            lists: self.lists.load(Relaxed),
            others: self.others.load(Relaxed),
            deletes: self.deletes.load(Relaxed),
            bytes_out: self.bytes_sent.load(Relaxed),
            bytes_in: self.bytes_received.load(Relaxed),
        }
    }

    fn count(&self, request: &Request) {
        let n_bytes = request.body().len().unwrap_or_default();
        self.bytes_sent.fetch_add(n_bytes, Relaxed);
        let class = match request.method() {
            Method::Get if has_pair(request.url(), "comp", "list") => &self.lists,
            Method::Get => &self.reads,
            Method::Put if has_pair(request.url(), "restype", "container") => &self.lists,
            Method::Put => &self.writes,
            Method::Delete => &self.deletes,
            _ => &self.others,
        };
        class.fetch_add(1, Relaxed);
    }
}

/// The policy that sees every try.
#[derive(Debug)]
pub(super) struct Watch(pub(super) Arc<RequestCount>);

#[async_trait]
impl Policy for Watch {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        self.0.count(request);
        let Some((transport, rest)) = next.split_first() else {
            return Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Other,
                "a pipeline without transport",
            ));
        };
        let answer = transport.send(context, request, rest).await;
        // A block changes nothing that a reader could see; its list does.
        if !has_pair(request.url(), "comp", "block")
            && let Some(tries) = context.value::<Arc<WriteAttempts>>()
        {
            tries.note(&answer);
        }
        answer
    }
}

fn has_pair(url: &Url, name: &str, value: &str) -> bool {
    url.query_pairs()
        .any(|(found, with)| found == name && with == value)
}
