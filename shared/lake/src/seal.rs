//! Distinguishes a whole file from a damaged one before a Parquet reader sees it. Pure.
//!
//! One flipped bit in a page or in the footer makes polars panic, or ask for so much memory that the
//! process aborts, and with it the run of every other listing. So (and see `footer`, for who makes a seal
//! on purpose) a file carries a SHA-256 of all its
//! other bytes. It lies between the last page and the footer, where Parquet's offsets leave room:
//! to every reader the file is plain Parquet.

use sha2::{Digest, Sha256};

const MAGIC: &[u8; 8] = b"QXSEAL1\n";
const SEAL_LEN: usize = MAGIC.len() + 32;
/// The length of the footer and Parquet's own magic.
const TAIL_LEN: usize = 8;

/// Puts the seal into a finished Parquet file; `None` if it is not one. In place, because the year of a large
/// exchange is one file of a hundred megabytes.
pub(super) fn seal(parquet: Vec<u8>) -> Option<Vec<u8>> {
    let (pages, footer) = parquet.split_at_checked(footer_start(&parquet)?)?;
    let digest = digest(pages, footer);
    let mut seal = Vec::with_capacity(SEAL_LEN);
    seal.extend_from_slice(MAGIC);
    seal.extend_from_slice(&digest);
    before_footer(parquet, &seal)
}

/// Puts `bytes` between the last page and the footer of a Parquet file, where its offsets leave room; `None`
/// if it is not one.
pub(super) fn before_footer(mut parquet: Vec<u8>, bytes: &[u8]) -> Option<Vec<u8>> {
    let start = footer_start(&parquet)?;
    parquet.reserve_exact(bytes.len());
    parquet.splice(start..start, bytes.iter().copied());
    Some(parquet)
}

/// Whether `bytes` are exactly what [`seal`] made.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let parts = || {
        let (front, footer) = bytes.split_at_checked(footer_start(bytes)?)?;
        let (pages, seal) = front.split_at_checked(front.len().checked_sub(SEAL_LEN)?)?;
        let expected = seal.strip_prefix(MAGIC)?;
        Some(digest(pages, footer).as_slice() == expected)
    };
    parts().unwrap_or(false)
}

/// What lies before the seal of a file that [`is_whole`].
pub(super) fn before_seal(bytes: &[u8]) -> Option<&[u8]> {
    let end = footer_start(bytes)?.checked_sub(SEAL_LEN)?;
    bytes.get(..end)
}

/// Where the footer begins; `None` where there is no room for what the file tells of it.
pub(super) fn footer_start(bytes: &[u8]) -> Option<usize> {
    let tail_start = bytes.len().checked_sub(TAIL_LEN)?;
    let length = bytes.get(tail_start..)?.strip_suffix(b"PAR1")?;
    let length = u32::from_le_bytes(length.try_into().ok()?);
    tail_start.checked_sub(usize::try_from(length).ok()?)
}

fn digest(pages: &[u8], footer: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(pages);
    hasher.update(footer);
    hasher.finalize().into()
}
