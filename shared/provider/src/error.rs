use std::time::Duration;

use super::ProviderName;
use quantx_market::Symbol;

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
    /// We stopped asking: the vendor kept throttling and the circuit is open for this run.
    #[error("{provider} keeps throttling; not asked any more in this run")]
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
    #[error("not a chart answer")]
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
    Unordered { date: quantx_market::Date },
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
            | Self::TooLarge { .. } => Retry::Never,
            Self::Throttled { retry_after, .. } => Retry::PauseAll(*retry_after),
            Self::Unavailable { retry_after, .. } => Retry::After(*retry_after),
            Self::TimedOut { .. } | Self::Connection { .. } | Self::NotData { .. } => {
                Retry::After(None)
            }
            Self::Unreadable { source, .. } => match source {
                // A broken body may be whole the next time; a wrong one is wrong again.
                ParseError::Json(_) => Retry::After(None),
                ParseError::WrongSymbol { .. }
                | ParseError::WrongGranularity { .. }
                | ParseError::Ragged { .. }
                | ParseError::TimeZone { .. }
                | ParseError::Stamp { .. }
                | ParseError::Unordered { .. } => Retry::Never,
            },
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
            Self::TooLarge { .. } => "too_large",
            Self::Unreadable { source, .. } => match source {
                ParseError::Json(_) => "unreadable",
                ParseError::WrongSymbol { .. } => "wrong_symbol",
                ParseError::WrongGranularity { .. } => "wrong_granularity",
                ParseError::Ragged { .. } => "ragged",
                ParseError::TimeZone { .. } => "time_zone",
                ParseError::Stamp { .. } | ParseError::Unordered { .. } => "stamps",
            },
        }
    }
}
