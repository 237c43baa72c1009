//! The I/O of this room: one page, sheet or file from an address.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect, retry};
use tracing::debug;

use quantx_settings::WebAddress;

mod error;
mod kind;
mod redirects;
#[cfg(test)]
mod tests;

use error::Retry;
pub use error::{FetchError, SourceSetupError};
pub use kind::{SourceBody, SourceKind};
pub use redirects::RedirectRefusal;

/// How sources are asked.
#[derive(Debug, Clone)]
pub struct SourceClientConfig {
    /// Who asks, with a contact: Wikipedia and the SEC refuse or throttle others.
    pub user_agent: String,
    /// Limit for the connection alone.
    pub connect_timeout: Duration,
    /// Limit for one attempt from its start to the last byte of the body, redirects included.
    pub timeout: Duration,
    /// Waits before the second, third, ... attempt; none for one attempt only.
    pub retry_delays: Vec<Duration>,
    /// Longest wait on a server's demand; when it asks for more we give up.
    pub max_retry_after: Duration,
    /// Longest page or csv file, after decompression.
    pub page_limit_bytes: u64,
    /// Longest Excel file.
    pub excel_limit_bytes: u64,
}

/// Asks for pages, sheets and files. Sends no cookies and follows redirects within bounds.
#[derive(Debug)]
pub struct SourceClient {
    /// Through the system's proxy, if it has one.
    http: Client,
    /// For this machine: without a proxy, and without certificates.
    loopback: Client,
    config: SourceClientConfig,
}

impl SourceClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`SourceSetupError`] when the User-Agent cannot be sent or the system has no certificates.
    pub fn new(config: SourceClientConfig) -> Result<Self, SourceSetupError> {
        let builder = || {
            Client::builder()
                .tls_backend_rustls()
                .user_agent(config.user_agent.as_str())
                .connect_timeout(config.connect_timeout)
                .timeout(config.timeout)
                .gzip(true)
                .brotli(true)
                .referer(false)
                .redirect(redirect::Policy::custom(redirects::follow))
                .retry(retry::never())
        };
        let loopback = builder().no_proxy().tls_certs_only([]);
        Ok(Self {
            http: builder().build().map_err(SourceSetupError)?,
            loopback: loopback.build().map_err(SourceSetupError)?,
            config,
        })
    }

    /// Fetches what stands behind an address. Dropping the future stops it.
    ///
    /// Timeouts, broken connections, 429 and 5xx are tried again after the configured waits.
    ///
    /// # Errors
    /// [`FetchError`] of the last attempt.
    pub async fn fetch(
        &self,
        address: &WebAddress,
        kind: SourceKind,
    ) -> Result<SourceBody, FetchError> {
        let mut delays = self.config.retry_delays.iter();
        loop {
            let error = match self.attempt(address, kind).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let Retry::After(hint) = error.again() else {
                return Err(error);
            };
            let hint = hint.unwrap_or_default();
            let Some(delay) = delays
                .next()
                .filter(|_| hint <= self.config.max_retry_after)
            else {
                return Err(error);
            };
            debug!(%address, %error, "asking {address} again");
            tokio::time::sleep(hint.max(*delay)).await;
        }
    }

    async fn attempt(
        &self,
        address: &WebAddress,
        kind: SourceKind,
    ) -> Result<SourceBody, FetchError> {
        let url = Url::parse(address.as_str()).map_err(|_| FetchError::NotAnAddress {
            address: address.to_string(),
        })?;
        let http = if address.is_this_machine() {
            &self.loopback
        } else {
            &self.http
        };
        let sent = http.get(url).header(ACCEPT, kind.accept()).send().await;
        let mut response = sent.map_err(|error| FetchError::broken(address, error))?;
        let status = response.status();
        debug!(%address, status = status.as_u16(), "{address} answered {status}");
        if !status.is_success() {
            return Err(refused(address, status, response.headers()));
        }
        let content_type = text(response.headers(), CONTENT_TYPE).to_owned();
        let limit_bytes = match kind {
            SourceKind::Html | SourceKind::Csv => self.config.page_limit_bytes,
            SourceKind::Excel => self.config.excel_limit_bytes,
        };
        let bytes = body(&mut response, address, limit_bytes).await?;
        kind.check(&content_type, &bytes)
            .map_err(|found| FetchError::WrongKind {
                address: address.to_string(),
                wanted: kind,
                found,
            })?;
        Ok(SourceBody {
            kind,
            bytes,
            address: redirects::shown(response.url()),
        })
    }
}

/// Reads the body after decompression, and stops where it gets too large.
async fn body(
    response: &mut Response,
    address: &WebAddress,
    limit_bytes: u64,
) -> Result<Vec<u8>, FetchError> {
    let too_large = || FetchError::TooLarge {
        address: address.to_string(),
        limit_bytes,
    };
    // Of an unpacked body; of a packed one reqwest does not tell it.
    if response
        .content_length()
        .is_some_and(|n_bytes| n_bytes > limit_bytes)
    {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|error| FetchError::broken(address, error))? else {
            return Ok(bytes);
        };
        if bytes.len() as u64 + chunk.len() as u64 > limit_bytes {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
}

fn refused(address: &WebAddress, status: StatusCode, headers: &HeaderMap) -> FetchError {
    let address = address.to_string();
    let retry_after = text(headers, RETRY_AFTER).trim().parse().ok();
    let retry_after = retry_after.map(Duration::from_secs);
    match status.as_u16() {
        429 => FetchError::Throttled {
            address,
            retry_after,
        },
        status @ 500..=599 => FetchError::Unavailable {
            address,
            status,
            retry_after,
        },
        status => FetchError::Refused { address, status },
    }
}

fn text(headers: &HeaderMap, name: reqwest::header::HeaderName) -> &str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}
