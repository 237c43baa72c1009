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
    let _ = Settings::resolve(file, None, &environment, &flags);
    let _ = Settings::resolve(None, file, &environment, &flags);
});
