//! Dates, words and lines of text.

use quantx_market::Date;

use super::Constraint;
use crate::WebAddress;
use crate::problem::nearest;

/// The root of a vendor's addresses.
pub(crate) fn base_address() -> Constraint<WebAddress> {
    Constraint::new(
        "an https address without a query, or http to this machine",
        |scalar| WebAddress::parse_base(&scalar.text).map_err(|error| Some(error.to_string())),
    )
}

pub(crate) fn date() -> Constraint<Date> {
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
pub(crate) fn one_of<T: Clone + Sync + 'static>(
    words: &'static [(&'static str, T)],
) -> Constraint<T> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    Constraint::new(one_of_names(&names), |scalar| {
        words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(&scalar.text))
            .map(|(_, value)| value.clone())
            .ok_or_else(|| {
                nearest(&scalar.text, words.iter().map(|(word, _)| *word))
                    .map(|word| format!("did you mean {word}?"))
            })
    })
}

/// `a, b or c`.
pub(crate) fn one_of_names(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// One line of text.
pub(crate) fn line(max: usize) -> Constraint<String> {
    Constraint::matching(format!("1 to {max} characters on one line"), move |text| {
        let good = !text.trim().is_empty()
            && text.chars().count() <= max
            && !text.chars().any(char::is_control);
        good.then(|| text.to_owned())
    })
}

/// A value of an HTTP header.
pub(crate) fn header(max: usize) -> Constraint<String> {
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
pub(crate) fn lake_csv() -> Constraint<String> {
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
    use super::super::read;
    use super::*;
    use crate::tree::Style;

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
