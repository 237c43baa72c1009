use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::unit::minor_unit;

/// The lake's short name of an exchange, as in `exchange=us`: 2 to 8 lower-case letters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeCode(Arc<str>);

impl ExchangeCode {
    /// Parses a code.
    ///
    /// # Errors
    /// [`ExchangeError::BadCode`] unless it is 2 to 8 lower-case ASCII letters.
    pub fn parse(code: &str) -> Result<Self, ExchangeError> {
        if (2..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase()) {
            Ok(Self(code.into()))
        } else {
            Err(ExchangeError::BadCode {
                read: code.to_owned(),
            })
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExchangeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ExchangeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the lake must know of an exchange. One table of these is in `config/settings.yaml`.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Short name in paths: `us`, `hk`.
    pub code: ExchangeCode,
    /// The vendor's symbol suffix without the dot (`HK`), empty for the United States.
    pub suffix: String,
    /// ISO 10383 market identifier; also the name of its calendar: `XNYS`.
    pub mic: String,
    /// Time zone of its dates.
    pub time_zone: TimeZone,
    /// Quoted unit of most of its listings, as the vendor spells it: `USD`, `GBp`.
    pub currency: String,
    /// One quoted unit in major units: 0.01 where prices are in pence.
    pub unit_scale: f64,
    /// How long after the session's close its bar may become final.
    pub lag: Duration,
}

impl Exchange {
    /// One unit of `currency` in major units: not every listing is quoted in its exchange's unit.
    pub fn unit_scale_of(&self, currency: &str) -> f64 {
        if currency == self.currency {
            return self.unit_scale;
        }
        minor_unit(currency).map_or(1.0, |unit| unit.scale)
    }
}

/// Why the table of exchanges cannot be used, or does not have what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// Not a code.
    #[error("exchange code {read:?} is not 2 to 8 lower-case letters")]
    BadCode { read: String },
    /// Two exchanges with one code.
    #[error("exchange code {code} stands twice in the table")]
    DuplicateCode { code: ExchangeCode },
    /// Two exchanges with one suffix: a symbol would belong to both.
    #[error("suffix {suffix:?} belongs to both {first} and {second}")]
    DuplicateSuffix {
        suffix: String,
        first: ExchangeCode,
        second: ExchangeCode,
    },
}

/// All exchanges the lake can hold, by code and by vendor suffix.
#[derive(Debug, Clone, Default)]
pub struct ExchangeTable {
    by_code: BTreeMap<ExchangeCode, Arc<Exchange>>,
    by_suffix: BTreeMap<String, Arc<Exchange>>,
}

impl ExchangeTable {
    /// Builds the table.
    ///
    /// # Errors
    /// [`ExchangeError`] when two exchanges share a code or a suffix.
    pub fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Result<Self, ExchangeError> {
        let mut table = Self::default();
        for exchange in exchanges {
            let exchange = Arc::new(exchange);
            if let Some(first) = table
                .by_suffix
                .insert(exchange.suffix.clone(), Arc::clone(&exchange))
            {
                return Err(ExchangeError::DuplicateSuffix {
                    suffix: exchange.suffix.clone(),
                    first: first.code.clone(),
                    second: exchange.code.clone(),
                });
            }
            let code = exchange.code.clone();
            if table.by_code.insert(code.clone(), exchange).is_some() {
                return Err(ExchangeError::DuplicateCode { code });
            }
        }
        Ok(table)
    }

    /// The exchange of `code`.
    pub fn get(&self, code: &ExchangeCode) -> Option<&Arc<Exchange>> {
        self.by_code.get(code)
    }

    /// The exchange of a vendor suffix (without the dot; empty for the United States).
    pub fn by_suffix(&self, suffix: &str) -> Option<&Arc<Exchange>> {
        self.by_suffix.get(suffix)
    }

    /// Ascending by code.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Exchange>> {
        self.by_code.values()
    }
}
