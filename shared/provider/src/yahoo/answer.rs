//! Status and body of an answer → a history or the reason why there is none. Pure.

use super::YAHOO;
use super::parse::{Parsed, VendorFault, parse_chart};
use crate::ProviderError;
use crate::http::Answer;
use quantx_market::{Symbol, VendorHistory};

/// What a whole answer to a question for `symbol` means.
///
/// 404 and 400 carry a chart error as JSON; a page for people can come with any status, even 200.
/// Statuses that [`Http`](crate::http::Http) refuses by themselves do not come here.
pub(super) fn interpret(answer: &Answer, symbol: &Symbol) -> Result<VendorHistory, ProviderError> {
    if !answer.is_json() {
        return Err(ProviderError::NotData {
            provider: YAHOO,
            status: answer.status,
            content_type: answer.content_type.clone(),
        });
    }
    match parse_chart(&answer.body, symbol.as_str()) {
        Ok(Parsed::Refused(fault)) => Err(refusal(answer.status, &fault, symbol)),
        Ok(Parsed::History(_) | Parsed::NoData) if answer.status != 200 => Err(rejected(
            answer.status,
            "a chart where an error should be".to_owned(),
        )),
        Ok(Parsed::History(history)) => Ok(*history),
        Ok(Parsed::NoData) => Err(ProviderError::NoData {
            provider: YAHOO,
            symbol: symbol.clone(),
        }),
        // Only these carry a chart error; other refusals may have any shape.
        Err(_) if !matches!(answer.status, 200 | 400 | 404) => {
            Err(rejected(answer.status, "no readable reason".to_owned()))
        }
        Err(source) => Err(ProviderError::Unreadable {
            provider: YAHOO,
            source,
        }),
    }
}

fn refusal(status: u16, fault: &VendorFault, symbol: &Symbol) -> ProviderError {
    let (provider, symbol) = (YAHOO, symbol.clone());
    match fault.code.as_str() {
        "Not Found" => ProviderError::UnknownSymbol { provider, symbol },
        // The range ends before the listing began.
        "Bad Request" if fault.description.starts_with("Data doesn't exist") => {
            ProviderError::NotListedYet { provider, symbol }
        }
        code => rejected(status, format!("{code}: {}", fault.description)),
    }
}

fn rejected(status: u16, detail: String) -> ProviderError {
    const MAX_CHARS: usize = 200;
    ProviderError::Rejected {
        provider: YAHOO,
        status,
        detail: detail.chars().take(MAX_CHARS).collect(),
    }
}
