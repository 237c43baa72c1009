//! The I/O of the Tiingo provider: one attempt per question. Retrying is the decorator's.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderMap};

use super::parse::parse_history;
use super::{TIINGO, wire};
use crate::http::{Answer, Http, HttpConfig, HttpSetupError};
use crate::{ApiKey, BarProvider, HistoryRequest, ProviderError, ProviderName};
use quantx_market::{Exchange, Symbol, VendorHistory};
use quantx_usage::VendorUsage;

/// How to reach Tiingo.
#[derive(Debug, Clone)]
pub struct TiingoConfig {
    /// Base URL `https://api.tiingo.com`.
    pub http: HttpConfig,
    /// The account's token.
    pub key: ApiKey,
    /// The United States: their listings, time zone and currency.
    pub exchange: Arc<Exchange>,
}

/// Tiingo. One attempt per call; wrap it in [`Throttled`](crate::Throttled).
#[derive(Debug)]
pub struct TiingoClient {
    http: Http,
    headers: HeaderMap,
    exchange: Arc<Exchange>,
}

impl TiingoClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`HttpSetupError`] when the base URL, the User-Agent or the token cannot be used, or when the system
    /// has no certificates and the base URL is `https`.
    pub fn new(config: TiingoConfig) -> Result<Self, HttpSetupError> {
        let token = config.key.header("Token ");
        let token = token.map_err(|source| HttpSetupError::Key {
            provider: TIINGO,
            source,
        })?;
        let key = Some(config.key);
        Ok(Self {
            http: Http::new(TIINGO, config.http, "https://api.tiingo.com", key)?,
            headers: HeaderMap::from_iter([(AUTHORIZATION, token)]),
            exchange: config.exchange,
        })
    }

    /// The body, if it is data.
    fn data<'a>(&self, answer: &'a Answer, symbol: &Symbol) -> Result<&'a [u8], ProviderError> {
        let provider = TIINGO;
        let refusal = serde_json::from_slice::<wire::Refusal>(&answer.body);
        let detail = refusal.map_or_else(|_| answer.text().into_owned(), |refusal| refusal.detail);
        match answer.status {
            200 if answer.is_json() => Ok(&answer.body),
            200 => Err(self.http.not_data(answer)),
            status @ 401 => Err(ProviderError::Unauthorized { provider, status }),
            403 => Err(ProviderError::NotEntitled {
                provider,
                detail: self.http.redacted(&detail),
            }),
            404 => Err(ProviderError::UnknownSymbol {
                provider,
                symbol: symbol.clone(),
            }),
            status => Err(self.http.rejected(status, &detail)),
        }
    }
}

#[async_trait]
impl BarProvider for TiingoClient {
    fn name(&self) -> ProviderName {
        TIINGO
    }

    async fn daily_history(
        &self,
        request: &HistoryRequest,
    ) -> Result<VendorHistory, ProviderError> {
        let listing = &request.listing;
        if *listing.exchange() != self.exchange.code {
            return Err(ProviderError::NotCovered {
                provider: TIINGO,
                exchange: listing.exchange().clone(),
            });
        }
        let ticker = listing.ticker().as_str();
        let mut url = self.http.url(&["tiingo", "daily", ticker, "prices"]);
        url.query_pairs_mut()
            .append_pair("startDate", &request.start.to_string())
            .append_pair("format", "json")
            .append_pair("resampleFreq", "daily");
        let answer = self.http.get(url, self.headers.clone(), ticker).await?;
        let body = self.data(&answer, listing.symbol())?;
        let history = parse_history(body, &self.exchange, request.start);
        let history = history.map_err(|source| ProviderError::Unreadable {
            provider: TIINGO,
            source,
        })?;
        if history.rows.is_empty() {
            return Err(ProviderError::NoData {
                provider: TIINGO,
                symbol: listing.symbol().clone(),
            });
        }
        Ok(history)
    }

    fn usage(&self) -> VendorUsage {
        self.http.usage()
    }
}
