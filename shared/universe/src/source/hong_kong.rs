//! Which securities of HKEX's list are shares of companies, each once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::SourceRow;

#[cfg(test)]
#[path = "hong_kong_tests.rs"]
mod tests;

/// The category of shares.
#[cfg(test)]
pub(crate) const EQUITY: &str = "Equity";

/// The sub-category of foreign shares that trade in Hong Kong without being listed there.
const TRADING_ONLY: &str = "Trading Only Securities";

/// What is kept of the list, and how much of it was dropped for which reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HongKongShares {
    /// In the order of the list, with codes of four digits or more: `0700`.
    pub(crate) rows: Vec<SourceRow>,
    /// Rows by reason.
    pub(crate) dropped: BTreeMap<DropReason, usize>,
}

/// Why a security of the list is left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub(crate) enum DropReason {
    /// Warrants, bonds, funds: not of a wanted category. Empty for a row without category.
    OtherCategory(String),
    /// The same share's second counter, which trades in renminbi: `80737` beside `00737`.
    RmbCounter,
    /// A foreign share that is not listed in Hong Kong: `04333 CISCO-T`.
    TradingOnly,
    /// No code of up to five digits.
    NotACode(String),
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherCategory(category) => write!(f, "category {category:?}"),
            Self::RmbCounter => f.write_str("renminbi counter"),
            Self::TradingOnly => f.write_str("trading only"),
            Self::NotACode(code) => write!(f, "{code:?} is not a code of Hong Kong"),
        }
    }
}

/// Keeps securities of the wanted categories that are listed in Hong Kong, one counter of each.
///
/// Source of the rules: HKEX, List of Securities and its note on stock codes (80000-89999 are
/// products that trade in renminbi, 4000-4999 hold the Nasdaq pilot programme).
pub(crate) fn shares(rows: Vec<SourceRow>, categories: &[&str]) -> HongKongShares {
    let codes: BTreeSet<u32> = rows.iter().filter_map(|row| number(&row.code)).collect();
    let mut shares = HongKongShares::default();
    for mut row in rows {
        match local_code(&row, categories, &codes) {
            Ok(code) => {
                row.code = code;
                shares.rows.push(row);
            }
            Err(reason) => *shares.dropped.entry(reason).or_default() += 1,
        }
    }
    shares
}

/// The code as vendors write it, of a row to keep.
fn local_code(
    row: &SourceRow,
    categories: &[&str],
    codes: &BTreeSet<u32>,
) -> Result<String, DropReason> {
    let category = row.category.as_deref().unwrap_or_default();
    let is_wanted = |wanted: &&str| wanted.eq_ignore_ascii_case(category);
    if !categories.iter().any(is_wanted) {
        return Err(DropReason::OtherCategory(category.to_owned()));
    }
    let number = number(&row.code).ok_or_else(|| DropReason::NotACode(row.code.clone()))?;
    let name = row.name.as_deref().unwrap_or_default();
    let sub_category = row.sub_category.as_deref().unwrap_or_default();
    let is_pilot = (4_000..5_000).contains(&number) && name.ends_with("-T");
    if sub_category.eq_ignore_ascii_case(TRADING_ONLY) || is_pilot {
        return Err(DropReason::TradingOnly);
    }
    if is_rmb_counter(number, name, codes) {
        return Err(DropReason::RmbCounter);
    }
    Ok(format!("{number:04}"))
}

/// In the range of renminbi products, and not the only counter: what trades in renminbi alone
/// (87001, a trust) is a listing of its own.
fn is_rmb_counter(number: u32, name: &str, codes: &BTreeSet<u32>) -> bool {
    let is_rmb = (80_000..90_000).contains(&number);
    name.ends_with("-R") || (is_rmb && codes.contains(&(number - 80_000)))
}

/// A code of up to five digits; not 0.
fn number(code: &str) -> Option<u32> {
    let is_code = (1..=5).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    let number = is_code.then(|| code.parse().ok()).flatten()?;
    (number > 0).then_some(number)
}
