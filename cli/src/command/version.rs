//! `quantx version`

use anyhow::Result;
use quantx::lake::schema::SCHEMA_VERSION;

use super::Ended;
use crate::args::{Format, GlobalArgs};
use crate::console;

pub(super) fn execute(global: &GlobalArgs) -> Result<Ended> {
    let version = env!("CARGO_PKG_VERSION");
    let (target, rustc) = (env!("QUANTX_TARGET"), env!("QUANTX_RUSTC"));
    let text = match global.format() {
        Format::Table => {
            format!("quantx {version}\nschema version {SCHEMA_VERSION}\ntarget {target}\n{rustc}\n")
        }
        Format::Json => {
            let facts = serde_json::json!({
                "version": version,
                "schema_version": SCHEMA_VERSION,
                "target": target,
                "rustc": rustc,
            });
            format!("{facts:#}\n")
        }
    };
    console::print(&text)?;
    Ok(Ended::Done)
}
