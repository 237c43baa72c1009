//! Status and body of an answer that is no data → what it means. Pure.

use super::{ALPACA, wire};
use crate::ProviderError;
use crate::http::{Answer, Http};

/// The body, if it is data. Statuses that [`Http`] refuses by themselves do not come here.
pub(super) fn data<'a>(answer: &'a Answer, http: &Http) -> Result<&'a [u8], ProviderError> {
    if answer.status == 200 && answer.is_json() {
        return Ok(&answer.body);
    }
    let refusal = serde_json::from_slice::<wire::Refusal>(&answer.body);
    let message = refusal.map_or_else(|_| answer.text().into_owned(), |refusal| refusal.message);
    Err(match answer.status {
        200 => http.not_data(answer),
        403 if message.contains("subscription") => ProviderError::NotEntitled {
            provider: ALPACA,
            detail: http.redacted(&message),
        },
        // `forbidden.` is what a wrong key is answered with, also by 403.
        status @ (401 | 403) => ProviderError::Unauthorized {
            provider: ALPACA,
            status,
        },
        status => http.rejected(status, &message),
    })
}
