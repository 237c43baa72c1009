//! Other vendors than Yahoo of the same truth, each with its own protocol, roundings, lags and faults.
//!
//! Their addresses are below one path each ([`VendorProtocol::path`]), so that the real clients take them for
//! the vendors. Keys are not looked at.

mod alpaca;
mod eodhd;
mod faults;
mod hkex;
mod rows;
mod tiingo;

use jiff::Timestamp;

use super::chart::Answer;
use super::markets::Market;
use bytes::Bytes;

pub use faults::{Cells, VendorFault, VendorFaultKind};

/// A vendor whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VendorProtocol {
    /// Yahoo's chart, which has the root of the server.
    Yahoo,
    /// EODHD: histories and days.
    Eodhd,
    /// Tiingo's daily prices.
    Tiingo,
    /// Alpaca's bars and corporate actions.
    Alpaca,
    /// The Hong Kong exchange's daily quotations.
    Hkex,
}

impl VendorProtocol {
    /// Every protocol.
    pub const ALL: [Self; 5] = [
        Self::Yahoo,
        Self::Eodhd,
        Self::Tiingo,
        Self::Alpaca,
        Self::Hkex,
    ];

    /// As settings and faults name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yahoo => "yahoo",
            Self::Eodhd => "eodhd",
            Self::Tiingo => "tiingo",
            Self::Alpaca => "alpaca",
            Self::Hkex => "hkex",
        }
    }

    /// What stands between the server's address and the vendor's own paths.
    pub fn path(self) -> &'static str {
        match self {
            Self::Yahoo => "",
            Self::Eodhd => "/eodhd/api",
            Self::Tiingo => "/tiingo-api",
            Self::Alpaca => "/alpaca",
            Self::Hkex => "/hkex",
        }
    }
}

/// One request to one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) market: &'a dyn Market,
    pub(super) faults: &'a [VendorFault],
    pub(super) now: Timestamp,
    /// Below the vendor's own path, decoded, without a leading slash.
    pub(super) path: &'a str,
    pub(super) query: &'a [(String, String)],
}

impl Question<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The vendor's answer.
pub(super) fn respond(protocol: VendorProtocol, question: Question<'_>) -> Answer {
    match protocol {
        // Its endpoint is the server's own.
        VendorProtocol::Yahoo => text(404, "Not Found"),
        VendorProtocol::Eodhd => eodhd::respond(question),
        VendorProtocol::Tiingo => tiingo::respond(question),
        VendorProtocol::Alpaca => alpaca::respond(question),
        VendorProtocol::Hkex => hkex::respond(question),
    }
}

fn json(value: &serde_json::Value) -> Answer {
    Answer {
        status: 200,
        content_type: "application/json",
        body: Bytes::from(value.to_string()),
    }
}

fn text(status: u16, words: &'static str) -> Answer {
    Answer {
        status,
        content_type: "text/plain; charset=utf-8",
        body: Bytes::from_static(words.as_bytes()),
    }
}
