//! The only place that writes to standard output and standard error.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use tracing_subscriber::fmt::MakeWriter;

use crate::escape_control::{escape_control, escape_control_line};

/// Writes `text` to standard output and flushes it. What would steer a terminal is shown instead.
///
/// A reader that has gone away, as `head` does, is not an error.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(escape_control(text).as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Standard output for a table that another program reads: nothing in it is for a terminal.
pub(crate) fn table_output() -> impl Write {
    io::stdout()
}

/// Writes a line to standard error, for people.
pub(crate) fn print_error(line: &str) {
    write_stderr(format!("{}\n", escape_control(line)).as_bytes());
}

fn write_stderr(bytes: &[u8]) {
    // Without standard error nothing can be shown.
    let (Ok(()) | Err(_)) = io::stderr().lock().write_all(bytes);
}

/// Standard error, shared by logs and progress so that neither cuts the other's lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Console(Arc<Mutex<Option<ProgressBar>>>);

impl Console {
    /// Writes a line above the bar.
    pub(crate) fn line(&self, line: &str) {
        self.above_bar(format!("{}\n", escape_control(line)).as_bytes());
    }

    /// Lines go above `bar` from now on.
    pub(crate) fn show(&self, bar: ProgressBar) {
        *self.bar() = Some(bar);
    }

    /// One more is done; `message` stands beside the bar.
    pub(crate) fn advance(&self, message: String) {
        if let Some(bar) = &*self.bar() {
            bar.inc(1);
            bar.set_message(escape_control(&message).into_owned());
        }
    }

    /// Takes the bar away, if there is one.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn above_bar(&self, bytes: &[u8]) {
        match &*self.bar() {
            Some(bar) => bar.suspend(|| write_stderr(bytes)),
            None => write_stderr(bytes),
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        // A panic while writing leaves nothing half done in here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> MakeWriter<'a> for Console {
    type Writer = LogWriter<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        LogWriter(self)
    }
}

/// Writes log lines above the bar; tracing hands over whole lines.
#[derive(Debug)]
pub(crate) struct LogWriter<'a>(&'a Console);

impl Write for LogWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.above_bar(&escape_control_line(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
