//! Connection strings of storage accounts: no panic, and no error that shows a key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quantx::storage::blob::account_address;

/// Shorter parts of a text stand in any sentence.
const LONG_ENOUGH: usize = 12;

fuzz_target!(|text: &str| {
    let Err(error) = account_address(text) else {
        return;
    };
    let shown = format!("{error} {error:?}");
    let keys = text
        .split(';')
        .filter_map(|part| part.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("AccountKey"));
    for (_, key) in keys {
        // A key without a digit may be words of the message, as `BlobEndpoint`.
        let is_word = !key.bytes().any(|byte| byte.is_ascii_digit());
        assert!(
            key.len() < LONG_ENOUGH || is_word || !shown.contains(key),
            "{shown}"
        );
    }
});
