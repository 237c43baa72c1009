//! The I/O of the EODHD provider: one attempt per question. Retrying is the decorator's.

use async_trait::async_trait;
use jiff::{Span, Timestamp};
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::answer::{data, unreadable};
use super::day::{DayBodies, parse_day};
use super::parse::{history, parse_dividends, parse_prices, parse_splits};
use super::{EODHD, symbols};
use crate::http::{Http, HttpConfig, HttpSetupError};
use crate::{
    ApiKey, BarProvider, DayBars, DayProvider, HistoryRequest, ProviderError, ProviderName,
};
use quantx_market::{Date, Exchange, ExchangeCode, ExchangeTable, VendorHistory};
use quantx_usage::VendorUsage;

/// Requests of one [`BarProvider::daily_history`], 1 unit each.
pub const REQUESTS_PER_HISTORY: u32 = 3;

/// Requests of one [`DayProvider::bars_on`], 100 units each.
pub const REQUESTS_PER_DAY: u32 = 3;

/// How to reach EODHD.
#[derive(Debug, Clone)]
pub struct EodhdConfig {
    /// Base URL `https://eodhd.com/api`. A day of the United States has some 50,000 rows: 8 MB.
    pub http: HttpConfig,
    /// The account's token. The vendor takes it in the query only, so URLs are shown without theirs.
    pub key: ApiKey,
    /// Time zones and currencies of the exchanges.
    pub exchanges: ExchangeTable,
}

/// EODHD. One attempt per call; wrap it in [`Throttled`](crate::Throttled), whose limit counts calls: set
/// it to a third of the vendor's requests.
#[derive(Debug)]
pub struct EodhdClient {
    http: Http,
    key: ApiKey,
    exchanges: ExchangeTable,
}

impl EodhdClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`HttpSetupError`] when the base URL or the User-Agent cannot be used, or when the system has no
    /// certificates and the base URL is `https`.
    pub fn new(config: EodhdConfig) -> Result<Self, HttpSetupError> {
        let key = Some(config.key.clone());
        Ok(Self {
            http: Http::new(EODHD, config.http, "https://eodhd.com/api", key)?,
            key: config.key,
            exchanges: config.exchanges,
        })
    }

    fn url(&self, path: &[&str], parameters: &[(&str, &str)]) -> Url {
        let mut url = self.http.url(path);
        url.query_pairs_mut()
            .append_pair("api_token", self.key.expose())
            .append_pair("fmt", "json")
            .extend_pairs(parameters);
        url
    }

    async fn fetch(
        &self,
        path: &[&str; 2],
        parameters: &[(&str, &str)],
        not_found: ProviderError,
    ) -> Result<Vec<u8>, ProviderError> {
        let [_, about] = path;
        let url = self.url(path, parameters);
        let answer = self.http.get(url, HeaderMap::new(), about).await?;
        Ok(data(&answer, &self.http, not_found)?.to_vec())
    }
}

fn not_covered(exchange: &ExchangeCode) -> ProviderError {
    ProviderError::NotCovered {
        provider: EODHD,
        exchange: exchange.clone(),
    }
}

#[async_trait]
impl BarProvider for EodhdClient {
    fn name(&self) -> ProviderName {
        EODHD
    }

    async fn daily_history(
        &self,
        request: &HistoryRequest,
    ) -> Result<VendorHistory, ProviderError> {
        let listing = &request.listing;
        let covered = self.exchanges.get(listing.exchange());
        let (Some(exchange), Some(symbol)) = (covered, symbols::symbol(listing)) else {
            return Err(not_covered(listing.exchange()));
        };
        let unknown = || ProviderError::UnknownSymbol {
            provider: EODHD,
            symbol: listing.symbol().clone(),
        };
        let start = request.start.to_string();
        // A malformed `from` would be ignored by the vendor, and there is no `to`: volumes and amounts
        // are divided by every split up to now.
        let from = [("from", start.as_str())];
        let rows = [("from", start.as_str()), ("period", "d"), ("order", "a")];
        let prices = self.fetch(&["eod", &symbol], &rows, unknown()).await?;
        let prices = parse_prices(&prices, exchange).map_err(unreadable)?;
        if let Some(warning) = &prices.warning
            && is_cut(request.start, request.now)
        {
            return Err(ProviderError::NotEntitled {
                provider: EODHD,
                detail: self.http.redacted(warning),
            });
        }
        let no_data = || ProviderError::NoData {
            provider: EODHD,
            symbol: listing.symbol().clone(),
        };
        if prices.rows.is_empty() {
            return Err(no_data());
        }
        let splits = self.fetch(&["splits", &symbol], &from, unknown()).await?;
        let splits = parse_splits(&splits).map_err(unreadable)?;
        let dividends = self.fetch(&["div", &symbol], &from, unknown()).await?;
        let dividends = parse_dividends(&dividends).map_err(unreadable)?;
        let history = history(exchange, prices.rows, splits, dividends, request.start);
        let history = history.map_err(unreadable)?;
        match history.rows.is_empty() {
            true => Err(no_data()),
            false => Ok(history),
        }
    }

    fn usage(&self) -> VendorUsage {
        self.http.usage()
    }
}

#[async_trait]
impl DayProvider for EodhdClient {
    fn name(&self) -> ProviderName {
        EODHD
    }

    async fn bars_on(&self, exchange: &Exchange, date: Date) -> Result<DayBars, ProviderError> {
        let code = &exchange.code;
        let theirs = symbols::exchange(code).ok_or_else(|| not_covered(code))?;
        let day = date.to_string();
        let path = ["eod-bulk-last-day", theirs];
        let of = |kind| [("date", day.as_str()), ("type", kind)];
        let prices = self
            .fetch(&path, &[("date", &day)], not_covered(code))
            .await?;
        let splits = self.fetch(&path, &of("splits"), not_covered(code)).await?;
        let dividends = self
            .fetch(&path, &of("dividends"), not_covered(code))
            .await?;
        let bodies = DayBodies {
            prices: &prices,
            splits: &splits,
            dividends: &dividends,
        };
        let bars = parse_day(bodies, exchange, date).map_err(unreadable)?;
        match bars.rows.is_empty() {
            true => Err(ProviderError::NoDay {
                provider: EODHD,
                exchange: code.clone(),
                date,
            }),
            false => Ok(bars),
        }
    }

    fn usage(&self) -> VendorUsage {
        self.http.usage()
    }
}

/// Whether a plan that gives one year cuts an answer from `start` on.
fn is_cut(start: Date, now: Timestamp) -> bool {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let year_ago = today.checked_sub(Span::new().years(1));
    year_ago.is_ok_and(|year_ago| start < year_ago)
}
