//! Packages that are there in several versions: each is compiled, shipped and watched for advisories
//! once more. deny.toml names those that somebody else holds back, for `cargo deny` and for this rule,
//! which runs also where cargo-deny is not installed.

use std::collections::BTreeMap;

use super::manifests::{LOCK, versions};
use super::{File, Violation};

const DENY: &str = "deny.toml";

/// Every older version of a package is on the list, and nothing else is.
pub(super) fn check(files: &[File]) -> Vec<Violation> {
    let text = |path: &str| {
        let file = files.iter().find(|file| file.path == path);
        file.and_then(|file| file.text.as_deref())
    };
    let (Some(lock), Some(deny)) = (text(LOCK), text(DENY)) else {
        return Vec::new();
    };
    let older = older(lock);
    let listed = listed(deny);
    let violation = |path: &str, line, rule, advice: String| Violation {
        path: path.to_owned(),
        line,
        rule,
        advice,
    };
    let new = older.iter().filter(|(name, _)| !listed.contains_key(*name));
    let new = new.map(|(name, line)| {
        let advice = format!(
            "{name} is a second version of its package: use the other one (`cargo tree -i {name}`), or \
             add it to `skip` in {DENY} with who holds it back"
        );
        violation(LOCK, *line, "duplicate-package", advice)
    });
    let gone = listed.iter().filter(|(name, _)| !older.contains_key(*name));
    let gone = gone.map(|(name, line)| {
        let advice = format!("{LOCK} has no older {name} any more: take it off the list");
        violation(DENY, *line, "duplicate-gone", advice)
    });
    new.chain(gone).collect()
}

/// `name@version` of all versions but the newest of each package → line in the lock file.
fn older(lock: &str) -> BTreeMap<String, usize> {
    let mut older = BTreeMap::new();
    for (name, versions) in versions(lock) {
        let newest = versions
            .keys()
            .copied()
            .max_by_key(|version| numbers(version));
        for (version, line) in versions {
            if Some(version) != newest {
                older.insert(format!("{name}@{version}"), line);
            }
        }
    }
    older
}

/// A version as numbers, so that 0.10 is newer than 0.9.
fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split(|c: char| !c.is_ascii_digit());
    parts.map(|part| part.parse().unwrap_or_default()).collect()
}

/// `name@version` of the list `skip` → line.
fn listed(deny: &str) -> BTreeMap<String, usize> {
    let lines = deny.lines().enumerate();
    let list = lines.skip_while(|(_, line)| line.trim() != "skip = [");
    let list = list.take_while(|(_, line)| line.trim() != "]");
    let named = list.filter_map(|(at, line)| {
        let (_, rest) = line.split_once("crate = \"")?;
        let (name, _) = rest.split_once('"')?;
        Some((name.to_owned(), at + 1))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;
    use super::*;

    const LOCKED: &str = "name = \"a\"\nversion = \"0.10.0\"\n\nname = \"a\"\nversion = \"0.9.1\"\n\nname = \"b\"\nversion = \"1.0.0\"\n";

    #[test]
    fn an_older_version_of_a_package_needs_a_reason() {
        let deny = "skip = [\n]\ndeny = [\n    { crate = \"a@0.9.1\" },\n]\n";
        let files = [(LOCK, LOCKED), (DENY, deny)];
        assert_eq!(broken(check, &files), ["Cargo.lock:5 duplicate-package"]);
        let deny = "skip = [\n    { crate = \"a@0.9.1\", reason = \"b\" },\n]\n";
        assert!(broken(check, &[(LOCK, LOCKED), (DENY, deny)]).is_empty());
    }

    #[test]
    fn a_reason_goes_with_its_package() {
        let deny = "skip = [\n    { crate = \"a@0.9.1\" },\n    { crate = \"b@0.1.0\" },\n]\n";
        let files = [(LOCK, LOCKED), (DENY, deny)];
        assert_eq!(broken(check, &files), ["deny.toml:3 duplicate-gone"]);
    }
}
