//! The workflows of an application, by name.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Context;
use crate::protocol::{from_input, to_json};
use crate::{Failure, Reply};

type Start = Arc<dyn Fn(Context, Option<String>) -> Reply + Send + Sync>;

/// The workflows of an application, by name. Cheap to clone.
#[derive(Clone, Default)]
pub struct Workflows {
    by_name: BTreeMap<String, Start>,
}

impl Workflows {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a workflow. Its input is read from JSON text, an absent one as `null`.
    #[must_use]
    pub fn with<I, O, F, W>(self, name: &str, workflow: W) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send,
        F: Future<Output = Result<O, Failure>> + Send + 'static,
        W: Fn(Context, I) -> F + Send + Sync + 'static,
    {
        let workflow = Arc::new(workflow);
        self.with_text(name, move |context, input| {
            let workflow = Arc::clone(&workflow);
            async move {
                let input = from_input(input.as_deref())?;
                let output = workflow(context, input).await?;
                to_json(&output).map(Some)
            }
        })
    }

    /// Adds a workflow that reads and writes the texts itself.
    #[must_use]
    pub fn with_text<F, W>(mut self, name: &str, workflow: W) -> Self
    where
        F: Future<Output = Result<Option<String>, Failure>> + Send + 'static,
        W: Fn(Context, Option<String>) -> F + Send + Sync + 'static,
    {
        let start: Start = Arc::new(move |context, input| workflow(context, input).boxed());
        self.by_name.insert(name.to_owned(), start);
        self
    }

    /// The workflow's future, or `None` if nobody has that name.
    pub fn start(&self, name: &str, context: Context, input: Option<String>) -> Option<Reply> {
        Some(self.by_name.get(name)?(context, input))
    }
}

impl fmt::Debug for Workflows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}
