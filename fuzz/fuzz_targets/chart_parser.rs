//! A vendor's answer, as damaged as it likes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quantx::provider::yahoo::parse_chart;

fuzz_target!(|bytes: &[u8]| {
    let _ = parse_chart(bytes, "AAPL");
});
