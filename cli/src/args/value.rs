//! Reads single values of flags.

use jiff::Timestamp;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use quantx::lake::LakeKey;

/// A calendar date, written in full.
pub(super) fn date(text: &str) -> Result<Date, String> {
    // The parser also takes `20240503` and dates with a time behind them, of which the time would be lost.
    let is_plain = text.len() == 10;
    let date = text.parse().ok().filter(|_| is_plain);
    date.ok_or_else(|| "expected is a date such as 2024-05-03".to_owned())
}

/// An instant with its offset, or the last second of a date in UTC.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let last_second = |date: Date| {
        let end = date.to_datetime(time(23, 59, 59, 0));
        end.to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    };
    date(text).ok().and_then(last_second).ok_or_else(|| {
        "expected is an instant such as 2024-05-03T22:00:00Z, or a date such as 2024-05-03"
            .to_owned()
    })
}

/// The path of something that has one place in a lake. Flags of the original design name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedPath;

/// The folder of universes.
pub(super) fn universe_folder(text: &str) -> Result<FixedPath, String> {
    fixed(
        text.trim_end_matches('/'),
        "meta",
        "universes are in the folder",
    )
}

/// The manifest.
pub(super) fn manifest_path(text: &str) -> Result<FixedPath, String> {
    fixed(text, &LakeKey::Manifest.path(), "the manifest is the file")
}

fn fixed(text: &str, path: &str, what: &str) -> Result<FixedPath, String> {
    if text == path {
        return Ok(FixedPath);
    }
    Err(format!(
        "{what} {path} of the lake; choose the lake with --storage-root"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_end_of_that_day_and_an_instant_is_itself() {
        for (text, expect) in [
            ("2024-05-03", "2024-05-03T23:59:59Z"),
            ("2024-05-03T16:00:00-04:00", "2024-05-03T20:00:00Z"),
        ] {
            assert_eq!(instant(text).unwrap().to_string(), expect);
        }
        for text in [
            "",
            "today",
            "2024-05-03T16:00:00",
            "2024-02-30",
            "20240503",
            "1714700000",
        ] {
            assert!(instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_is_written_in_full() {
        assert!(date("2024-05-03").is_ok());
        for text in ["2024-5-3", "20240503", "2024-05-03T00:00", "2023-02-29", ""] {
            assert!(date(text).is_err(), "{text}");
        }
    }
}
