use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An address that is asked over HTTP: https, or http where the host is this machine.
///
/// Host and scheme in lower case; no credentials, no fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct WebAddress(String);

impl WebAddress {
    /// Parses an address; a query stays.
    ///
    /// # Errors
    /// [`WebAddressError`].
    pub fn parse(text: &str) -> Result<Self, WebAddressError> {
        if text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
        {
            return Err(WebAddressError::NotAnAddress);
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or(WebAddressError::NotAnAddress)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.contains('@') {
            return Err(WebAddressError::Credentials);
        }
        if tail.contains('#') {
            return Err(WebAddressError::NotAnAddress);
        }
        let authority = authority.to_ascii_lowercase();
        let host = host_of(&authority).ok_or(WebAddressError::NotAnAddress)?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => return Err(WebAddressError::NotEncrypted),
            _ => return Err(WebAddressError::NotAnAddress),
        }
        Ok(Self(format!("{scheme}://{authority}{tail}")))
    }

    /// Parses the root that paths are appended to: no query, no slash at the end.
    ///
    /// # Errors
    /// [`WebAddressError`].
    pub fn parse_base(text: &str) -> Result<Self, WebAddressError> {
        let Self(address) = Self::parse(text)?;
        if address.contains('?') {
            return Err(WebAddressError::Query);
        }
        Ok(Self(address.trim_end_matches('/').to_owned()))
    }

    /// Whether the host is this machine: loopback, by number or as `localhost`.
    pub fn is_this_machine(&self) -> bool {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        host_of(rest.get(..end).unwrap_or_default()).is_some_and(is_loopback)
    }

    /// The address as text, its query included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Without the query, which may hold a key.
impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.split('?').next().unwrap_or_default())
    }
}

impl fmt::Debug for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why text is not an address to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebAddressError {
    /// No scheme, no host, a bad port or a character that no address has.
    #[error("not an address")]
    NotAnAddress,
    /// Plain http to another machine.
    #[error("http only to this machine: localhost, 127.0.0.1 or [::1]")]
    NotEncrypted,
    /// A name or password before the host.
    #[error("credentials do not belong in an address")]
    Credentials,
    /// A query where paths will be appended.
    #[error("without a query")]
    Query,
}

/// The host of `host`, `host:port` or `[v6]:port`, if all of it can be right.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = if authority.starts_with('[') {
        let end = authority.find(']')?;
        let (host, tail) = authority.split_at(end + 1);
        host[1..end].parse::<Ipv6Addr>().ok()?;
        (
            host,
            tail.strip_prefix(':')
                .or(tail.is_empty().then_some("443"))?,
        )
    } else {
        let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
        let good = host.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        if !good {
            return None;
        }
        (host, port)
    };
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    (digits && port.parse::<u16>().is_ok_and(|port| port > 0)).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let v6 = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || v6.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_this_machine_only() {
        for (text, expect) in [
            (
                "https://query2.finance.yahoo.com/",
                Ok("https://query2.finance.yahoo.com"),
            ),
            (
                "HTTPS://Query2.Finance.Yahoo.com/V8",
                Ok("https://query2.finance.yahoo.com/V8"),
            ),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080")),
            ("http://localhost", Ok("http://localhost")),
            ("http://[::1]:9", Ok("http://[::1]:9")),
            (
                "http://query2.finance.yahoo.com",
                Err(WebAddressError::NotEncrypted),
            ),
            (
                "http://127.0.0.1.evil.com",
                Err(WebAddressError::NotEncrypted),
            ),
            (
                "http://localhost.evil.com",
                Err(WebAddressError::NotEncrypted),
            ),
            ("http://[2001:db8::1]", Err(WebAddressError::NotEncrypted)),
            (
                "http://localhost@evil.com",
                Err(WebAddressError::Credentials),
            ),
            ("https://user:pw@host", Err(WebAddressError::Credentials)),
            ("https://host?key=1", Err(WebAddressError::Query)),
            ("https://host/#x", Err(WebAddressError::NotAnAddress)),
            ("https://", Err(WebAddressError::NotAnAddress)),
            ("https://a..b", Err(WebAddressError::NotAnAddress)),
            ("https://host:0", Err(WebAddressError::NotAnAddress)),
            ("https://host:+80", Err(WebAddressError::NotAnAddress)),
            ("https://host:", Err(WebAddressError::NotAnAddress)),
            ("https://[::1", Err(WebAddressError::NotAnAddress)),
            ("ftp://host", Err(WebAddressError::NotAnAddress)),
            ("host", Err(WebAddressError::NotAnAddress)),
            ("https://ho st", Err(WebAddressError::NotAnAddress)),
            (
                "http://localhost\\.evil.com",
                Err(WebAddressError::NotAnAddress),
            ),
        ] {
            let read = WebAddress::parse_base(text);
            assert_eq!(
                read.as_ref().map(WebAddress::as_str).map_err(|e| *e),
                expect,
                "{text}"
            );
        }
    }

    #[test]
    fn a_query_is_kept_and_never_shown() {
        let address = WebAddress::parse("https://host/list.csv?token=abc").unwrap();
        assert_eq!(address.as_str(), "https://host/list.csv?token=abc");
        assert_eq!(
            format!("{address} {address:?}"),
            "https://host/list.csv https://host/list.csv"
        );
    }
}
