//! What other people wrote that our programs are linked from: a list of packages, their licences, a bill of materials.

mod licences;
mod packages;
mod sbom;

use std::path::Path;

use anyhow::{Context, Result};

use packages::Linked;

/// The licence file's name in package, wheel, archive and image.
pub(crate) const LICENCES: &str = "THIRD-PARTY-LICENSES.txt";

/// Both files about the packages of one target.
#[derive(Debug)]
pub(crate) struct ThirdParty {
    /// [`LICENCES`].
    pub(crate) licences: String,
    /// CycloneDX 1.5 as JSON.
    pub(crate) sbom: String,
}

impl ThirdParty {
    /// Of `quantx` and `handler` for `triple`; this machine's own without one.
    pub(crate) fn of(root: &Path, triple: Option<&str>) -> Result<Self> {
        let linked = Linked::read(root, triple)?;
        Ok(Self {
            licences: licences::text(root, &linked)?,
            sbom: sbom::json(&linked)?,
        })
    }
}

/// `cargo xtask licences FILE`: writes the licences of this machine's programs.
pub(crate) fn write_licences(root: &Path, file: &Path) -> Result<()> {
    let written = std::fs::write(file, ThirdParty::of(root, None)?.licences);
    written.with_context(|| format!("cannot write {}", file.display()))
}
