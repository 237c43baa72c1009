//! Status, headers and body of an answer → a history or the reason why there is none. Pure.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;

use super::YAHOO;
use super::parse::{Parsed, VendorFault, parse_chart};
use crate::ProviderError;
use quantx_market::{Symbol, VendorHistory};

/// The parts of an HTTP answer that mean something.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawAnswer<'a> {
    pub(super) status: u16,
    /// Empty when the header is missing.
    pub(super) content_type: &'a str,
    pub(super) body: &'a [u8],
}

/// What a whole answer to a question for `symbol` means.
///
/// 404 and 400 carry a chart error as JSON; a page for people can come with any status, even 200.
/// Statuses that [`refused_by_status`] knows do not come here.
pub(super) fn interpret(
    answer: RawAnswer<'_>,
    symbol: &Symbol,
) -> Result<VendorHistory, ProviderError> {
    if !is_json(answer) {
        return Err(ProviderError::NotData {
            provider: YAHOO,
            status: answer.status,
            content_type: answer.content_type.to_owned(),
        });
    }
    match parse_chart(answer.body, symbol.as_str()) {
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

/// What the status alone decides, before the body is read; `None` when the body decides.
///
/// `location` is where a redirect points to: we follow none.
pub(super) fn refused_by_status(
    status: u16,
    retry_after: Option<Duration>,
    location: Option<&str>,
) -> Option<ProviderError> {
    match status {
        // 999 is what Yahoo's edge used to say for the same.
        429 | 999 => Some(ProviderError::Throttled {
            provider: YAHOO,
            retry_after,
        }),
        500.. => Some(ProviderError::Unavailable {
            provider: YAHOO,
            status,
            retry_after,
        }),
        300..400 => {
            // Without its query: consent pages carry session ids there.
            let target = location.and_then(|url| url.split('?').next());
            let detail = format!("redirect to {}", target.unwrap_or("nowhere"));
            Some(rejected(status, detail))
        }
        _ => None,
    }
}

/// `Retry-After` as seconds or as a date, which is measured against the answer's own `Date`: the
/// server's clock and ours need not agree.
pub(super) fn retry_after(header: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let header = header?.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let parser = DateTimeParser::new();
    let until = parser.parse_timestamp(header).ok()?;
    let now = parser.parse_timestamp(date?.trim()).ok()?;
    let seconds = until.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn is_json(answer: RawAnswer<'_>) -> bool {
    if answer.content_type.is_empty() {
        return answer.body.trim_ascii_start().starts_with(b"{");
    }
    answer.content_type.to_ascii_lowercase().contains("json")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_against_the_servers_own_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for (header, date, expected) in [
            (Some("7"), None, Some(7)),
            (Some(" 120 "), date, Some(120)),
            (Some("Sun, 06 Nov 1994 08:51:37 GMT"), date, Some(120)),
            (Some("Sun, 06 Nov 1994 08:00:00 GMT"), date, Some(0)),
            (Some("Sun, 06 Nov 1994 08:51:37 GMT"), None, None),
            (Some("-1"), date, None),
            (Some("soon"), date, None),
            (None, date, None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(header, date), expected, "{header:?} {date:?}");
        }
    }

    #[test]
    fn a_redirect_is_named_without_its_query() {
        let location = Some("https://guce.yahoo.com/consent?sessionId=secret");
        let error = refused_by_status(307, None, location).unwrap();
        assert_eq!(
            error.to_string(),
            "yahoo refused the request: HTTP 307, redirect to https://guce.yahoo.com/consent"
        );
    }

    #[test]
    fn a_status_decides_alone_only_when_the_body_cannot_tell_more() {
        for (status, kind) in [
            (200, None),
            (400, None),
            (401, None),
            (404, None),
            (422, None),
            (302, Some("rejected")),
            (429, Some("throttled")),
            (999, Some("throttled")),
            (500, Some("unavailable")),
            (503, Some("unavailable")),
        ] {
            let error = refused_by_status(status, None, None);
            assert_eq!(error.map(|error| error.kind()), kind, "{status}");
        }
    }
}
