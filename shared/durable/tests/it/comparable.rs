//! Answers in a form that can be compared: JSON texts as JSON, the rest as it is.

use serde_json::{Value, json};

use quantx_durable::wire::{
    ActionType, CompleteOrchestration, EventType, FailureDetails, OrchestratorAction,
    OrchestratorResponse, Timestamp,
};

pub(super) fn comparable(response: &OrchestratorResponse) -> Value {
    json!({
        "instance": response.instance_id,
        "actions": response.actions.iter().map(action).collect::<Vec<_>>(),
        "status": text(&response.custom_status),
    })
}

/// A text that the other side reads as JSON: spaces and the order of keys mean nothing.
fn text(text: &Option<String>) -> Value {
    match text {
        None => Value::Null,
        Some(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) => json!({ "json": value }),
            Err(_) => json!({ "text": text }),
        },
    }
}

fn action(action: &OrchestratorAction) -> Value {
    let what = match action.action_type.as_ref() {
        None => Value::Null,
        Some(ActionType::ScheduleTask(task)) => {
            json!({"activity": task.name, "input": text(&task.input)})
        }
        Some(ActionType::CreateTimer(timer)) => json!({"timer": timer.fire_at.map(time)}),
        Some(ActionType::CreateSubOrchestration(child)) => {
            json!({"child": child.name, "instance": child.instance_id, "input": text(&child.input)})
        }
        Some(ActionType::SendEvent(event)) => json!({
            "send": event.name,
            "to": event.instance.as_ref().map(|it| it.instance_id.clone()),
            "input": text(&event.data),
        }),
        Some(ActionType::CompleteOrchestration(end)) => completion(end),
    };
    json!([action.id, what])
}

fn completion(end: &CompleteOrchestration) -> Value {
    let details = end.failure_details.as_ref().map(details);
    let carried: Vec<Value> = end
        .carryover_events
        .iter()
        .map(|event| match &event.event_type {
            Some(EventType::EventRaised(raised)) => {
                json!([
                    event.event_id,
                    event.timestamp.map(time),
                    raised.name,
                    text(&raised.input)
                ])
            }
            other => panic!("{other:?} is carried over"),
        })
        .collect();
    json!({
        "end": format!("{:?}", end.orchestration_status()),
        // The host does not look at the result when there are details.
        "result": if details.is_some() { Value::Null } else { text(&end.result) },
        "details": details,
        "carried": carried,
    })
}

fn details(failure: &FailureDetails) -> Value {
    json!({
        "type": failure.error_type,
        "message": failure.error_message,
        "stack": failure.stack_trace,
        "inner": failure.inner_failure.as_deref().map(details),
        "non_retriable": failure.is_non_retriable,
    })
}

fn time(at: Timestamp) -> String {
    format!("{}.{:09}", at.seconds, at.nanos)
}
