//! What the Functions host posts to the handler, and the body of a caller's request inside it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quantx::operations::chunked::request;
use quantx::settings::{EnvMap, Overrides, Settings};
use quantx_functions::host::invocation::Invocation;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default())
        .expect("the built-in settings")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = request::read(text, &SETTINGS);
    }
    let Ok(call) = Invocation::parse("fuzz".to_owned(), bytes) else {
        return;
    };
    for binding in ["request", "timer", "chunk", "context"] {
        let _ = (call.text(binding), call.value(binding));
        if let Some(http) = call.http(binding) {
            let _ = http.query("wait");
            let _ = request::read(&http.body, &SETTINGS);
        }
    }
});
