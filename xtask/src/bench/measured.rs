//! A child, from start to end, with what it used.

use std::fmt;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::shell;

/// How often a child's peak memory is read: the kernel keeps the peak, only growth of the last
/// moments can be missed.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Ticks of the kernel's accounting per second; the same on every Linux that runs this.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a child used.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) wall: Duration,
    /// User and system time of all its threads.
    pub(super) cpu_s: f64,
    pub(super) peak_rss_mb: f64,
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wall = self.wall.as_secs_f64();
        let (cpu, rss) = (self.cpu_s, self.peak_rss_mb);
        write!(f, "{wall:.2} s, {cpu:.2} s of CPU, {rss:.0} MB")
    }
}

/// Runs `program` to its end and returns what it used and its standard output.
pub(super) fn measure(program: &Path, words: &[String]) -> Result<(Usage, String)> {
    let cpu_before = children_cpu_s()?;
    let (ended, wall) = shell::timed(|| run(program, words));
    let (peak_rss_mb, output) = ended?;
    let usage = Usage {
        wall,
        // Only the child that has just been waited for was added.
        cpu_s: children_cpu_s()? - cpu_before,
        peak_rss_mb,
    };
    Ok((usage, output))
}

fn run(program: &Path, words: &[String]) -> Result<(f64, String)> {
    let mut child = Command::new(program)
        .args(words)
        // A variable of the caller must not change what is measured.
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let stdout = child.stdout.take().context("the child has no output")?;
    // Read on the side: a child that fills the pipe would wait for us while we wait for it.
    let reader = thread::spawn(move || {
        let mut stdout = stdout;
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let peak = watch(&mut child)?;
    let Ok(text) = reader.join() else {
        bail!("the reader of the output panicked");
    };
    Ok((peak, text?))
}

/// Waits for the end of a child that must succeed; gives its peak memory.
fn watch(child: &mut Child) -> Result<f64> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    loop {
        if let Ok(text) = fs::read_to_string(&status)
            && let Some(mb) = status_mb(&text, "VmHWM:")
        {
            peak = mb;
        }
        if let Some(status) = child.try_wait()? {
            if !status.success() {
                bail!("the program ended with {status}");
            }
            return Ok(peak);
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// `VmHWM:` or another size of a `/proc/PID/status`; a process that has ended has none.
pub(super) fn status_mb(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|it| it.strip_prefix(name))?;
    let kb: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kb / 1024.0)
}

/// Processor time of all children waited for so far.
fn children_cpu_s() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("the benchmark needs Linux")?;
    children_ticks(&stat)
        .map(|ticks| ticks / TICKS_PER_SECOND)
        .context("/proc/self/stat is not as expected")
}

/// `cutime + cstime`, fields 16 and 17; the second, a name in brackets, may hold blanks.
fn children_ticks(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(13);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 90 80 0 0 11 12 130 14 20 0 1 0 999";
        assert_eq!(children_ticks(stat), Some(144.0));
        let status = "Name:\tquantx\nVmPeak:\t  999 kB\nVmHWM:\t  2048 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(status_mb(status, "VmHWM:"), Some(2.0));
        assert_eq!(status_mb("Name:\tended\n", "VmHWM:"), None);
    }
}
