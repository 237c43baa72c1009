//! Failures between the protocol's form and the workflow's.

use super::wire::FailureDetails;
use crate::Failure;

/// The .NET type by which the host knows that a turn was aborted rather than decided.
const ABORTING_TYPE: &str = "System.OutOfMemoryException";

/// What the host says of a failed activity or child; it may say nothing.
pub(super) fn from_details(details: Option<FailureDetails>) -> Failure {
    let Some(details) = details else {
        return Failure::unexplained();
    };
    Failure {
        kind: details.error_type,
        message: details.error_message,
        retryable: !details.is_non_retriable,
        stack_trace: details.stack_trace,
        cause: details
            .inner_failure
            .map(|inner| Box::new(from_details(Some(*inner)))),
    }
}

/// What is said of a failed workflow: nothing for a failure without a kind, whose message then
/// is the instance's output.
pub(super) fn to_details(failure: &Failure) -> Option<FailureDetails> {
    (!failure.kind.is_empty()).then(|| details(&failure.clone().plain()))
}

/// Of a failure in plain words. With the name of a type of the host's own it would run the turn again
/// for ever (out of memory), or reject the answer and forget the reason.
fn details(failure: &Failure) -> FailureDetails {
    FailureDetails {
        error_type: failure.kind.clone(),
        error_message: failure.message.clone(),
        stack_trace: failure.stack_trace.clone(),
        inner_failure: failure
            .cause
            .as_deref()
            .map(|cause| Box::new(details(cause))),
        is_non_retriable: !failure.retryable,
    }
}

/// Details that make the host deliver the turn again a little later; they are no failure.
pub(super) fn abort_details(reason: &str) -> FailureDetails {
    let abort = |error_type: &str, inner_failure| FailureDetails {
        error_type: error_type.to_owned(),
        error_message: reason.to_owned(),
        inner_failure,
        ..FailureDetails::default()
    };
    let inner = abort(ABORTING_TYPE, None);
    abort("HandlerAborted", Some(Box::new(inner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_come_back_as_they_were() {
        let failure = Failure {
            stack_trace: Some("at Main()".to_owned()),
            cause: Some(Box::new(Failure::transient("Http", "500"))),
            ..Failure::permanent("Invocation", "activity")
        };
        assert_eq!(from_details(to_details(&failure)), failure);
        assert_eq!(from_details(None), Failure::unexplained());
        assert_eq!(to_details(&Failure::unexplained()), None);
    }

    #[test]
    fn a_failure_names_no_type_of_the_host() {
        let inner = Failure::transient("System.Net.Http.HttpRequestException", "500");
        let failure = Failure {
            cause: Some(Box::new(inner)),
            ..Failure::permanent(ABORTING_TYPE, "activity")
        };
        let shown = format!("{:?}", to_details(&failure).unwrap());
        assert!(!shown.contains("System."), "{shown}");
        assert!(format!("{:?}", abort_details("later")).contains(ABORTING_TYPE));
    }
}
