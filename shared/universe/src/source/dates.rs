//! Dates as people write them.

use jiff::civil::Date;

/// A date such as `2014-07-02`, `July 2, 2014`, `Jul. 2, 2014` or `2 July 2014`.
pub(super) fn written(text: &str) -> Option<Date> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .collect();
    match words[..] {
        [iso] => split_date(iso, '-').and_then(|[year, month, day]| date(year, month, day)),
        [first, second, year] => {
            let (month, day) = match month(first) {
                Some(month) => (month, second),
                None => (month(second)?, first),
            };
            date(year, month, day)
        }
        _ => None,
    }
}

/// The first date of a text that says more: `1983-11-30 (1957-03-04)`.
pub(super) fn leading(text: &str) -> Option<Date> {
    let end = text.find('(').unwrap_or(text.len());
    written(text[..end].trim())
}

/// A date such as `03/12/2021`, the day first.
pub(super) fn day_first(text: &str) -> Option<Date> {
    let [day, month, year] = split_date(text.trim(), '/')?;
    date(year, month, day)
}

fn split_date(text: &str, separator: char) -> Option<[&str; 3]> {
    let parts: Vec<&str> = text.split(separator).collect();
    parts.try_into().ok()
}

fn date(year: &str, month: impl Month, day: &str) -> Option<Date> {
    if year.len() != 4 || day.len() > 2 {
        return None;
    }
    Date::new(number(year)?, month.number()?, number(day)?).ok()
}

/// Digits only: `parse` alone would take a sign.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A month in digits or already known.
trait Month {
    fn number(self) -> Option<i8>;
}

impl Month for &str {
    fn number(self) -> Option<i8> {
        if self.len() > 2 {
            return None;
        }
        number(self)
    }
}

impl Month for i8 {
    fn number(self) -> Option<i8> {
        Some(self)
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A month by its English name, or by three letters of it or more.
fn month(word: &str) -> Option<i8> {
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    if word.len() < 3 {
        return None;
    }
    let at = MONTHS.iter().position(|month| month.starts_with(&word))?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, expect) in [
            ("July 2, 2014", Some(day(2014, 7, 2))),
            ("July 2 , 2014", Some(day(2014, 7, 2))),
            ("Sept. 19, 2022", Some(day(2022, 9, 19))),
            ("19 September 2022", Some(day(2022, 9, 19))),
            ("2022-09-19", Some(day(2022, 9, 19))),
            ("February 29, 2024", Some(day(2024, 2, 29))),
            ("February 29, 2023", None),
            ("Ma 2, 2014", None),
            ("Smarch 2, 2014", None),
            ("July 2", None),
            ("July 2, 14", None),
            ("July +2, 2014", None),
            ("2022-9-19", Some(day(2022, 9, 19))),
            ("2022-019-19", None),
            ("2009", None),
            ("", None),
        ] {
            assert_eq!(written(text), expect, "{text:?}");
        }
        assert_eq!(leading("1983-11-30 (1957-03-04)"), Some(day(1983, 11, 30)));
        assert_eq!(leading("(1957-03-04)"), None);
        assert_eq!(day_first("03/12/2021"), Some(day(2021, 12, 3)));
        assert_eq!(day_first("12/2021"), None);
        assert_eq!(day_first("31/02/2021"), None);
    }
}
