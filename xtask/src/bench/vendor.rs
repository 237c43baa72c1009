//! The replay vendor in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use super::config::{DAY_OF_BACKFILL, LATENCY_MS};

/// A running `quantx replay`; ends with this value.
pub(super) struct Vendor {
    child: Child,
    address: String,
    pub(super) base_url: String,
}

impl Vendor {
    /// Starts it on a free port with `n_listings` listings of New York.
    pub(super) fn start(program: &Path, n_listings: usize) -> Result<Self> {
        let words = format!(
            "replay --listen 127.0.0.1:0 --market synthetic:{n_listings}:us \
             --latency-ms {LATENCY_MS} --as-of {DAY_OF_BACKFILL} --quiet"
        );
        let mut child = Command::new(program)
            .args(words.split_whitespace())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let stdout = child.stdout.take();
        let mut vendor = Self {
            child,
            address: String::new(),
            base_url: String::new(),
        };
        let mut line = String::new();
        BufReader::new(stdout.context("the vendor has no output")?).read_line(&mut line)?;
        let base_url = line.trim().strip_prefix("listening on ");
        let base_url = base_url.with_context(|| format!("the vendor says {line:?}"))?;
        let address = base_url.strip_prefix("http://").context("no http URL")?;
        vendor.address = address.to_owned();
        vendor.base_url = base_url.to_owned();
        Ok(vendor)
    }

    /// Moves the vendor in time.
    pub(super) fn set_as_of(&self, instant: &str) -> Result<()> {
        let mut stream = TcpStream::connect(&self.address).context("the vendor is gone")?;
        write!(
            stream,
            "POST /_replay/as-of?t={instant} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n",
            self.address
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if !answer.starts_with("HTTP/1.1 200 ") {
            bail!("the vendor refuses {instant}: {answer}");
        }
        Ok(())
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        // It may have ended by itself, which the requests have noticed then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
