use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::watch;

use quantx_clock::Clock;
use quantx_report::ListingReport;
use quantx_settings::Settings;
use quantx_storage::{Counting, LakeStore};

use crate::vendors::Vendors;

/// Everything an operation works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context {
    /// The resolved settings.
    pub settings: Arc<Settings>,
    /// The source of now; a run asks once.
    pub clock: Arc<dyn Clock>,
    /// Where bars come from; each brings its own rate limit and retries.
    pub vendors: Arc<Vendors>,
    /// Where the lake lies.
    pub store: Arc<Counting<Arc<dyn LakeStore>>>,
    /// Who wants to know how far the run is.
    pub observer: Arc<dyn RunObserver>,
    /// The way to end a run early.
    pub stop: StopSignal,
}

impl Context {
    /// The same, with so many listings worked on at once.
    pub(crate) fn with_workers(&self, workers: NonZeroUsize) -> Self {
        let mut settings = (*self.settings).clone();
        settings.fetcher.max_workers = workers;
        Self {
            settings: Arc::new(settings),
            ..self.clone()
        }
    }
}

/// Hears of a run's progress. Calls must be quick; they come from the run's own task.
pub trait RunObserver: fmt::Debug + Send + Sync {
    /// The work list is known.
    fn started(&self, _n_listings: usize) {}
    /// One listing is done.
    fn listing_done(&self, _report: &ListingReport) {}
    /// One listing is proven or compared; so much was found in it.
    fn listing_proven(&self, _symbol: &str, _n_findings: usize) {}
    /// No listing is left.
    fn finished(&self) {}
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl RunObserver for Silent {}

/// The asking side of an early end: Ctrl-C, a deadline.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The listening side: no new listing is started after a request, commits under way are finished.
#[derive(Debug, Clone)]
pub struct StopSignal(watch::Receiver<bool>);

impl Stopper {
    /// A pair of asking and listening side.
    pub fn new() -> (Self, StopSignal) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), StopSignal(receiver))
    }

    /// Asks every listener to end.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

impl StopSignal {
    /// A signal that never comes.
    pub fn never() -> Self {
        Stopper::new().1
    }

    /// Whether an end was asked for.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once an end is asked for. Cancel-safe.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|requested| *requested).await.is_err() {
            // The asking side is gone: nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }
}
