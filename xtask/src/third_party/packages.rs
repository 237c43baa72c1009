//! The packages that are linked into the programs, as `cargo metadata` and Cargo.lock tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;

/// The packages of the two programs.
const PROGRAMS: [&str; 2] = ["quantx-cli", "quantx-functions"];

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// An SPDX expression; slashes of old manifests are OR.
    pub(super) licence: String,
    pub(super) repository: Option<String>,
    pub(super) authors: Vec<String>,
    /// Where its sources are.
    pub(super) folder: PathBuf,
    /// A licence that the manifest names by file.
    pub(super) licence_file: Option<PathBuf>,
    /// SHA-256 of what was downloaded; none for packages of this checkout.
    pub(super) checksum: Option<String>,
}

impl Package {
    /// As in a bill of materials.
    pub(super) fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    /// Whether it is somebody else's.
    pub(super) fn is_third_party(&self) -> bool {
        self.checksum.is_some()
    }
}

/// What the programs are linked from, the programs included.
#[derive(Debug)]
pub(super) struct Linked {
    /// The version of the workspace.
    pub(super) version: String,
    /// By name and version.
    pub(super) packages: Vec<Package>,
    /// purl → purls of what it is linked from.
    pub(super) links: BTreeMap<String, BTreeSet<String>>,
}

impl Linked {
    /// Asks cargo, with the lock file as it is.
    pub(super) fn read(root: &Path, triple: Option<&str>) -> Result<Self> {
        let host;
        let triple = match triple {
            Some(triple) => triple,
            None => {
                host = host_triple(root)?;
                &host
            }
        };
        let words = [
            "cargo",
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            triple,
        ];
        let answer = serde_json::from_slice(&shell::output(root, &words)?)
            .context("cargo metadata wrote no JSON")?;
        let lock = std::fs::read_to_string(root.join("Cargo.lock"))?;
        Self::from_metadata(&answer, &checksums(&lock))
    }

    fn from_metadata(
        answer: &Value,
        checksums: &BTreeMap<(String, String), String>,
    ) -> Result<Self> {
        let mut known = BTreeMap::new();
        for package in list(answer, "packages")? {
            let text = |key: &str| package[key].as_str().map(str::to_owned);
            let id = text("id").context("a package without an id")?;
            let name = text("name").with_context(|| format!("{id} has no name"))?;
            let version = text("version").with_context(|| format!("{id} has no version"))?;
            let manifest = text("manifest_path").with_context(|| format!("{id} is nowhere"))?;
            let folder = Path::new(&manifest).parent().context("a manifest alone")?;
            let ours = package["source"].is_null();
            let checksum = checksums.get(&(name.clone(), version.clone())).cloned();
            ensure!(
                ours || checksum.is_some(),
                "Cargo.lock has no checksum of {name} {version}"
            );
            let authors = package["authors"].as_array().into_iter().flatten();
            let package = Package {
                licence: text("license").unwrap_or_default().replace('/', " OR "),
                repository: text("repository"),
                authors: authors
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
                licence_file: text("license_file").map(|file| folder.join(file)),
                folder: folder.to_owned(),
                checksum: checksum.filter(|_| !ours),
                name,
                version,
            };
            known.insert(id, package);
        }
        let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for node in list(&answer["resolve"], "nodes")? {
            let id = node["id"].as_str().context("a node without an id")?;
            let linked = list(node, "deps")?.iter().filter(|dep| is_linked(dep));
            needs.insert(id, linked.filter_map(|dep| dep["pkg"].as_str()).collect());
        }
        let mut open: Vec<&str> = known
            .iter()
            .filter(|(_, package)| PROGRAMS.contains(&package.name.as_str()))
            .map(|(id, _)| id.as_str())
            .collect();
        ensure!(
            open.len() == PROGRAMS.len(),
            "cargo metadata does not know {PROGRAMS:?}"
        );
        let version = known[open[0]].version.clone();
        let (mut packages, mut links) = (BTreeMap::new(), BTreeMap::new());
        while let Some(id) = open.pop() {
            let package = known
                .get(id)
                .with_context(|| format!("{id} is no package"))?;
            if links.contains_key(&package.purl()) {
                continue;
            }
            let linked = needs.get(id).map(Vec::as_slice).unwrap_or_default();
            let purls = linked.iter().filter_map(|id| Some(known.get(*id)?.purl()));
            links.insert(package.purl(), purls.collect());
            packages.insert(
                (package.name.clone(), package.version.clone()),
                package.clone(),
            );
            open.extend(linked);
        }
        Ok(Self {
            version,
            packages: packages.into_values().collect(),
            links,
        })
    }
}

/// Whether a dependency is linked: neither of tests nor of the build alone.
fn is_linked(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
    kinds.map(|kind| &kind["kind"]).any(Value::is_null)
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    let list = value[key].as_array();
    list.with_context(|| format!("cargo metadata has no `{key}`"))
}

/// `(name, version)` → checksum, of a lock file.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let of = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    blocks
        .filter_map(|block| {
            let package = (of(block, "name = ")?, of(block, "version = ")?);
            Some((package, of(block, "checksum = ")?))
        })
        .collect()
}

fn host_triple(root: &Path) -> Result<String> {
    let answer = shell::output(root, &["rustc", "--version", "--verbose"])?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let host = answer.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc does not tell its host")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The packages of this checkout, from sources that the build has downloaded.
    pub(in crate::third_party) fn of_this_checkout() -> Linked {
        Linked::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), None).unwrap()
    }

    #[test]
    fn what_is_linked_is_listed_and_what_only_tests_or_builds_use_is_not() {
        let linked = of_this_checkout();
        let names: BTreeSet<&str> = linked.packages.iter().map(|it| it.name.as_str()).collect();
        for name in [
            "quantx-cli",
            "quantx-functions",
            "quantx-lake",
            "polars-parquet",
            "warp",
        ] {
            assert!(names.contains(name), "{name} is linked");
        }
        for name in ["proptest", "criterion", "quantx-faulty", "xtask"] {
            assert!(!names.contains(name), "{name} is not linked");
        }
        for package in &linked.packages {
            let ours = package.name.starts_with("quantx");
            assert_ne!(package.is_third_party(), ours, "{package:?}");
            assert!(linked.links.contains_key(&package.purl()));
        }
    }

    #[test]
    fn a_package_without_a_checksum_is_an_error() {
        let package = |name: &str, source: Value| {
            serde_json::json!({"id": name, "name": name, "version": "1.0.0", "source": source,
                "manifest_path": "p/Cargo.toml", "license": "MIT/Apache-2.0", "authors": []})
        };
        let node = |id: &str, deps: Value| serde_json::json!({"id": id, "deps": deps});
        let dep = serde_json::json!([{"pkg": "a", "dep_kinds": [{"kind": null}]},
            {"pkg": "b", "dep_kinds": [{"kind": "dev"}]}]);
        let answer = serde_json::json!({
            "packages": [package("quantx-cli", Value::Null), package("quantx-functions", Value::Null),
                package("a", "registry".into()), package("b", "registry".into())],
            "resolve": {"nodes": [node("quantx-cli", dep), node("a", serde_json::json!([]))]},
        });
        let error = Linked::from_metadata(&answer, &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("a 1.0.0"), "{error}");
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"12\"\n\n\
                    [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nchecksum = \"34\"\n";
        let linked = Linked::from_metadata(&answer, &checksums(lock)).unwrap();
        let names: Vec<&str> = linked.packages.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "quantx-cli", "quantx-functions"]);
        assert_eq!(linked.packages[0].checksum.as_deref(), Some("12"));
        assert_eq!(linked.packages[0].licence, "MIT OR Apache-2.0");
        let of_cli = &linked.links["pkg:cargo/quantx-cli@1.0.0"];
        assert_eq!(of_cli.iter().collect::<Vec<_>>(), ["pkg:cargo/a@1.0.0"]);
    }
}
