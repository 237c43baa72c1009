//! The vendors that stored rows are compared with, out of the settings.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::assemble::throttle_limits;
use crate::listing::chain;
use quantx_market::{Exchange, Listing, ShareBasis};
use quantx_provider::alpaca::{self, ALPACA, AlpacaClient, AlpacaConfig};
use quantx_provider::csv::{
    CSV, Columns, CsvClient, CsvConfig, CsvFormat, CsvSource, DecimalMark, Template, TemplateError,
};
use quantx_provider::eodhd::{self, EODHD, EodhdClient, EodhdConfig};
use quantx_provider::tiingo::{self, TIINGO, TiingoClient, TiingoConfig};
use quantx_provider::{
    ApiKey, BarProvider, HttpConfig, HttpSetupError, KeyError, ProviderError, ProviderName,
    Throttled,
};
use quantx_quality::agreement::{BarSource, Lineage};
use quantx_settings::{CsvBars, CsvBasis, CsvMark, CsvSettings, Secret, Settings};

const EODHD_NEEDS: &str = "QUANTX_EODHD_KEY";
const TIINGO_NEEDS: &str = "QUANTX_TIINGO_KEY";
const ALPACA_NEEDS: &str = "QUANTX_ALPACA_KEY and QUANTX_ALPACA_SECRET";

/// The exchange that Alpaca and Tiingo are asked for.
const UNITED_STATES: &str = "us";

/// A vendor that is asked to confirm.
#[derive(Debug, Clone)]
pub struct WitnessVendor {
    /// Who answers; brings its own rate limit and retries.
    pub provider: Arc<dyn BarProvider>,
    /// Whose numbers these are.
    pub lineage: Lineage,
    /// How its bars are made.
    pub source: BarSource,
    /// How long after the close its rows are not believed to be final.
    pub ready_after: Duration,
    /// Whether it says when splits and dividends were.
    pub knows_events: bool,
    /// What switched it on; for people, without its key.
    pub set_up: String,
    /// Where the user's own tables are; `None` for a vendor.
    tables: Option<Template>,
}

/// A vendor that is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffVendor {
    /// Its name.
    pub name: ProviderName,
    /// What switches it on.
    pub needs: &'static str,
}

/// Every vendor beside Yahoo.
#[derive(Debug, Clone, Default)]
pub struct Witnesses {
    /// Those that are configured.
    pub on: Vec<WitnessVendor>,
    /// The others.
    pub off: Vec<OffVendor>,
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// No vendor has that name.
    #[error("there is no vendor {read:?} to compare with; known are {known}")]
    Unknown { read: String, known: String },
    /// A vendor that was named is not configured.
    #[error("{vendor} is off: set {needs}")]
    Off {
        vendor: ProviderName,
        needs: &'static str,
    },
    /// No vendor is configured.
    #[error("no vendor to compare with is configured; set one of: {needs}")]
    NoneConfigured { needs: String },
    /// A vendor's client cannot be made.
    #[error("cannot set up the client of {vendor}")]
    Setup {
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

impl WitnessVendor {
    /// Why there are no rows of `listing`, with the place of a table that is not there.
    pub(super) fn why(&self, listing: &Listing, error: &ProviderError) -> String {
        match (&self.tables, error) {
            (Some(tables), ProviderError::UnknownSymbol { .. }) => {
                format!("there is no {}", tables.place_of(listing))
            }
            _ => chain(error),
        }
    }
}

impl Witnesses {
    /// Sets up the clients of all vendors that the settings and the environment configure. Asks nobody.
    ///
    /// # Errors
    /// [`WitnessError`] when a vendor is configured and cannot be set up.
    pub fn of_settings(settings: &Settings) -> Result<Self, WitnessError> {
        let mut all = Self::default();
        let vendors = &settings.vendors;
        match &vendors.eodhd.key {
            Some(key) => all.on.push(eodhd(settings, key)?),
            None => all.off(EODHD, EODHD_NEEDS),
        }
        match &vendors.tiingo.key {
            Some(key) => all.on.push(tiingo(settings, key)?),
            None => all.off(TIINGO, TIINGO_NEEDS),
        }
        match &vendors.alpaca.key {
            Some(pair) => all.on.push(alpaca(settings, &pair.id, &pair.secret)?),
            None => all.off(ALPACA, ALPACA_NEEDS),
        }
        match &vendors.csv {
            // The source would be asked with `{key}` as it is written there.
            Some(csv) if csv.key.is_none() && csv.source.contains("{key}") => {
                all.off(
                    CSV,
                    "QUANTX_CSV_KEY, which providers.csv.source has a place for",
                );
            }
            Some(csv) => all.on.push(own_tables(settings, csv)?),
            None => all.off(CSV, "providers.csv.source in settings.yaml"),
        }
        Ok(all)
    }

    /// Only the vendors of these names, in their order; without names all that are configured.
    ///
    /// # Errors
    /// [`WitnessError`] when a name is unknown or off, or when nobody is left.
    pub fn chosen(self, names: Option<&[String]>) -> Result<Self, WitnessError> {
        let Some(names) = names else {
            if self.on.is_empty() {
                let needs = self.off.iter().map(|vendor| {
                    let OffVendor { name, needs } = vendor;
                    format!("{needs} ({name})")
                });
                let needs: Vec<String> = needs.collect();
                return Err(WitnessError::NoneConfigured {
                    needs: needs.join(", "),
                });
            }
            return Ok(self);
        };
        let mut on: Vec<WitnessVendor> = Vec::new();
        for read in names {
            let is_named = |name: ProviderName| name.0 == read.as_str();
            if on.iter().any(|vendor| is_named(vendor.provider.name())) {
                continue;
            }
            if let Some(off) = self.off.iter().find(|vendor| is_named(vendor.name)) {
                return Err(WitnessError::Off {
                    vendor: off.name,
                    needs: off.needs,
                });
            }
            let found = self.on.iter().find(|it| is_named(it.provider.name()));
            let Some(found) = found else {
                return Err(WitnessError::Unknown {
                    read: read.clone(),
                    known: [EODHD.0, TIINGO.0, ALPACA.0, CSV.0].join(", "),
                });
            };
            on.push(found.clone());
        }
        // Who is left out by choice needs nothing.
        Ok(Self {
            on,
            off: Vec::new(),
        })
    }

    fn off(&mut self, name: ProviderName, needs: &'static str) {
        self.off.push(OffVendor { name, needs });
    }
}

/// What is said of a vendor with an account.
fn is_set(needs: &str) -> String {
    format!("on by {needs}")
}

/// A vendor with a lineage of its own, official bars and events.
fn witness(provider: Arc<dyn BarProvider>, ready_after: Duration, set_up: String) -> WitnessVendor {
    WitnessVendor {
        lineage: Lineage(provider.name().0.to_owned()),
        provider,
        source: BarSource::Official,
        ready_after,
        knows_events: true,
        set_up,
        tables: None,
    }
}

fn throttled<P: BarProvider + 'static>(
    settings: &Settings,
    client: P,
    requests_per_second: Option<f64>,
) -> Arc<dyn BarProvider> {
    let limits = throttle_limits(settings, requests_per_second, NonZeroU32::MIN);
    Arc::new(Throttled::new(client, limits))
}

fn eodhd(settings: &Settings, key: &Secret<String>) -> Result<WitnessVendor, WitnessError> {
    let account = &settings.vendors.eodhd;
    let client = EodhdClient::new(EodhdConfig {
        http: http(settings, account.base_url.as_str()),
        key: api_key(EODHD, key)?,
        exchanges: settings.exchanges.clone(),
    });
    let client = client.map_err(|source| setup(EODHD, source))?;
    let provider = throttled(settings, client, account.requests_per_second);
    let set_up = is_set(EODHD_NEEDS);
    Ok(witness(provider, eodhd::READY_AFTER, set_up))
}

fn tiingo(settings: &Settings, key: &Secret<String>) -> Result<WitnessVendor, WitnessError> {
    let account = &settings.vendors.tiingo;
    let client = TiingoClient::new(TiingoConfig {
        http: http(settings, account.base_url.as_str()),
        key: api_key(TIINGO, key)?,
        exchange: united_states(settings, TIINGO)?,
    });
    let client = client.map_err(|source| setup(TIINGO, source))?;
    let provider = throttled(settings, client, account.requests_per_second);
    let set_up = is_set(TIINGO_NEEDS);
    Ok(witness(provider, tiingo::READY_AFTER, set_up))
}

fn alpaca(
    settings: &Settings,
    id: &Secret<String>,
    secret: &Secret<String>,
) -> Result<WitnessVendor, WitnessError> {
    let account = &settings.vendors.alpaca;
    let client = AlpacaClient::new(AlpacaConfig {
        http: http(settings, account.base_url.as_str()),
        key_id: api_key(ALPACA, id)?,
        secret_key: api_key(ALPACA, secret)?,
        exchange: united_states(settings, ALPACA)?,
    });
    let client = client.map_err(|source| setup(ALPACA, source))?;
    let provider = throttled(settings, client, account.requests_per_second);
    let set_up = is_set(ALPACA_NEEDS);
    Ok(witness(provider, alpaca::READY_AFTER, set_up))
}

/// The user's own tables: no rate, and final when they are there.
fn own_tables(settings: &Settings, csv: &CsvSettings) -> Result<WitnessVendor, WitnessError> {
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
        Some(_) => throttled(settings, client, None),
        None => Arc::new(client),
    };
    Ok(WitnessVendor {
        lineage: Lineage(csv.lineage.clone()),
        source: match csv.bars {
            CsvBars::Official => BarSource::Official,
            CsvBars::Trades => BarSource::TradeBuilt,
        },
        knows_events,
        tables,
        ..witness(provider, Duration::ZERO, set_up)
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

fn api_key(vendor: ProviderName, key: &Secret<String>) -> Result<ApiKey, WitnessError> {
    ApiKey::parse(key.expose()).map_err(|source| WitnessError::Key { vendor, source })
}

fn setup(vendor: ProviderName, source: HttpSetupError) -> WitnessError {
    WitnessError::Setup { vendor, source }
}

fn united_states(settings: &Settings, vendor: ProviderName) -> Result<Arc<Exchange>, WitnessError> {
    let mut all = settings.exchanges.iter();
    let found = all.find(|exchange| exchange.code.as_str() == UNITED_STATES);
    found.cloned().ok_or(WitnessError::NoExchange { vendor })
}
