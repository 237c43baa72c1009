//! The I/O of the Alpaca provider: one attempt per question. Retrying is the decorator's.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderName};

use super::actions::{CorporateActions, parse_actions};
use super::answer::data;
use super::parse::parse_bars;
use super::{ALPACA, symbols};
use crate::http::{Http, HttpConfig, HttpSetupError};
use crate::rows::as_traded_history;
use crate::{ApiKey, BarProvider, HistoryRequest, ParseError, ProviderError, ProviderName};
use quantx_market::{Date, Exchange, Listing, VendorHistory, VendorRow};
use quantx_usage::VendorUsage;

/// Listings in one question: 10,000 bars of a page are 40 sessions of these, and the address stays short.
pub const SYMBOLS_PER_REQUEST: usize = 250;

/// Pages of one answer that are read at most: 100 pages of 10,000 bars are 40 years of 100 listings.
const MAX_PAGES: usize = 100;

/// Bars newer than this are sold: free accounts get 403 for them.
const RECENT: SignedDuration = SignedDuration::from_mins(16);

const KEY_ID: HeaderName = HeaderName::from_static("apca-api-key-id");
const SECRET_KEY: HeaderName = HeaderName::from_static("apca-api-secret-key");

/// How to reach Alpaca.
#[derive(Debug, Clone)]
pub struct AlpacaConfig {
    /// Base URL `https://data.alpaca.markets`.
    pub http: HttpConfig,
    /// The account's key id.
    pub key_id: ApiKey,
    /// The secret that belongs to it.
    pub secret_key: ApiKey,
    /// The United States: their listings, time zone and currency.
    pub exchange: Arc<Exchange>,
}

/// Alpaca. One attempt per call, several requests where an answer has pages; wrap it in
/// [`Throttled`](crate::Throttled).
#[derive(Debug)]
pub struct AlpacaClient {
    http: Http,
    headers: HeaderMap,
    exchange: Arc<Exchange>,
}

impl AlpacaClient {
    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    /// [`HttpSetupError`] when the base URL, the User-Agent or a key cannot be used, or when the system has
    /// no certificates and the base URL is `https`.
    pub fn new(config: AlpacaConfig) -> Result<Self, HttpSetupError> {
        let unusable = |source| HttpSetupError::Key {
            provider: ALPACA,
            source,
        };
        let mut headers = HeaderMap::new();
        headers.insert(KEY_ID, config.key_id.header("").map_err(unusable)?);
        headers.insert(SECRET_KEY, config.secret_key.header("").map_err(unusable)?);
        let secret = Some(config.secret_key);
        Ok(Self {
            http: Http::new(ALPACA, config.http, "https://data.alpaca.markets", secret)?,
            headers,
            exchange: config.exchange,
        })
    }

    /// Rows of many listings from `start` up to 16 minutes before `now`: [`SYMBOLS_PER_REQUEST`] in each
    /// question. A listing without a row is not in the answer.
    ///
    /// # Errors
    /// [`ProviderError`], which says whether asking again can help. One unknown symbol is no error.
    pub async fn daily_bars(
        &self,
        listings: &[Listing],
        start: Date,
        now: Timestamp,
    ) -> Result<BTreeMap<Listing, Vec<VendorRow>>, ProviderError> {
        let mut found: BTreeMap<Listing, Vec<VendorRow>> = BTreeMap::new();
        for asked in listings.chunks(SYMBOLS_PER_REQUEST) {
            let by_symbol: BTreeMap<String, &Listing> = asked
                .iter()
                .map(|listing| (symbols::symbol(listing), listing))
                .collect();
            let names: Vec<&str> = by_symbol.keys().map(String::as_str).collect();
            let end = now.checked_sub(RECENT).unwrap_or(Timestamp::MIN);
            let parameters = [
                ("symbols", names.join(",")),
                ("timeframe", "1Day".to_owned()),
                ("start", start.to_string()),
                ("end", end.to_string()),
                ("adjustment", "raw".to_owned()),
                ("feed", "sip".to_owned()),
                ("limit", "10000".to_owned()),
                ("sort", "asc".to_owned()),
            ];
            let path = ["v2", "stocks", "bars"];
            self.pages(&path, &parameters, |body| {
                let page = parse_bars(body, &self.exchange)?;
                for (symbol, rows) in page.rows {
                    let Some(listing) = by_symbol.get(&symbol) else {
                        return Err(ParseError::WrongSymbol {
                            asked: names.join(","),
                            got: symbol,
                        });
                    };
                    found.entry((*listing).clone()).or_default().extend(rows);
                }
                Ok(page.next)
            })
            .await?;
        }
        Ok(found)
    }

    /// Splits, dividends and what else happened to companies from `start` up to today.
    ///
    /// # Errors
    /// [`ProviderError`], which says whether asking again can help.
    pub async fn corporate_actions(
        &self,
        listings: &[Listing],
        start: Date,
    ) -> Result<CorporateActions, ProviderError> {
        let mut all = CorporateActions::default();
        for asked in listings.chunks(SYMBOLS_PER_REQUEST) {
            let names: Vec<String> = asked.iter().map(symbols::symbol).collect();
            let parameters = [
                ("symbols", names.join(",")),
                ("start", start.to_string()),
                ("limit", "1000".to_owned()),
                ("sort", "asc".to_owned()),
            ];
            self.pages(&["v1", "corporate-actions"], &parameters, |body| {
                let (actions, next) = parse_actions(body, &self.exchange)?;
                all.extend(actions);
                Ok(next)
            })
            .await?;
        }
        Ok(all.joined())
    }

    /// Asks for every page of an answer; `read` says where the next one is.
    async fn pages(
        &self,
        path: &[&str],
        parameters: &[(&str, String)],
        mut read: impl FnMut(&[u8]) -> Result<Option<String>, ParseError> + Send,
    ) -> Result<(), ProviderError> {
        let about = path.last().copied().unwrap_or_default();
        let mut next: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut url = self.http.url(path);
            url.query_pairs_mut().extend_pairs(parameters);
            if let Some(token) = &next {
                url.query_pairs_mut().append_pair("page_token", token);
            }
            let answer = self.http.get(url, self.headers.clone(), about).await?;
            let body = data(&answer, &self.http)?;
            let after = read(body).map_err(|source| ProviderError::Unreadable {
                provider: ALPACA,
                source,
            })?;
            if after.is_none() {
                return Ok(());
            }
            if after == next {
                return Err(self.http.rejected(200, "a page names itself as the next"));
            }
            next = after;
        }
        let detail = format!("an answer of more than {MAX_PAGES} pages");
        Err(self.http.rejected(200, &detail))
    }
}

#[async_trait]
impl BarProvider for AlpacaClient {
    fn name(&self) -> ProviderName {
        ALPACA
    }

    async fn daily_history(
        &self,
        request: &HistoryRequest,
    ) -> Result<VendorHistory, ProviderError> {
        let listing = &request.listing;
        if *listing.exchange() != self.exchange.code {
            return Err(ProviderError::NotCovered {
                provider: ALPACA,
                exchange: listing.exchange().clone(),
            });
        }
        let one = std::slice::from_ref(listing);
        let mut rows = self.daily_bars(one, request.start, request.now).await?;
        // An unknown symbol and one without a trade are answered alike.
        let rows = rows.remove(listing).unwrap_or_default();
        let no_data = || ProviderError::NoData {
            provider: ALPACA,
            symbol: listing.symbol().clone(),
        };
        if rows.is_empty() {
            return Err(no_data());
        }
        let mut actions = self.corporate_actions(one, request.start).await?;
        let events = actions.events.remove(listing).unwrap_or_default();
        let history = as_traded_history(&self.exchange, rows, events, request.start);
        let history = history.map_err(|source| ProviderError::Unreadable {
            provider: ALPACA,
            source,
        })?;
        match history.rows.is_empty() {
            true => Err(no_data()),
            false => Ok(history),
        }
    }

    fn usage(&self) -> VendorUsage {
        self.http.usage()
    }
}
