use std::error::Error;
use std::time::Duration;

use super::{RedirectRefusal, SourceKind};
use quantx_settings::WebAddress;

/// Why there is no client: the User-Agent cannot be sent, or the system has no certificates.
#[derive(Debug, thiserror::Error)]
#[error("cannot make the HTTP client that asks sources of universes")]
pub struct SourceSetupError(#[source] pub(super) reqwest::Error);

/// Why there is no page, sheet or file. Addresses stand without their queries.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Our own address is none to the HTTP client.
    #[error("{address} is no address to ask")]
    NotAnAddress { address: String },
    /// Connecting or answering took too long.
    #[error("{address} did not answer in time")]
    TimedOut { address: String },
    /// No connection, or one that broke before the body was whole.
    #[error("cannot read {address}")]
    Connection {
        address: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The answer leads to where we do not go.
    #[error("{address} leads elsewhere")]
    Redirect {
        address: String,
        #[source]
        source: RedirectRefusal,
    },
    /// Too many requests. `retry_after` is the server's own hint in seconds, if it gave one.
    #[error("{address} asks for fewer requests (429)")]
    Throttled {
        address: String,
        retry_after: Option<Duration>,
    },
    /// The server's own trouble, with its hint when to come back.
    #[error("{address} is in trouble ({status})")]
    Unavailable {
        address: String,
        status: u16,
        retry_after: Option<Duration>,
    },
    /// Asking again will not help.
    #[error("{address} refused ({status}){}", advice(*status))]
    Refused { address: String, status: u16 },
    /// More than a list of securities ever has.
    #[error("{address} has more than {limit_bytes} bytes")]
    TooLarge { address: String, limit_bytes: u64 },
    /// An error page or a moved list.
    #[error("{address} is no {wanted} but {found}; does the address still lead to the list?")]
    WrongKind {
        address: String,
        wanted: SourceKind,
        found: String,
    },
}

fn advice(status: u16) -> &'static str {
    match status {
        300..=399 => "; it leads to an address that cannot be asked",
        403 => "; the User-Agent must name who asks, with a contact",
        404 | 410 => "; the list has moved: its address in universes.yaml needs a change",
        _ => "",
    }
}

/// Whether another attempt can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    No,
    /// Not before the server's own hint.
    After(Option<Duration>),
}

impl FetchError {
    /// Exhaustive, so that a new variant cannot forget to choose.
    pub(super) fn again(&self) -> Retry {
        match self {
            Self::NotAnAddress { .. }
            | Self::Redirect { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::WrongKind { .. } => Retry::No,
            Self::TimedOut { .. } | Self::Connection { .. } => Retry::After(None),
            Self::Throttled { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                Retry::After(*retry_after)
            }
        }
    }

    pub(super) fn broken(address: &WebAddress, error: reqwest::Error) -> Self {
        let address = address.to_string();
        // The URL may hold a key in its query, and is told already.
        let error = error.without_url();
        if let Some(source) = refusal(&error) {
            Self::Redirect { address, source }
        } else if error.is_timeout() {
            Self::TimedOut { address }
        } else {
            Self::Connection {
                address,
                source: Box::new(error),
            }
        }
    }
}

/// The redirect policy's own word, which the HTTP client wraps.
fn refusal(error: &reqwest::Error) -> Option<RedirectRefusal> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(refusal) = error.downcast_ref::<RedirectRefusal>() {
            return Some(refusal.clone());
        }
        source = error.source();
    }
    None
}
