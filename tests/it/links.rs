//! What the binaries are made of: tools and helpers of tests are in no product.

use std::collections::BTreeSet;
use std::process::Command;

/// The packages of ours that are linked into `package`.
fn linked(package: &str) -> BTreeSet<String> {
    let words = [
        "tree",
        "--offline",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--package",
        package,
    ];
    let tree = Command::new(env!("CARGO"))
        .args(words)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    let text = String::from_utf8(tree.stdout).unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let names = text.lines().filter_map(|line| line.split(' ').next());
    let ours = names.filter(|name| name.starts_with("quantx"));
    ours.map(str::to_owned).collect()
}

#[test]
fn neither_tools_nor_helpers_of_tests_are_in_the_products() {
    let tools = ["quantx-replay", "quantx-dev-host"];
    let helpers = ["quantx-fixtures", "quantx-faulty", "quantx-tests"];
    let handler = linked("quantx-functions");
    let program = linked("quantx-cli");
    for package in tools.iter().chain(&helpers) {
        assert!(!handler.contains(*package), "handler links {package}");
    }
    for package in ["quantx-dev-host"].iter().chain(&helpers) {
        assert!(!program.contains(*package), "quantx links {package}");
    }
    // The tree is read: what must be there is seen.
    assert!(handler.contains("quantx-operations"), "{handler:?}");
    assert!(program.contains("quantx-replay"), "{program:?}");
}
