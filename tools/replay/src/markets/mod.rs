//! The markets that can be replayed.

mod beside;
mod csv_folder;
mod habits;
mod loaded;
mod recorded;
mod sample;
mod spec;
mod synthetic;
mod walk;

use std::fmt;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use super::chart::Answer;
use super::truth::SymbolTruth;
use super::venue::Venue;

pub use spec::{MarketSpec, MarketSpecError, Scope};

/// A market with its whole history, past and to come.
pub trait Market: fmt::Debug + Send + Sync {
    /// Every symbol that ever answers, in the market's own order.
    fn symbols(&self) -> Vec<String>;

    /// What really happened; `None` for an unknown symbol and for recorded answers, whose truth
    /// nobody knows.
    fn truth(&self, symbol: &str) -> Option<Arc<SymbolTruth>>;

    /// Where a symbol trades; cheap, unlike its truth.
    fn venue(&self, symbol: &str) -> Option<Arc<Venue>>;

    /// The answer that was recorded at or before `as_of`, in a market of recordings.
    fn recorded(&self, symbol: &str, as_of: Timestamp) -> Option<Answer> {
        let _ = (symbol, as_of);
        None
    }
}

/// Opens the market of `spec`; `seed` makes a synthetic one.
///
/// # Errors
/// An [`io::Error`] that names the file or folder, when a folder cannot be read as what it should be.
pub fn open_market(spec: &MarketSpec, seed: u64) -> io::Result<Arc<dyn Market>> {
    Ok(match spec {
        MarketSpec::Sample => Arc::new(sample::embedded()?),
        MarketSpec::Synthetic { listings, scope } => {
            Arc::new(synthetic::SyntheticMarket::new(*listings, *scope, seed)?)
        }
        MarketSpec::Csv(folder) => Arc::new(csv_folder::read(folder)?),
        MarketSpec::Recorded(folder) => Arc::new(recorded::RecordedMarket::read(folder)?),
    })
}

/// An error about the content of `what`.
fn unusable(what: impl fmt::Display, problem: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {problem}"))
}
