//! How codes are spelled by sources and by vendors of Yahoo's family.
//!
//! The two differ in how a share class is set off, and only on some exchanges: `BRK.B` is `BRK-B`,
//! `VOLV B` is `VOLV-B`. Elsewhere a code is left alone.

use crate::market::{Exchange, ExchangeCode, Listing, SymbolError, Ticker};

#[cfg(test)]
#[path = "spelling_tests.rs"]
mod tests;

/// How an exchange sets off a share class; vendors have a dash on all of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClassMark {
    /// `BRK.B`, and in London `BT.A`; there a code of two letters may end in a dot: `BA.`.
    Dot,
    /// `VOLV B`; some sources write `VOLV.B`.
    Space,
    /// A code has no classes, or the vendor writes them as the exchange does.
    None,
}

/// Source: symbols of Yahoo's pages of each exchange (BRK-B, BT-A.L, VOLV-B.ST, MAERSK-B.CO).
fn class_mark(exchange: &ExchangeCode) -> ClassMark {
    match exchange.as_str() {
        "us" | "uk" => ClassMark::Dot,
        "se" | "dk" | "no" | "fi" => ClassMark::Space,
        _ => ClassMark::None,
    }
}

/// The vendor's spelling of a source's local code: `BRK.B` is `BRK-B` in the United States.
pub(crate) fn to_vendor(exchange: &ExchangeCode, code: &str) -> String {
    match class_mark(exchange) {
        ClassMark::None => code.trim().to_owned(),
        ClassMark::Dot => dashed(code, &['.']),
        ClassMark::Space => dashed(code, &['.', ' ', '\u{a0}']),
    }
}

/// The exchange's spelling of a vendor's local code: `BRK-B` is `BRK.B` in the United States.
#[cfg(test)]
fn from_vendor(exchange: &ExchangeCode, code: &str) -> String {
    match class_mark(exchange) {
        ClassMark::None => code.to_owned(),
        ClassMark::Dot => code.replace('-', "."),
        ClassMark::Space => code.replace('-', " "),
    }
}

/// Parts with one dash between them, however they were set off.
fn dashed(code: &str, marks: &[char]) -> String {
    let parts = code.split(marks).map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// The listing of a source's code on a known exchange; a code may have the exchange's suffix.
///
/// # Errors
/// [`SymbolError`] when what comes out is no local code.
pub(crate) fn listing(exchange: &Exchange, code: &str) -> Result<Listing, SymbolError> {
    let code = without_suffix(code.trim(), &exchange.suffix);
    let code = to_vendor(&exchange.code, code);
    let code = match exchange.code.as_str() {
        "hk" => hong_kong(code),
        _ => code,
    };
    Ok(Listing::of(exchange, Ticker::parse(&code)?))
}

fn without_suffix<'a>(code: &'a str, suffix: &str) -> &'a str {
    let bare = code
        .rsplit_once('.')
        .filter(|(_, end)| !suffix.is_empty() && end.eq_ignore_ascii_case(suffix));
    bare.map_or(code, |(bare, _)| bare)
}

/// Numbers have four digits or more: `00700` and `700` are both `0700`.
fn hong_kong(code: String) -> String {
    if code.is_empty() || !code.bytes().all(|b| b.is_ascii_digit()) {
        return code;
    }
    format!("{:0>4}", code.trim_start_matches('0'))
}
