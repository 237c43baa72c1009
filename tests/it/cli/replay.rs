//! `quantx replay` in a process of its own, and a reader that goes away.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use super::{DATES, Desk};

/// A replay vendor in its own process; killed when dropped.
pub(super) struct Vendor {
    child: Child,
    pub(super) url: String,
}

impl Vendor {
    pub(super) fn start(desk: &Desk, words: &[&str]) -> Self {
        let mut command = desk.command(["replay"].iter().chain(words));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .strip_prefix("listening on ")
            .unwrap()
            .trim()
            .to_owned();
        Self { child, url }
    }

    /// Ends it with a signal; what it said on standard error, and its exit code.
    #[cfg(unix)]
    fn end(mut self, name: &str) -> (String, Option<i32>) {
        signal(&self.child, name);
        let mut said = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (said, self.child.wait().unwrap().code())
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        // It may have ended by itself.
        let (Ok(()) | Err(_)) = self.child.kill();
        let (Ok(_) | Err(_)) = self.child.wait();
    }
}

/// Sends `INT` or `TERM`.
#[cfg(unix)]
pub(super) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_replay_vendor_answers_until_it_is_ended_and_tells_what_it_was_asked() {
    let desk = Desk::new();
    for name in ["INT", "TERM"] {
        let vendor = Vendor::start(&desk, &["--as-of", "2013-03-02"]);
        let url = [
            "--yahoo-base-url",
            &vendor.url,
            "--requests-per-second",
            "0",
        ];
        let words = [
            "backfill",
            "--symbols",
            "AAPL,IBM",
            "--storage-root",
            name,
            "--json",
        ];
        let report = desk
            .run(words.iter().chain(&DATES).chain(&url))
            .ends_with(0)
            .json();
        assert_eq!(report["outcomes"]["updated"], 2);
        assert_eq!(
            vendor.end(name),
            ("2 chart requests for 2 symbols\n".to_owned(), Some(0))
        );
    }
}

#[test]
fn a_replay_that_cannot_be_is_refused() {
    let desk = Desk::new();
    for (words, because) in [
        (["--market", "nasdaq"], "synthetic:N"),
        (["--faults", "429=2"], "a number from 0 to 1"),
        (["--listen", "0.0.0.0:0"], "loopback"),
        (["--listen", "localhost"], "--listen"),
        (["--market", "csv:nowhere"], "nowhere"),
    ] {
        desk.run(["replay"].iter().chain(&words))
            .is_refused(&[because]);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let desk = Desk::with_sample();
    let mut command = desk.command(&["show-manifest"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}
