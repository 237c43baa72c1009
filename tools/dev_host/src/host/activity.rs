//! Activities: called once each, and what the history says of their end.

use quantx::durable::wire::{Completed, EventType, Failed, FailureDetails, TaskScheduled};
use serde_json::Value;

use super::Shared;
use super::app::{Function, Trigger};
use super::call::{Call, CallError, Reply};
use super::envelope::Envelope;
use super::journal::Event;

const FAILED_CALL: &str = "Microsoft.Azure.WebJobs.Host.FunctionInvocationException";
const TIMED_OUT: &str = "Microsoft.Azure.WebJobs.Host.FunctionTimeoutException";

impl Shared {
    /// Runs an activity to its end.
    pub(super) async fn activity(&self, instance: &str, id: i32, task: TaskScheduled) -> EventType {
        let _permit = self.activity_permits.acquire().await;
        let function = self.app.functions.get(&task.name);
        let known = function.filter(|it| matches!(it.trigger, Trigger::Activity));
        let outcome = match known {
            Some(function) => self.run_activity(instance, function, task.input).await,
            // The host says nothing of unknown names.
            None => Err(None),
        };
        let failure = outcome.as_ref().err().map(|details| {
            let inner = details.as_ref().and_then(|it| it.inner_failure.as_ref());
            inner.map_or_else(
                || "no such activity".to_owned(),
                |it| it.error_message.clone(),
            )
        });
        self.journal.tell(Event::ActivityDone {
            instance: instance.to_owned(),
            function: task.name,
            failure,
        });
        match outcome {
            Ok(result) => EventType::TaskCompleted(Completed {
                task_scheduled_id: id,
                result,
            }),
            Err(failure_details) => EventType::TaskFailed(Failed {
                task_scheduled_id: id,
                failure_details,
            }),
        }
    }

    async fn run_activity(
        &self,
        instance: &str,
        function: &Function,
        input: Option<String>,
    ) -> Result<Option<String>, Option<FailureDetails>> {
        let about = Call {
            function: function.name.clone(),
            instance: Some(instance.to_owned()),
            input: input.clone(),
        };
        let unread =
            |error: serde_json::Error| Some(details(function, &CallError::Bad(error.to_string())));
        let parsed: Option<Value> = match input {
            Some(text) => Some(serde_json::from_str(&text).map_err(unread)?),
            None => None,
        };
        let envelope = Envelope::activity(&function.binding, instance, parsed.as_ref());
        let result = |reply: Reply| match reply.value {
            Value::Null => Ok(None),
            value => Ok(Some(value.to_string())),
        };
        let outcome = self.call(function, &about, &envelope, result).await;
        outcome.map_err(|error| Some(details(function, &error)))
    }
}

fn details(function: &Function, error: &CallError) -> FailureDetails {
    let failure = |kind: &str, message: String| FailureDetails {
        error_type: kind.to_owned(),
        error_message: message,
        ..FailureDetails::default()
    };
    if matches!(error, CallError::TimedOut) {
        return failure(TIMED_OUT, format!("{error}: Functions.{}", function.name));
    }
    let inner = failure("System.Net.Http.HttpRequestException", error.to_string());
    let message = format!(
        "Exception while executing function: Functions.{}",
        function.name
    );
    FailureDetails {
        inner_failure: Some(Box::new(inner)),
        ..failure(FAILED_CALL, message)
    }
}
