//! The I/O of every vendor's client: one HTTP attempt per question, bounded, with nothing secret in what
//! it says. Retrying is the decorator's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use reqwest::{Client, Response, Url, redirect, retry};
use tracing::debug;

use crate::api_key::KeyError;
use crate::{ApiKey, ProviderError, ProviderName};
use quantx_usage::VendorUsage;

/// How to reach a vendor.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Scheme, host and an optional path prefix: `https://query2.finance.yahoo.com`.
    pub base_url: String,
    /// Yahoo answers all but those of current browsers with 429; others want to know who asks.
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
pub enum HttpSetupError {
    /// Not an absolute `http` or `https` URL.
    #[error("{read:?} is not a base URL; needed is one like {example}")]
    BaseUrl { read: String, example: &'static str },
    /// A key that no request can carry.
    #[error("cannot use the key of {provider}")]
    Key {
        provider: ProviderName,
        #[source]
        source: KeyError,
    },
    /// The HTTP client refuses the settings (a line break in the User-Agent) or the system has no
    /// certificates.
    #[error("cannot make the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// A vendor's address and what asking it cost so far.
#[derive(Debug)]
pub(crate) struct Http {
    provider: ProviderName,
    client: Client,
    base_url: Url,
    body_limit_bytes: u64,
    /// Taken out of everything that the vendor says and that is passed on.
    key: Option<ApiKey>,
    n_requests: AtomicU64,
    n_bytes: AtomicU64,
}

/// The parts of a whole HTTP answer that mean something.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Empty when the header is missing.
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// An answer whose body is still to be read.
#[derive(Debug)]
pub(crate) struct OpenAnswer<'a> {
    http: &'a Http,
    response: Response,
    n_read: u64,
    pub(crate) status: u16,
    pub(crate) content_type: String,
}

impl Http {
    /// Makes the client. Sends nothing.
    pub(crate) fn new(
        provider: ProviderName,
        config: HttpConfig,
        example: &'static str,
        key: Option<ApiKey>,
    ) -> Result<Self, HttpSetupError> {
        let base_url = Url::parse(&config.base_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| HttpSetupError::BaseUrl {
                read: config.base_url.clone(),
                example,
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
            provider,
            client: builder.build().map_err(HttpSetupError::Http)?,
            base_url,
            body_limit_bytes: config.body_limit_bytes,
            key,
            n_requests: AtomicU64::new(0),
            n_bytes: AtomicU64::new(0),
        })
    }

    /// The address of `path` below the base, with nothing in its query.
    pub(crate) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            segments.extend(path);
        }
        url.set_query(None);
        url
    }

    /// Asks once and reads the whole body. `about` is what is asked for, in the log.
    pub(crate) async fn get(
        &self,
        url: Url,
        headers: HeaderMap,
        about: &str,
    ) -> Result<Answer, ProviderError> {
        let mut open = self.open(url, headers, about).await?;
        let mut body = Vec::new();
        while let Some(chunk) = open.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: open.status,
            content_type: open.content_type,
            body,
        })
    }

    /// Asks once; the body is read by [`OpenAnswer::chunk`].
    pub(crate) async fn open(
        &self,
        url: Url,
        headers: HeaderMap,
        about: &str,
    ) -> Result<OpenAnswer<'_>, ProviderError> {
        self.n_requests.fetch_add(1, Ordering::Relaxed);
        // Without the query, which may hold the key.
        let path = format!("{}{}", url.origin().ascii_serialization(), url.path());
        let request = self.client.get(url).headers(headers);
        let response = request.send().await.map_err(|error| self.broken(error))?;
        let status = response.status().as_u16();
        let provider = self.provider;
        debug!(%provider, about, url = path, status, "{provider} answered {status} for {about}");
        let headers = response.headers();
        let hint = retry_after(text(headers, RETRY_AFTER), text(headers, DATE));
        if let Some(error) = self.refused_by_status(status, hint, text(headers, LOCATION)) {
            return Err(error);
        }
        Ok(OpenAnswer {
            http: self,
            n_read: 0,
            status,
            content_type: text(headers, CONTENT_TYPE).unwrap_or_default().to_owned(),
            response,
        })
    }

    /// Requests and bytes; the decorator counts retries, refusals and waits.
    pub(crate) fn usage(&self) -> VendorUsage {
        VendorUsage {
            requests: self.n_requests.load(Ordering::Relaxed),
            bytes: self.n_bytes.load(Ordering::Relaxed),
            ..VendorUsage::default()
        }
    }

    /// A refusal of the request, with as much of the vendor's reason as a line holds, and no key in it.
    pub(crate) fn rejected(&self, status: u16, detail: &str) -> ProviderError {
        ProviderError::Rejected {
            provider: self.provider,
            status,
            detail: self.redacted(detail),
        }
    }

    /// What the vendor says, as it may be shown: short, on one line, without the key.
    pub(crate) fn redacted(&self, said: &str) -> String {
        const MAX_CHARS: usize = 200;
        let hidden = match &self.key {
            Some(key) => key.redacted_in(said),
            None => said.to_owned(),
        };
        let line = hidden.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(MAX_CHARS).collect()
    }

    /// A page for people where data should be.
    pub(crate) fn not_data(&self, answer: &Answer) -> ProviderError {
        ProviderError::NotData {
            provider: self.provider,
            status: answer.status,
            content_type: answer.content_type.clone(),
        }
    }

    /// What the status alone decides, before the body is read; `None` when the body must decide.
    ///
    /// `location` is where a redirect points to: we follow none.
    pub(crate) fn refused_by_status(
        &self,
        status: u16,
        retry_after: Option<Duration>,
        location: Option<&str>,
    ) -> Option<ProviderError> {
        let provider = self.provider;
        match status {
            // 999 is what Yahoo's edge used to say for the same.
            429 | 999 => Some(ProviderError::Throttled {
                provider,
                retry_after,
            }),
            500.. => Some(ProviderError::Unavailable {
                provider,
                status,
                retry_after,
            }),
            300..400 => {
                // Without its query: consent pages carry session ids there.
                let target = location.and_then(|url| url.split('?').next());
                let detail = format!("redirect to {}", target.unwrap_or("nowhere"));
                Some(self.rejected(status, &detail))
            }
            _ => None,
        }
    }

    /// The connection failed, or broke before the body was whole.
    fn broken(&self, error: reqwest::Error) -> ProviderError {
        let provider = self.provider;
        if error.is_timeout() {
            ProviderError::TimedOut { provider }
        } else {
            ProviderError::Connection {
                provider,
                // The query is noise, or a key; what was asked is already named.
                source: Box::new(error.without_url()),
            }
        }
    }
}

impl OpenAnswer<'_> {
    /// The next bytes of the body, `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Vec<u8>>, ProviderError> {
        let chunk = self.response.chunk().await;
        let Some(chunk) = chunk.map_err(|error| self.http.broken(error))? else {
            return Ok(None);
        };
        let n_chunk = chunk.len() as u64;
        self.http.n_bytes.fetch_add(n_chunk, Ordering::Relaxed);
        self.n_read += n_chunk;
        if self.n_read > self.http.body_limit_bytes {
            return Err(ProviderError::TooLarge {
                provider: self.http.provider,
                limit_bytes: self.http.body_limit_bytes,
            });
        }
        Ok(Some(chunk.to_vec()))
    }
}

impl Answer {
    /// Whether the body is meant to be JSON, by the header or, without one, by its first byte.
    pub(crate) fn is_json(&self) -> bool {
        if self.content_type.is_empty() {
            return self.body.trim_ascii_start().starts_with(b"{")
                || self.body.trim_ascii_start().starts_with(b"[");
        }
        self.content_type.to_ascii_lowercase().contains("json")
    }

    /// The body as text, broken characters replaced.
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// `Retry-After` as seconds or as a date, which is measured against the answer's own `Date`: the
/// server's clock and ours need not agree.
pub(crate) fn retry_after(header: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let header = header?.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let parser = DateTimeParser::new();
    let until = parser.parse_timestamp(header).ok()?;
    let now = parser.parse_timestamp(date?.trim()).ok()?;
    let seconds = until.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
