//! The activities by name: what both drivers of the workflow call.

use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument;

use super::{CHUNK, Meter, PLAN, PUBLISH};
use crate::operations::{Context, OperationError, chunked, publish};
use crate::storage::StorageError;
use crate::workflow::{Activities, Failure, kind};

/// Every activity's name.
pub const ACTIVITIES: [&str; 3] = [PLAN, CHUNK, PUBLISH];

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
        let (own, name) = (self.clone(), name.to_owned());
        let runtime = tokio::runtime::Handle::current();
        // A thread of its own: merging and encoding must not keep others from being answered, and a
        // panic stays here.
        // Its lines in the log belong to the invocation still.
        let span = tracing::Span::current();
        let work = move || runtime.block_on(own.perform(&name, input).instrument(span));
        let done = tokio::task::spawn_blocking(work);
        async move {
            let ended =
                |error: tokio::task::JoinError| Failure::transient("Worker", error.to_string());
            done.await.map_err(ended)?
        }
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
                write(Box::pin(publish::publish(context, &order, &self.meter)).await)
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
    let message = super::super::listing::chain(error);
    match error {
        OperationError::Storage { source, .. } => match source {
            StorageError::PermissionDenied { .. } | StorageError::NotADirectory { .. } => {
                Failure::permanent("Storage", message)
            }
            _ => Failure::transient("Storage", message),
        },
        OperationError::Contended { .. } => Failure::transient("Contended", message),
        OperationError::Worker(_) => Failure::transient("Worker", message),
        OperationError::WorkingMemory { .. } => Failure::permanent("WorkingMemory", message),
        OperationError::Selection(_) => Failure::permanent("Universe", message),
        _ => Failure::permanent("Operation", message),
    }
}
