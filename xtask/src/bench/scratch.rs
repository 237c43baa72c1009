//! Folders of one benchmark.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use super::config;

/// Files by path, with what changes when they are written.
pub(super) type Files = BTreeMap<PathBuf, (u64, SystemTime)>;

/// Everything lies in one folder and is removed only at the very end: ext4 does not give out the
/// inodes of files deleted a moment ago, and searching for others would be counted to the next run.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// A fresh folder in `parent`.
    pub(super) fn new(parent: &Path) -> Result<Self> {
        let folder = parent.join(std::process::id().to_string());
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// A new folder inside.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.0.join(name);
        fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// Where the configuration is.
    pub(super) fn config(&self) -> PathBuf {
        self.0.join("config")
    }

    /// Writes the configuration of all runs.
    pub(super) fn write_config(&self, base_url: &str, sizes: [usize; 3]) -> Result<()> {
        let folder = self.folder("config")?;
        fs::write(folder.join("settings.yaml"), config::settings(base_url))?;
        fs::write(folder.join("universes.yaml"), config::universes(sizes))?;
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is no reason to lose the figures.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The files of a lake but for the reports: every run writes one about itself.
pub(super) fn files(lake: &Path) -> Result<Files> {
    let mut found = Files::new();
    let mut folders = vec![lake.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, about) = (entry.path(), entry.metadata()?);
            if path == lake.join("reports") {
                continue;
            }
            if about.is_dir() {
                folders.push(path);
            } else {
                found.insert(path, (about.len(), about.modified()?));
            }
        }
    }
    Ok(found)
}

/// How many files were written, made or removed between two looks.
pub(super) fn changed(before: &Files, after: &Files) -> usize {
    let written = after
        .iter()
        .filter(|(path, is)| before.get(*path) != Some(is));
    let removed = before.keys().filter(|path| !after.contains_key(*path));
    written.count() + removed.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_made_or_removed_counts() {
        let at = SystemTime::UNIX_EPOCH;
        let files = |list: &[(&str, u64)]| -> Files {
            let entry = |(path, size): &(&str, u64)| (PathBuf::from(path), (*size, at));
            list.iter().map(entry).collect()
        };
        let before = files(&[("same", 1), ("grown", 1), ("gone", 1)]);
        let after = files(&[("same", 1), ("grown", 2), ("new", 1)]);
        assert_eq!(changed(&before, &after), 3);
        assert_eq!(changed(&before, &before), 0);
    }
}
