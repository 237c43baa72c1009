//! The promise of [`BarProvider`], asked of a vendor's client and every decorator.
//!
//! A vendor brings a world whose truth is known from elsewhere ([`World`]) and a way to open its client in
//! it at an instant, with something going wrong ([`Scene`]). The checks know nothing of any protocol.

mod history;
mod refusals;
mod requests;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quantx::market::{Action, Date, Listing, VendorHistory};
use quantx::provider::{BarProvider, HistoryRequest, ProviderError};

/// One session of a listing as the exchange had it.
#[derive(Debug, Clone, Copy)]
pub struct KnownSession {
    /// In the exchange's time zone.
    pub date: Date,
    /// The regular open, inclusive.
    pub open: Timestamp,
    /// The regular close, exclusive.
    pub end: Timestamp,
    /// The close as traded, in the quoted unit.
    pub close: f64,
}

/// What is known of the vendor's market without asking the vendor.
#[derive(Debug)]
pub struct World {
    /// A listing with at least one split and one dividend, each with sessions on both sides.
    pub listing: Listing,
    /// Of its exchange.
    pub time_zone: TimeZone,
    /// Quoted unit of its prices.
    pub currency: &'static str,
    /// Its sessions, ascending; at least a hundred.
    pub sessions: Vec<KnownSession>,
    /// Its splits and dividends as declared, ascending.
    pub actions: Vec<Action>,
    /// A symbol that the vendor never had.
    pub unknown: Listing,
    /// A listing, and an instant before its first session.
    pub not_yet: (Listing, Timestamp),
}

/// What goes wrong with the answer to the first request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Too many requests, with the vendor's own hint how long to wait.
    Throttled(Option<Duration>),
    /// The vendor's server fails.
    ServerError,
    /// Nothing comes; the client's time limit is half a second.
    Hang,
    /// The body ends half way.
    CutOff,
    /// A page for people.
    Page,
    /// Somebody else's bars.
    OtherSymbol,
    /// Some sessions without prices.
    NullRows,
    /// An answer over the client's limit.
    TooLarge,
}

/// The instant at which the vendor is looked at, and what goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// The vendor's now.
    pub now: Timestamp,
    /// `None`: all is well.
    pub trouble: Option<Trouble>,
}

/// A client, and whatever has to live as long as it.
#[derive(Debug)]
pub struct Opened {
    /// The client, which asks once per call: retries are the decorator's.
    pub provider: Arc<dyn BarProvider>,
    /// The vendor.
    pub vendor: Box<dyn Any + Send + Sync>,
}

/// Runs every check, each with a client that `open` makes; a broken promise panics.
pub async fn run_all(world: &World, open: impl AsyncFn(Scene) -> Opened) {
    let suite = Suite { world, open };
    history::run(&suite).await;
    refusals::run(&suite).await;
    requests::run(&suite).await;
}

struct Suite<'a, F> {
    world: &'a World,
    open: F,
}

impl<F: AsyncFn(Scene) -> Opened> Suite<'_, F> {
    /// A client of a vendor with whom all is well.
    async fn well(&self, now: Timestamp) -> Opened {
        (self.open)(Scene { now, trouble: None }).await
    }

    async fn troubled(&self, trouble: Trouble) -> Opened {
        let scene = Scene {
            now: self.evening(),
            trouble: Some(trouble),
        };
        (self.open)(scene).await
    }

    /// Hours after the close of the last known session.
    fn evening(&self) -> Timestamp {
        self.last().end + Duration::from_secs(3 * 3_600)
    }

    fn first(&self) -> KnownSession {
        self.world.sessions[0]
    }

    fn last(&self) -> KnownSession {
        *self.world.sessions.last().unwrap()
    }

    /// The session on or after a date.
    fn session_from(&self, date: Date) -> KnownSession {
        let at = self.index_from(date);
        self.world.sessions[at]
    }

    fn index_from(&self, date: Date) -> usize {
        self.world
            .sessions
            .partition_point(|session| session.date < date)
    }

    /// The known dates from `start` on.
    fn dates_from(&self, start: Date) -> Vec<Date> {
        let sessions = &self.world.sessions[self.index_from(start)..];
        sessions.iter().map(|session| session.date).collect()
    }

    fn request(&self, start: Date, now: Timestamp) -> HistoryRequest {
        HistoryRequest {
            listing: self.world.listing.clone(),
            start,
            now,
        }
    }

    /// All from the first known session on, asked in the evening of the last.
    fn whole(&self) -> HistoryRequest {
        self.request(self.first().date, self.evening())
    }
}

fn dates(history: &VendorHistory) -> Vec<Date> {
    history.rows.iter().map(|row| row.date).collect()
}

/// The error of a request that must not have an answer.
fn refused<T: fmt::Debug>(answer: Result<T, ProviderError>) -> ProviderError {
    answer.expect_err("there is nothing to answer with")
}
