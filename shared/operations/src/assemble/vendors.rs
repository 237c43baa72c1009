//! The vendors out of the settings: the one file that names their adapters.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::throttle_limits;
use crate::vendors::{OffVendor, QuestionCost, Vendor, Vendors};
use quantx_market::{Exchange, ExchangeCode, ShareBasis};
use quantx_provider::alpaca::{self, ALPACA, AlpacaClient, AlpacaConfig};
use quantx_provider::csv::{
    CSV, Columns, CsvClient, CsvConfig, CsvFormat, CsvSource, DecimalMark, Template, TemplateError,
};
use quantx_provider::eodhd::{self, EODHD, EodhdClient, EodhdConfig};
use quantx_provider::hkex::{HKEX, HkexClient};
use quantx_provider::tiingo::{self, TIINGO, TiingoClient, TiingoConfig};
use quantx_provider::yahoo::{YAHOO, YahooClient, YahooConfig};
use quantx_provider::{
    ApiKey, BarProvider, DayProvider, HttpConfig, HttpSetupError, KeyError, ProviderName, Throttled,
};
use quantx_quality::agreement::{BarSource, Lineage};
use quantx_settings::{CsvBars, CsvBasis, CsvMark, CsvSettings, Secret, Settings, VendorId};

const EODHD_NEEDS: &str = "QUANTX_EODHD_KEY";
const TIINGO_NEEDS: &str = "QUANTX_TIINGO_KEY";
const ALPACA_NEEDS: &str = "QUANTX_ALPACA_KEY and QUANTX_ALPACA_SECRET";

/// The exchange that Alpaca and Tiingo are asked for.
const UNITED_STATES: &str = "us";
/// The exchange whose pages hkex are.
const HONG_KONG: &str = "hk";

/// Why a vendor that is configured cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VendorSetupError {
    /// A vendor's client cannot be made.
    #[error("cannot set up the client of {vendor}")]
    Client {
        vendor: ProviderName,
        #[source]
        source: HttpSetupError,
    },
    /// A vendor's key is none.
    #[error("cannot use the key of {vendor}")]
    Key {
        vendor: ProviderName,
        #[source]
        source: KeyError,
    },
    /// Where the user's tables are cannot be read.
    #[error("providers.csv.source")]
    Template(#[from] TemplateError),
    /// A vendor of one exchange, which the settings do not have.
    #[error("{vendor} is of the exchange us, which the settings do not have")]
    NoExchange { vendor: ProviderName },
}

/// Sets up the clients of the vendors that runs ask by the settings. Asks nobody. Where `share` processes are
/// at work at once, each has its part of every vendor's rate.
///
/// # Errors
/// [`VendorSetupError`] when a vendor is configured and cannot be set up.
pub fn vendors(settings: &Settings, share: usize) -> Result<Vendors, VendorSetupError> {
    let mut vendors = Vendors::default();
    for id in settings.asked.all() {
        match set_up(settings, id, share)? {
            Ok(vendor) => vendors.on.push(Arc::new(vendor)),
            Err(off) => vendors.off.push(off),
        }
    }
    for off in &vendors.off {
        tracing::warn!("{off}");
    }
    Ok(vendors)
}

/// A vendor, or what it needs to be on.
pub(crate) fn set_up(
    settings: &Settings,
    id: VendorId,
    share: usize,
) -> Result<Result<Vendor, OffVendor>, VendorSetupError> {
    let off = |name, needs| Ok(Err(OffVendor { name, needs }));
    let vendors = &settings.vendors;
    let vendor = match id {
        VendorId::Yahoo => yahoo(settings, share)?,
        VendorId::Eodhd => match &vendors.eodhd.key {
            Some(key) => eodhd(settings, key, share)?,
            None => return off(EODHD, EODHD_NEEDS),
        },
        VendorId::Tiingo => match &vendors.tiingo.key {
            Some(key) => tiingo(settings, key, share)?,
            None => return off(TIINGO, TIINGO_NEEDS),
        },
        VendorId::Alpaca => match &vendors.alpaca.key {
            Some(pair) => alpaca(settings, &pair.id, &pair.secret, share)?,
            None => return off(ALPACA, ALPACA_NEEDS),
        },
        VendorId::Hkex => hkex(settings, share)?,
        VendorId::Csv => match &vendors.csv {
            // The source would be asked with `{key}` as it is written there.
            Some(csv) if csv.key.is_none() && csv.source.contains("{key}") => {
                let needs = "QUANTX_CSV_KEY, which providers.csv.source has a place for";
                return off(CSV, needs);
            }
            Some(csv) => own_tables(settings, csv, share)?,
            None => return off(CSV, "providers.csv.source in settings.yaml"),
        },
    };
    Ok(Ok(vendor))
}

/// Part of a rate.
fn shared(requests_per_second: Option<f64>, share: usize) -> Option<f64> {
    requests_per_second.map(|all| all / share.max(1) as f64)
}

/// Yahoo behind rate limit, retries and circuit breaker.
fn yahoo(settings: &Settings, share: usize) -> Result<Vendor, VendorSetupError> {
    let yahoo = &settings.yahoo;
    let client = YahooClient::new(YahooConfig {
        base_url: yahoo.base_url.to_string(),
        user_agent: yahoo.user_agent.clone(),
        connect_timeout: yahoo.connect_timeout,
        timeout: yahoo.timeout,
        body_limit_bytes: yahoo.body_limit_bytes,
    });
    let client = client.map_err(|source| setup(YAHOO, source))?;
    let burst = yahoo.burst.get() / u32::try_from(share.max(1)).unwrap_or(u32::MAX);
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let rate = shared(yahoo.requests_per_second, share);
    let client = Throttled::new(client, throttle_limits(settings, rate, burst));
    Ok(Vendor::of_histories(Arc::new(client), "on".to_owned()))
}

fn hkex(settings: &Settings, share: usize) -> Result<Vendor, VendorSetupError> {
    let pages = &settings.vendors.hkex;
    let client = HkexClient::new(http(settings, pages.base_url.as_str()));
    let client = client.map_err(|source| setup(HKEX, source))?;
    let rate = shared(pages.requests_per_second, share);
    let limits = throttle_limits(settings, rate, NonZeroU32::MIN);
    Ok(Vendor {
        name: HKEX,
        histories: None,
        days: Some(Arc::new(Throttled::of_days(client, limits))),
        lineage: Lineage(HKEX.0.to_owned()),
        source: BarSource::Official,
        ready_after: Duration::ZERO,
        knows_events: false,
        cost_of_history: QuestionCost::ONE,
        cost_of_day: QuestionCost::ONE,
        covers: |exchange| exchange.as_str() == HONG_KONG,
        set_up: "on; it needs no key".to_owned(),
        tables: None,
        missed: Arc::default(),
    })
}

fn is_united_states(exchange: &ExchangeCode) -> bool {
    exchange.as_str() == UNITED_STATES
}

/// What is said of a vendor with an account.
fn is_set(needs: &str) -> String {
    format!("on by {needs}")
}

fn throttled<P: BarProvider>(
    settings: &Settings,
    client: P,
    requests_per_second: Option<f64>,
    share: usize,
) -> Arc<Throttled<P>> {
    let rate = shared(requests_per_second, share);
    let limits = throttle_limits(settings, rate, NonZeroU32::MIN);
    Arc::new(Throttled::new(client, limits))
}

fn eodhd(
    settings: &Settings,
    key: &Secret<String>,
    share: usize,
) -> Result<Vendor, VendorSetupError> {
    let account = &settings.vendors.eodhd;
    let client = EodhdClient::new(EodhdConfig {
        http: http(settings, account.base_url.as_str()),
        key: api_key(EODHD, key)?,
        exchanges: settings.exchanges.clone(),
    });
    let client = client.map_err(|source| setup(EODHD, source))?;
    let provider = throttled(settings, client, account.requests_per_second, share);
    let of_history = eodhd::REQUESTS_PER_HISTORY;
    let of_day = eodhd::REQUESTS_PER_DAY;
    Ok(Vendor {
        days: Some(Arc::clone(&provider) as Arc<dyn DayProvider>),
        ready_after: eodhd::READY_AFTER,
        covers: eodhd::covers,
        cost_of_history: QuestionCost {
            requests: of_history,
            units: of_history,
        },
        cost_of_day: QuestionCost {
            requests: of_day,
            units: 100 * of_day,
        },
        ..Vendor::of_histories(provider, is_set(EODHD_NEEDS))
    })
}

fn tiingo(
    settings: &Settings,
    key: &Secret<String>,
    share: usize,
) -> Result<Vendor, VendorSetupError> {
    let account = &settings.vendors.tiingo;
    let client = TiingoClient::new(TiingoConfig {
        http: http(settings, account.base_url.as_str()),
        key: api_key(TIINGO, key)?,
        exchange: united_states(settings, TIINGO)?,
    });
    let client = client.map_err(|source| setup(TIINGO, source))?;
    let provider = throttled(settings, client, account.requests_per_second, share);
    Ok(Vendor {
        ready_after: tiingo::READY_AFTER,
        covers: is_united_states,
        ..Vendor::of_histories(provider, is_set(TIINGO_NEEDS))
    })
}

fn alpaca(
    settings: &Settings,
    id: &Secret<String>,
    secret: &Secret<String>,
    share: usize,
) -> Result<Vendor, VendorSetupError> {
    let account = &settings.vendors.alpaca;
    let client = AlpacaClient::new(AlpacaConfig {
        http: http(settings, account.base_url.as_str()),
        key_id: api_key(ALPACA, id)?,
        secret_key: api_key(ALPACA, secret)?,
        exchange: united_states(settings, ALPACA)?,
    });
    let client = client.map_err(|source| setup(ALPACA, source))?;
    let provider = throttled(settings, client, account.requests_per_second, share);
    let both = QuestionCost {
        requests: 2,
        units: 2,
    };
    Ok(Vendor {
        ready_after: alpaca::READY_AFTER,
        covers: is_united_states,
        cost_of_history: both,
        ..Vendor::of_histories(provider, is_set(ALPACA_NEEDS))
    })
}

/// The user's own tables: no rate, and final when they are there.
fn own_tables(
    settings: &Settings,
    csv: &CsvSettings,
    share: usize,
) -> Result<Vendor, VendorSetupError> {
    let template = Template::parse(&csv.source)?;
    let key = csv.key.as_ref().map(|key| api_key(CSV, key)).transpose()?;
    let tables = Some(template.clone());
    let source = match host_of(&csv.source) {
        Some(host) => CsvSource::Url {
            template,
            http: http(settings, host),
            key,
        },
        None => CsvSource::Folder {
            template,
            file_limit_bytes: settings.vendors.http.body_limit_bytes,
        },
    };
    let set_up = match &csv.lineage {
        own if own == CSV.0 => format!("reads {}", csv.source),
        lineage => format!("reads {} of {lineage}'s numbers", csv.source),
    };
    let columns = &csv.columns;
    let knows_events = columns.dividend.is_some() && columns.split.is_some();
    let client = CsvClient::new(CsvConfig {
        source,
        format: format(csv),
        exchanges: settings.exchanges.clone(),
    });
    let client = client.map_err(|source| setup(CSV, source))?;
    // A file that cannot be read is no better a second later.
    let provider: Arc<dyn BarProvider> = match host_of(&csv.source) {
        Some(_) => throttled(settings, client, None, share),
        None => Arc::new(client),
    };
    Ok(Vendor {
        lineage: Lineage(csv.lineage.clone()),
        source: match csv.bars {
            CsvBars::Official => BarSource::Official,
            CsvBars::Trades => BarSource::TradeBuilt,
        },
        knows_events,
        tables,
        ..Vendor::of_histories(provider, set_up)
    })
}

fn format(csv: &CsvSettings) -> CsvFormat {
    let columns = csv.columns.clone();
    CsvFormat {
        delimiter: csv.delimiter,
        decimal_mark: match csv.decimal_mark {
            CsvMark::Point => DecimalMark::Point,
            CsvMark::Comma => DecimalMark::Comma,
        },
        date_format: csv.date_format.clone(),
        basis: match csv.basis {
            CsvBasis::AsTraded => ShareBasis::AsTraded,
            CsvBasis::Newest => ShareBasis::Newest,
        },
        columns: Columns {
            date: columns.date,
            open: columns.open,
            high: columns.high,
            low: columns.low,
            close: columns.close,
            volume: columns.volume,
            dividend: columns.dividend,
            split: columns.split,
        },
    }
}

/// Scheme and host of an address; `None` for a path.
fn host_of(source: &str) -> Option<&str> {
    let (scheme, rest) = source.split_once("://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    source.get(..scheme.len() + "://".len() + end)
}

fn http(settings: &Settings, base_url: &str) -> HttpConfig {
    let http = &settings.vendors.http;
    HttpConfig {
        base_url: base_url.to_owned(),
        user_agent: http.user_agent.clone(),
        connect_timeout: http.connect_timeout,
        timeout: http.timeout,
        body_limit_bytes: http.body_limit_bytes,
    }
}

fn api_key(vendor: ProviderName, key: &Secret<String>) -> Result<ApiKey, VendorSetupError> {
    ApiKey::parse(key.expose()).map_err(|source| VendorSetupError::Key { vendor, source })
}

fn setup(vendor: ProviderName, source: HttpSetupError) -> VendorSetupError {
    VendorSetupError::Client { vendor, source }
}

fn united_states(
    settings: &Settings,
    vendor: ProviderName,
) -> Result<Arc<Exchange>, VendorSetupError> {
    let mut all = settings.exchanges.iter();
    let found = all.find(|exchange| exchange.code.as_str() == UNITED_STATES);
    found
        .cloned()
        .ok_or(VendorSetupError::NoExchange { vendor })
}
