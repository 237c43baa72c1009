//! The I/O of the Hong Kong exchange's quotations: one attempt per question. Retrying is the decorator's.

use async_trait::async_trait;
use reqwest::header::HeaderMap;

use super::HKEX;
use super::page::{Progress, QuotationsPage};
use crate::http::{Http, HttpConfig, HttpSetupError};
use crate::{DayBars, DayProvider, ParseError, ProviderError, ProviderName};
use quantx_market::{Date, Exchange};
use quantx_usage::VendorUsage;

/// How to reach the exchange's pages: base URL `https://www.hkex.com.hk`. The quotations are the first
/// megabytes of a longer page, which is left there.
pub type HkexConfig = HttpConfig;

/// The exchange of the lake that this vendor is.
const HONG_KONG: &str = "hk";

/// The daily quotations. One attempt per call; wrap it in [`Throttled`](crate::Throttled).
#[derive(Debug)]
pub struct HkexClient {
    http: Http,
}

impl HkexClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`HttpSetupError`] when the base URL or the User-Agent cannot be used, or when the system has no
    /// certificates and the base URL is `https`.
    pub fn new(config: HkexConfig) -> Result<Self, HttpSetupError> {
        let http = Http::new(HKEX, config, "https://www.hkex.com.hk", None)?;
        Ok(Self { http })
    }
}

/// `d261002e.htm`: the page of a date in English.
pub(super) fn page_name(date: Date) -> String {
    let (year, month, day) = (date.year().rem_euclid(100), date.month(), date.day());
    format!("d{year:02}{month:02}{day:02}e.htm")
}

fn unreadable(source: ParseError) -> ProviderError {
    ProviderError::Unreadable {
        provider: HKEX,
        source,
    }
}

#[async_trait]
impl DayProvider for HkexClient {
    fn name(&self) -> ProviderName {
        HKEX
    }

    async fn bars_on(&self, exchange: &Exchange, date: Date) -> Result<DayBars, ProviderError> {
        if exchange.code.as_str() != HONG_KONG {
            return Err(ProviderError::NotCovered {
                provider: HKEX,
                exchange: exchange.code.clone(),
            });
        }
        let name = page_name(date);
        let url = self.http.url(&["eng", "stat", "smstat", "dayquot", &name]);
        let mut answer = self.http.open(url, HeaderMap::new(), &name).await?;
        match answer.status {
            200 => {}
            // No session, or the page is not out yet.
            404 => {
                return Err(ProviderError::NoDay {
                    provider: HKEX,
                    exchange: exchange.code.clone(),
                    date,
                });
            }
            status => return Err(self.http.rejected(status, "no page of quotations")),
        }
        let mut page = QuotationsPage::new(exchange, date);
        while let Some(chunk) = answer.chunk().await? {
            if page.feed(&chunk).map_err(unreadable)? == Progress::Done {
                break;
            }
        }
        page.finish().map_err(unreadable)
    }

    fn usage(&self) -> VendorUsage {
        self.http.usage()
    }
}
