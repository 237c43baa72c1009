//! The addresses of a heartbeat, in the manner of Healthchecks and the services that copied it. Pure.

use reqwest::Url;

/// A moment of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// It begins.
    Start,
    /// It ended with this exit code; 0 is success.
    Exit(u8),
    /// It failed before it could end.
    Fail,
}

/// Where heartbeats go.
#[derive(Clone)]
pub struct Heartbeat(Url);

/// The address is a secret: who knows it can say that all is well.
impl std::fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Heartbeat(***)")
    }
}

impl Heartbeat {
    /// Heartbeats to `address` and to what stands below it; `None` if it is no address.
    pub fn new(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        url.has_host().then_some(Self(url))
    }

    /// The address of one beat: `/start`, `/fail`, `/<exit code>`. Success is `/0`.
    pub fn url(&self, beat: Beat) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            match beat {
                Beat::Start => path.push("start"),
                Beat::Exit(code) => path.push(&code.to_string()),
                Beat::Fail => path.push("fail"),
            };
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_stand_below_the_address_and_a_query_stays() {
        let beats = [
            (Beat::Start, "https://hc.example/ping/abc/start?rid=1"),
            (Beat::Exit(0), "https://hc.example/ping/abc/0?rid=1"),
            (Beat::Exit(1), "https://hc.example/ping/abc/1?rid=1"),
            (Beat::Fail, "https://hc.example/ping/abc/fail?rid=1"),
        ];
        for address in [
            "https://hc.example/ping/abc?rid=1",
            "https://hc.example/ping/abc/?rid=1",
        ] {
            let heartbeat = Heartbeat::new(address).unwrap();
            for (beat, url) in beats {
                assert_eq!(heartbeat.url(beat).as_str(), url);
            }
            assert!(!format!("{heartbeat:?}").contains("abc"));
        }
        assert!(Heartbeat::new("no address").is_none());
    }
}
