//! One spelling for codes from everywhere: pages, sheets, files, settings, the command line.
//!
//! Sources differ from vendors of Yahoo's family in how a share class is set off, and only on some
//! exchanges: `BRK.B` is `BRK-B`, `VOLV B` is `VOLV-B`. Spreadsheets write numbers with decimals and
//! without leading zeros: `7203.0` is `7203`, `700` in Hong Kong is `0700`, `5930` in Seoul `005930`. Elsewhere a
//! code is left alone.

use super::{Exchange, ExchangeCode, ExchangeTable, Listing, SymbolError, Ticker};

#[cfg(test)]
#[path = "spelling_tests.rs"]
mod tests;

/// How an exchange sets off a share class; vendors have a dash on all of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClassMark {
    /// `BRK.B`, and in London `BT.A`; there a code of two letters may end in a dot: `BA.`.
    Dot,
    /// `RCI.B`, units `CAR.UN`, preferred shares `RY.PR.T`, which vendors call `RY-PT`.
    Toronto,
    /// `VOLV B`; some sources write `VOLV.B`.
    Space,
    /// A code has no classes, or the vendor writes them as the exchange does.
    None,
}

/// Source: symbols of Yahoo's pages of each exchange (BRK-B, BT-A.L, RCI-B.TO, CAR-UN.TO, VOLV-B.ST, MAERSK-B.CO).
fn class_mark(exchange: &ExchangeCode) -> ClassMark {
    match exchange.as_str() {
        "us" | "uk" => ClassMark::Dot,
        "ca" | "tsxv" => ClassMark::Toronto,
        "se" | "dk" | "no" | "fi" => ClassMark::Space,
        _ => ClassMark::None,
    }
}

/// The vendor's spelling of a source's local code: `BRK.B` is `BRK-B` in the United States.
fn to_vendor(exchange: &ExchangeCode, code: &str) -> String {
    match class_mark(exchange) {
        ClassMark::None => code.trim().to_owned(),
        ClassMark::Dot => dashed(code, &['.']),
        ClassMark::Toronto => dashed(code, &['.']).replace("-PR-", "-P"),
        ClassMark::Space => dashed(code, &['.', ' ', '\u{a0}']),
    }
}

/// The exchange's spelling of a vendor's local code: `BRK-B` is `BRK.B` in the United States.
#[cfg(test)]
fn from_vendor(exchange: &ExchangeCode, code: &str) -> String {
    match class_mark(exchange) {
        ClassMark::None => code.to_owned(),
        ClassMark::Dot | ClassMark::Toronto => code.replace('-', "."),
        ClassMark::Space => code.replace('-', " "),
    }
}

/// Parts with one dash between them, however they were set off.
fn dashed(code: &str, marks: &[char]) -> String {
    let parts = code.split(marks).map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

impl Listing {
    /// Splits a symbol such as `0700.HK` into exchange and local code. It must be spelled as vendors
    /// spell it, so that one listing has one symbol; lists of others are read by their own spelling.
    ///
    /// # Errors
    /// [`SymbolError`]: an unknown suffix is an error and never the United States;
    /// [`SymbolError::Misspelled`] names the right spelling of `700.HK` or `BT.A.L`.
    pub fn parse(symbol: &str, exchanges: &ExchangeTable) -> Result<Self, SymbolError> {
        let symbol = symbol.trim();
        if let Some(found) = beside_shares(symbol, exchanges) {
            return found;
        }
        let (code, suffix) = symbol.rsplit_once('.').unwrap_or((symbol, ""));
        // Checked before the suffix so that `../x` is called what it is.
        Ticker::parse(symbol)?;
        let ticker = Ticker::parse(code)?;
        let suffix = suffix.to_ascii_uppercase();
        let Some(exchange) = exchanges.by_suffix(&suffix) else {
            let mut known: Vec<String> = exchanges
                .iter()
                .filter(|exchange| !exchange.suffix.is_empty())
                .map(|exchange| format!(".{}", exchange.suffix))
                .collect();
            known.sort();
            return Err(SymbolError::UnknownSuffix {
                read: symbol.to_owned(),
                suffix: format!(".{suffix}"),
                known: known.join(" "),
            });
        };
        let listing = Self::of(exchange, ticker);
        let meant = self::listing(exchange, code)?;
        if meant == listing {
            return Ok(listing);
        }
        Err(SymbolError::Misspelled {
            read: symbol.to_owned(),
            meant: meant.symbol().to_string(),
        })
    }
}

/// The listing of a symbol that is none of a share; `None` where it is one.
fn beside_shares(symbol: &str, exchanges: &ExchangeTable) -> Option<Result<Listing, SymbolError>> {
    let read = symbol.to_ascii_uppercase();
    let found = exchanges.beside_shares(&read)?;
    if found.lacks_sessions {
        return Some(Err(SymbolError::NoSessions { read }));
    }
    if let Some(by) = found.taken_by {
        return Some(Err(SymbolError::Taken { read, by }));
    }
    let ticker = match Ticker::parse(&found.ticker) {
        Ok(ticker) => ticker,
        Err(error) => return Some(Err(error)),
    };
    exchanges.listing(&found.code, ticker).map(Ok)
}

/// The listing of a code on a known exchange, however it is spelled; it may have the exchange's
/// suffix.
///
/// # Errors
/// [`SymbolError`] when what comes out is no local code of the exchange.
pub fn listing(exchange: &Exchange, code: &str) -> Result<Listing, SymbolError> {
    let read = code.trim();
    let code = without_decimals(without_suffix(read, &exchange.suffix))?;
    let longest_class = match class_mark(&exchange.code) {
        ClassMark::Dot => 1,
        ClassMark::Toronto => 2,
        ClassMark::Space | ClassMark::None => usize::MAX,
    };
    if let Some((_, class)) = code.rsplit_once('.')
        && class.trim().len() > longest_class
    {
        // A suffix of another exchange is no share class: those have one letter.
        return Err(SymbolError::NotAClass {
            read: read.to_owned(),
            class: class.to_owned(),
        });
    }
    let code = to_vendor(&exchange.code, code);
    let code = match exchange.code.as_str() {
        "us" => united_states(&code),
        "hk" => hong_kong(code),
        "kr" | "kosdaq" | "cn" | "szse" => padded(code, 6),
        "tw" | "tpex" | "my" => padded(code, 4),
        _ => code,
    };
    // The error names what was read, not what was made of it.
    let ticker =
        Ticker::parse(&code).map_err(|error| Ticker::parse(read).err().unwrap_or(error))?;
    if exchange.suffix.is_empty() && is_number(ticker.as_str()) {
        return Err(SymbolError::BareNumber {
            read: read.to_owned(),
        });
    }
    Ok(Listing::of(exchange, ticker))
}

/// The listing of a code of a list of one exchange, `home`, which names the exchange of a member that is listed
/// elsewhere: `MT.AS` among the codes of Paris. Where a letter after a dot is a share class, no suffix of one letter
/// counts.
///
/// # Errors
/// [`SymbolError`] when what comes out is no local code of its exchange.
pub fn listing_among(
    home: &Exchange,
    code: &str,
    exchanges: &ExchangeTable,
) -> Result<Listing, SymbolError> {
    let code = code.trim();
    let (local, suffix) = code.rsplit_once('.').unwrap_or((code, ""));
    let other = exchanges.by_suffix(&suffix.to_ascii_uppercase());
    let has_classes = class_mark(&home.code) != ClassMark::None;
    match other.filter(|other| !suffix.is_empty() && other.code != home.code) {
        Some(other) if !has_classes || suffix.len() > 1 => listing(other, local),
        _ => listing(home, code),
    }
}

/// The listing of a symbol of any exchange, however it is spelled: a code with the suffix of its
/// exchange, one of the exchange that has none, or the symbol of what is no share (`^GSPC`, `EURUSD=X`).
///
/// # Errors
/// [`SymbolError`] when it is neither.
pub fn symbol(code: &str, exchanges: &ExchangeTable) -> Result<Listing, SymbolError> {
    let code = code.trim();
    if let Some(found) = beside_shares(code, exchanges) {
        return found;
    }
    if let Some((local, suffix)) = code.rsplit_once('.')
        && !suffix.is_empty()
        && let Some(exchange) = exchanges.by_suffix(&suffix.to_ascii_uppercase())
    {
        return listing(exchange, local);
    }
    // A dot at the end is London's, and which exchange is meant is not said.
    let home = exchanges.by_suffix("").filter(|_| !code.ends_with('.'));
    match home.map(|home| listing(home, code)) {
        None | Some(Err(SymbolError::NotAClass { .. })) => Listing::parse(code, exchanges),
        Some(found) => found,
    }
}

fn without_suffix<'a>(code: &'a str, suffix: &str) -> &'a str {
    let bare = code
        .rsplit_once('.')
        .filter(|(_, end)| !suffix.is_empty() && end.eq_ignore_ascii_case(suffix));
    bare.map_or(code, |(bare, _)| bare)
}

/// A number that a spreadsheet wrote as `7203.0`, without its decimals.
fn without_decimals(code: &str) -> Result<&str, SymbolError> {
    let read = || code.to_owned();
    if is_date(code) {
        return Err(SymbolError::DateAsCode { read: read() });
    }
    match code.split_once('.') {
        Some((whole, decimals)) if is_number(whole) && is_number(decimals) => {
            if decimals.bytes().all(|b| b == b'0') {
                Ok(whole)
            } else {
                Err(SymbolError::Fraction { read: read() })
            }
        }
        _ => Ok(code),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `2026-03-01`, also with a time behind it: what spreadsheets make of codes such as `MAR1`.
fn is_date(text: &str) -> bool {
    let day = text.get(..10).filter(|day| {
        day.bytes().enumerate().all(|(n, b)| match n {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
    });
    let rest = text.get(10..).unwrap_or_default();
    day.is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok())
        && (rest.is_empty() || rest.starts_with(['T', ' ']))
}

/// Source: Nasdaq's own lists write `BRK/A`, and `BAC^L` for the preferred share BAC-PL.
fn united_states(code: &str) -> String {
    let code = code.replace('^', "-P");
    match code.rsplit_once('/') {
        Some((code, class)) if class.len() == 1 => format!("{code}-{class}"),
        _ => code,
    }
}

/// Numbers have so many digits: a spreadsheet's `5930` in Seoul is `005930`.
fn padded(code: String, digits: usize) -> String {
    if !is_number(&code) {
        return code;
    }
    format!("{code:0>digits$}")
}

/// Numbers have four digits or more: `00700` and `700` are both `0700`.
fn hong_kong(code: String) -> String {
    if !is_number(&code) {
        return code;
    }
    format!("{:0>4}", code.trim_start_matches('0'))
}
