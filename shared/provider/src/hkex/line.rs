//! One line of the table of quotations. Pure.
//!
//! Two lines per security, columns set off by blanks:
//!
//! ```text
//! *    5 HSBC HOLDINGS    HKD  158.00   149.60   151.20           24,964,374
//!                              149.50   149.50   148.80        3,741,272,467
//! ```
//!
//! first: code, name, currency, previous close, ask, high, shares traded; second: close, bid, low,
//! turnover. `-` is no value today, `N/A` none ever; `*` and `#` before or behind the code are remarks.
//! A security that does not trade has one line: `TRADING SUSPENDED` or `TRADING HALTED`.
//! Pages of 2010 have no currency.

use crate::TradingState;

/// What the first line of a security says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct First {
    pub(super) code: String,
    pub(super) currency: Option<String>,
    pub(super) quoted: Quoted,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Quoted {
    /// Nothing more follows.
    Not(TradingState),
    /// A second line follows.
    With {
        high: Option<f64>,
        shares: Option<f64>,
    },
}

/// What the second line says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Second {
    pub(super) close: Option<f64>,
    pub(super) low: Option<f64>,
}

/// Whether a line can begin a security: remarks, then a number.
pub(super) fn begins_security(line: &str) -> bool {
    line.trim_start_matches(is_remark)
        .starts_with(|c: char| c.is_ascii_digit())
}

pub(super) fn first(line: &str) -> Option<First> {
    const LONGEST_CODE: usize = 5;
    let line = line.trim_start_matches(is_remark);
    let end = line.find(|c: char| !c.is_ascii_digit())?;
    let (code, rest) = line.split_at(end);
    if code.is_empty() || code.len() > LONGEST_CODE || !rest.starts_with(is_remark) {
        return None;
    }
    let security = |currency: Option<&str>, quoted| First {
        code: code.to_owned(),
        currency: currency.map(str::to_owned),
        quoted,
    };
    for (words, state) in [
        ("TRADING SUSPENDED", TradingState::Suspended),
        ("TRADING HALTED", TradingState::Halted),
    ] {
        if let Some(before) = rest.trim_end().strip_suffix(words) {
            let last = before.split_whitespace().next_back();
            return Some(security(last.filter(is_currency), Quoted::Not(state)));
        }
    }
    let mut from_the_right = rest.split_whitespace().rev();
    let shares = value(from_the_right.next()?)?;
    let high = value(from_the_right.next()?)?;
    let _ask = value(from_the_right.next()?)?;
    let _previous = value(from_the_right.next()?)?;
    let currency = from_the_right.next().filter(is_currency);
    Some(security(currency, Quoted::With { high, shares }))
}

pub(super) fn second(line: &str) -> Option<Second> {
    let mut cells = line.split_whitespace();
    let close = value(cells.next()?)?;
    let _bid = value(cells.next()?)?;
    let low = value(cells.next()?)?;
    let _turnover = value(cells.next()?)?;
    cells.next().is_none().then_some(Second { close, low })
}

fn is_remark(c: char) -> bool {
    c.is_ascii_whitespace() || c == '*' || c == '#'
}

fn is_currency(word: &&str) -> bool {
    word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A cell: a number, or a known word for none. The outer `None`: it is neither.
fn value(cell: &str) -> Option<Option<f64>> {
    if matches!(cell, "-" | "N/A") {
        return Some(None);
    }
    let is_number = cell
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    let number = cell.replace(',', "").parse::<f64>().ok();
    number.filter(|_| is_number).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_security_has_a_code_a_currency_and_what_it_traded() {
        let line = "*    5 HSBC HOLDINGS    HKD  158.00   149.60   151.20           24,964,374";
        let expected = First {
            code: "5".to_owned(),
            currency: Some("HKD".to_owned()),
            quoted: Quoted::With {
                high: Some(151.2),
                shares: Some(24_964_374.0),
            },
        };
        assert_eq!(first(line), Some(expected));
        let line = "                             149.50   149.50   148.80        3,741,272,467";
        let expected = Second {
            close: Some(149.5),
            low: Some(148.8),
        };
        assert_eq!(second(line), Some(expected));
    }

    #[test]
    fn remarks_old_pages_and_words_instead_of_numbers_are_read() {
        let halted = first("    92#CHAMPION TECH    HKD TRADING HALTED").unwrap();
        assert_eq!(halted.code, "92");
        assert_eq!(halted.quoted, Quoted::Not(TradingState::Halted));
        let old =
            first("   823 LINK REIT              19.82    19.60    19.70            1,945,905");
        let old = old.unwrap();
        assert_eq!((old.currency, old.code.as_str()), (None, "823"));
        let never =
            first("  1687 PRC B2710        USD     N/A      -        -                      -");
        let nothing = Quoted::With {
            high: None,
            shares: None,
        };
        assert_eq!(never.unwrap().quoted, nothing);
    }

    #[test]
    fn a_line_of_another_layout_is_none() {
        for bad in [
            "",
            "SALES",
            "5",
            "5 HSBC HOLDINGS HKD",
            "5 HSBC HKD 1.0 2.0 3.0 many",
            "123456 TOO LONG HKD 1.0 1.0 1.0 1",
            "5 HSBC HKD 1.0 NaN 1.0 1",
        ] {
            assert_eq!(first(bad), None, "{bad}");
        }
        assert_eq!(second("1.0 1.0 1.0"), None);
        assert_eq!(second("1.0 1.0 1.0 1 1"), None);
    }
}
