//! The I/O of the user's own tables: one file or one request per question.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use reqwest::Url;
use reqwest::header::HeaderMap;
use tokio::fs;

use super::CSV;
use super::format::CsvFormat;
use super::parse::parse_table;
use super::template::Template;
use crate::http::{Answer, Http, HttpConfig, HttpSetupError};
use crate::{ApiKey, BarProvider, HistoryRequest, ProviderError, ProviderName};
use quantx_market::{ExchangeTable, Listing, VendorHistory};
use quantx_usage::VendorUsage;

/// Where the tables are and how they are written.
#[derive(Debug, Clone)]
pub struct CsvConfig {
    /// Where each listing's table is.
    pub source: CsvSource,
    /// How the tables are written.
    pub format: CsvFormat,
    /// Time zones of the exchanges.
    pub exchanges: ExchangeTable,
}

/// Where each listing's table is.
#[derive(Debug, Clone)]
pub enum CsvSource {
    /// Files of this machine.
    Folder {
        /// Path with a place for the listing.
        template: Template,
        /// Largest file that is read.
        file_limit_bytes: u64,
    },
    /// Pages.
    Url {
        /// URL with a place for the listing, on the host of `http.base_url`.
        template: Template,
        /// How to ask; its base URL is the template's scheme and host.
        http: HttpConfig,
        /// What `{key}` of the template stands for.
        key: Option<ApiKey>,
    },
}

/// The user's own tables. One attempt per call.
#[derive(Debug)]
pub struct CsvClient {
    tables: Tables,
    format: CsvFormat,
    exchanges: ExchangeTable,
}

#[derive(Debug)]
enum Tables {
    Files {
        template: Template,
        file_limit_bytes: u64,
        n_read: AtomicU64,
        n_bytes: AtomicU64,
    },
    Pages {
        template: Template,
        http: Http,
        key: Option<ApiKey>,
    },
}

impl CsvClient {
    /// Makes the client. Reads and sends nothing.
    ///
    /// # Errors
    /// [`HttpSetupError`] when the URL or the User-Agent cannot be used, or when the system has no
    /// certificates and the URL is `https`.
    pub fn new(config: CsvConfig) -> Result<Self, HttpSetupError> {
        let tables = match config.source {
            CsvSource::Folder {
                template,
                file_limit_bytes,
            } => Tables::Files {
                template,
                file_limit_bytes,
                n_read: AtomicU64::new(0),
                n_bytes: AtomicU64::new(0),
            },
            CsvSource::Url {
                template,
                http,
                key,
            } => {
                let is_below = template.as_str().starts_with(&http.base_url);
                if !is_below {
                    return Err(HttpSetupError::BaseUrl {
                        read: template.as_str().to_owned(),
                        example: "https://desk.example/eod/{symbol}.csv",
                    });
                }
                let example = "https://desk.example";
                let http = Http::new(CSV, http, example, key.clone())?;
                Tables::Pages {
                    template,
                    http,
                    key,
                }
            }
        };
        Ok(Self {
            tables,
            format: config.format,
            exchanges: config.exchanges,
        })
    }

    async fn table(&self, listing: &Listing) -> Result<Vec<u8>, ProviderError> {
        match &self.tables {
            Tables::Files {
                template,
                file_limit_bytes,
                n_read,
                n_bytes,
            } => {
                n_read.fetch_add(1, Ordering::Relaxed);
                let path = template.of(listing, None);
                let bytes = read_file(&path, *file_limit_bytes, listing).await?;
                n_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                Ok(bytes)
            }
            Tables::Pages {
                template,
                http,
                key,
            } => {
                let text = template.of(listing, key.as_ref());
                // Never shown whole: it may hold the key.
                let url = Url::parse(&text)
                    .map_err(|_| http.rejected(0, &format!("{template} makes no URL")))?;
                let symbol = listing.symbol().as_str();
                let answer = http.get(url, HeaderMap::new(), symbol).await?;
                page(answer, http, listing)
            }
        }
    }
}

async fn read_file(
    path: &str,
    limit_bytes: u64,
    listing: &Listing,
) -> Result<Vec<u8>, ProviderError> {
    let provider = CSV;
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => unknown(listing),
        _ => ProviderError::File {
            provider,
            path: path.to_owned(),
            source,
        },
    };
    let length = fs::metadata(path).await.map_err(failed)?.len();
    if length > limit_bytes {
        return Err(ProviderError::TooLarge {
            provider,
            limit_bytes,
        });
    }
    fs::read(path).await.map_err(failed)
}

fn page(answer: Answer, http: &Http, listing: &Listing) -> Result<Vec<u8>, ProviderError> {
    let is_html = answer.content_type.to_ascii_lowercase().contains("html")
        || answer.body.trim_ascii_start().starts_with(b"<");
    match answer.status {
        404 => Err(unknown(listing)),
        // A page for people (a proof of work, a captcha) is no table without rows.
        200 if is_html => Err(http.not_data(&answer)),
        200 => Ok(answer.body),
        status @ (401 | 403) => Err(ProviderError::Unauthorized {
            provider: CSV,
            status,
        }),
        status => Err(http.rejected(status, &answer.text())),
    }
}

fn unknown(listing: &Listing) -> ProviderError {
    ProviderError::UnknownSymbol {
        provider: CSV,
        symbol: listing.symbol().clone(),
    }
}

#[async_trait]
impl BarProvider for CsvClient {
    fn name(&self) -> ProviderName {
        CSV
    }

    async fn daily_history(
        &self,
        request: &HistoryRequest,
    ) -> Result<VendorHistory, ProviderError> {
        let listing = &request.listing;
        let Some(exchange) = self.exchanges.of(listing) else {
            return Err(ProviderError::NotCovered {
                provider: CSV,
                exchange: listing.exchange().clone(),
            });
        };
        let table = self.table(listing).await?;
        let history = parse_table(&table, &self.format, exchange, request.start);
        let history = history.map_err(|source| ProviderError::Unreadable {
            provider: CSV,
            source,
        })?;
        match history.rows.is_empty() {
            true => Err(ProviderError::NoData {
                provider: CSV,
                symbol: listing.symbol().clone(),
            }),
            false => Ok(history),
        }
    }

    fn usage(&self) -> VendorUsage {
        match &self.tables {
            Tables::Files {
                n_read, n_bytes, ..
            } => VendorUsage {
                requests: n_read.load(Ordering::Relaxed),
                bytes: n_bytes.load(Ordering::Relaxed),
                ..VendorUsage::default()
            },
            Tables::Pages { http, .. } => http.usage(),
        }
    }
}
