use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::unit::minor_unit;
use super::{InstrumentKind, Listing, Symbol, SymbolError, Ticker};

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
    /// The vendor's symbol suffix without the dot (`HK`), empty for the United States and for what stands beside
    /// shares.
    pub suffix: String,
    /// ISO 10383 market identifier; also the name of its calendar: `XNYS`, or `24x7` where nothing has a MIC.
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
    /// What its listings are.
    pub fn kind(&self) -> InstrumentKind {
        InstrumentKind::of(&self.code)
    }

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
    /// A rule about instruments names an exchange that is not there, or one that no such rule can name.
    #[error("{symbol} is said to belong to {code}, which {reason}")]
    BadRule {
        symbol: String,
        code: ExchangeCode,
        reason: &'static str,
    },
}

/// What people say of what stands beside shares, where its symbols alone do not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstrumentRules {
    /// What a crypto pair is quoted in: what may stand behind the dash of `BTC-USD`.
    pub quotes: BTreeSet<String>,
    /// Symbol → the exchange or kind that it belongs to, whatever its form says: `VFINX` → `fund`.
    pub symbols: BTreeMap<String, ExchangeCode>,
    /// Symbol of an index or fund → the exchange whose sessions, time zone and currency it keeps: `^GSPC` → `us`.
    pub follows: BTreeMap<String, ExchangeCode>,
}

/// All exchanges the lake can hold, by code and by vendor suffix, and what stands beside shares.
#[derive(Debug, Clone, Default)]
pub struct ExchangeTable {
    by_code: BTreeMap<ExchangeCode, Arc<Exchange>>,
    /// Of shares.
    by_suffix: BTreeMap<String, Arc<Exchange>>,
    rules: InstrumentRules,
    /// Codes whose symbol has not the form of its kind.
    named: BTreeMap<(ExchangeCode, Ticker), String>,
    /// Indices and funds as they are on the exchange that they follow: by their own code and its.
    following: BTreeMap<(ExchangeCode, ExchangeCode), Arc<Exchange>>,
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
            if exchange.kind() == InstrumentKind::Share
                && let Some(first) = table
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
        table.follow();
        Ok(table)
    }

    /// The same with rules about instruments.
    ///
    /// # Errors
    /// [`ExchangeError::BadRule`] when one of them names an exchange that the table does not have, or lets an
    /// index follow what is no exchange of shares.
    pub fn with_rules(mut self, rules: InstrumentRules) -> Result<Self, ExchangeError> {
        let bad = |symbol: &str, code: &ExchangeCode, reason| ExchangeError::BadRule {
            symbol: symbol.to_owned(),
            code: code.clone(),
            reason,
        };
        for (symbol, code) in &rules.follows {
            match self.get(code).map(|exchange| exchange.kind()) {
                Some(InstrumentKind::Share) => {}
                Some(_) => return Err(bad(symbol, code, "is no exchange with sessions to keep")),
                None => return Err(bad(symbol, code, "is not in the table of exchanges")),
            }
        }
        for (symbol, code) in &rules.symbols {
            let Some(exchange) = self.get(code) else {
                return Err(bad(symbol, code, "is not in the table of exchanges"));
            };
            let has_form = exchange.kind().code_in(symbol).is_some();
            if !has_form {
                let ticker = Ticker::parse(symbol)
                    .map_err(|_| bad(symbol, code, "takes no symbol of another kind's form"))?;
                self.named.insert((code.clone(), ticker), symbol.clone());
            }
        }
        self.rules = rules;
        Ok(self)
    }

    /// Makes the indices and funds of each exchange: with its sessions, time zone and currency. A fund's value
    /// comes later than the close, as late as those of its own kind.
    fn follow(&mut self) {
        let shares = self.by_suffix.values();
        for own in self
            .by_code
            .values()
            .filter(|own| own.kind().follows_an_exchange())
        {
            for followed in shares.clone() {
                let exchange = Exchange {
                    code: own.code.clone(),
                    suffix: String::new(),
                    lag: own.lag.max(followed.lag),
                    ..(**followed).clone()
                };
                let key = (own.code.clone(), followed.code.clone());
                self.following.insert(key, Arc::new(exchange));
            }
        }
    }

    /// The exchange of `code`. What an index or fund of that code keeps is told by [`Self::of`].
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

    /// What must be known of a listing: its exchange, or for an index or fund its own code with the sessions, time
    /// zone and currency of the exchange that it follows. `None` where that is not known.
    pub fn of(&self, listing: &Listing) -> Option<&Arc<Exchange>> {
        let code = listing.exchange();
        if !InstrumentKind::of(code).follows_an_exchange() {
            return self.get(code);
        }
        let followed = self.followed(listing.symbol().as_str())?;
        self.following(code, followed)
    }

    /// What stands below `code` and follows the exchange `followed`.
    pub fn following(
        &self,
        code: &ExchangeCode,
        followed: &ExchangeCode,
    ) -> Option<&Arc<Exchange>> {
        self.following.get(&(code.clone(), followed.clone()))
    }

    /// The exchange whose calendar a listing keeps: its own, or for an index or fund the one that it follows.
    pub fn sessions_of(&self, listing: &Listing) -> Option<&ExchangeCode> {
        let code = listing.exchange();
        match InstrumentKind::of(code).follows_an_exchange() {
            true => self.followed(listing.symbol().as_str()),
            false => self.get(code).map(|exchange| &exchange.code),
        }
    }

    /// The listing of a local code below an exchange's folder; `None` where the table does not have the exchange.
    pub fn listing(&self, exchange: &ExchangeCode, ticker: Ticker) -> Option<Listing> {
        let known = self.get(exchange)?;
        let named = self.named.get(&(exchange.clone(), ticker.clone()));
        Some(match named {
            Some(symbol) => Listing::named(known.code.clone(), ticker, symbol.as_str().into()),
            None => Listing::of(known, ticker),
        })
    }

    /// The listing itself, if its symbol is that of no other: `BTC-USD` of a list of shares would be.
    ///
    /// # Errors
    /// [`SymbolError::OtherKind`] with whose it is.
    pub fn own(&self, listing: Listing) -> Result<Listing, SymbolError> {
        match self.beside_shares(listing.symbol().as_str()) {
            Some(beside) if beside.code != *listing.exchange() => Err(SymbolError::OtherKind {
                read: listing.symbol().to_string(),
                of: beside.code,
            }),
            _ => Ok(listing),
        }
    }

    /// The listing of a symbol in capitals that belongs to what stands beside shares; `None` where it is one of a
    /// share.
    pub(crate) fn beside_shares(&self, symbol: &str) -> Option<Beside> {
        let is_quote = |quote: &str| self.rules.quotes.contains(quote);
        let ruled = self.rules.symbols.get(symbol);
        let code = match ruled {
            Some(code) => code.clone(),
            None => {
                let kind = InstrumentKind::of_symbol(symbol, is_quote)?;
                ExchangeCode::parse(kind.code()?).ok()?
            }
        };
        let exchange = self.get(&code)?;
        let kind = exchange.kind();
        if kind == InstrumentKind::Share {
            return None;
        }
        let ticker = kind.code_in(symbol).unwrap_or(symbol);
        Some(Beside {
            taken_by: Ticker::parse(ticker)
                .ok()
                .and_then(|ticker| self.named.get(&(code.clone(), ticker)))
                .filter(|named| named.as_str() != symbol)
                .cloned(),
            lacks_sessions: kind.follows_an_exchange() && self.followed(symbol).is_none(),
            ticker: ticker.to_owned(),
            code,
        })
    }

    /// The exchange that an index or fund follows: the one it is said to, else that of its suffix. A fund without
    /// a suffix is one of the exchange without a suffix.
    fn followed(&self, symbol: &str) -> Option<&ExchangeCode> {
        if let Some(code) = self.rules.follows.get(symbol) {
            return Some(code);
        }
        let suffix = match symbol.rsplit_once('.') {
            Some((_, suffix)) => suffix,
            None if symbol.starts_with('^') => return None,
            None => "",
        };
        self.by_suffix(suffix).map(|exchange| &exchange.code)
    }
}

/// A symbol of what stands beside shares.
#[derive(Debug)]
pub(crate) struct Beside {
    pub(crate) code: ExchangeCode,
    pub(crate) ticker: String,
    /// Another symbol that has its folder already.
    pub(crate) taken_by: Option<String>,
    /// Nobody knows when it has a session.
    pub(crate) lacks_sessions: bool,
}

impl Listing {
    fn named(exchange: ExchangeCode, ticker: Ticker, symbol: Arc<str>) -> Self {
        Self::from_parts(exchange, ticker, Symbol::of(symbol))
    }
}
