//! The seal of the lake's files, made once more: whoever can write the lake can make one (docs/data-model.md).

use quantx::lake::codec;

/// Magic and SHA-256, before the footer.
#[allow(dead_code, reason = "not every target takes a seal away")]
pub const LEN: usize = 8 + 32;
/// The length of the footer and Parquet's own magic.
pub const TAIL_LEN: usize = 8;

/// The file with a seal that is right; `None` where it is no Parquet file by its last bytes.
pub fn seal(parquet: &[u8]) -> Option<Vec<u8>> {
    let (pages, footer) = parquet.split_at_checked(footer_start(parquet)?)?;
    let digest = codec::sha256_hex(parquet);
    let mut sealed = pages.to_vec();
    sealed.extend_from_slice(b"QXSEAL1\n");
    for at in (0..digest.len()).step_by(2) {
        sealed.push(u8::from_str_radix(digest.get(at..at + 2)?, 16).ok()?);
    }
    sealed.extend_from_slice(footer);
    Some(sealed)
}

/// Where the footer begins.
pub fn footer_start(file: &[u8]) -> Option<usize> {
    let tail = file.len().checked_sub(TAIL_LEN)?;
    let length = file.get(tail..)?.strip_suffix(b"PAR1")?;
    let length = u32::from_le_bytes(length.try_into().ok()?);
    tail.checked_sub(usize::try_from(length).ok()?)
}
