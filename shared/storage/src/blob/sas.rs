//! Shared access signatures: made of an account key on this machine, or read. Pure.
//!
//! Source: <https://learn.microsoft.com/rest/api/storageservices/create-account-sas>.

use azure_core::credentials::Secret as SdkSecret;
use jiff::{SignedDuration, Timestamp, Unit};

use quantx_settings::Secret;

/// Version of the string that is signed; not that of the requests.
const VERSION: &str = "2022-11-02";
/// Read, write, delete, list, create: what the store does.
const PERMISSIONS: &str = "rwdlc";
/// How long a signature is good for.
const VALID: SignedDuration = SignedDuration::from_hours(2);
/// One is made anew when less than this is left of it, so that no request outlives its own.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_hours(1);
/// It counts from this long ago, for clocks that are late.
const TOLERATED_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// A query string that signs requests, and until when.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) query: Secret<String>,
    pub(super) expires: Option<Timestamp>,
}

impl Signature {
    /// Signs for everything that the store does with `account`, from `now` on.
    pub(super) fn of_account(
        account: &str,
        key: &Secret<String>,
        over: Protocol,
        now: Timestamp,
    ) -> azure_core::Result<Self> {
        let second = now.round(Unit::Second).unwrap_or(now);
        let expires = second.saturating_add(VALID).unwrap_or(second);
        let start = second.saturating_sub(TOLERATED_SKEW).unwrap_or(second);
        let protocol = over.as_str();
        // Account, permissions, services, resource types, start, expiry, addresses, protocol,
        // version, encryption scope; each with a line end.
        let text = format!(
            "{account}\n{PERMISSIONS}\nb\nco\n{start}\n{expires}\n\n{protocol}\n{VERSION}\n\n"
        );
        let key = SdkSecret::from(key.expose().clone());
        let signature = azure_core::hmac::hmac_sha256(&text, &key)?;
        let query = format!(
            "sv={VERSION}&ss=b&srt=co&sp={PERMISSIONS}&st={}&se={}&spr={}&sig={}",
            encoded(&start.to_string()),
            encoded(&expires.to_string()),
            encoded(protocol),
            encoded(&signature),
        );
        Ok(Self {
            query: Secret::new(query),
            expires: Some(expires),
        })
    }

    /// One that somebody else made.
    pub(super) fn given(query: Secret<String>) -> Self {
        let expires = expiry(query.expose());
        Self { query, expires }
    }

    /// Whether a new one must be made at `now`.
    pub(super) fn is_stale(&self, now: Timestamp) -> bool {
        self.expires
            .is_some_and(|expires| now.saturating_add(RENEW_BEFORE).unwrap_or(now) >= expires)
    }
}

/// What the signature may travel over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Https,
    /// Emulators only.
    HttpToo,
}

impl Protocol {
    pub(super) fn of(endpoint: &str) -> Self {
        if endpoint.starts_with("https:") {
            Self::Https
        } else {
            Self::HttpToo
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::HttpToo => "https,http",
        }
    }
}

/// `se` of a signature: an instant, or a date, which means its midnight in UTC. `None` if there is
/// none: then a policy of the container has it.
fn expiry(query: &str) -> Option<Timestamp> {
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("se="))?
        .replace("%3A", ":")
        .replace("%3a", ":");
    let instant = value.parse::<Timestamp>().ok();
    instant.or_else(|| {
        let date = value.parse::<jiff::civil::Date>().ok()?;
        Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}

/// `text` as the value of a query: everything but letters, digits, `-`, `.` and `_` as `%XX`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_account_signature_is_what_the_documentation_says() {
        let key = Secret::new("a2V5".to_owned());
        let now = at("2026-11-23T10:00:00.25Z");
        let made = Signature::of_account("quantx", &key, Protocol::Https, now).unwrap();
        let (public, signature) = made.query.expose().split_once("&sig=").unwrap();
        assert_eq!(
            public,
            "sv=2022-11-02&ss=b&srt=co&sp=rwdlc&st=2026-11-23T09%3A45%3A00Z&se=2026-11-23T12%3A00%3A00Z&spr=https"
        );
        // echo -ne 'quantx\nrwdlc\nb\nco\n<st>\n<se>\n\nhttps\n2022-11-02\n\n' | openssl dgst -sha256 -hmac key -binary | base64
        assert_eq!(
            signature,
            "tAu%2Fq6OjcCjz4uhsyCWfZHBLqpiPBmw81YS18W7akTo%3D"
        );
        assert_eq!(made.expires, Some(at("2026-11-23T12:00:00Z")));
    }

    #[test]
    fn a_signature_is_renewed_while_it_is_still_good() {
        let key = Secret::new("a2V5".to_owned());
        let now = at("2026-11-23T10:00:00Z");
        let made = Signature::of_account("quantx", &key, Protocol::Https, now).unwrap();
        assert!(!made.is_stale(at("2026-11-23T10:59:59Z")));
        assert!(made.is_stale(at("2026-11-23T11:00:00Z")));
    }

    #[test]
    fn the_expiry_of_a_given_signature_is_read() {
        for (query, expires) in [
            (
                "sv=1&se=2026-11-23T12%3A00%3A00Z&sig=x",
                Some("2026-11-23T12:00:00Z"),
            ),
            ("se=2026-11-23T12:00:00Z", Some("2026-11-23T12:00:00Z")),
            ("se=2026-11-23&sig=x", Some("2026-11-23T00:00:00Z")),
            ("si=policy&sig=x", None),
            ("se=soon", None),
        ] {
            let given = Signature::given(Secret::new(query.to_owned()));
            assert_eq!(given.expires, expires.map(at), "{query}");
            assert!(!format!("{given:?}").contains("sig"));
        }
    }
}
