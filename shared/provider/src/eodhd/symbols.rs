//! Names of exchanges and codes at EODHD. Pure.

use quantx_market::spelling;
use quantx_market::{Exchange, ExchangeCode, Listing};

/// Our exchange → theirs. Source: their list of exchanges, recorded 2025-10-05. Hong Kong, Tokyo
/// and Milan are not in it; exchanges that the settings got since are not compared with it yet.
const EXCHANGES: [(&str, &str); 15] = [
    ("us", "US"),
    ("uk", "LSE"),
    ("de", "XETRA"),
    ("fr", "PA"),
    ("nl", "AS"),
    ("ch", "SW"),
    ("es", "MC"),
    ("se", "ST"),
    ("dk", "CO"),
    ("no", "OL"),
    ("fi", "HE"),
    ("be", "BR"),
    ("pt", "LS"),
    ("at", "VI"),
    ("ie", "IR"),
];

/// The vendor's name of an exchange, `None` where it has nothing of it.
pub(super) fn exchange(code: &ExchangeCode) -> Option<&'static str> {
    let mut all = EXCHANGES.iter();
    let found = all.find(|(ours, _)| *ours == code.as_str());
    found.map(|(_, theirs)| *theirs)
}

/// The vendor's symbol of a listing: `BRK-B.US`. Without the exchange the vendor would mean the United
/// States.
pub(super) fn symbol(listing: &Listing) -> Option<String> {
    exchange(listing.exchange()).map(|exchange| format!("{}.{exchange}", listing.ticker()))
}

/// What a code of a day's answer is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Code {
    Listing(Listing),
    /// A fund by Morningstar's number: `0P00007962`.
    Fund,
    /// The vendor's name for a code whose company is gone: `PRL_old`.
    Delisted,
    Unreadable,
}

pub(super) fn code(exchange: &Exchange, code: &str) -> Code {
    const FUND_LENGTH: usize = 10;
    if code.ends_with("_old") {
        return Code::Delisted;
    }
    if code.len() == FUND_LENGTH && code.starts_with("0P") {
        return Code::Fund;
    }
    spelling::listing(exchange, code).map_or(Code::Unreadable, Code::Listing)
}
