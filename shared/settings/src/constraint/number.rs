//! Switches, numbers, durations and sizes.

use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Constraint, Hint};
use crate::quantity::{parse_duration, parse_size, show_duration, show_size};
use crate::tree::{Scalar, Style};

/// Refuses quotes around what is not text.
fn unquoted(scalar: &Scalar) -> Result<&str, Hint> {
    if scalar.style == Style::Quoted {
        Err(Some("without quotes".to_owned()))
    } else {
        Ok(&scalar.text)
    }
}

pub(crate) fn flag() -> Constraint<bool> {
    Constraint::new("true or false", |scalar| {
        let text = unquoted(scalar)?;
        if text.eq_ignore_ascii_case("true") {
            Ok(true)
        } else if text.eq_ignore_ascii_case("false") {
            Ok(false)
        } else {
            Err(None)
        }
    })
}

pub(crate) fn whole(range: RangeInclusive<u64>) -> Constraint<u64> {
    let allowed = format!("a whole number from {} to {}", range.start(), range.end());
    Constraint::new(allowed, move |scalar| {
        let text = unquoted(scalar)?;
        let plain =
            text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        match text.parse() {
            Ok(number) if plain && range.contains(&number) => Ok(number),
            _ => Err(None),
        }
    })
}

pub(crate) fn count(range: RangeInclusive<u64>) -> Constraint<NonZeroUsize> {
    whole(range).then(|n| NonZeroUsize::new(usize::try_from(n).ok()?))
}

pub(crate) fn count_u32(range: RangeInclusive<u64>) -> Constraint<NonZeroU32> {
    whole(range).then(|n| NonZeroU32::new(u32::try_from(n).ok()?))
}

pub(crate) fn number(range: RangeInclusive<f64>) -> Constraint<f64> {
    let allowed = format!("a number from {} to {}", range.start(), range.end());
    Constraint::new(allowed, move |scalar| {
        let number = decimal(unquoted(scalar)?).ok_or(None)?;
        if range.contains(&number) {
            Ok(number)
        } else {
            Err(None)
        }
    })
}

/// A decimal number; words such as `inf` are none.
fn decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'e' | b'E'));
    let number: f64 = text.parse().ok()?;
    (plain && number.is_finite()).then_some(number)
}

/// Requests per second; 0 is no limit.
pub(crate) fn rate() -> Constraint<Option<f64>> {
    Constraint::new(
        "a number from 0.01 to 1000, or 0 for no limit",
        |scalar| match decimal(unquoted(scalar)?) {
            Some(0.0) => Ok(None),
            Some(rate) if (0.01..=1000.0).contains(&rate) => Ok(Some(rate)),
            _ => Err(None),
        },
    )
}

pub(crate) fn duration(range: RangeInclusive<Duration>) -> Constraint<Duration> {
    Constraint::matching(
        format!(
            "a duration from {} to {}, as \"500ms\", \"2s\" or \"20m\"",
            show_duration(*range.start()),
            show_duration(*range.end())
        ),
        move |text| parse_duration(text).filter(|duration| range.contains(duration)),
    )
}

/// A duration, or a plain number of seconds as the original wrote its waits.
pub(crate) fn wait(range: RangeInclusive<Duration>) -> Constraint<Duration> {
    let Constraint { allowed, read, .. } = duration(range.clone());
    Constraint::new(
        format!("{allowed}, or a number of seconds"),
        move |scalar| match decimal(&scalar.text).map(Duration::try_from_secs_f64) {
            Some(Ok(seconds)) if range.contains(&seconds) => Ok(seconds),
            Some(_) => Err(None),
            None => read(scalar),
        },
    )
}

pub(crate) fn duration_or_none(range: RangeInclusive<Duration>) -> Constraint<Option<Duration>> {
    let Constraint { allowed, read, .. } = duration(range);
    Constraint::new(format!("{allowed}, or none"), move |scalar| {
        if scalar.is_null() || scalar.text == "none" {
            Ok(None)
        } else {
            read(scalar).map(Some)
        }
    })
}

/// A size in bytes.
pub(crate) fn size(range: RangeInclusive<u64>) -> Constraint<u64> {
    Constraint::matching(
        format!(
            "a size from {} to {}, as \"512KiB\" or \"32MiB\"",
            show_size(*range.start()),
            show_size(*range.end())
        ),
        move |text| parse_size(text).filter(|size| range.contains(size)),
    )
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        for bad in [
            "010",
            "+1",
            "1_000",
            "0x10",
            "1.0",
            "",
            " 1",
            "ten",
            "257",
            "-1",
            "99999999999999999999",
        ] {
            assert!(read(&whole(1..=256), bad, Style::Plain).is_err(), "{bad}");
        }
        assert_eq!(read(&whole(0..=256), "0", Style::Plain), Ok(0));
        assert!(read(&whole(0..=256), "1", Style::Quoted).is_err());
        assert_eq!(read(&whole(0..=256), "1", Style::Outside), Ok(1));
        for bad in ["inf", "NaN", ".nan", "1e999", "+0.5", "1.5", "-0.1"] {
            assert!(
                read(&number(0.0..=1.0), bad, Style::Plain).is_err(),
                "{bad}"
            );
        }
        assert_eq!(read(&rate(), "0", Style::Outside), Ok(None));
        assert_eq!(read(&rate(), "2.5", Style::Outside), Ok(Some(2.5)));
        assert!(read(&rate(), "0.001", Style::Outside).is_err());
    }

    #[test]
    fn only_true_and_false_are_flags() {
        for bad in ["yes", "no", "on", "off", "y", "n", "1", "0", ""] {
            assert!(read(&flag(), bad, Style::Plain).is_err(), "{bad}");
        }
        assert!(read(&flag(), "true", Style::Quoted).is_err());
        assert_eq!(read(&flag(), "True", Style::Plain), Ok(true));
    }

    #[test]
    fn a_wait_may_be_plain_seconds() {
        let rule = wait(Duration::ZERO..=Duration::from_secs(60));
        assert_eq!(read(&rule, "2", Style::Plain), Ok(Duration::from_secs(2)));
        assert_eq!(
            read(&rule, "0.5", Style::Plain),
            Ok(Duration::from_millis(500))
        );
        assert_eq!(read(&rule, "2s", Style::Plain), Ok(Duration::from_secs(2)));
        assert!(read(&rule, "61", Style::Plain).is_err());
        assert!(read(&rule, "-1", Style::Plain).is_err());
        assert!(
            read(
                &duration(Duration::ZERO..=Duration::from_secs(60)),
                "2",
                Style::Plain
            )
            .is_err()
        );
    }
}
