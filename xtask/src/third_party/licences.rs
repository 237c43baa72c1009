//! The licence file: every package with its licence, then every text once, with who uses it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::packages::{Linked, Package};

/// How files begin that hold a licence.
const LICENCES: [&str; 3] = ["LICEN", "COPYING", "UNLICENSE"];
/// How files begin that name people, which no licence replaces.
const NOTICES: [&str; 2] = ["NOTICE", "COPYRIGHT"];
/// Folders of licences, as REUSE and some others have them.
const FOLDERS: [&str; 2] = ["LICENSES", "licenses"];

const MIT: &str = include_str!("MIT.txt");
const BSD_3_CLAUSE: &str = include_str!("BSD-3-Clause.txt");
/// The font of pictures, which is part of `quantx` and comes with no package.
const FONT: &str = include_str!("../../../cli/assets/DejaVuSans-Latin.LICENSE.txt");

/// The whole file.
pub(super) fn text(root: &Path, linked: &Linked) -> Result<String> {
    let packages: Vec<&Package> = linked
        .packages
        .iter()
        .filter(|package| package.is_third_party())
        .collect();
    let mut own = Vec::new();
    for package in &packages {
        own.push(own_texts(package)?);
    }
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (package, texts) in packages.iter().zip(&own) {
        let mut all = [texts.licences.as_slice(), texts.notices.as_slice()].concat();
        if texts.licences.is_empty() {
            let borrowed = |licence: &str| borrowed(licence, &packages, &own);
            all.extend(standard_texts(root, package, borrowed)?);
        }
        for text in all {
            let user = format!("{} {}", package.name, package.version);
            users.entry(text).or_default().push(user);
        }
    }
    users.insert(
        FONT.trim_end().to_owned(),
        vec!["DejaVu Sans, Latin letters".to_owned()],
    );
    let mut page = format!(
        "Third-party licences of QuantX {}\n\n\
         The programs quantx and handler are linked from the {} packages below, each under its licence; texts follow, each once.\n\
         They also contain the Rust standard library (MIT OR Apache-2.0, the Rust project developers) and, in releases for an older\n\
         glibc, LLVM's libunwind (Apache-2.0 WITH LLVM-exception). QuantX itself is MIT OR Apache-2.0.\n\n",
        linked.version,
        packages.len()
    );
    // Writing into a String cannot fail.
    for package in &packages {
        let repository = package.repository.as_deref().unwrap_or("-");
        let Package {
            name,
            version,
            licence,
            ..
        } = package;
        let _ = writeln!(page, "{name} {version}  {licence}  {repository}");
    }
    for (text, mut users) in by_first_user(users) {
        users.dedup();
        let _ = write!(
            page,
            "\n{}\n{}\n\n{text}\n",
            "=".repeat(80),
            users.join(", ")
        );
    }
    Ok(page)
}

/// Texts in the order of the packages that use them.
fn by_first_user(users: BTreeMap<String, Vec<String>>) -> Vec<(String, Vec<String>)> {
    let mut texts: Vec<_> = users.into_iter().collect();
    texts.sort_by(|(text, users), (other, others)| (users, text).cmp(&(others, other)));
    texts
}

/// The texts that come with a package.
#[derive(Debug, Default)]
struct Texts {
    licences: Vec<String>,
    notices: Vec<String>,
}

fn own_texts(package: &Package) -> Result<Texts> {
    let mut licences: Vec<PathBuf> = package.licence_file.iter().cloned().collect();
    let mut notices = Vec::new();
    for path in files(package, &package.folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_uppercase();
        let begins = |names: &[&str]| names.iter().any(|it| name.starts_with(it));
        if begins(&LICENCES) {
            licences.push(path);
        } else if begins(&NOTICES) {
            notices.push(path);
        }
    }
    for folder in FOLDERS.iter().map(|name| package.folder.join(name)) {
        if folder.is_dir() {
            licences.extend(files(package, &folder)?);
        }
    }
    Ok(Texts {
        licences: read(licences)?,
        notices: read(notices)?,
    })
}

/// The files of a folder, but for sources: `license.rs` is no text.
fn files(package: &Package, folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| {
        let name = &package.name;
        format!("the sources of {name} are not at {}", folder.display())
    })?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let source = path.extension().is_some_and(|it| it == "rs");
        if path.is_file() && !source {
            found.push(path);
        }
    }
    Ok(found)
}

fn read(mut files: Vec<PathBuf>) -> Result<Vec<String>> {
    files.sort();
    files.dedup();
    let mut texts = Vec::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        texts.push(plain(&String::from_utf8_lossy(&bytes)));
    }
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

/// Equal texts get equal: line ends and blanks at the end say nothing.
fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// What a package's licence says, for one that brings no text: the standard's words with its authors.
fn standard_texts(
    root: &Path,
    package: &Package,
    borrowed: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>> {
    let holders = if package.authors.is_empty() {
        format!("the authors of {}", package.name)
    } else {
        package.authors.join(", ")
    };
    let words = package.licence.replace(['(', ')'], " ");
    let mut texts = Vec::new();
    for licence in words
        .split_whitespace()
        .filter(|it| !matches!(*it, "OR" | "AND"))
    {
        let text = match licence {
            "MIT" => Some(MIT.replace("<holders>", &holders)),
            "BSD-3-Clause" => Some(BSD_3_CLAUSE.replace("<holders>", &holders)),
            "Apache-2.0" => Some(fs::read_to_string(root.join("LICENSE-APACHE"))?),
            other => borrowed(other),
        };
        match text {
            Some(text) => texts.push(plain(&text)),
            // Of alternatives one is enough.
            None if words.contains(" OR ") => {}
            None => bail!(
                "{} {} brings no text of its licence {licence}: put the standard's words into xtask/src/third_party",
                package.name,
                package.version
            ),
        }
    }
    if texts.is_empty() {
        bail!(
            "{} {} names no licence and brings no text of one",
            package.name,
            package.version
        );
    }
    Ok(texts)
}

/// The text of another package that has this licence alone and brings one text.
fn borrowed(licence: &str, packages: &[&Package], own: &[Texts]) -> Option<String> {
    let pairs = packages.iter().zip(own);
    let mut fitting =
        pairs.filter(|(package, texts)| package.licence == licence && texts.licences.len() == 1);
    fitting.next().map(|(_, texts)| texts.licences[0].clone())
}

#[cfg(test)]
mod tests {
    use super::super::packages::tests::of_this_checkout;
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    fn package(licence: &str) -> Package {
        Package {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.to_owned(),
            repository: None,
            authors: vec!["Ada".to_owned()],
            folder: root().join("xtask/src"),
            licence_file: None,
            checksum: Some("12".to_owned()),
        }
    }

    #[test]
    fn every_package_of_this_checkout_has_a_text() {
        let linked = of_this_checkout();
        let page = text(&root(), &linked).unwrap();
        let (list, texts) = page.split_once(&"=".repeat(80)).unwrap();
        for package in linked.packages.iter().filter(|it| it.is_third_party()) {
            let name = format!("{} {}", package.name, package.version);
            assert!(
                list.contains(&format!("\n{name}  ")),
                "{name} is not listed"
            );
            assert!(texts.contains(&name), "{name} has no text");
        }
        assert!(texts.contains("Mozilla Public License") && texts.contains("UNICODE LICENSE"));
        // A text of many stands there once.
        assert!(
            texts
                .matches("TERMS AND CONDITIONS FOR USE, REPRODUCTION")
                .count()
                < 60
        );
    }

    #[test]
    fn a_package_without_a_text_gets_the_standards_with_its_authors() {
        let none = |_: &str| None;
        let texts = standard_texts(&root(), &package("MIT AND Apache-2.0"), none).unwrap();
        assert!(texts[0].contains("Copyright (c) Ada") && texts[1].contains("Apache License"));
        let texts = standard_texts(&root(), &package("Odd-1.0 OR MIT"), none).unwrap();
        assert_eq!(texts.len(), 1);
        let error = standard_texts(&root(), &package("Odd-1.0"), none).unwrap_err();
        assert!(
            error.to_string().contains("a 1.0.0 brings no text"),
            "{error}"
        );
        assert!(standard_texts(&root(), &package(""), none).is_err());
        let lent = |_: &str| Some("lent".to_owned());
        assert_eq!(
            standard_texts(&root(), &package("Odd-1.0"), lent).unwrap(),
            ["lent"]
        );
    }
}
