//! What a panel was made of, in the panel itself.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::codec::hex;
use crate::seal;

/// Counts the ways in which tables are made of their sources: a table of another way is old, however
/// its sources are.
const LAYOUT: &[u8] = b"layout 2\n";
const MAGIC: &[u8; 8] = b"QXSRCS1\n";

/// Symbol → SHA-256 of its year file.
pub type Sources = BTreeMap<String, String>;

/// Hash of the symbols and hashes of the year files that a panel is made of, ascending by symbol.
pub fn sources_hash<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut hasher = Sha256::new();
    hasher.update(LAYOUT);
    for (symbol, sha256) in sources {
        hasher.update(symbol.as_bytes());
        hasher.update(b"\n");
        hasher.update(sha256.as_bytes());
        hasher.update(b"\n");
    }
    hex(&hasher.finalize())
}

/// Puts the names of the sources between the last page and the footer, where Parquet's offsets leave
/// room, and seals the file: panel and sources are one object and cannot contradict each other.
pub(super) fn sealed_with(parquet: Vec<u8>, sources: &Sources) -> Option<Vec<u8>> {
    let mut text = String::with_capacity(sources.len() * 80);
    for (symbol, sha256) in sources {
        text.push_str(symbol);
        text.push(' ');
        text.push_str(sha256);
        text.push('\n');
    }
    let length = u32::try_from(text.len()).ok()?;
    let mut named = text.into_bytes();
    named.extend_from_slice(&length.to_le_bytes());
    named.extend_from_slice(MAGIC);
    seal::seal(seal::before_footer(parquet, &named)?)
}

/// The sources of a sealed panel; `None` of one that names none.
pub(super) fn read(panel: &[u8]) -> Option<Sources> {
    let front = seal::before_seal(panel)?.strip_suffix(MAGIC)?;
    let (front, length) = front.split_last_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let text = front.get(front.len().checked_sub(length)?..)?;
    let lines = std::str::from_utf8(text).ok()?.lines();
    lines
        .map(|line| {
            let (symbol, sha256) = line.split_once(' ')?;
            Some((symbol.to_owned(), sha256.to_owned()))
        })
        .collect()
}
