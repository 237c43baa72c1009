//! The I/O of the Yahoo provider: one HTTP attempt per question. Retrying is the decorator's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect, retry};
use tracing::debug;

use super::YAHOO;
use super::answer::{RawAnswer, interpret, refused_by_status, retry_after};
use crate::{BarProvider, HistoryRequest, ProviderError, ProviderName};
use quantx_market::{Date, Symbol, VendorHistory};
use quantx_usage::VendorUsage;

/// How to reach Yahoo.
#[derive(Debug, Clone)]
pub struct YahooConfig {
    /// Scheme, host and an optional path prefix: `https://query2.finance.yahoo.com`.
    pub base_url: String,
    /// That of a current browser: others are answered with 429.
    pub user_agent: String,
    /// Limit for the connection alone.
    pub connect_timeout: Duration,
    /// Limit for one request from its start to the last byte of the body.
    pub timeout: Duration,
    /// Largest body accepted, after decompression.
    pub body_limit_bytes: u64,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum YahooSetupError {
    /// Not an absolute `http` or `https` URL.
    #[error("{read:?} is not a base URL; needed is one like https://query2.finance.yahoo.com")]
    BaseUrl { read: String },
    /// The HTTP client refuses the settings (a line break in the User-Agent) or the system has no
    /// certificates.
    #[error("cannot make the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// Yahoo's v8 chart. One attempt per call; wrap it in [`Throttled`](crate::Throttled).
#[derive(Debug)]
pub struct YahooClient {
    http: Client,
    base_url: Url,
    body_limit_bytes: u64,
    n_requests: AtomicU64,
    n_bytes: AtomicU64,
}

impl YahooClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`YahooSetupError`] when the base URL or the User-Agent cannot be used, or when the system
    /// has no certificates and the base URL is `https`.
    pub fn new(config: YahooConfig) -> Result<Self, YahooSetupError> {
        let base_url = Url::parse(&config.base_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| YahooSetupError::BaseUrl {
                read: config.base_url.clone(),
            })?;
        let mut builder = Client::builder()
            // Forced: another crate that turns on OpenSSL would make Yahoo answer 429.
            .tls_backend_rustls()
            .user_agent(config.user_agent)
            .connect_timeout(config.connect_timeout)
            .timeout(config.timeout)
            .gzip(true)
            .brotli(true)
            // Another crate of the program may switch it on; a browser of this kind does not send it so.
            .no_deflate()
            .redirect(redirect::Policy::none())
            .retry(retry::never());
        if base_url.scheme() == "http" {
            // Nothing to verify, so a machine without certificates can run the replay vendor.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(&base_url) {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build().map_err(YahooSetupError::Http)?,
            base_url,
            body_limit_bytes: config.body_limit_bytes,
            n_requests: AtomicU64::new(0),
            n_bytes: AtomicU64::new(0),
        })
    }

    fn url(&self, request: &HistoryRequest) -> Url {
        let mut url = self.base_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            path.extend(["v8", "finance", "chart", request.listing.symbol().as_str()]);
        }
        let (period1, period2) = periods(request.start, request.now);
        url.query_pairs_mut()
            .clear()
            .append_pair("period1", &period1.to_string())
            .append_pair("period2", &period2.to_string())
            .append_pair("interval", "1d")
            .append_pair("events", "div,splits,capitalGains")
            .append_pair("includePrePost", "false");
        url
    }

    async fn send(&self, url: Url, symbol: &Symbol) -> Result<VendorHistory, ProviderError> {
        self.n_requests.fetch_add(1, Ordering::Relaxed);
        let path = format!("{}{}", url.origin().ascii_serialization(), url.path());
        let response = self.http.get(url).send().await.map_err(broken)?;
        let status = response.status().as_u16();
        debug!(%symbol, url = path, status, "yahoo answered {status} for {symbol}");

        let headers = response.headers();
        let hint = retry_after(text(headers, RETRY_AFTER), text(headers, DATE));
        if let Some(error) = refused_by_status(status, hint, text(headers, LOCATION)) {
            return Err(error);
        }
        let content_type = text(headers, CONTENT_TYPE).unwrap_or_default().to_owned();
        let body = self.read_body(response).await?;
        let answer = RawAnswer {
            status,
            content_type: &content_type,
            body: &body,
        };
        interpret(answer, symbol)
    }

    async fn read_body(&self, mut response: Response) -> Result<Vec<u8>, ProviderError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            let n_chunk = chunk.len() as u64;
            self.n_bytes.fetch_add(n_chunk, Ordering::Relaxed);
            if body.len() as u64 + n_chunk > self.body_limit_bytes {
                return Err(ProviderError::TooLarge {
                    provider: YAHOO,
                    limit_bytes: self.body_limit_bytes,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

#[async_trait]
impl BarProvider for YahooClient {
    fn name(&self) -> ProviderName {
        YAHOO
    }

    async fn daily_history(
        &self,
        request: &HistoryRequest,
    ) -> Result<VendorHistory, ProviderError> {
        let symbol = request.listing.symbol();
        let mut history = self.send(self.url(request), symbol).await?;
        history.rows.retain(|row| row.date >= request.start);
        history
            .actions
            .retain(|action| action.ex_date >= request.start);
        if history.rows.is_empty() {
            return Err(ProviderError::NoData {
                provider: YAHOO,
                symbol: symbol.clone(),
            });
        }
        Ok(history)
    }

    /// Requests and bytes; the decorator counts retries, refusals and waits.
    fn usage(&self) -> VendorUsage {
        VendorUsage {
            requests: self.n_requests.load(Ordering::Relaxed),
            bytes: self.n_bytes.load(Ordering::Relaxed),
            ..VendorUsage::default()
        }
    }
}

/// Both ends in epoch seconds, inclusive as Yahoo has it.
///
/// A day early, because the exchange's midnight may be 14 hours before that of UTC; a day late, so
/// that the live row and every split known by now come along.
fn periods(start: Date, now: Timestamp) -> (i64, i64) {
    let day = SignedDuration::from_hours(24);
    let midnight = start
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MIN, |at| at.timestamp());
    let first = midnight.checked_sub(day).unwrap_or(Timestamp::MIN);
    let last = now.checked_add(day).unwrap_or(Timestamp::MAX);
    (first.as_second(), last.as_second())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The connection failed, or broke before the body was whole.
fn broken(error: reqwest::Error) -> ProviderError {
    if error.is_timeout() {
        ProviderError::TimedOut { provider: YAHOO }
    } else {
        ProviderError::Connection {
            provider: YAHOO,
            // The query is noise, and the symbol is already told.
            source: Box::new(error.without_url()),
        }
    }
}

#[cfg(test)]
mod tests;
