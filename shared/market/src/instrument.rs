//! What a listing is: a share of an exchange, or one of what stands beside shares.

use std::fmt;

use super::{ExchangeCode, Ticker};

/// What a listing is, which decides the rules that its rows obey. The exchange's code says it.
///
/// | kind | folder | symbol | code in paths |
/// |---|---|---|---|
/// | index | `exchange=index` | `^GSPC` | `GSPC` |
/// | currency | `exchange=fx` | `EURUSD=X` | `EURUSD` |
/// | crypto | `exchange=crypto` | `BTC-USD` | `BTC-USD` |
/// | future | `exchange=future` | `CL=F` | `CL` |
/// | fund | `exchange=fund` | `0P0000XYZ1` | `0P0000XYZ1` |
///
/// Symbol and code are each other's inverse within a kind, so that two symbols never share a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstrumentKind {
    /// A share, a listed fund or whatever else trades like one.
    #[default]
    Share,
    /// A number that is worked out of prices: nobody trades it, and it pays nothing.
    Index,
    /// One currency in units of another.
    Currency,
    /// A token in units of a currency or of another token.
    Crypto,
    /// The nearest contract of a series. Its price may be zero or below, as CL=F's of 2020-04-20 (-37.63).
    Future,
    /// A share of a fund at its net asset value, once a day; nobody counts a volume.
    Fund,
}

impl InstrumentKind {
    /// What stands beside shares.
    pub const BESIDE_SHARES: [Self; 5] = [
        Self::Index,
        Self::Currency,
        Self::Crypto,
        Self::Future,
        Self::Fund,
    ];

    /// The lake's code of the kind, as in `exchange=index`; `None` for shares, which have an exchange each.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Share => None,
            Self::Index => Some("index"),
            Self::Currency => Some("fx"),
            Self::Crypto => Some("crypto"),
            Self::Future => Some("future"),
            Self::Fund => Some("fund"),
        }
    }

    /// The kind of what stands below an exchange's code.
    pub fn of(code: &ExchangeCode) -> Self {
        Self::of_code(code.as_str())
    }

    /// The same of a code as text; a text that is no code is that of shares.
    pub fn of_code(code: &str) -> Self {
        let mut kinds = Self::BESIDE_SHARES.into_iter();
        kinds
            .find(|kind| kind.code() == Some(code))
            .unwrap_or(Self::Share)
    }

    /// Whether a price may be zero or negative.
    #[inline]
    pub fn has_any_sign(self) -> bool {
        self == Self::Future
    }

    /// Whether it is split, pays dividends or distributes gains.
    pub fn has_actions(self) -> bool {
        matches!(self, Self::Share | Self::Fund)
    }

    /// Whether somebody counts what is traded of it, so that a volume says something of its row.
    pub fn has_volume(self) -> bool {
        matches!(self, Self::Share | Self::Crypto | Self::Future)
    }

    /// Whether each listing keeps the sessions of an exchange of its own.
    pub fn follows_an_exchange(self) -> bool {
        matches!(self, Self::Index | Self::Fund)
    }

    /// The symbol of a code of this kind, as vendors of Yahoo's family write it.
    pub(crate) fn symbol_of(self, ticker: &Ticker) -> String {
        match self {
            Self::Share | Self::Crypto | Self::Fund => ticker.to_string(),
            Self::Index => format!("^{ticker}"),
            Self::Currency => format!("{ticker}=X"),
            Self::Future => format!("{ticker}=F"),
        }
    }

    /// What is left of a symbol of this kind's form: the text of its code.
    pub(crate) fn code_in(self, symbol: &str) -> Option<&str> {
        match self {
            Self::Share | Self::Crypto | Self::Fund => Some(symbol),
            Self::Index => symbol.strip_prefix('^'),
            Self::Currency => symbol.strip_suffix("=X"),
            Self::Future => symbol.strip_suffix("=F"),
        }
    }

    /// The kind of a symbol in capitals that has the form of one beside shares: `^` before it, `=X` or `=F`
    /// behind it, a known quote currency behind its only dash, or `0P` and eight letters and digits.
    pub(crate) fn of_symbol(symbol: &str, is_quote: impl Fn(&str) -> bool) -> Option<Self> {
        let by_mark = [Self::Index, Self::Currency, Self::Future];
        let marked = by_mark
            .into_iter()
            .find(|kind| kind.code_in(symbol).is_some());
        marked.or_else(|| {
            if is_pair(symbol, is_quote) {
                Some(Self::Crypto)
            } else {
                is_fund(symbol).then_some(Self::Fund)
            }
        })
    }
}

/// `BTC-USD`: share classes have one letter behind the dash (`BRK-B`), and no kind of share has a currency there.
fn is_pair(symbol: &str, is_quote: impl Fn(&str) -> bool) -> bool {
    let parts = symbol.split_once('-');
    parts.is_some_and(|(base, quote)| {
        let is_token = !base.is_empty() && base.bytes().all(|b| b.is_ascii_alphanumeric());
        is_token && is_quote(quote)
    })
}

/// Morningstar's ids, by which vendors of Yahoo's family call funds without a ticker: `0P0000XYZ1.L`.
fn is_fund(symbol: &str) -> bool {
    let id = symbol.split_once('.').map_or(symbol, |(id, _)| id);
    id.len() == 10 && id.starts_with("0P") && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl fmt::Display for InstrumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Share => "share",
            Self::Index => "index",
            Self::Currency => "currency",
            Self::Crypto => "crypto pair",
            Self::Future => "future",
            Self::Fund => "fund",
        })
    }
}
