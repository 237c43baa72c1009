//! What can go wrong, in words that may be shown: no address here has a query, and no text of the
//! SDK passes without its secrets cut out.

use std::io;
use std::sync::Arc;

use azure_core::error::ErrorKind;
use azure_core::http::StatusCode;
use azure_core::http::headers::{HeaderName, Headers};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use super::connection_string::ConnectionStringError;
use super::sign_in::SignIn;
use crate::StorageError;
use quantx_clock::Clock;
use quantx_lake::LakeKey;

/// Clocks further apart than this make signatures and tokens invalid.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Why Blob Storage did not do what it was asked; the source of a [`StorageError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobFault {
    /// Nothing was asked yet.
    #[error(transparent)]
    ConnectionString(#[from] ConnectionStringError),
    /// The account's address in the settings is none.
    #[error("the blob endpoint of the settings is not an https address without query")]
    BadEndpoint,
    /// Variables that come together or not at all.
    #[error(
        "workload identity needs {}, which the workload identity webhook sets: is the pod labelled azure.workload.identity/use?",
        missing.join(", ")
    )]
    IncompleteWorkload { missing: Vec<&'static str> },
    /// The container is created by a person, or when the settings say so.
    #[error(
        "there is no container {container}: create it, or set storage.azure.create_container to true"
    )]
    NoContainer { container: String },
    /// Too late.
    #[error("the shared access signature of the connection string expired at {expired}; {advice}")]
    Expired {
        expired: Timestamp,
        advice: &'static str,
    },
    /// A clock that is wrong makes every signature wrong.
    #[error(
        "the sign-in was refused ({code}) because this machine's clock is {} the server's: set it right", skew(*.ahead)
    )]
    ClockSkew { code: String, ahead: SignedDuration },
    /// No token, so no request either.
    #[error("cannot sign in with {tried}: {advice} ({detail})")]
    NoToken {
        tried: SignIn,
        advice: &'static str,
        detail: String,
    },
    /// The account does not know us.
    #[error("the account refused {tried} ({code}): {advice}")]
    Unknown {
        tried: SignIn,
        code: String,
        advice: &'static str,
    },
    /// The account knows us and says no.
    #[error("{tried} may not do this ({code}): {advice}")]
    Forbidden {
        tried: SignIn,
        code: String,
        advice: &'static str,
    },
    /// Snapshots keep a blob from being removed.
    #[error(
        "it has snapshots, and the account removes a blob only together with them: delete its snapshots (az storage blob delete --delete-snapshots only), then run again"
    )]
    HasSnapshots,
    /// The content is not what its writer hashed.
    #[error("the content does not have the hash that its writer noted")]
    Damaged,
    /// Something is missing in an answer.
    #[error("the answer has no {what}")]
    Incomplete { what: &'static str },
    /// Any other refusal of the server, after all tries.
    #[error("the server answered {status}{code}{request}")]
    Refused {
        status: u16,
        code: String,
        request: String,
    },
    /// No whole answer, after all tries.
    #[error("no answer: {detail}")]
    NoAnswer { detail: String },
}

fn skew(ahead: SignedDuration) -> String {
    let minutes = ahead.as_mins().abs();
    if ahead.is_negative() {
        format!("{minutes} minutes behind")
    } else {
        format!("{minutes} minutes ahead of")
    }
}

/// Turns errors of the SDK into ours: knows who signed in, and where.
#[derive(Debug, Clone)]
pub(super) struct ErrorContext {
    pub(super) sign_in: SignIn,
    /// Address of the container, without query.
    pub(super) location: String,
    pub(super) container: String,
    pub(super) clock: Arc<dyn Clock>,
}

impl ErrorContext {
    /// The error of a call for `path`, empty for the container itself.
    pub(super) fn error(&self, path: &str, error: &azure_core::Error) -> StorageError {
        self.fault(path, self.judge(error))
    }

    /// The same of a fault that is known.
    pub(super) fn fault(&self, path: &str, fault: BlobFault) -> StorageError {
        let location = match path {
            "" => self.location.clone(),
            path => format!("{}/{path}", self.location),
        };
        let kind = match &fault {
            BlobFault::Expired { .. }
            | BlobFault::ClockSkew { .. }
            | BlobFault::NoToken { .. }
            | BlobFault::Unknown { .. }
            | BlobFault::Forbidden { .. } => io::ErrorKind::PermissionDenied,
            BlobFault::NoContainer { .. } => io::ErrorKind::NotFound,
            BlobFault::ConnectionString(_)
            | BlobFault::BadEndpoint
            | BlobFault::IncompleteWorkload { .. } => io::ErrorKind::InvalidInput,
            BlobFault::Damaged | BlobFault::Incomplete { .. } => io::ErrorKind::InvalidData,
            BlobFault::NoAnswer { .. } => io::ErrorKind::TimedOut,
            BlobFault::Refused { .. } | BlobFault::HasSnapshots => io::ErrorKind::Other,
        };
        StorageError::from_io(location, io::Error::new(kind, fault))
    }

    pub(super) fn judge(&self, error: &azure_core::Error) -> BlobFault {
        let tried = self.sign_in.clone();
        let advice = self.sign_in.advice();
        let code = code(error).unwrap_or_default().to_owned();
        match error.kind() {
            ErrorKind::Credential => BlobFault::NoToken {
                tried,
                advice,
                detail: causes_without_queries(error),
            },
            ErrorKind::HttpResponse { .. } if is_no_container(error) => BlobFault::NoContainer {
                container: self.container.clone(),
            },
            ErrorKind::HttpResponse { status, .. }
                if matches!(*status, StatusCode::Unauthorized | StatusCode::Forbidden) =>
            {
                self.refused_sign_in(error, code)
            }
            ErrorKind::HttpResponse { .. } if code == "SnapshotsPresent" => BlobFault::HasSnapshots,
            ErrorKind::HttpResponse { status, .. } => BlobFault::Refused {
                status: u16::from(*status),
                code: if code.is_empty() {
                    code
                } else {
                    format!(" {code}")
                },
                request: request_id(error),
            },
            _ => BlobFault::NoAnswer {
                detail: causes_without_queries(error),
            },
        }
    }

    fn refused_sign_in(&self, error: &azure_core::Error, code: String) -> BlobFault {
        let now = self.clock.now();
        let tried = self.sign_in.clone();
        if let SignIn::Signature {
            expires: Some(expired),
        } = tried
            && expired <= now
        {
            let advice = tried.advice();
            return BlobFault::Expired { expired, advice };
        }
        if let Some(server) = server_time(error) {
            let ahead = now.duration_since(server);
            if ahead.abs() > MAX_SKEW {
                return BlobFault::ClockSkew { code, ahead };
            }
        }
        let knows_us = matches!(
            code.as_str(),
            "AuthorizationFailure"
                | "AuthorizationPermissionMismatch"
                | "AuthorizationProtocolMismatch"
                | "AuthorizationResourceTypeMismatch"
                | "AuthorizationServiceMismatch"
                | "AuthorizationSourceIPMismatch"
                | "InsufficientAccountPermissions"
                | "AccountIsDisabled"
                | "UnauthorizedBlobOverwrite"
        );
        if knows_us {
            let advice = tried.permission_advice();
            return BlobFault::Forbidden {
                tried,
                code,
                advice,
            };
        }
        let advice = match code.as_str() {
            "KeyBasedAuthenticationNotPermitted" => {
                "the account allows no keys: set USE_MANAGED_IDENTITY=true and remove AZURE_STORAGE_CONNECTION_STRING"
            }
            _ => tried.advice(),
        };
        BlobFault::Unknown {
            tried,
            code,
            advice,
        }
    }
}

/// What a refusal of a conditional request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The object is not in the state that was asked for.
    Changed,
    /// There is no such object.
    Missing,
    /// The object is as the reader has it.
    Unchanged,
    /// Anything else.
    Other,
}

impl Refusal {
    pub(super) fn of(error: &azure_core::Error) -> Self {
        let code = code(error).unwrap_or_default();
        match error.http_status() {
            Some(StatusCode::NotModified) => Self::Unchanged,
            // An account or a container that is missing is no empty lake.
            Some(StatusCode::NotFound) if code == "BlobNotFound" => Self::Missing,
            // A lease or a policy also answers 409 or 412, and reading again does not help there.
            Some(StatusCode::PreconditionFailed)
                if matches!(code, "ConditionNotMet" | "TargetConditionNotMet" | "") =>
            {
                Self::Changed
            }
            Some(StatusCode::Conflict) if matches!(code, "BlobAlreadyExists" | "") => Self::Changed,
            // Whoever commits first discards the blocks that others have sent for the same blob.
            Some(StatusCode::BadRequest) if code == "InvalidBlockList" => Self::Changed,
            _ => Self::Other,
        }
    }
}

pub(super) fn is_no_container(error: &azure_core::Error) -> bool {
    code(error) == Some("ContainerNotFound")
}

pub(super) fn code(error: &azure_core::Error) -> Option<&str> {
    match error.kind() {
        ErrorKind::HttpResponse { error_code, .. } => error_code.as_deref(),
        _ => None,
    }
}

fn header<'a>(error: &'a azure_core::Error, name: &'static str) -> Option<&'a str> {
    let ErrorKind::HttpResponse { raw_response, .. } = error.kind() else {
        return None;
    };
    let headers = raw_response.as_ref()?.headers();
    headers.get_optional_str(&HeaderName::from_static(name))
}

pub(super) fn server_time(error: &azure_core::Error) -> Option<Timestamp> {
    let ErrorKind::HttpResponse { raw_response, .. } = error.kind() else {
        return None;
    };
    time_of(raw_response.as_ref()?.headers())
}

/// The `Date` of an answer.
pub(super) fn time_of(headers: &Headers) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    let date = headers.get_optional_str(&HeaderName::from_static("date"))?;
    PARSER.parse_timestamp(date).ok()
}

fn request_id(error: &azure_core::Error) -> String {
    header(error, "x-ms-request-id").map_or_else(String::new, |id| format!(" (request {id})"))
}

/// What the SDK wraps around the cause; it says nothing that we do not say better.
const NOISE: [&str; 4] = [
    "retry policy expired and the request will no longer be retried",
    "non-transport error occurred which will not be retried",
    "failed to execute `reqwest` request",
    "error converting `reqwest` request into a byte stream",
];

/// An error and its sources, each once, without queries of addresses.
fn causes_without_queries(error: &azure_core::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = next {
        let text = without_queries(&cause.to_string());
        next = cause.source();
        let says_more = !NOISE.contains(&text.as_str()) || (next.is_none() && parts.is_empty());
        if says_more && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

/// `text` with `?***` for the query of every address, and on one line.
fn without_queries(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, word) in text.split_whitespace().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        match word.split_once('?') {
            Some((address, query)) if address.contains("://") || query.contains('=') => {
                out.push_str(address);
                out.push_str("?***");
            }
            _ => out.push_str(word),
        }
    }
    out
}

/// Another writer was first.
pub(super) fn conflict(key: &LakeKey) -> StorageError {
    StorageError::PreconditionFailed { key: key.clone() }
}

/// It is unknown whether our write happened.
pub(super) fn unsettled(key: &LakeKey) -> StorageError {
    StorageError::Unsettled { key: key.clone() }
}

#[cfg(test)]
#[path = "fault_tests.rs"]
mod tests;
