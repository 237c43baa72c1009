//! What may stand in one setting, as a value: a sentence for the message and a reader.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::time::Duration;

use quantx_market::Date;

use super::quantity::{parse_duration, parse_size, show_duration, show_size};
use super::tree::{Scalar, Style};

/// Why a value was refused, where the sentence of what is allowed does not say it all.
pub(super) type Hint = Option<String>;

type Read<T> = Box<dyn Fn(&Scalar) -> Result<T, Hint>>;

/// The rule of one setting.
pub(super) struct Constraint<T> {
    /// What may stand there, to be read after "allowed: ".
    pub(super) allowed: String,
    pub(super) read: Read<T>,
    pub(super) is_secret: bool,
}

impl<T> fmt::Debug for Constraint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.allowed)
    }
}

impl<T: 'static> Constraint<T> {
    pub(super) fn new(
        allowed: impl Into<String>,
        read: impl Fn(&Scalar) -> Result<T, Hint> + 'static,
    ) -> Self {
        Self {
            allowed: allowed.into(),
            read: Box::new(read),
            is_secret: false,
        }
    }

    /// A rule over text that the sentence explains in full.
    pub(super) fn matching(
        allowed: impl Into<String>,
        read: impl Fn(&str) -> Option<T> + 'static,
    ) -> Self {
        Self::new(allowed, move |scalar| {
            if scalar.is_null() {
                return Err(None);
            }
            read(&scalar.text).ok_or(None)
        })
    }

    /// The same text, read on into a narrower type.
    pub(super) fn then<U: 'static>(
        self,
        narrow: impl Fn(T) -> Option<U> + 'static,
    ) -> Constraint<U> {
        let read = self.read;
        Constraint::new(self.allowed, move |scalar| {
            narrow(read(scalar)?).ok_or(None)
        })
    }

    /// The same rule for a secret: the message must not show what was read.
    pub(super) fn hidden(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }

    /// The same value, or nothing.
    pub(super) fn or_nothing(self) -> Constraint<Option<T>> {
        let read = self.read;
        Constraint::new(format!("{}, or null", self.allowed), move |scalar| {
            if scalar.is_null() {
                Ok(None)
            } else {
                read(scalar).map(Some)
            }
        })
    }
}

/// Refuses quotes around what is not text.
fn unquoted(scalar: &Scalar) -> Result<&str, Hint> {
    if scalar.style == Style::Quoted {
        Err(Some("without quotes".to_owned()))
    } else {
        Ok(&scalar.text)
    }
}

/// A switch of the original design that can no longer be off.
pub(super) fn always() -> Constraint<bool> {
    let allowed = "true: without splits and dividends no price can be made as traded";
    Constraint::new(allowed, |scalar| {
        let on = unquoted(scalar)?.eq_ignore_ascii_case("true");
        if on { Ok(true) } else { Err(None) }
    })
}

pub(super) fn flag() -> Constraint<bool> {
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

pub(super) fn whole(range: RangeInclusive<u64>) -> Constraint<u64> {
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

pub(super) fn count(range: RangeInclusive<u64>) -> Constraint<NonZeroUsize> {
    whole(range).then(|n| NonZeroUsize::new(usize::try_from(n).ok()?))
}

pub(super) fn count_u32(range: RangeInclusive<u64>) -> Constraint<NonZeroU32> {
    whole(range).then(|n| NonZeroU32::new(u32::try_from(n).ok()?))
}

pub(super) fn number(range: RangeInclusive<f64>) -> Constraint<f64> {
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
pub(super) fn rate() -> Constraint<Option<f64>> {
    Constraint::new(
        "a number from 0.01 to 1000, or 0 for no limit",
        |scalar| match decimal(unquoted(scalar)?) {
            Some(0.0) => Ok(None),
            Some(rate) if (0.01..=1000.0).contains(&rate) => Ok(Some(rate)),
            _ => Err(None),
        },
    )
}

pub(super) fn duration(range: RangeInclusive<Duration>) -> Constraint<Duration> {
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
pub(super) fn wait(range: RangeInclusive<Duration>) -> Constraint<Duration> {
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

pub(super) fn duration_or_none(range: RangeInclusive<Duration>) -> Constraint<Option<Duration>> {
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
pub(super) fn size(range: RangeInclusive<u64>) -> Constraint<u64> {
    Constraint::matching(
        format!(
            "a size from {} to {}, as \"512KiB\" or \"32MiB\"",
            show_size(*range.start()),
            show_size(*range.end())
        ),
        move |text| parse_size(text).filter(|size| range.contains(size)),
    )
}

pub(super) fn date() -> Constraint<Date> {
    Constraint::matching(
        "a date from 1900-01-01 to 2100-12-31, as 2010-01-04",
        |text| {
            let plain = text.len() == 10
                && text.bytes().enumerate().all(|(n, b)| {
                    if n == 4 || n == 7 {
                        b == b'-'
                    } else {
                        b.is_ascii_digit()
                    }
                });
            let date: Date = text.parse().ok()?;
            (plain && (1900..=2100).contains(&date.year())).then_some(date)
        },
    )
}

/// One word of a list, in any case.
pub(super) fn one_of<T: Clone + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> Constraint<T> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    Constraint::new(one_of_names(&names), |scalar| {
        words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(&scalar.text))
            .map(|(_, value)| value.clone())
            .ok_or_else(|| {
                super::problem::nearest(&scalar.text, words.iter().map(|(word, _)| *word))
                    .map(|word| format!("did you mean {word}?"))
            })
    })
}

/// `a, b or c`.
pub(super) fn one_of_names(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// One line of text.
pub(super) fn line(max: usize) -> Constraint<String> {
    Constraint::matching(format!("1 to {max} characters on one line"), move |text| {
        let good = !text.trim().is_empty()
            && text.chars().count() <= max
            && !text.chars().any(char::is_control);
        good.then(|| text.to_owned())
    })
}

/// A value of an HTTP header.
pub(super) fn header(max: usize) -> Constraint<String> {
    Constraint::matching(
        format!("1 to {max} printable ASCII characters"),
        move |text| {
            let good = !text.trim().is_empty()
                && text.len() <= max
                && text.bytes().all(|b| (0x20..0x7f).contains(&b));
            good.then(|| text.to_owned())
        },
    )
}

/// A path inside the lake of a list of symbols.
pub(super) fn lake_csv() -> Constraint<String> {
    Constraint::matching(
        "a .csv file of the lake, as meta/universe_phase_1.csv",
        |text| {
            let good = text.len() <= 200
                && text
                    .strip_suffix(".csv")
                    .is_some_and(|stem| !stem.is_empty())
                && text.split('/').all(|part| {
                    !part.is_empty()
                        && !part.starts_with('.')
                        && !part.contains("..")
                        && part
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
                });
            good.then(|| text.to_owned())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(rule: &Constraint<T>, text: &str, style: Style) -> Result<T, Hint> {
        (rule.read)(&Scalar {
            text: text.to_owned(),
            style,
        })
    }

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

    #[test]
    fn a_path_of_the_lake_stays_in_the_lake() {
        for bad in [
            "/a.csv",
            "../a.csv",
            "a/../b.csv",
            "a",
            ".csv",
            "a//b.csv",
            "a\\b.csv",
            "a.csv/",
        ] {
            assert!(read(&lake_csv(), bad, Style::Plain).is_err(), "{bad}");
        }
        assert!(read(&lake_csv(), "meta/universe_phase_1.csv", Style::Plain).is_ok());
    }

    #[test]
    fn a_date_is_written_in_one_way() {
        for bad in [
            "2010-1-4",
            "20100104",
            "2010-02-30",
            "2010-01-04T00:00",
            "1066-10-14",
        ] {
            assert!(read(&date(), bad, Style::Plain).is_err(), "{bad}");
        }
        assert_eq!(
            read(&date(), "2010-01-04", Style::Plain),
            Ok(jiff::civil::date(2010, 1, 4))
        );
    }
}
