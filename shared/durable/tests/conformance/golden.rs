//! Messages made with the protocol's own compiler, byte for byte.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use quantx_durable::{Child, Context, Failure, Replayer, RequestError, Workflows};
use serde_json::{Value, json};
use std::time::Duration;

use super::exchange::decode;
use super::history::brief;
use quantx_durable::wire::{
    ActionType, CompleteOrchestration, EventType, FailureDetails, OrchestrationStatus,
    OrchestratorAction, OrchestratorRequest, OrchestratorResponse,
};

/// From the comment of OrchestrationRunner.java (microsoft/durabletask-java 29e1391).
const HELLO_CITIES: &str = "CiBhOTMyYjdiYWM5MmI0MDM5YjRkMTYxMDIwNzlmYTM1YSIaCP///////////wESCwi254qRBhDk+rgocgAicgj///////////8BEgwIs+eKkQYQzMXjnQMaVwoLSGVsbG9DaXRpZXMSACJGCiBhOTMyYjdiYWM5MmI0MDM5YjRkMTYxMDIwNzlmYTM1YRIiCiA3ODEwOTA2N2Q4Y2Q0ODg1YWU4NjQ0OTNlMmRlMGQ3OA==";

/// The three turns of `Pipeline` with input `{"n":1}`: activity, timer of 10 s, end.
const TURNS: [(&str, &str); 3] = [
    (
        "CgZwaXBlLTESIgogMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiFQj///////////8BEgYIgOLPqgZyACJaCP///////////wESBgiA4s+qBhpFCghQaXBlbGluZRIAGgkKB3sibiI6MX0iLAoGcGlwZS0xEiIKIDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVm",
        "CgZwaXBlLTESGBIWCgNBZGQaDwoNeyJhIjoxLCJiIjoyfRoJCgcic3RlcDEi",
    ),
    (
        "CgZwaXBlLTESIgogMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYaFQj///////////8BEgYIgOLPqgZyABpaCP///////////wESBgiA4s+qBhpFCghQaXBlbGluZRIAGgkKB3sibiI6MX0iLAoGcGlwZS0xEiIKIDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmGiASBgiB4s+qBjIWCgNBZGQaDwoNeyJhIjoxLCJiIjoyfRoVCP///////////wESBgiB4s+qBnoAIhUI////////////ARIGCILiz6oGcgAiGgj///////////8BEgYIguLPqgY6BRIDCgEz",
        "CgZwaXBlLTESDAgBIggKBgiM4s+qBg==",
    ),
    (
        "CgZwaXBlLTESIgogMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYaFQj///////////8BEgYIgOLPqgZyABpaCP///////////wESBgiA4s+qBhpFCghQaXBlbGluZRIAGgkKB3sibiI6MX0iLAoGcGlwZS0xEiIKIDAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmGiASBgiB4s+qBjIWCgNBZGQaDwoNeyJhIjoxLCJiIjoyfRoVCP///////////wESBgiB4s+qBnoAGhUI////////////ARIGCILiz6oGcgAaGgj///////////8BEgYIguLPqgY6BRIDCgEzGhQIARIGCILiz6oGYggKBgiM4s+qBhoVCP///////////wESBgiC4s+qBnoAIhUI////////////ARIGCIziz6oGcgAiHwj///////////8BEgYIjOLPqgZqCgoGCIziz6oGEAE=",
        "CgZwaXBlLTESFQgCMhEIARINCgt7Im9rIjp0cnVlfQ==",
    ),
];
const FAILED: &str = "CgZwaXBlLTESIggCMh4IAxIGCgRib29tMhIKCEFwcEVycm9yEgRib29tKAE=";
const CONTINUED: &str =
    "CgZwaXBlLTESMggCMi4IAhIJCgd7Im4iOjJ9Kh8I////////////ARIGCIziz6oGigEJCgJnbxIDCgEx";
const NOTHING: &str = "CgZwaXBlLTE=";

/// How the made-up workflow ends after its timer.
#[derive(Debug, Clone, Copy)]
enum End {
    Output,
    Failure,
    NextGeneration,
}

async fn pipeline(context: Context, end: End) -> Result<Value, Failure> {
    // The vectors have a status in their first turn only, which no replay can give: a status
    // that was set is set again when the turn is replayed.
    if !context.is_replaying() {
        context.set_status(&"step1")?;
    }
    let sum = context.activity_text("Add", Some(json!({"a": 1, "b": 2}).to_string()));
    assert_eq!(sum.await?.as_deref(), Some("3"));
    context.timer(Duration::from_secs(10)).await;
    match end {
        End::Output => Ok(json!({"ok": true})),
        End::Failure => Err(Failure::permanent("AppError", "boom")),
        End::NextGeneration => context.continue_as_new(&json!({"n": 2})).await,
    }
}

fn replayer(end: End) -> Replayer {
    Replayer::new(
        Workflows::new().with("Pipeline", move |context, _: Value| pipeline(context, end)),
    )
}

#[test]
fn three_turns_are_answered_byte_for_byte() {
    for (request, response) in TURNS {
        assert_eq!(replayer(End::Output).answer(request).unwrap(), response);
    }
}

#[test]
fn the_other_ends_are_answered_byte_for_byte() {
    let last = TURNS[2].0;
    assert_eq!(replayer(End::Failure).answer(last).unwrap(), FAILED);

    // The event of the vector came in the last turn.
    let carried: OrchestratorResponse = decode(CONTINUED);
    let event = match carried.actions[0].action_type.clone().unwrap() {
        ActionType::CompleteOrchestration(CompleteOrchestration {
            carryover_events, ..
        }) => carryover_events[0].clone(),
        other => panic!("{other:?}"),
    };
    let mut request: OrchestratorRequest = decode(last);
    request.new_events.insert(1, event);
    let request = STANDARD.encode(request.encode_to_vec());
    assert_eq!(
        replayer(End::NextGeneration).answer(&request).unwrap(),
        CONTINUED
    );

    let nothing: OrchestratorResponse = decode(NOTHING);
    assert_eq!(nothing.actions, []);
    let mut waiting: OrchestratorRequest = decode(TURNS[1].0);
    waiting.new_events.truncate(1);
    let waiting = STANDARD.encode(waiting.encode_to_vec());
    let answer: OrchestratorResponse = decode(&replayer(End::Output).answer(&waiting).unwrap());
    assert_eq!(answer, nothing);
}

#[test]
fn messages_are_written_as_they_were_read() {
    let responses = TURNS.map(|(_, response)| response);
    for text in responses.into_iter().chain([FAILED, CONTINUED, NOTHING]) {
        let message: OrchestratorResponse = decode(text);
        assert_eq!(STANDARD.encode(message.encode_to_vec()), text);
    }
    let requests = TURNS.map(|(request, _)| request);
    for text in requests.into_iter().chain([HELLO_CITIES]) {
        let message: OrchestratorRequest = decode(text);
        assert_eq!(STANDARD.encode(message.encode_to_vec()), text);
    }
}

#[test]
fn the_request_of_another_worker_is_understood() {
    let message: OrchestratorRequest = decode(HELLO_CITIES);
    let Some(EventType::ExecutionStarted(started)) = &message.new_events[1].event_type else {
        panic!("{message:?}");
    };
    assert_eq!(
        (started.name.as_str(), started.version.as_deref()),
        ("HelloCities", Some(""))
    );
    assert_eq!(started.input, None);
    // A child without a name of its own is named after the execution.
    let workflows = Workflows::new().with_text("HelloCities", |context, _| async move {
        let child = Child {
            name: "HelloCity".to_owned(),
            instance_id: None,
            input: None,
        };
        context.sub_orchestration_text(child).await
    });
    let answer = Replayer::new(workflows).answer(HELLO_CITIES).unwrap();
    let answer: OrchestratorResponse = decode(&answer);
    assert_eq!(
        brief(&answer),
        ["0 child 78109067d8cd4885ae864493e2de0d78:0000"]
    );
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let replayer = replayer(End::Output);
    let failed = |text: &str| replayer.answer(text).unwrap_err();
    assert!(matches!(failed("%%%not-base64%%%"), RequestError::Text(_)));
    assert!(matches!(failed("/////w=="), RequestError::Message(_)));
    let mut request: OrchestratorRequest = decode(TURNS[0].0);
    request.new_events[0].timestamp = None;
    let text = STANDARD.encode(request.encode_to_vec());
    assert!(matches!(
        failed(&text),
        RequestError::BadTime { seconds: None }
    ));
}

#[test]
fn a_request_without_a_start_is_handed_back() {
    let answer: OrchestratorResponse = decode(&replayer(End::Output).answer("").unwrap());
    let details = |error_type: &str, inner_failure| FailureDetails {
        error_type: error_type.to_owned(),
        error_message: "the history does not say how the workflow began".to_owned(),
        inner_failure,
        ..FailureDetails::default()
    };
    let inner = details("System.OutOfMemoryException", None);
    let end = CompleteOrchestration {
        orchestration_status: OrchestrationStatus::Failed.into(),
        failure_details: Some(details("HandlerAborted", Some(Box::new(inner)))),
        ..CompleteOrchestration::default()
    };
    let expected = OrchestratorResponse {
        actions: vec![OrchestratorAction {
            id: 0,
            action_type: Some(ActionType::CompleteOrchestration(end)),
        }],
        ..OrchestratorResponse::default()
    };
    assert_eq!(answer, expected);
}
