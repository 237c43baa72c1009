//! The activities by name: what both drivers of the workflow call.

use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{CHUNK, PLAN, PUBLISH};
use crate::run::{Meter, ReportError};
use crate::universes::SelectionError;
use crate::{ApartError, AssembleError, Context, OperationError, apart, chunked};
use quantx_storage::StorageError;
use quantx_workflow::{Activities, Failure, kind};

/// The activities in this process.
#[derive(Debug, Clone)]
pub struct InProcess {
    /// What operations take.
    pub context: Context,
    /// Where relative files of the universes are looked for.
    pub config_dir: PathBuf,
    /// What this process used and has not told.
    pub meter: Arc<Meter>,
}

impl Activities for InProcess {
    fn run(&self, name: &str, input: Value) -> BoxFuture<'static, Result<Value, Failure>> {
        let (own, activity) = (self.clone(), name.to_owned());
        // A panic stays there, and its lines in the log belong to the invocation still.
        let work = apart(
            name,
            move || async move { own.perform(&activity, input).await },
        );
        let ended = |error: ApartError| Failure::transient("Worker", error.to_string());
        work.map(move |outcome| outcome.map_err(ended).flatten())
            .boxed()
    }
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

    /// Runs one activity.
    ///
    /// # Errors
    /// [`Failure`] that says whether another attempt may help.
    pub async fn perform(&self, name: &str, input: Value) -> Result<Value, Failure> {
        let context = &self.context;
        match name {
            PLAN => {
                let order = read(input)?;
                write(chunked::plan(context, &order, &self.config_dir).await)
            }
            CHUNK => {
                let order = read(input)?;
                write(Box::pin(chunked::work(context, &order, &self.meter)).await)
            }
            PUBLISH => {
                let order = read(input)?;
                write(Box::pin(chunked::publish(context, &order, &self.meter)).await)
            }
            other => {
                let message = format!("there is no activity {other}");
                Err(Failure::permanent("UnknownActivity", message))
            }
        }
    }
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, Failure> {
    serde_json::from_value(input)
        .map_err(|error| Failure::permanent(kind::UNREADABLE, error.to_string()))
}

fn write<T: Serialize>(outcome: Result<T, OperationError>) -> Result<Value, Failure> {
    let output = outcome.map_err(|error| failure(&error))?;
    serde_json::to_value(output)
        .map_err(|error| Failure::permanent(kind::UNWRITABLE, error.to_string()))
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
            AssembleError::Yahoo(_) => Failure::permanent("Vendor", message),
        }
    }
}
