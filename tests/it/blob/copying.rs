//! A lake moves to Blob Storage and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use quantx_tests::azurite::Azurite;

use super::program::{BACKFILL, quantx_in, text};

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(folder)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with(".quantx") {
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_lake_moves_to_the_container_and_back_and_is_the_same() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let connection = azurite.connection_string();
    let variables = [
        ("AZURE_STORAGE_CONNECTION_STRING", connection.as_str()),
        ("AZURE_CREATE_CONTAINER", "true"),
    ];
    let run = |words: &[&str]| quantx_in(folder.path(), words, &variables);
    let filled: Vec<&str> = BACKFILL.iter().copied().chain(["--use-local"]).collect();
    assert_eq!(run(&filled).status.code(), Some(0));
    let original = files(&folder.path().join("data"));
    let n = original.len() as u64;
    assert!(n > 13, "{n}");

    let copy = |from: &str, to: &str, more: &[&str]| {
        let words: Vec<&str> = ["copy", "--from", from, "--to", to, "--json"]
            .into_iter()
            .collect();
        let words: Vec<&str> = words.into_iter().chain(more.iter().copied()).collect();
        let output = run(&words);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let counts = ["copied", "present"].map(|name| report[name].as_u64().unwrap());
        (output.status.code(), counts, report)
    };
    assert_eq!(copy("local", "azure", &[]).1, [n, 0]);
    let again = copy("local", "azure", &[]);
    assert_eq!(
        (again.0, again.1),
        (Some(0), [0, n]),
        "nothing is sent twice"
    );
    assert_eq!(copy("azure", "back", &[]).1, [n, 0]);
    assert!(files(&folder.path().join("back")) == original);

    // What a copy that ended early did not bring, the next one brings.
    for name in original.keys().step_by(3) {
        fs::remove_file(folder.path().join("back").join(name)).unwrap();
    }
    let missing = original.keys().step_by(3).count() as u64;
    assert_eq!(copy("azure", "back", &[]).1, [missing, n - missing]);
    assert!(files(&folder.path().join("back")) == original);

    // The other lake has gone on: it is not set back unless told.
    let update = [
        "update-daily",
        "--phase",
        "sample",
        "--provider",
        "sample",
        "--as-of",
        "2012-06-08",
    ];
    assert_eq!(run(&update).status.code(), Some(0));
    let refused = copy("local", "azure", &[]);
    assert_eq!(refused.0, Some(1));
    assert!(
        refused.2["differing"].as_array().unwrap().len() >= 5,
        "{}",
        refused.2
    );
    let (code, _, report) = copy("azure", "back", &["--replace"]);
    assert_eq!(code, Some(0), "{report}");
    let moved = files(&folder.path().join("back"));
    assert!(moved != original && moved.len() > original.len());

    let same = run(&["copy", "--from", "azure", "--to", "azure"]);
    assert!(text(&same.stderr).contains("the same lake"), "{same:?}");
    let nothing = run(&["copy", "--from", "nowhere", "--to", "azure"]);
    assert_eq!(nothing.status.code(), Some(2), "{nothing:?}");
    assert!(!folder.path().join("nowhere").exists());
}
