//! A file of the lake, as corrupt as it likes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quantx::lake::codec;

fuzz_target!(|bytes: &[u8]| {
    let _ = codec::decode(bytes);
});
