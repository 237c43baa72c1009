//! Status and body of an answer that is no data → what it means. Pure.

use super::EODHD;
use crate::http::{Answer, Http};
use crate::{ParseError, ProviderError};

/// The body, if it is data; `not_found` is what a 404 means.
///
/// Refusals are text for people: `Unauthenticated` (401), `Ticker Not Found.` (404), a sentence about the
/// plan (403, or with 200). Statuses that [`Http`] refuses by themselves do not come here.
pub(super) fn data<'a>(
    answer: &'a Answer,
    http: &Http,
    not_found: ProviderError,
) -> Result<&'a [u8], ProviderError> {
    let text = answer.text();
    let says = |words: &str| text.contains(words);
    match answer.status {
        // A plan's refusal comes with 200 too.
        _ if says("prohibited for free users") => Err(ProviderError::NotEntitled {
            provider: EODHD,
            detail: http.redacted(&text),
        }),
        200 if answer.is_json() => Ok(&answer.body),
        200 => Err(http.not_data(answer)),
        401 => Err(ProviderError::Unauthorized {
            provider: EODHD,
            status: 401,
        }),
        402 => Err(ProviderError::QuotaSpent {
            provider: EODHD,
            detail: http.redacted(&text),
        }),
        403 => Err(ProviderError::NotEntitled {
            provider: EODHD,
            detail: http.redacted(&text),
        }),
        404 => Err(not_found),
        status => Err(http.rejected(status, &text)),
    }
}

pub(super) fn unreadable(source: ParseError) -> ProviderError {
    ProviderError::Unreadable {
        provider: EODHD,
        source,
    }
}
