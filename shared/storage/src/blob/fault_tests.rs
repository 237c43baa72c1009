use azure_core::http::RawResponse;
use azure_core::http::headers::Headers;

use super::*;
use quantx_clock::FixedClock;

fn answered(status: u16, code: &str, date: &str) -> azure_core::Error {
    let mut headers = Headers::new();
    headers.insert("date", date.to_owned());
    headers.insert("x-ms-request-id", "42");
    let status = StatusCode::from(status);
    azure_core::Error::from(ErrorKind::HttpResponse {
        status,
        error_code: Some(code.to_owned()).filter(|code| !code.is_empty()),
        raw_response: Some(Box::new(RawResponse::from_bytes(status, headers, ""))),
    })
}

const DATE: &str = "Mon, 23 Nov 2026 10:00:00 GMT";

fn error_context(sign_in: SignIn) -> ErrorContext {
    ErrorContext {
        sign_in,
        location: "https://quantx.blob.core.windows.net/lake".to_owned(),
        container: "lake".to_owned(),
        clock: Arc::new(FixedClock("2026-11-23T10:00:30Z".parse().unwrap())),
    }
}

fn text(sign_in: SignIn, status: u16, code: &str, date: &str) -> String {
    error_context(sign_in)
        .judge(&answered(status, code, date))
        .to_string()
}

#[test]
fn a_refusal_of_a_condition_is_told_from_other_refusals() {
    use Refusal::*;
    for (status, code, refusal) in [
        (412, "ConditionNotMet", Changed),
        (412, "", Changed),
        (409, "BlobAlreadyExists", Changed),
        (409, "", Changed),
        (400, "InvalidBlockList", Changed),
        (400, "InvalidHeaderValue", Other),
        (412, "LeaseIdMissing", Other),
        (409, "BlobImmutableDueToPolicy", Other),
        (409, "SnapshotsPresent", Other),
        (404, "BlobNotFound", Missing),
        (404, "", Other),
        (404, "ResourceNotFound", Other),
        (404, "ContainerNotFound", Other),
        (304, "", Unchanged),
        (503, "ServerBusy", Other),
    ] {
        assert_eq!(
            Refusal::of(&answered(status, code, DATE)),
            refusal,
            "{status} {code}"
        );
    }
}

#[test]
fn refused_sign_ins_say_who_and_what_to_do() {
    let managed = SignIn::ManagedIdentity { client_id: None };
    let expired = SignIn::Signature {
        expires: Some("2026-11-23T10:00:30Z".parse().unwrap()),
    };
    let texts = [
        text(
            managed.clone(),
            403,
            "AuthorizationPermissionMismatch",
            DATE,
        ),
        text(managed.clone(), 401, "InvalidAuthenticationInfo", DATE),
        text(
            SignIn::AccountKey,
            403,
            "KeyBasedAuthenticationNotPermitted",
            DATE,
        ),
        text(SignIn::AccountKey, 403, "AuthenticationFailed", DATE),
        text(
            SignIn::AccountKey,
            403,
            "AuthenticationFailed",
            "Mon, 23 Nov 2026 09:53:30 GMT",
        ),
        text(
            managed.clone(),
            403,
            "AuthenticationFailed",
            "Mon, 23 Nov 2026 11:00:30 GMT",
        ),
        text(expired, 403, "AuthenticationFailed", DATE),
        text(managed, 409, "LeaseIdMissing", DATE),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn text_of_others_loses_its_queries() {
    for (text, clean) in [
        (
            "for url (http://h/c?sv=1&sig=abc) (x)",
            "for url (http://h/c?*** (x)",
        ),
        (
            "relative /c/b?sig=abc\nsecond line?",
            "relative /c/b?*** second line?",
        ),
        ("why? because", "why? because"),
    ] {
        assert_eq!(without_queries(text), clean);
    }
    let inner = std::io::Error::other("GET https://h/c?sig=abc failed");
    let error =
        azure_core::Error::with_error(ErrorKind::Io, inner, "no answer from https://h/c?sig=abc");
    let shown = error_context(SignIn::AccountKey).judge(&error).to_string();
    assert_eq!(
        shown,
        "no answer: no answer from https://h/c?***: GET https://h/c?*** failed"
    );
}

#[test]
fn a_blob_with_snapshots_says_what_keeps_it() {
    let text = text(SignIn::AccountKey, 409, "SnapshotsPresent", DATE);
    assert!(text.contains("delete its snapshots"), "{text}");
}
