//! A clock that another process sets.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use quantx::clock::Clock;

/// Where the handler is told the file of its clock.
pub const CLOCK_VARIABLE: &str = "QUANTX_TEST_CLOCK";

/// A clock that stands where a file says.
#[derive(Debug)]
pub struct FileClock(PathBuf);

impl FileClock {
    /// The clock in `file`, which is [set](FileClock::set) by somebody.
    pub fn new(file: PathBuf) -> Self {
        Self(file)
    }

    /// Sets the clock in `file`, in one piece: it is read meanwhile.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn set(file: &Path, now: Timestamp) {
        let next = file.with_extension("next");
        fs::write(&next, now.to_string()).unwrap();
        fs::rename(next, file).unwrap();
    }
}

impl Clock for FileClock {
    fn now(&self) -> Timestamp {
        fs::read_to_string(&self.0).unwrap().parse().unwrap()
    }
}
