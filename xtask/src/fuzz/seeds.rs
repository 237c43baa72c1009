//! Where the fuzz targets begin: inputs made by hand, fixtures and recordings.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Larger files teach a fuzzer nothing that smaller ones do not, and slow it down.
const LARGEST: u64 = 32 * 1024;
/// Recordings of one kind are much alike.
const MOST: usize = 64;

/// Folders and files below the checkout; what stands in `../shared` is not everywhere and not needed.
const SEEDS: [(&str, &[&str]); 7] = [
    ("chart_parser", &["../shared/data/yahoo_chart"]),
    ("settings_yaml", &["config"]),
    (
        "universe_pages",
        &[
            "tests/fixtures/pages",
            "../shared/data/cases/13-universe-files",
        ],
    ),
    (
        "vendor_answers",
        &[
            "tests/fixtures/alpaca",
            "tests/fixtures/csv",
            "tests/fixtures/eodhd",
            "tests/fixtures/hkex",
            "tests/fixtures/tiingo",
            "../shared/data/vendors",
        ],
    ),
    ("lake_codec", &["tests/fixtures/schema1/data"]),
    ("host_post", &["local.settings.json"]),
    (TURNS.0, &[TURNS.1]),
];
/// Turns of the example, which are base64: the protobuf inside is an input too.
const TURNS: (&str, &str) = (
    "durable_turn",
    "shared/durable/examples/fulfilment_exchange.txt",
);

/// Puts the seeds of `target` into its corpus, each under the name of its number; what the fuzzer found by
/// itself has other names. Returns how many there are.
pub(super) fn sow(root: &Path, target: &str, corpus: &Path) -> Result<usize> {
    fs::create_dir_all(corpus).with_context(|| corpus.display().to_string())?;
    let mut inputs = Vec::new();
    let own = root.join("fuzz/seeds").join(target);
    let listed = SEEDS.iter().filter(|(of, _)| *of == target);
    let listed = listed.flat_map(|(_, places)| places.iter().map(|place| root.join(place)));
    for place in std::iter::once(own).chain(listed) {
        for file in files(&place) {
            inputs.push(fs::read(&file).with_context(|| file.display().to_string())?);
        }
    }
    if target == TURNS.0 {
        let words: Vec<Vec<u8>> = inputs
            .iter()
            .flat_map(|text| text.split(u8::is_ascii_whitespace))
            .filter_map(|word| STANDARD.decode(word).ok())
            .collect();
        inputs.extend(words);
    }
    for (number, input) in inputs.iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number:03}")), input)?;
    }
    Ok(inputs.len())
}

/// The small files at or below `place`, in the order of their names; none where there is no such place.
fn files(place: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![place.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        if metadata.is_file() {
            let is_prose = path.extension().is_some_and(|it| it == "md");
            if metadata.len() <= LARGEST && !is_prose {
                found.push(path);
            }
            continue;
        }
        let inside = fs::read_dir(&path).into_iter().flatten().flatten();
        open.extend(inside.map(|entry| entry.path()));
    }
    found.sort();
    // Evenly over all of them: the first ones are of one listing.
    let every = found.len().div_ceil(MOST).max(1);
    found.into_iter().step_by(every).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn every_place_of_the_checkout_is_there() {
        for (target, places) in SEEDS {
            for place in places.iter().filter(|place| !place.starts_with("..")) {
                assert!(!files(&root().join(place)).is_empty(), "{target}: {place}");
            }
        }
    }

    #[test]
    fn a_turn_is_sown_as_text_and_as_the_protobuf_inside() {
        let folder = std::env::temp_dir().join(format!("quantx-seeds-{}", std::process::id()));
        let sown = sow(&root(), TURNS.0, &folder).unwrap();
        let binary = fs::read_dir(&folder)
            .unwrap()
            .filter(|file| {
                let bytes = fs::read(file.as_ref().unwrap().path()).unwrap();
                std::str::from_utf8(&bytes).is_err()
            })
            .count();
        fs::remove_dir_all(&folder).unwrap();
        assert!(
            sown > 1 && binary > 0,
            "{sown} seeds, {binary} of them binary"
        );
    }
}
