//! The last step of a request. A signature is put on here and nowhere earlier, so that no log and
//! no error of the SDK ever holds one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use futures::TryStreamExt;

use super::config::BlobLimits;
use super::connection_string::SharedKey;
use super::sas::{Protocol, Signature};
use quantx_clock::Clock;
use quantx_settings::Secret;

/// The HTTP client of the store.
#[derive(Debug)]
pub(super) struct SigningClient {
    client: reqwest::Client,
    signer: Option<Signer>,
}

/// Signs requests with a key of the account.
pub(super) struct Signer {
    source: Source,
    newest: Mutex<Signature>,
    clock: Arc<dyn Clock>,
}

/// Where signatures come from.
enum Source {
    /// Made here, again and again.
    Account {
        name: String,
        key: Secret<String>,
        over: Protocol,
    },
    /// The one we were given.
    Given,
}

impl SigningClient {
    /// A client without redirects and decompression: a range of a blob is a range of its bytes.
    pub(super) fn new(limits: &BlobLimits, signer: Option<Signer>) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(limits.connect_timeout)
            .read_timeout(limits.read_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .build()?;
        Ok(Self { client, signer })
    }
}

#[async_trait]
impl HttpClient for SigningClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answer = match &self.signer {
            Some(signer) => {
                let signed = signer.sign(request)?;
                self.client.execute_request(&signed).await
            }
            None => self.client.execute_request(request).await,
        };
        let (status, headers, body) = answer.map_err(without_url)?.deconstruct();
        let body = Box::pin(body.map_err(without_url));
        Ok(AsyncRawResponse::new(status, headers, body))
    }
}

/// Takes the address, with its signature, out of an error of reqwest.
fn without_url(error: azure_core::Error) -> azure_core::Error {
    let (kind, message) = (error.kind().clone(), error.to_string());
    match error.into_downcast::<reqwest::Error>() {
        Ok(inner) => azure_core::Error::with_error(kind, inner.without_url(), message),
        Err(error) => error,
    }
}

impl Signer {
    /// A signer for `key` at `endpoint`.
    pub(super) fn new(
        key: &SharedKey,
        endpoint: &str,
        clock: Arc<dyn Clock>,
    ) -> azure_core::Result<Self> {
        let (source, newest) = match key {
            SharedKey::Account { name, key, .. } => {
                let over = Protocol::of(endpoint);
                let first = Signature::of_account(name, key, over, clock.now())?;
                let source = Source::Account {
                    name: name.clone(),
                    key: key.clone(),
                    over,
                };
                (source, first)
            }
            SharedKey::Signature(query) => (Source::Given, Signature::given(query.clone())),
        };
        Ok(Self {
            source,
            newest: Mutex::new(newest),
            clock,
        })
    }

    fn sign(&self, request: &Request) -> azure_core::Result<Request> {
        let signature = self.current()?;
        let mut signed = request.clone();
        let query = match request.url().query() {
            Some(query) if !query.is_empty() => format!("{query}&{}", signature.query.expose()),
            _ => signature.query.expose().clone(),
        };
        signed.url_mut().set_query(Some(&query));
        Ok(signed)
    }

    fn current(&self) -> azure_core::Result<Signature> {
        // Nothing panics while it is held, and it is replaced whole.
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Source::Account { name, key, over } = &self.source {
            let now = self.clock.now();
            if newest.is_stale(now) {
                *newest = Signature::of_account(name, key, *over, now)?;
            }
        }
        Ok(newest.clone())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Source::Account { .. } => "Signer(account key ***)",
            Source::Given => "Signer(signature ***)",
        })
    }
}

/// Whether asking again for the rest of a body may help.
pub(super) fn is_broken_off(error: &azure_core::Error) -> bool {
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Connection)
}
