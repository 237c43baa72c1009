use std::fmt;
use std::sync::Arc;

use super::{ExchangeCode, InstrumentKind};

/// A listing's code on its own exchange (`AAPL`, `0700`, `BRK-B`), safe as a path segment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticker(Arc<str>);

impl Ticker {
    /// Longest code accepted; the longest real ones have about 12 characters.
    const MAX_LEN: usize = 24;

    /// Parses a local code; letters become upper case.
    ///
    /// # Errors
    /// [`SymbolError`] for an empty or overlong code and for anything that is not a letter, digit,
    /// `-`, `_` or an inner single dot.
    pub fn parse(code: &str) -> Result<Self, SymbolError> {
        let read = || code.to_owned();
        if code.is_empty() {
            return Err(SymbolError::Empty);
        }
        if code.len() > Self::MAX_LEN {
            return Err(SymbolError::TooLong {
                read: read(),
                max: Self::MAX_LEN,
            });
        }
        if let Some(bad) = code
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        {
            return Err(SymbolError::BadCharacter { read: read(), bad });
        }
        if code.starts_with('.') || code.ends_with('.') || code.contains("..") {
            return Err(SymbolError::PathLike { read: read() });
        }
        Ok(Self(code.to_ascii_uppercase().into()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ticker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Ticker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why text is not a symbol of the lake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolError {
    /// Nothing there.
    #[error("a symbol is empty")]
    Empty,
    /// Longer than any real symbol.
    #[error("symbol {read:?} has more than {max} characters")]
    TooLong { read: String, max: usize },
    /// A character that no symbol has and no path may have.
    #[error("symbol {read:?} has {bad:?}; allowed are letters, digits, '-', '_' and '.'")]
    BadCharacter { read: String, bad: char },
    /// Dots where a path would be meant.
    #[error("symbol {read:?} looks like a path; a dot stands alone, inside the symbol")]
    PathLike { read: String },
    /// The symbol is meant, but the vendor writes it otherwise.
    #[error("symbol {read:?} is written {meant}")]
    Misspelled { read: String, meant: String },
    /// Behind the dot stands neither a share class nor a suffix that is allowed there.
    #[error(
        "code {read:?} ends in {class:?}, which is no share class: those have one letter, as in BRK.B"
    )]
    NotAClass { read: String, class: String },
    /// No listing of the exchange without a suffix is called by a number.
    #[error(
        "symbol {read:?} is a number without the suffix of its exchange, as in 7203.T or 0700.HK"
    )]
    BareNumber { read: String },
    /// A number that is not whole.
    #[error("code {read:?} is a number with a fraction, which no code is")]
    Fraction { read: String },
    /// What a spreadsheet makes of codes such as `MAR1`.
    #[error(
        "code {read:?} is a date: a spreadsheet made it of another code; write that code as text"
    )]
    DateAsCode { read: String },
    /// An index of which nobody said when it has sessions.
    #[error(
        "index {read:?}: whose sessions it keeps is not known; say it in the settings, as instruments: {{ follows: {{ \"{read}\": us }} }}"
    )]
    NoSessions { read: String },
    /// A code of a list of shares that by its form is no share.
    #[error(
        "symbol {read:?} belongs to exchange {of} by its form; where it is a share, say so: instruments: {{ symbols: {{ {read}: us }} }}"
    )]
    OtherKind { read: String, of: ExchangeCode },
    /// Another symbol has the folder that this one would have.
    #[error(
        "symbol {read:?} would have the folder of {by}, which instruments.symbols of the settings puts there; take one of the two"
    )]
    Taken { read: String, by: String },
    /// A suffix that the table of exchanges does not have.
    #[error(
        "symbol {read:?} has the unknown suffix {suffix:?}; known are {known} (share classes are written with a dash: BRK-B)"
    )]
    UnknownSuffix {
        read: String,
        suffix: String,
        known: String,
    },
}

/// The symbol as vendors of Yahoo's family and this lake's users write it: `AAPL`, `0700.HK`, `^GSPC`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

impl Symbol {
    pub(crate) fn of(text: Arc<str>) -> Self {
        Self(text)
    }

    /// The symbol as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One security on one exchange: the unit in which the lake stores, fetches and reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listing {
    exchange: ExchangeCode,
    ticker: Ticker,
    symbol: Symbol,
}

impl Listing {
    /// The listing of a local code on a known exchange, its symbol in the form of its kind.
    pub(crate) fn of(exchange: &super::Exchange, ticker: Ticker) -> Self {
        let symbol = match exchange.kind() {
            InstrumentKind::Share if exchange.suffix.is_empty() => Symbol(ticker.0.clone()),
            InstrumentKind::Share => Symbol(format!("{ticker}.{}", exchange.suffix).into()),
            kind => Symbol(kind.symbol_of(&ticker).into()),
        };
        Self {
            exchange: exchange.code.clone(),
            ticker,
            symbol,
        }
    }

    pub(crate) fn from_parts(exchange: ExchangeCode, ticker: Ticker, symbol: Symbol) -> Self {
        Self {
            exchange,
            ticker,
            symbol,
        }
    }

    /// What it is.
    pub fn kind(&self) -> InstrumentKind {
        InstrumentKind::of(&self.exchange)
    }

    /// Short name of its exchange.
    pub fn exchange(&self) -> &ExchangeCode {
        &self.exchange
    }

    /// Local code, without suffix.
    pub fn ticker(&self) -> &Ticker {
        &self.ticker
    }

    /// Local code with suffix, or as the vendor writes what is no share: `^GSPC`, `EURUSD=X`.
    pub fn symbol(&self) -> &Symbol {
        &self.symbol
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.symbol.fmt(f)
    }
}

#[cfg(test)]
#[path = "instrument_tests.rs"]
mod instrument_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ExchangeTable;
    use crate::fixtures::exchange;

    fn table() -> ExchangeTable {
        ExchangeTable::new([
            exchange("us", ""),
            exchange("hk", "HK"),
            exchange("de", "DE"),
        ])
        .unwrap()
    }

    #[test]
    fn a_symbol_names_its_exchange_by_its_suffix() {
        for (symbol, exchange, ticker) in [
            ("AAPL", "us", "AAPL"),
            ("brk-b", "us", "BRK-B"),
            ("0700.HK", "hk", "0700"),
            ("0700.hk", "hk", "0700"),
            ("CON.DE", "de", "CON"),
            // Device names of Windows are listed companies and funds, and `ticker=CON` is no device.
            ("CON", "us", "CON"),
            ("PRN", "us", "PRN"),
            ("AUX", "us", "AUX"),
            ("NUL", "us", "NUL"),
            ("COM1", "us", "COM1"),
        ] {
            let listing = Listing::parse(symbol, &table()).unwrap();
            assert_eq!(listing.exchange().as_str(), exchange, "{symbol}");
            assert_eq!(listing.ticker().as_str(), ticker, "{symbol}");
            assert_eq!(listing.symbol().as_str(), symbol.to_ascii_uppercase());
        }
    }

    #[test]
    fn what_is_not_a_symbol_is_refused_by_name() {
        let error = |symbol: &str| Listing::parse(symbol, &table()).unwrap_err();
        assert_eq!(error(""), SymbolError::Empty);
        assert!(matches!(
            error("../x"),
            SymbolError::BadCharacter { bad: '/', .. }
        ));
        assert!(matches!(error(".."), SymbolError::PathLike { .. }));
        assert!(matches!(error(".HK"), SymbolError::PathLike { .. }));
        assert!(matches!(error("A..HK"), SymbolError::PathLike { .. }));
        assert_eq!(
            error("700.HK").to_string(),
            "symbol \"700.HK\" is written 0700.HK"
        );
        assert_eq!(
            error("00700.hk").to_string(),
            "symbol \"00700.hk\" is written 0700.HK"
        );
        assert!(matches!(error("7203"), SymbolError::BareNumber { .. }));
        assert!(matches!(
            error("2026-03-01"),
            SymbolError::DateAsCode { .. }
        ));
        assert!(matches!(error("BRK.B"), SymbolError::UnknownSuffix { .. }));
        assert!(matches!(
            error("AAPL\u{301}"),
            SymbolError::BadCharacter { .. }
        ));
        assert!(matches!(
            error("A\0"),
            SymbolError::BadCharacter { bad: '\0', .. }
        ));
    }
}
