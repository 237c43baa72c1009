//! Why an activity, a child or a whole workflow failed.

use serde::{Deserialize, Serialize};

/// Kinds of [`Failure`] that this crate itself gives; activities bring their own.
pub mod kind {
    use super::Failure;

    /// An answer or input that is not what the workflow expects to read.
    pub const UNREADABLE: &str = "Unreadable";
    /// A value that cannot be written as JSON.
    pub const UNWRITABLE: &str = "Unwritable";
    /// No workflow has that name.
    pub const UNKNOWN_WORKFLOW: &str = "UnknownWorkflow";
    /// No activity has that name.
    pub const UNKNOWN_ACTIVITY: &str = "UnknownActivity";
    /// The workflow's code panicked.
    pub const PANIC: &str = "Panic";
    /// The workflow's code no longer asks for what its history says it asked for.
    pub const NON_DETERMINISM: &str = "NonDeterminism";
    /// The workflow awaits something that no driver can answer.
    pub const FOREIGN_AWAIT: &str = "ForeignAwait";
    /// The workflow made more requests than one turn may make.
    pub const RUNAWAY: &str = "Runaway";

    pub(crate) fn unreadable(error: &serde_json::Error) -> Failure {
        Failure::permanent(UNREADABLE, error.to_string())
    }

    pub(crate) fn unwritable(error: &serde_json::Error) -> Failure {
        Failure::permanent(UNWRITABLE, error.to_string())
    }
}

/// Why an activity, a child or a whole workflow failed.
///
/// It crosses machine borders as text, so it is plain values rather than an error with sources
/// of many types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}{}{message}", self.kind, if self.kind.is_empty() { "" } else { ": " })]
pub struct Failure {
    /// A word to decide by. Empty where nobody said anything, see [`Failure::unexplained`].
    pub kind: String,
    /// For people.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Frames of the host's own exception, if it was one.
    pub stack_trace: Option<String>,
    /// What led to it.
    #[source]
    pub cause: Option<Box<Failure>>,
}

impl Failure {
    /// A failure that asking again will not cure.
    pub fn permanent(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            message: message.into(),
            retryable: false,
            stack_trace: None,
            cause: None,
        }
    }

    /// A failure that may be gone the next time.
    pub fn transient(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            retryable: true,
            ..Self::permanent(kind, message)
        }
    }

    /// A failure without a word of explanation: what the host sends for a name it does not know.
    ///
    /// It may be asked again: every activity is safe to repeat, and a function may be missing
    /// for the minute of a deployment only.
    pub fn unexplained() -> Self {
        Self::transient("", "the host gave no reason")
    }

    /// The failure with the kinds of the chain as plain words: of a type's name the part behind the last
    /// dot. The host looks for types of its own by such names, and fails over those that several of its
    /// libraries have, as `System.Net.Http.HttpRequestException`.
    #[must_use]
    pub fn plain(self) -> Self {
        let word = self.kind.rsplit('.').next().unwrap_or_default();
        Self {
            kind: word.to_owned(),
            cause: self.cause.map(|cause| Box::new(cause.plain())),
            ..self
        }
    }

    /// The failure at the bottom of the chain.
    pub fn root(&self) -> &Self {
        let mut at = self;
        while let Some(cause) = &at.cause {
            at = cause;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_kind_and_message() {
        let failure = Failure::permanent("Quota", "no calls left");
        assert_eq!(failure.to_string(), "Quota: no calls left");
        let bare = Failure::permanent("", "no calls left");
        assert_eq!(bare.to_string(), "no calls left");
    }

    #[test]
    fn names_of_types_become_words() {
        let failure = Failure {
            cause: Some(Box::new(Failure::transient(
                "System.Net.Http.HttpRequestException",
                "500",
            ))),
            ..Failure::permanent("Microsoft.Azure.FunctionInvocationException", "activity")
        };
        let plain = failure.plain();
        assert_eq!(plain.kind, "FunctionInvocationException");
        assert_eq!(plain.root().to_string(), "HttpRequestException: 500");
        assert_eq!(Failure::unexplained().plain(), Failure::unexplained());
    }

    #[test]
    fn the_root_is_at_the_bottom() {
        let outer = Failure {
            cause: Some(Box::new(Failure::transient("Http", "500"))),
            ..Failure::permanent("Invocation", "activity")
        };
        assert_eq!(outer.root().kind, "Http");
        assert_eq!(outer.root().root().kind, "Http");
        let source = std::error::Error::source(&outer).unwrap();
        assert_eq!(source.to_string(), "Http: 500");
    }
}
