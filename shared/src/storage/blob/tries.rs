//! What is known about the tries of one write, and the count of all requests.

use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

use async_trait::async_trait;
use azure_core::http::headers::HeaderName;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Method, Request, StatusCode, Url};

/// Whether some try of a write may have been carried out although no answer said so.
#[derive(Debug, Default)]
pub(super) struct Tries {
    unanswered: AtomicBool,
}

impl Tries {
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

/// Requests sent, tries included, in the classes in which Azure bills them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlobRequests {
    /// Puts of blobs, blocks and block lists.
    pub writes: u64,
    /// Blobs asked for, also those that were unchanged or missing.
    pub reads: u64,
    /// Pages of listings, and creations of the container.
    pub lists: u64,
    /// Properties asked for.
    pub others: u64,
    /// Deletes, which are free.
    pub deletes: u64,
}

impl Sub for BlobRequests {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            writes: self.writes.saturating_sub(earlier.writes),
            reads: self.reads.saturating_sub(earlier.reads),
            lists: self.lists.saturating_sub(earlier.lists),
            others: self.others.saturating_sub(earlier.others),
            deletes: self.deletes.saturating_sub(earlier.deletes),
        }
    }
}

/// Counts requests.
#[derive(Debug, Default)]
pub(super) struct Tally {
    writes: AtomicU64,
    reads: AtomicU64,
    lists: AtomicU64,
    others: AtomicU64,
    deletes: AtomicU64,
}

impl Tally {
    pub(super) fn requests(&self) -> BlobRequests {
        BlobRequests {
            writes: self.writes.load(Relaxed),
            reads: self.reads.load(Relaxed),
            lists: self.lists.load(Relaxed),
            others: self.others.load(Relaxed),
            deletes: self.deletes.load(Relaxed),
        }
    }

    fn count(&self, request: &Request) {
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
pub(super) struct Watch(pub(super) Arc<Tally>);

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
            && let Some(tries) = context.value::<Arc<Tries>>()
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
