//! Settings and universes, as mistyped as they like.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quantx::settings::{ConfigFile, EnvMap, Overrides, Settings};

fuzz_target!(|text: &str| {
    let file = Some(ConfigFile {
        name: "fuzz.yaml",
        text,
    });
    let (environment, flags) = (EnvMap::default(), Overrides::default());
    // Every resolution reads the built-in files too, which takes most of the time: one for each input.
    let _ = match text.len() % 2 {
        0 => Settings::resolve(file, None, &environment, &flags),
        _ => Settings::resolve(None, file, &environment, &flags),
    };
});
