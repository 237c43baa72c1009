//! `cargo xtask bench --handler`: what the Functions app costs on the machine it runs on.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::STARTS;
use super::config::{BACKFILL_WORKERS, DAY_OF_BACKFILL, END, START};
use super::measured::status_mb;
use super::scratch::Scratch;
use super::vendor::Vendor;
use crate::{ci, package, shell};

/// Listings of the one chunk that is measured.
const LISTINGS: usize = 500;
/// The host's first question comes at once; so does ours.
const ASK_EVERY: Duration = Duration::from_micros(100);
/// Until a process that does nothing has given back what it needed to start.
const SETTLE: Duration = Duration::from_secs(2);
const MB: f64 = 1_048_576.0;

/// Stages the app, measures its handler and prints a table.
pub(super) fn run(root: &Path) -> Result<()> {
    let app = package::staged(root)?;
    let target = ci::target_directory()?;
    let scratch = Scratch::new(&target.join("bench"))?;
    let size = fs::metadata(app.join("handler"))?.len() as f64 / MB;
    let lake = scratch.folder("lake")?;
    let vendor = Vendor::start(&target.join("release/quantx"), LISTINGS)?;
    let mut starts = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let (handler, ready) = Handler::start(&app, &lake, &vendor.base_url)?;
        starts.push(ready.as_secs_f64() * 1e3);
        drop(handler);
    }
    starts.sort_by(f64::total_cmp);
    let (handler, _) = Handler::start(&app, &lake, &vendor.base_url)?;
    thread::sleep(SETTLE);
    let idle = handler.status("VmRSS:")?;
    let (done, wall) = shell::timed(|| chunk(&handler));
    let settled = done?;
    let peak = handler.status("VmHWM:")?;
    shell::say(&format!(
        "{}\n\n| measure | result | target |\n|---|---|---|\n\
         | exec to the first 200, median and slowest of {STARTS} | {:.1} ms, {:.1} ms | ≤ 30 ms |\n\
         | idle RSS | {idle:.1} MB | ≤ 30 MB |\n\
         | stripped binary | {size:.1} MB | ≤ 45 MB |\n\
         | peak RSS of a chunk of {LISTINGS} listings × 20 years ({settled} settled, {:.1} s) | {peak:.0} MB | ≤ 200 MB |",
        shell::machine(),
        starts[STARTS / 2],
        starts[STARTS - 1],
        wall.as_secs_f64(),
    ));
    Ok(())
}

/// Plans a backfill of one chunk and works on it, as the host would ask for it; listings settled.
fn chunk(handler: &Handler) -> Result<usize> {
    let symbols: Vec<String> = (0..LISTINGS).map(|n| format!("\"S{n:04}\"")).collect();
    let order = format!(
        "{{\"instance\":\"bench\",\"now\":\"{DAY_OF_BACKFILL}\",\"request\":{{\"operation\":\"backfill\",\
         \"start\":\"{START}\",\"end\":\"{END}\",\"chunk_size\":{LISTINGS},\"max_workers\":{BACKFILL_WORKERS},\"symbols\":[{}]}}}}",
        symbols.join(",")
    );
    let planned = handler.activity("plan", &order)?;
    if !planned.contains("backfill_20261120_120000") {
        bail!("the plan is {planned}");
    }
    let order = "{\"run\":\"backfill_20261120_120000\",\"chunk\":0,\"round\":1}";
    let answer = handler.activity("chunk", order)?;
    // Texts in texts: the number is looked for, not parsed out of three kinds of quotes.
    let settled = answer.split("settled").nth(1).context("no answer")?;
    let digits: String = settled
        .chars()
        .skip_while(|it| !it.is_ascii_digit())
        .collect();
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    let settled: usize = digits.parse().with_context(|| answer.clone())?;
    if settled != LISTINGS {
        bail!("{settled} of {LISTINGS} listings are settled: {answer}");
    }
    Ok(settled)
}

/// A running handler; ends with this value.
struct Handler {
    child: Child,
    address: SocketAddr,
}

impl Handler {
    /// Starts it on a free port, and how long it was until it answered.
    fn start(app: &Path, lake: &Path, vendor: &str) -> Result<(Self, Duration)> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(app.join("handler"));
        command
            .env_clear()
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", address.port().to_string())
            .env("FUNCTIONS_APP_ROOT_PATH", app)
            .env("LOCAL_STORAGE_ROOT", lake)
            .env("QUANTX_YAHOO_BASE_URL", vendor)
            .env("QUANTX_REQUESTS_PER_SECOND", "0")
            .env("QUANTX_LOG_LEVEL", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::inherit());
        let (handler, took) = shell::timed(|| -> Result<Self> {
            let child = command.spawn().context("cannot start the handler")?;
            let mut handler = Self { child, address };
            while !handler
                .send("GET", "/", "")
                .is_ok_and(|answer| is_ok(&answer))
            {
                if let Some(status) = handler.child.try_wait()? {
                    bail!("the handler ended with {status}");
                }
                thread::sleep(ASK_EVERY);
            }
            Ok(handler)
        });
        Ok((handler?, took))
    }

    fn activity(&self, binding: &str, order: &str) -> Result<String> {
        // The host writes JSON into a text.
        let quoted = order.replace('"', "\\\"");
        let body = format!("{{\"Data\":{{\"{binding}\":\"{quoted}\"}},\"Metadata\":{{}}}}");
        let answer = self.send("POST", &format!("/backfill_{binding}"), &body)?;
        if !is_ok(&answer) {
            bail!("{binding} failed: {answer:.2000}");
        }
        Ok(answer)
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn status(&self, line: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        status_mb(&status, line).with_context(|| format!("no {line}"))
    }
}

fn is_ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ")
}

impl Drop for Handler {
    fn drop(&mut self) {
        // It may have ended by itself, which the requests have noticed then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
