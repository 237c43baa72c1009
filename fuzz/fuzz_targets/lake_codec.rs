//! A file of the lake, as corrupt as it likes, and below its seal too: whoever can write the lake can seal.
#![no_main]

use std::panic;
use std::sync::Once;

#[path = "../seal.rs"]
mod seal;

use libfuzzer_sys::fuzz_target;
use quantx::lake::codec;

static QUIET: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    // The codec catches what the Parquet reader does to itself; the fuzzer's hook would end the process
    // before that. What gets through is a panic of the target all the same.
    QUIET.call_once(|| panic::set_hook(Box::new(|_| {})));
    let _ = codec::decode(bytes);
    if let Some(sealed) = seal::seal(bytes) {
        let _ = codec::decode(&sealed);
        let _ = codec::decode_dates(&sealed);
    }
});
