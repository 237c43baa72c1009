//! The I/O of the Yahoo provider: one HTTP attempt per question. Retrying is the decorator's.

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::YAHOO;
use super::answer::interpret;
use crate::http::{Http, HttpConfig, HttpSetupError};
use crate::{BarProvider, HistoryRequest, ProviderError, ProviderName};
use quantx_market::{Date, VendorHistory};
use quantx_usage::VendorUsage;

/// How to reach Yahoo.
pub type YahooConfig = HttpConfig;

/// Why there is no client.
pub type YahooSetupError = HttpSetupError;

/// Yahoo's v8 chart. One attempt per call; wrap it in [`Throttled`](crate::Throttled).
#[derive(Debug)]
pub struct YahooClient {
    http: Http,
}

impl YahooClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`YahooSetupError`] when the base URL or the User-Agent cannot be used, or when the system
    /// has no certificates and the base URL is `https`.
    pub fn new(config: YahooConfig) -> Result<Self, YahooSetupError> {
        let example = "https://query2.finance.yahoo.com";
        let http = Http::new(YAHOO, config, example, None)?;
        Ok(Self { http })
    }

    fn url(&self, request: &HistoryRequest) -> Url {
        let symbol = request.listing.symbol().as_str();
        let mut url = self.http.url(&["v8", "finance", "chart", symbol]);
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
        let url = self.url(request);
        let answer = self
            .http
            .get(url, HeaderMap::new(), symbol.as_str())
            .await?;
        let mut history = interpret(&answer, symbol)?;
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

    fn usage(&self) -> VendorUsage {
        self.http.usage()
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

#[cfg(test)]
mod tests;
