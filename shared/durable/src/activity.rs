//! Activities: whatever touches the world, by name and type.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Failure, kind};

/// The name of an activity, with the types of what it takes and gives.
///
/// One constant is used by the workflow, by who registers the activity and by the function of that
/// name, so that the three cannot disagree. Let inputs be JSON objects: the host adds and removes
/// quotes around bare texts.
pub struct Activity<I, O> {
    name: &'static str,
    types: PhantomData<fn(I) -> O>,
}

impl<I, O> Activity<I, O> {
    /// The activity of that name.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            types: PhantomData,
        }
    }

    /// The name, which is also its function's.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

// By hand: a derive would ask the same of `I` and `O`.
impl<I, O> Clone for Activity<I, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, O> Copy for Activity<I, O> {}

impl<I, O> fmt::Debug for Activity<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Activity").field(&self.name).finish()
    }
}

type Outcome = Result<Value, Failure>;
type Run = Arc<dyn Fn(Value) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// The activities of an application, by name. Cheap to clone.
#[derive(Clone, Default)]
pub struct Activities {
    by_name: BTreeMap<&'static str, Run>,
}

impl Activities {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an activity.
    #[must_use]
    pub fn with<I, O, F, R>(mut self, activity: Activity<I, O>, run: R) -> Self
    where
        I: DeserializeOwned + Send + 'static,
        O: Serialize + Send,
        F: Future<Output = Result<O, Failure>> + Send + 'static,
        R: Fn(I) -> F + Send + Sync + 'static,
    {
        let run = Arc::new(run);
        let by_value = move |input: Value| {
            let run = Arc::clone(&run);
            async move {
                let input = serde_json::from_value(input);
                let input = input.map_err(|error| kind::unreadable(&error))?;
                let output = run(input).await?;
                serde_json::to_value(output).map_err(|error| kind::unwritable(&error))
            }
            .boxed()
        };
        self.by_name.insert(activity.name, Arc::new(by_value));
        self
    }

    /// Runs one activity; a `null` input is also what an absent one looks like.
    ///
    /// # Errors
    /// The activity's own failure, [`kind::UNREADABLE`] or [`kind::UNWRITABLE`] for input and output, or
    /// [`kind::UNKNOWN_ACTIVITY`].
    pub fn run(&self, name: &str, input: Value) -> BoxFuture<'static, Outcome> {
        match self.by_name.get(name) {
            Some(run) => run(input),
            None => {
                let message = format!("there is no activity {name}");
                let failure = Failure::permanent(kind::UNKNOWN_ACTIVITY, message);
                std::future::ready(Err(failure)).boxed()
            }
        }
    }
}

impl fmt::Debug for Activities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use serde_json::json;

    use super::*;

    const DOUBLE: Activity<u32, u32> = Activity::new("double");

    fn activities() -> Activities {
        Activities::new().with(DOUBLE, |n: u32| async move { Ok(n * 2) })
    }

    #[test]
    fn an_activity_is_found_by_its_name_and_reads_its_own_type() {
        let run = |name: &str, input| block_on(activities().run(name, input));
        assert_eq!(run("double", json!(4)), Ok(json!(8)));
        let unreadable = run("double", json!("four")).unwrap_err();
        assert_eq!(unreadable.kind, kind::UNREADABLE);
        let unknown = run("triple", json!(4)).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "UnknownActivity: there is no activity triple"
        );
    }
}
