//! `cargo xtask dist`: everything that a release has, in `target/dist`, proven by running it.
//!
//! One build makes both programs; the wheel carries the very `quantx` that the archive has.

mod elf;
mod prove;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::ci::target_directory;
use crate::package::{self, archive, stage};
use crate::pinned::sha256;
use crate::shell;
use crate::third_party::{LICENCES, ThirdParty};
use crate::zig::{Programs, RELEASE_TARGET, Zig};

/// Checksums of all other files, as `sha256sum --check` reads them.
const SUMS: &str = "SHA256SUMS";
/// What the wheel is made from, beside the command line tool.
const PYPROJECT: &str = "cli/pyproject.toml";

/// Builds, packs and proves.
pub(crate) fn run(root: &Path) -> Result<()> {
    let target = target_directory()?;
    let zig = Zig::pinned(root, &target, RELEASE_TARGET)?;
    let programs = zig.build(root)?;
    check_glibc(&zig, &programs)?;
    let third_party = ThirdParty::of(root, Some(zig.triple()))?;

    let dist = target.join("dist");
    emptied(&dist)?;
    let version = env!("CARGO_PKG_VERSION");
    let bill = format!("quantx-{version}.cdx.json");
    put(&dist.join(LICENCES), &third_party.licences)?;
    put(&dist.join(&bill), &third_party.sbom)?;

    let desk = target.join("package");
    fs::create_dir_all(&desk)?;
    package::pack(root, &programs.handler, &third_party, &desk)?;
    let app = dist.join(format!("quantx-functions-{version}.zip"));
    copied(&desk.join(package::ZIP), &app)?;
    let settings = package::APP_SETTINGS;
    copied(&desk.join(settings), &dist.join(settings))?;

    let archive = dist.join(format!("quantx-{version}-{}.zip", zig.triple()));
    pack_program(
        root,
        &programs.quantx,
        &third_party,
        &target.join("dist-program"),
        &archive,
    )?;
    let project = wheel_project(root, &third_party, &bill, &target.join("dist-wheel"))?;
    let wheel = zig.wheel(&project, &dist)?;

    prove::package(root, &app)?;
    prove::wheel(root, &wheel, &programs.quantx, &target.join("dist-proof"))?;
    let sums = sums(&dist)?;
    put(&dist.join(SUMS), &sums)?;
    shell::say(&format!("\n{}:\n{sums}", dist.display()));
    Ok(())
}

/// No program asks for a newer glibc than the target's.
fn check_glibc(zig: &Zig, programs: &Programs) -> Result<()> {
    let allowed = zig.glibc().context("the target names no glibc")?;
    for program in [&programs.quantx, &programs.handler] {
        let name = program.display();
        let bytes = fs::read(program).with_context(|| format!("cannot read {name}"))?;
        let needed = elf::needed_glibc(&bytes).with_context(|| name.to_string())?;
        let (major, minor) = needed.with_context(|| format!("{name} needs no glibc at all"))?;
        ensure!(
            (major, minor) <= allowed,
            "{name} needs GLIBC_{major}.{minor}, allowed is GLIBC_{}.{}",
            allowed.0,
            allowed.1
        );
        shell::say(&format!("{name}: highest symbol GLIBC_{major}.{minor}"));
    }
    Ok(())
}

/// The program with its licences and its configuration, for people without Python.
fn pack_program(
    root: &Path,
    quantx: &Path,
    third_party: &ThirdParty,
    folder: &Path,
    zip: &Path,
) -> Result<()> {
    emptied(folder)?;
    copied(quantx, &folder.join("quantx"))?;
    put(&folder.join(LICENCES), &third_party.licences)?;
    let mut files = vec![PathBuf::from("quantx"), PathBuf::from(LICENCES)];
    for name in stage::OWN_LICENCES.into_iter().chain(["README.md"]) {
        copied(&root.join(name), &folder.join(name))?;
        files.push(name.into());
    }
    fs::create_dir_all(folder.join("config"))?;
    for name in ["config/settings.yaml", "config/universes.yaml"] {
        copied(&root.join(name), &folder.join(name))?;
        files.push(name.into());
    }
    files.sort();
    archive::pack(folder, &files, zip)
}

/// A folder that maturin makes the wheel from: pyproject.toml with what its texts name beside it.
fn wheel_project(
    root: &Path,
    third_party: &ThirdParty,
    bill: &str,
    folder: &Path,
) -> Result<PathBuf> {
    emptied(folder)?;
    let project = fs::read_to_string(root.join(PYPROJECT))
        .with_context(|| format!("cannot read {PYPROJECT}"))?;
    let manifest = root.join("cli/Cargo.toml");
    let manifest = manifest.to_str().context("a path is not Unicode")?;
    // maturin's own bill of materials has this machine's paths and the time in it; ours has neither.
    let whole = format!(
        "{project}manifest-path = {manifest:?}\n\n[tool.maturin.sbom]\nrust = false\ninclude = [{bill:?}]\n"
    );
    put(&folder.join("pyproject.toml"), &whole)?;
    put(&folder.join(LICENCES), &third_party.licences)?;
    put(&folder.join(bill), &third_party.sbom)?;
    // The toolchain is chosen by the folder, and another one would compile everything again.
    let texts = ["README.md", "rust-toolchain.toml"];
    for name in stage::OWN_LICENCES.into_iter().chain(texts) {
        copied(&root.join(name), &folder.join(name))?;
    }
    Ok(folder.to_owned())
}

/// A line for each file of the folder, by name.
fn sums(folder: &Path) -> Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    let mut lines = String::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        lines.push_str(&format!("{}  {name}\n", sha256(&fs::read(&file)?)));
    }
    Ok(lines)
}

fn emptied(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn put(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn copied(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(name: &str) -> PathBuf {
        let desk = std::env::temp_dir().join(format!("xtask-dist-{name}-{}", std::process::id()));
        emptied(&desk).unwrap();
        desk
    }

    fn third_party() -> ThirdParty {
        ThirdParty {
            licences: "of others".to_owned(),
            sbom: "{}".to_owned(),
        }
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn checksums_are_those_of_sha256sum_by_name() {
        let desk = desk("sums");
        put(&desk.join("b.whl"), "abc").unwrap();
        put(&desk.join("a.zip"), "").unwrap();
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.zip\n\
                        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.whl\n";
        assert_eq!(sums(&desk).unwrap(), expected);
        fs::remove_dir_all(desk).unwrap();
    }

    #[test]
    fn every_file_that_pyproject_names_lies_beside_it() {
        let desk = desk("wheel");
        let folder = wheel_project(&root(), &third_party(), "b.cdx.json", &desk).unwrap();
        let text = fs::read_to_string(folder.join("pyproject.toml")).unwrap();
        let (_, settings) = text.split_once("[tool.maturin]").unwrap();
        assert!(settings.contains("bindings = \"bin\"") && settings.contains("manifest-path"));
        for name in ["README.md", "LICENSE-APACHE", "LICENSE-MIT", LICENCES] {
            assert!(
                text.contains(&format!("{name:?}")),
                "{name} is not named in {text}"
            );
            assert!(folder.join(name).is_file(), "{name} is not there");
        }
        assert!(folder.join("rust-toolchain.toml").is_file());
        assert_eq!(fs::read_to_string(folder.join("b.cdx.json")).unwrap(), "{}");
        fs::remove_dir_all(desk).unwrap();
    }

    #[test]
    fn the_archive_has_the_program_executable_and_its_licences() {
        let desk = desk("program");
        let program = desk.join("built");
        put(&program, "#!/bin/sh\n").unwrap();
        let zip = desk.join("p.zip");
        pack_program(&root(), &program, &third_party(), &desk.join("f"), &zip).unwrap();
        let bytes = fs::read(&zip).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mode = archive.by_name("quantx").unwrap().unix_mode().unwrap();
        assert_eq!(mode & 0o777, 0o755);
        for name in ["LICENSE-MIT", LICENCES, "config/settings.yaml"] {
            assert!(archive.by_name(name).is_ok(), "{name}");
        }
        fs::remove_dir_all(desk).unwrap();
    }
}
