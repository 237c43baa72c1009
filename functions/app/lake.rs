//! The lake: opened once per process, and handed out with counters of its own.

use std::sync::Arc;
use std::time::Duration;

use quantx::durable::Failure;
use quantx::operations::chunked::InProcess;
use quantx::operations::{self, Choices, Context, Effects, Silent, StopSignal, assemble};
use quantx::storage::{Counting, LakeStore};

use super::App;
use crate::host::reply::InvocationError;

/// How much of the vendor's rate a process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VendorRate {
    /// Others work on the same run.
    Share,
    /// Nobody else does.
    Whole,
}

impl App {
    /// What operations take: the lake, with counters of its own.
    ///
    /// # Errors
    /// [`Failure`] when the settings are wrong or the lake cannot be opened.
    pub(crate) async fn context(&self, stop: StopSignal) -> Result<Context, Failure> {
        let settings = self.settings()?;
        let open = || async {
            let choices = Choices {
                effects: Effects::Write,
                clock: Arc::clone(&self.clock),
                observer: Arc::new(Silent),
                stop: StopSignal::never(),
            };
            Box::pin(assemble(settings.clone(), choices)).await
        };
        let lake = self.lake.get_or_try_init(open).await;
        let lake = lake.map_err(|error| Failure::from(&error))?;
        let store: Arc<dyn LakeStore> = Arc::clone(&lake.store) as Arc<dyn LakeStore>;
        Ok(Context {
            store: Arc::new(Counting::shared(store)),
            stop,
            ..lake.clone()
        })
    }

    /// The activities of a run on the lake. `rate` says how much of the vendor's rate they may use.
    ///
    /// # Errors
    /// As [`App::context`], and when the vendor's client cannot be set up.
    pub(crate) async fn activities(
        &self,
        stop: StopSignal,
        rate: VendorRate,
    ) -> Result<InProcess, Failure> {
        let mut context = self.context(stop).await?;
        let settings = Arc::clone(&context.settings);
        // Chunks run in several processes at once and the limit is the vendor's: each has its share.
        // A client of its own, because a circuit that opened stays open.
        let share = match rate {
            VendorRate::Share => settings.fetcher.max_parallel_chunks.get(),
            VendorRate::Whole => 1,
        };
        let vendors = operations::vendors(&settings, share).map_err(|error| {
            Failure::permanent("Vendor", InvocationError::of(&error).to_string())
        })?;
        context.vendors = Arc::new(vendors);
        Ok(InProcess::new(context, self.config_dir().to_owned()))
    }

    /// Probes the lake for at most `wait`: whether it opens, and what `check` then finds. `None` when
    /// that took longer.
    pub(crate) async fn probe<T, F>(
        self: &Arc<Self>,
        wait: Duration,
        check: impl FnOnce(Result<Context, Failure>) -> F + Send + 'static,
    ) -> Option<T>
    where
        F: Future<Output = T> + Send,
        T: Send + 'static,
    {
        let app = Arc::clone(self);
        let probe = async move { check(app.context(StopSignal::never()).await).await };
        self.workers.probe(wait, probe).await
    }
}
