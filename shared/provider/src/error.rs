use std::time::Duration;

use super::ProviderName;
use quantx_market::{Date, ExchangeCode, Symbol};

/// Why a provider gave no bars for one request. Variants are things a caller does differently.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// The vendor does not list the symbol now. Evidence, not proof: vendors say so by mistake.
    #[error("{provider} does not list {symbol}")]
    UnknownSymbol {
        provider: ProviderName,
        symbol: Symbol,
    },
    /// The vendor knows the symbol and has no row in the range asked.
    #[error("{provider} has no data for {symbol} in this range")]
    NoData {
        provider: ProviderName,
        symbol: Symbol,
    },
    /// The vendor's data of the symbol begins after the range asked.
    #[error("{provider} says that {symbol} was not listed yet in this range")]
    NotListedYet {
        provider: ProviderName,
        symbol: Symbol,
    },
    /// Too many requests. `retry_after` is the server's own hint, if it gave one.
    #[error("{provider} throttled us")]
    Throttled {
        provider: ProviderName,
        retry_after: Option<Duration>,
    },
    /// We stopped asking: the vendor kept throttling or refuses the account, and the circuit is open for
    /// this run.
    #[error("{provider} refuses us; not asked any more in this run")]
    CircuitOpen { provider: ProviderName },
    /// The server failed (5xx).
    #[error("{provider} answered HTTP {status}")]
    Unavailable {
        provider: ProviderName,
        status: u16,
        retry_after: Option<Duration>,
    },
    /// No answer within the time limit.
    #[error("{provider} did not answer in time")]
    TimedOut { provider: ProviderName },
    /// The connection failed or broke before the whole body was here.
    #[error("connection to {provider} failed")]
    Connection {
        provider: ProviderName,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A page for people (consent, outage, proof of work) where data should be.
    #[error("{provider} sent a page instead of data (HTTP {status}, {content_type})")]
    NotData {
        provider: ProviderName,
        status: u16,
        content_type: String,
    },
    /// The request itself was refused: our bug or a changed protocol.
    #[error("{provider} refused the request: HTTP {status}, {detail}")]
    Rejected {
        provider: ProviderName,
        status: u16,
        detail: String,
    },
    /// No key, or one that the vendor does not take.
    #[error("{provider} does not take the key (HTTP {status})")]
    Unauthorized { provider: ProviderName, status: u16 },
    /// The account may not ask this: the plan that is paid for does not have it.
    #[error("{provider} says that the account may not ask this: {detail}")]
    NotEntitled {
        provider: ProviderName,
        detail: String,
    },
    /// What the account may ask in a day, hour or month is used up.
    #[error("the quota at {provider} is used up: {detail}")]
    QuotaSpent {
        provider: ProviderName,
        detail: String,
    },
    /// The vendor has nothing of the exchange.
    #[error("{provider} does not cover the exchange {exchange}")]
    NotCovered {
        provider: ProviderName,
        exchange: ExchangeCode,
    },
    /// The vendor has no row of any listing of the exchange on the date.
    #[error("{provider} has no rows of the exchange {exchange} on {date}")]
    NoDay {
        provider: ProviderName,
        exchange: ExchangeCode,
        date: Date,
    },
    /// A file of the user's own that is there and cannot be read.
    #[error("cannot read {path}")]
    File {
        provider: ProviderName,
        path: String,
        #[source]
        source: std::io::Error,
    },
    /// A body over the limit from the settings.
    #[error("answer of {provider} is larger than {limit_bytes} bytes")]
    TooLarge {
        provider: ProviderName,
        limit_bytes: u64,
    },
    /// A reply that is not what the protocol promises.
    #[error("unreadable reply from {provider}")]
    Unreadable {
        provider: ProviderName,
        #[source]
        source: ParseError,
    },
}

/// What is wrong with the body of an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Not JSON of the documented shape (cut off, retyped, missing required fields).
    #[error("not JSON of the documented shape")]
    Json(#[source] serde_json::Error),
    /// The answer is for another symbol: never to be stored.
    #[error("asked for {asked}, answered for {got}")]
    WrongSymbol { asked: String, got: String },
    /// The vendor changed the interval.
    #[error("asked for bars of 1d, answered with {got:?}")]
    WrongGranularity { got: String },
    /// Columns of different lengths.
    #[error("{column} has {got} values for {expected} stamps")]
    Ragged {
        column: &'static str,
        got: usize,
        expected: usize,
    },
    /// A time zone that the bundled database does not have, or none.
    #[error("unknown exchange time zone {got:?}")]
    TimeZone { got: String },
    /// A stamp outside the range of dates.
    #[error("stamp {got} is not a time")]
    Stamp { got: i64 },
    /// Rows not in ascending order of time.
    #[error("rows are not in order of time at {date}")]
    Unordered { date: Date },
    /// Text where a date should be.
    #[error("{got:?} is not a date")]
    Date { got: String },
    /// The answer is for another date.
    #[error("asked for {asked}, answered for {got}")]
    WrongDate { asked: Date, got: Date },
    /// A line of a table or page that is not what its head promises, or a table that ends too early.
    #[error("line {line}: {detail}")]
    Line { line: usize, detail: String },
}

/// Whether asking again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No: the same question gets the same answer.
    Never,
    /// Yes, after a backoff or the server's own hint.
    After(Option<Duration>),
    /// Yes, but every worker must pause first: the limit is per address.
    PauseAll(Option<Duration>),
    /// No, and no other question either: the account as a whole is refused.
    StopAll,
}

impl ProviderError {
    /// Whether asking again can help. Exhaustive, so that a new variant cannot forget to choose.
    pub fn retry(&self) -> Retry {
        match self {
            Self::UnknownSymbol { .. }
            | Self::NoData { .. }
            | Self::NotListedYet { .. }
            | Self::CircuitOpen { .. }
            | Self::Rejected { .. }
            | Self::NotEntitled { .. }
            | Self::NotCovered { .. }
            | Self::NoDay { .. }
            | Self::File { .. }
            | Self::TooLarge { .. } => Retry::Never,
            Self::Unauthorized { .. } | Self::QuotaSpent { .. } => Retry::StopAll,
            Self::Throttled { retry_after, .. } => Retry::PauseAll(*retry_after),
            Self::Unavailable { retry_after, .. } => Retry::After(*retry_after),
            Self::TimedOut { .. } | Self::Connection { .. } | Self::NotData { .. } => {
                Retry::After(None)
            }
            Self::Unreadable { source, .. } => match source {
                // A broken body may be whole the next time; a wrong one is wrong again.
                ParseError::Json(_) | ParseError::Line { .. } => Retry::After(None),
                ParseError::WrongSymbol { .. }
                | ParseError::WrongGranularity { .. }
                | ParseError::Ragged { .. }
                | ParseError::TimeZone { .. }
                | ParseError::Stamp { .. }
                | ParseError::Date { .. }
                | ParseError::WrongDate { .. }
                | ParseError::Unordered { .. } => Retry::Never,
            },
        }
    }

    /// Whether the vendor said nothing about what was asked, so that another one should be: it is away,
    /// throttles, refuses the account or sends what cannot be read. That it does not know a symbol, or has
    /// nothing in the range, is an answer.
    pub fn is_no_answer(&self) -> bool {
        match self {
            Self::UnknownSymbol { .. }
            | Self::NoData { .. }
            | Self::NotListedYet { .. }
            | Self::NoDay { .. } => false,
            Self::Throttled { .. }
            | Self::CircuitOpen { .. }
            | Self::Unavailable { .. }
            | Self::TimedOut { .. }
            | Self::Connection { .. }
            | Self::NotData { .. }
            | Self::Rejected { .. }
            | Self::Unauthorized { .. }
            | Self::NotEntitled { .. }
            | Self::QuotaSpent { .. }
            | Self::NotCovered { .. }
            | Self::File { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. } => true,
        }
    }

    /// Short stable name for reports.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownSymbol { .. } => "unknown_symbol",
            Self::NoData { .. } => "no_data",
            Self::NotListedYet { .. } => "not_listed_yet",
            Self::Throttled { .. } => "throttled",
            Self::CircuitOpen { .. } => "circuit_open",
            Self::Unavailable { .. } => "unavailable",
            Self::TimedOut { .. } => "timed_out",
            Self::Connection { .. } => "connection",
            Self::NotData { .. } => "not_data",
            Self::Rejected { .. } => "rejected",
            Self::Unauthorized { .. } => "unauthorized",
            Self::NotEntitled { .. } => "not_entitled",
            Self::QuotaSpent { .. } => "quota_spent",
            Self::NotCovered { .. } => "not_covered",
            Self::NoDay { .. } => "no_day",
            Self::File { .. } => "file",
            Self::TooLarge { .. } => "too_large",
            Self::Unreadable { source, .. } => match source {
                ParseError::Json(_) | ParseError::Line { .. } => "unreadable",
                ParseError::WrongSymbol { .. } => "wrong_symbol",
                ParseError::WrongGranularity { .. } => "wrong_granularity",
                ParseError::Ragged { .. } => "ragged",
                ParseError::TimeZone { .. } => "time_zone",
                ParseError::WrongDate { .. } => "wrong_date",
                ParseError::Stamp { .. }
                | ParseError::Date { .. }
                | ParseError::Unordered { .. } => "stamps",
            },
        }
    }
}
