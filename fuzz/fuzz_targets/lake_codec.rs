//! A file of the lake, as corrupt as it likes, and below its seal too: whoever can write the lake can seal.
#![no_main]

use std::panic;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use quantx::lake::codec;

static QUIET: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    // The codec catches what the Parquet reader does to itself; the fuzzer's hook would end the process
    // before that. What gets through is a panic of the target all the same.
    QUIET.call_once(|| panic::set_hook(Box::new(|_| {})));
    let _ = codec::decode(bytes);
    if let Some(sealed) = sealed(bytes) {
        let _ = codec::decode(&sealed);
        let _ = codec::decode_dates(&sealed);
    }
});

/// The seal around a Parquet file: magic and SHA-256, before the footer (docs/data-model.md).
fn sealed(parquet: &[u8]) -> Option<Vec<u8>> {
    let (rest, length) = parquet.strip_suffix(b"PAR1")?.split_last_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let start = rest.len().checked_sub(length)?;
    let digest = codec::sha256_hex(parquet);
    let mut sealed = parquet[..start].to_vec();
    sealed.extend_from_slice(b"QXSEAL1\n");
    for at in (0..digest.len()).step_by(2) {
        sealed.push(u8::from_str_radix(digest.get(at..at + 2)?, 16).ok()?);
    }
    sealed.extend_from_slice(&parquet[start..]);
    Some(sealed)
}
