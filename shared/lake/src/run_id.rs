use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Names one run: `<operation>_<YYYYMMDD_HHMMSS>` in UTC, with `-2`, `-3`, ... for further runs of
/// the same operation in the same second. Safe as a file name; equal text means the same run.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId {
    operation: Arc<str>,
    at: Timestamp,
    sequence: u32,
}

/// Why text or a start time is not a run's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunIdError {
    /// The operation's name cannot be a part of a file name.
    #[error(
        "operation {read:?} is not 1 to 64 lower-case letters, digits, '_' and '-' that begin with a letter"
    )]
    BadOperation { read: String },
    /// A time that four digits of year cannot say.
    #[error("{at} cannot be the time of a run")]
    BadTime { at: Timestamp },
    /// Text of another form.
    #[error("{read:?} is not <operation>_<YYYYMMDD_HHMMSS>")]
    BadForm { read: String },
}

impl RunId {
    const MAX_OPERATION: usize = 64;
    /// Of `YYYYMMDD_HHMMSS`.
    const STAMP_LEN: usize = 15;

    /// The first run of `operation` that started in the second of `at`.
    ///
    /// # Errors
    /// [`RunIdError`] for an operation that is not a plain name and for years before 0.
    pub fn new(operation: &str, at: Timestamp) -> Result<Self, RunIdError> {
        let plain =
            |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'_' | b'-');
        if operation.len() > Self::MAX_OPERATION
            || !operation.starts_with(|c: char| c.is_ascii_lowercase())
            || !operation.bytes().all(plain)
        {
            return Err(RunIdError::BadOperation {
                read: operation.to_owned(),
            });
        }
        let second = Timestamp::from_second(at.as_second());
        let Some(at) = second.ok().filter(|at| Self::civil(*at).year() >= 0) else {
            return Err(RunIdError::BadTime { at });
        };
        Ok(Self {
            operation: operation.into(),
            at,
            sequence: 1,
        })
    }

    /// Parses what [`Display`](fmt::Display) writes, and nothing else.
    ///
    /// # Errors
    /// [`RunIdError`] saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, RunIdError> {
        let bad = || RunIdError::BadForm {
            read: text.to_owned(),
        };
        let whole = Self::parse_first(text);
        let run = match text.rsplit_once('-') {
            Some((first, sequence)) if whole.is_none() => Self {
                sequence: sequence.parse().map_err(|_| bad())?,
                ..Self::parse_first(first).ok_or_else(bad)?
            },
            _ => whole.ok_or_else(bad)?,
        };
        // One text per run: refuses `-1`, `-02` and `-+2`.
        if run.sequence == 0 || run.to_string() != text {
            return Err(bad());
        }
        Ok(run)
    }

    /// The name to take when this one already belongs to another run of the same second.
    #[must_use]
    pub fn next(&self) -> Self {
        Self {
            sequence: self.sequence.saturating_add(1),
            ..self.clone()
        }
    }

    /// What was run.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// When it started, to the second.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn parse_first(text: &str) -> Option<Self> {
        let (operation, stamp) = text.split_at_checked(text.len().checked_sub(Self::STAMP_LEN)?)?;
        let part = |from: usize, to: usize| {
            let digits = stamp.get(from..to)?;
            let only_digits = digits.bytes().all(|b| b.is_ascii_digit());
            only_digits.then(|| digits.parse::<i16>().ok()).flatten()
        };
        let small = |from: usize| i8::try_from(part(from, from + 2)?).ok();
        let civil = DateTime::new(
            part(0, 4)?,
            small(4)?,
            small(6)?,
            small(9)?,
            small(11)?,
            small(13)?,
            0,
        );
        let at = TimeZone::UTC.to_timestamp(civil.ok()?).ok()?;
        Self::new(operation.strip_suffix('_')?, at).ok()
    }

    fn civil(at: Timestamp) -> DateTime {
        TimeZone::UTC.to_datetime(at)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Self::civil(self.at);
        write!(
            f,
            "{}_{:04}{:02}{:02}_{:02}{:02}{:02}",
            self.operation,
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )?;
        if self.sequence > 1 {
            write!(f, "-{}", self.sequence)?;
        }
        Ok(())
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for RunId {
    type Error = RunIdError;

    fn try_from(text: String) -> Result<Self, RunIdError> {
        Self::parse(&text)
    }
}

impl From<RunId> for String {
    fn from(run: RunId) -> Self {
        run.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_by_operation_and_second_in_utc() {
        let run = RunId::new("daily_update", "2024-07-05T23:04:09.9Z".parse().unwrap()).unwrap();
        assert_eq!(run.to_string(), "daily_update_20240705_230409");
        assert_eq!(run.next().to_string(), "daily_update_20240705_230409-2");
        assert_eq!(
            run.next().next().to_string(),
            "daily_update_20240705_230409-3"
        );
        for run in [run.clone(), run.next()] {
            assert_eq!(RunId::parse(&run.to_string()), Ok(run.clone()));
        }
    }

    #[test]
    fn what_is_not_a_run_is_refused() {
        for text in [
            "",
            "backfill",
            "20240705_230409",
            "_20240705_230409",
            "Backfill_20240705_230409",
            "../backfill_20240705_230409",
            "backfill_20240705_240409",
            "backfill_20240705_+30409",
            "backfill_20240705_230409-",
            "backfill_20240705_230409-0",
            "backfill_20240705_230409-1",
            "backfill_20240705_230409-02",
            "backfill_20240705_230409-+2",
            "é_0240705_230409",
        ] {
            assert!(RunId::parse(text).is_err(), "{text}");
        }
        assert!(RunId::new("a/b", Timestamp::UNIX_EPOCH).is_err());
        assert!(RunId::new("backfill", Timestamp::MIN).is_err());
    }
}
