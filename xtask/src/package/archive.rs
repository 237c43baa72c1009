//! A zip: sorted names, fixed times, modes that let its programs be started.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::stage::HANDLER;

/// The only files that are started.
const PROGRAMS: [&str; 2] = [HANDLER, "quantx"];

/// Packs the files of `app`; equal files give equal bytes.
pub(crate) fn pack(app: &Path, files: &[PathBuf], zip: &Path) -> Result<()> {
    let file = File::create(zip).with_context(|| format!("cannot make {}", zip.display()))?;
    let mut writer = ZipWriter::new(file);
    for path in files {
        let name = path.to_string_lossy().replace('\\', "/");
        let mode = if PROGRAMS.contains(&name.as_str()) {
            0o755
        } else {
            0o644
        };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        writer.start_file(name, options)?;
        std::io::Write::write_all(&mut writer, &fs::read(app.join(path))?)?;
    }
    writer.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::stage;
    use super::*;

    /// This checkout, with something else in the handler's place.
    #[test]
    fn the_app_of_this_checkout_is_packed_the_same_twice() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let desk = std::env::temp_dir().join(format!("quantx-package-{}", std::process::id()));
        fs::create_dir_all(&desk).unwrap();
        let handler = desk.join("built");
        fs::write(&handler, b"#!/bin/sh\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&handler, mode).unwrap();
        let mut packed = Vec::new();
        for n in 0..2 {
            let app = desk.join(format!("app{n}"));
            let staged = stage::stage(&root, &handler, "of others", &app).unwrap();
            stage::check(&root, &app).unwrap();
            let zip = desk.join(format!("{n}.zip"));
            pack(&app, &staged, &zip).unwrap();
            packed.push(fs::read(&zip).unwrap());
        }
        assert_eq!(packed[0], packed[1]);
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&packed[0])).unwrap();
        let mut names = Vec::new();
        for n in 0..archive.len() {
            let entry = archive.by_index(n).unwrap();
            let name = entry.name().unwrap().into_owned();
            let expected = if name == "handler" { 0o755 } else { 0o644 };
            let mode = entry.unix_mode().map(|mode| mode & 0o777);
            assert_eq!(mode, Some(expected), "{name}");
            names.push(name);
        }
        assert!(names.is_sorted(), "{names:?}");
        for name in [
            "host.json",
            "handler",
            "LICENSE-MIT",
            "THIRD-PARTY-LICENSES.txt",
            "config/settings.yaml",
            "config/universes.yaml",
            "backfill_chunk/function.json",
        ] {
            assert!(
                names.iter().any(|it| it == name),
                "{name} is not in {names:?}"
            );
        }
        assert_eq!(
            names
                .iter()
                .filter(|name| name.ends_with("/function.json"))
                .count(),
            8
        );
        // What must not be deployed is noticed.
        fs::write(desk.join("app0/local.settings.json"), "{}").unwrap();
        assert!(stage::check(&root, &desk.join("app0")).is_err());
        fs::remove_dir_all(&desk).unwrap();
    }
}
