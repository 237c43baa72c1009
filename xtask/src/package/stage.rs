//! The script root: host.json, the handler, one folder per function, the configuration.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::third_party::LICENCES;

const FUNCTIONS: &str = "functions";
const DECLARATION: &str = "function.json";
pub(super) const HANDLER: &str = "handler";
/// QuantX's own licences; a binary that is passed on has both.
pub(crate) const OWN_LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Puts everything into an empty `app`; gives back the relative paths, sorted.
pub(super) fn stage(
    root: &Path,
    handler: &Path,
    licences: &str,
    app: &Path,
) -> Result<Vec<PathBuf>> {
    if app.exists() {
        fs::remove_dir_all(app).with_context(|| format!("cannot empty {}", app.display()))?;
    }
    let mut staged = Vec::new();
    let mut put = |from: &Path, to: PathBuf| -> Result<()> {
        let full = app.join(&to);
        let folder = full.parent().context("a file without a folder")?;
        fs::create_dir_all(folder)?;
        fs::copy(from, &full).with_context(|| format!("cannot stage {}", from.display()))?;
        staged.push(to);
        Ok(())
    };
    put(&root.join("host.json"), "host.json".into())?;
    put(handler, HANDLER.into())?;
    for name in OWN_LICENCES {
        put(&root.join(name), name.into())?;
    }
    for name in functions(root)? {
        let from = root.join(FUNCTIONS).join(&name).join(DECLARATION);
        put(&from, Path::new(&name).join(DECLARATION))?;
    }
    // Lists of `local_file` universes lie beside the settings.
    let config = root.join("config");
    for path in files(&config)? {
        put(&path, Path::new("config").join(path.strip_prefix(&config)?))?;
    }
    fs::write(app.join(LICENCES), licences)?;
    staged.push(LICENCES.into());
    staged.sort();
    Ok(staged)
}

/// All files of a folder and the folders in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Names of the functions: folders with a declaration.
pub(super) fn functions(root: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root.join(FUNCTIONS)).context("there is no folder functions")? {
        let folder = entry?.path();
        if folder.join(DECLARATION).is_file() {
            let name = folder.file_name().and_then(|name| name.to_str());
            names.insert(name.context("a folder without a name")?.to_owned());
        }
    }
    Ok(names)
}

/// What the host would only tell in its log, or not at all.
pub(super) fn check(root: &Path, app: &Path) -> Result<()> {
    let expected = functions(root)?;
    ensure!(!expected.is_empty(), "there are no functions");
    for name in &expected {
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
        ensure!(
            plain && begins && name != "host",
            "{name} is no name of a function"
        );
        let code = root.join(FUNCTIONS).join(name).join("mod.rs");
        ensure!(code.is_file(), "{name} has a function.json and no code");
        let wired = fs::read_to_string(root.join(FUNCTIONS).join("lib.rs"))?;
        ensure!(
            wired.contains(&format!("{name}::handle")),
            "{name} has no route in functions/lib.rs"
        );
    }
    let mut staged = BTreeSet::new();
    for entry in fs::read_dir(app)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        match (path.is_dir(), name.as_str()) {
            (true, "config") | (false, "host.json" | HANDLER | LICENCES) => {}
            (false, name) if OWN_LICENCES.contains(&name) => {}
            (true, _) => {
                staged.insert(name);
            }
            // local.settings.json above all.
            (false, _) => bail!("{name} must not be deployed"),
        }
    }
    ensure!(
        staged == expected,
        "staged are {staged:?}, expected {expected:?}"
    );
    let host = fs::read_to_string(app.join("host.json"))?;
    let executable = format!("\"defaultExecutablePath\": \"{HANDLER}\"");
    ensure!(
        host.contains(&executable),
        "host.json does not start {HANDLER}"
    );
    let forwards = "\"enableForwardingHttpRequest\": false";
    ensure!(
        host.contains(forwards),
        "host.json must not forward HTTP requests: one envelope for all"
    );
    executable_bit(&app.join(HANDLER))
}

#[cfg(unix)]
fn executable_bit(handler: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(handler)?.permissions().mode();
    ensure!(
        mode & 0o111 == 0o111,
        "{} is not executable",
        handler.display()
    );
    Ok(())
}

#[cfg(not(unix))]
fn executable_bit(handler: &Path) -> Result<()> {
    ensure!(handler.is_file(), "{} is missing", handler.display());
    Ok(())
}
