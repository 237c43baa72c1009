//! The files of a table.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::{from_days, sha256_hex};
use quantx_market::Date;

/// The SHA-256 of a file, which is its name: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(String);

impl ContentHash {
    const LEN: usize = 64;

    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256_hex(bytes))
    }

    /// Parses what [`ContentHash::as_str`] gives, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        let is_hash = text.len() == Self::LEN && text.bytes().all(digit);
        is_hash.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ContentHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no SHA-256"))
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.0
    }
}

/// What a file holds, so that readers leave it out unread: the least and greatest of its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSpan {
    /// Of its rows.
    pub first_date: Date,
    /// Of its rows.
    pub last_date: Date,
    /// Symbol with suffix.
    pub first_ticker: String,
    /// Symbol with suffix.
    pub last_ticker: String,
}

impl PartSpan {
    /// The rows of one listing from `first` to `last`, days since 1970-01-01.
    pub(crate) fn of(first: i32, last: i32, symbol: &str) -> Option<Self> {
        Some(Self {
            first_date: from_days(first)?,
            last_date: from_days(last)?,
            first_ticker: symbol.to_owned(),
            last_ticker: symbol.to_owned(),
        })
    }

    /// Both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            first_date: self.first_date.min(other.first_date),
            last_date: self.last_date.max(other.last_date),
            first_ticker: self.first_ticker.min(other.first_ticker),
            last_ticker: self.last_ticker.max(other.last_ticker),
        }
    }

    /// Whether a row of `symbol` can be in the file.
    pub fn may_hold(&self, symbol: &str) -> bool {
        self.first_ticker.as_str() <= symbol && symbol <= self.last_ticker.as_str()
    }
}

/// A file of a table, as the index of an exchange's tables and the log name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartEntry {
    /// Its name.
    pub sha256: ContentHash,
    /// Length of its content.
    pub size_bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// What they hold.
    #[serde(flatten)]
    pub span: PartSpan,
}
