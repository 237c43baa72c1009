//! Where an answer may send us.

use std::net::{IpAddr, Ipv6Addr};

use reqwest::Url;
use reqwest::redirect::{Action, Attempt};

/// Redirects in a row. Wikipedia and HKEX need one at most.
const MAX_REDIRECTS: usize = 5;

/// Why a redirect is not followed. Addresses stand without their queries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectRefusal {
    /// One too many.
    #[error("more than {} redirects in a row, the last to {to}", MAX_REDIRECTS)]
    TooMany { to: String },
    /// From https to http, or to something that is not HTTP at all.
    #[error("a redirect from {from} to another scheme: {to}")]
    Scheme { from: String, to: String },
    /// From another machine to this one, or from this one over http to another.
    #[error("a redirect between this machine and another one: from {from} to {to}")]
    Machine { from: String, to: String },
    /// A name or password before the host.
    #[error("a redirect with credentials to {to}")]
    Credentials { to: String },
}

/// The HTTP client's policy.
pub(super) fn follow(attempt: Attempt<'_>) -> Action {
    match check(attempt.previous(), attempt.url()) {
        Ok(()) => attempt.follow(),
        Err(refusal) => attempt.error(refusal),
    }
}

/// Whether to go from the addresses so far, the first one included, to the next.
fn check(previous: &[Url], next: &Url) -> Result<(), RedirectRefusal> {
    let to = shown(next);
    if previous.len() > MAX_REDIRECTS {
        return Err(RedirectRefusal::TooMany { to });
    }
    let Some(last) = previous.last() else {
        return Ok(());
    };
    let from = shown(last);
    if next.scheme() != last.scheme() {
        return Err(RedirectRefusal::Scheme { from, to });
    }
    let (is_from_here, is_to_here) = (is_this_machine(last), is_this_machine(next));
    let is_open = next.scheme() != "https";
    if (is_to_here && !is_from_here) || (is_open && !is_to_here) {
        return Err(RedirectRefusal::Machine { from, to });
    }
    if !next.username().is_empty() || next.password().is_some() {
        return Err(RedirectRefusal::Credentials { to });
    }
    Ok(())
}

/// An address for messages: without credentials, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    match url.host_str() {
        Some(host) => {
            let port = url
                .port()
                .map(|port| format!(":{port}"))
                .unwrap_or_default();
            format!("{}://{host}{port}{}", url.scheme(), url.path())
        }
        None => format!("{}:", url.scheme()),
    }
}

/// Loopback in any spelling. 0.0.0.0 and :: connect to this machine too.
fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let bare = host.trim_matches(['[', ']']);
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => is_this_machine_v6(ip),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

fn is_this_machine_v6(ip: Ipv6Addr) -> bool {
    let mapped = ip.to_ipv4_mapped();
    ip.is_loopback()
        || ip.is_unspecified()
        || mapped.is_some_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(from: &str, to: &str) -> Option<&'static str> {
        let url = |text: &str| Url::parse(text).unwrap();
        check(&[url(from)], &url(to))
            .err()
            .map(|refusal| match refusal {
                RedirectRefusal::TooMany { .. } => "too many",
                RedirectRefusal::Scheme { .. } => "scheme",
                RedirectRefusal::Machine { .. } => "machine",
                RedirectRefusal::Credentials { .. } => "credentials",
            })
    }

    #[test]
    fn a_redirect_stays_encrypted_and_off_this_machine() {
        let wiki = "https://en.wikipedia.org/wiki/A";
        let here = "http://127.0.0.1:8080/a";
        for (from, to, expect) in [
            (wiki, "https://en.wikipedia.org/wiki/B", None),
            (wiki, "https://www.hkex.com.hk/B", None),
            (wiki, "http://en.wikipedia.org/wiki/A", Some("scheme")),
            (wiki, "ftp://en.wikipedia.org/", Some("scheme")),
            (wiki, "file:///etc/passwd", Some("scheme")),
            (wiki, "data:text/html,x", Some("scheme")),
            (wiki, "https://localhost/", Some("machine")),
            (wiki, "https://LOCALHOST./", Some("machine")),
            (wiki, "https://a.localhost/", Some("machine")),
            (wiki, "https://127.1.2.3/", Some("machine")),
            (wiki, "https://0x7f000001/", Some("machine")),
            (wiki, "https://2130706433/", Some("machine")),
            (wiki, "https://[::1]:8443/", Some("machine")),
            (wiki, "https://[::ffff:127.0.0.1]/", Some("machine")),
            (wiki, "https://0.0.0.0/", Some("machine")),
            (wiki, "https://[::]/", Some("machine")),
            (wiki, "https://127.0.0.1.example.org/", None),
            (wiki, "https://me:pw@example.org/", Some("credentials")),
            (here, "http://localhost:9090/b", None),
            (here, "http://example.org/", Some("machine")),
            (here, "https://example.org/", Some("scheme")),
            ("https://localhost/", "https://example.org/", None),
        ] {
            assert_eq!(refusal(from, to), expect, "{from} to {to}");
        }
    }

    #[test]
    fn the_sixth_redirect_is_refused() {
        let url = Url::parse("https://example.org/a?key=1#x").unwrap();
        assert_eq!(check(&vec![url.clone(); 5], &url), Ok(()));
        let refusal = check(&vec![url.clone(); 6], &url).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "more than 5 redirects in a row, the last to https://example.org/a"
        );
    }

    #[test]
    fn a_message_shows_no_secrets() {
        let url = Url::parse("https://me:pw@example.org:8443/a?key=1#x").unwrap();
        assert_eq!(shown(&url), "https://example.org:8443/a");
        let url = Url::parse("data:text/html,secret").unwrap();
        assert_eq!(shown(&url), "data:");
    }
}
