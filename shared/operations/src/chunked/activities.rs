//! The activities of a run, one method each, and a whole run within one process.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use super::request::Rehearsal;
use super::{
    CHUNK, ChunkAnswer, ChunkRequest, PLAN, PUBLISH, PlanRequest, Planned, PublishAnswer,
    PublishRequest, RunRequest, RunSummary,
};
use crate::reports::ReportError;
use crate::run::Meter;
use crate::universes::SelectionError;
use crate::{AssembleError, Context, OperationError, apart, chunked, heartbeat};
use quantx_durable::Failure;
use quantx_storage::StorageError;

/// The activities in this process, each on a thread of its own.
#[derive(Debug, Clone)]
pub struct InProcess {
    /// What operations take.
    pub context: Context,
    /// Where relative files of the universes are looked for.
    pub config_dir: PathBuf,
    /// What this process used and has not yet reported.
    pub meter: Arc<Meter>,
}

impl InProcess {
    /// Measures from now on.
    pub fn new(context: Context, config_dir: PathBuf) -> Self {
        Self {
            meter: Arc::new(Meter::new(&context)),
            context,
            config_dir,
        }
    }

    /// Makes the work list of a run: [`PLAN`].
    ///
    /// # Errors
    /// [`Failure`] that says whether another attempt may help.
    pub async fn plan(self, request: PlanRequest) -> Result<Planned, Failure> {
        let plan = move || async move {
            let is_real = request.request.rehearsal == Rehearsal::Real;
            if is_real {
                heartbeat::run_begins(&self.context).await;
            }
            let planned = chunked::plan(&self.context, &request, &self.config_dir).await;
            if is_real {
                fails_for_good(&self.context, &planned).await;
            }
            planned
        };
        on_own_thread(PLAN.name(), plan).await
    }

    /// Works on one chunk of a run: [`CHUNK`].
    ///
    /// # Errors
    /// As [`InProcess::plan`].
    pub async fn chunk(self, request: ChunkRequest) -> Result<ChunkAnswer, Failure> {
        let work = move || async move {
            Box::pin(chunked::work(&self.context, &request, &self.meter)).await
        };
        on_own_thread(CHUNK.name(), work).await
    }

    /// Ends a run: [`PUBLISH`].
    ///
    /// # Errors
    /// As [`InProcess::plan`].
    pub async fn publish(self, request: PublishRequest) -> Result<PublishAnswer, Failure> {
        let publish = move || async move {
            let publish = Box::pin(chunked::publish(&self.context, &request, &self.meter));
            let published = publish.await;
            fails_for_good(&self.context, &published).await;
            published
        };
        on_own_thread(PUBLISH.name(), publish).await
    }

    /// Runs a request to its end, without a workflow: [`run_here`](chunked::run_here).
    ///
    /// # Errors
    /// As [`InProcess::plan`].
    pub async fn whole_run(self, request: RunRequest) -> Result<RunSummary, Failure> {
        let run = move || async move {
            Box::pin(chunked::run_here(&self.context, &request, &self.config_dir)).await
        };
        on_own_thread("run", run).await
    }
}

/// Says so where no other attempt follows. One that does begins with the same heartbeat as the first, which
/// only says again that the run is under way; when the last of them fails the alarm is that no end comes.
async fn fails_for_good<T>(context: &Context, outcome: &Result<T, OperationError>) {
    if let Err(error) = outcome
        && !failure(error).retryable
    {
        heartbeat::run_fails(context).await;
    }
}

/// A panic stays there, and its lines in the log belong to the invocation still.
async fn on_own_thread<T, F>(
    name: &'static str,
    activity: impl FnOnce() -> F + Send + 'static,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, OperationError>>,
    T: Send + 'static,
{
    let work = move || async move { activity().await.map_err(|error| failure(&error)) };
    let outcome = apart(name, work).await;
    outcome
        .map_err(|error| Failure::transient("Worker", error.to_string()))
        .flatten()
}

fn failure(error: &OperationError) -> Failure {
    let message = crate::listing::chain(error);
    match error {
        OperationError::Storage { source, .. } => storage_failure(source, message),
        OperationError::Report(ReportError::Storage(source)) => storage_failure(source, message),
        OperationError::Contended { .. } => Failure::transient("Contended", message),
        OperationError::Worker(_) => Failure::transient("Worker", message),
        OperationError::WorkingMemory { .. } => Failure::permanent("WorkingMemory", message),
        OperationError::Request { .. } => Failure::permanent("Request", message),
        OperationError::Selection(SelectionError::Storage(source)) => {
            storage_failure(source, message)
        }
        OperationError::Selection(_) => Failure::permanent("Universe", message),
        _ => Failure::permanent("Operation", message),
    }
}

/// A failure of the store; permanent where only a person can help.
fn storage_failure(error: &StorageError, message: String) -> Failure {
    Failure {
        retryable: !error.needs_a_person(),
        ..Failure::permanent("Storage", message)
    }
}

/// Why there is nothing to work on: the lake or the vendor's client cannot be set up.
impl From<&AssembleError> for Failure {
    fn from(error: &AssembleError) -> Self {
        let message = crate::listing::chain(error);
        match error {
            AssembleError::Storage(source) => storage_failure(source, message),
            AssembleError::Vendor(_) => Failure::permanent("Vendor", message),
            AssembleError::Holidays(_) => Failure::permanent("Settings", message),
        }
    }
}
