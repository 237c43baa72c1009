//! Tells `quantx version` what the program was built for and by.

use std::process::Command;

#[expect(
    clippy::disallowed_methods,
    reason = "this is how cargo speaks to a build script"
)]
fn main() {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    let output = Command::new(variable("RUSTC")).arg("--version").output();
    let rustc = output
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let rustc = rustc.as_deref().map_or("rustc unknown", str::trim);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=QUANTX_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=QUANTX_RUSTC={rustc}");
}
