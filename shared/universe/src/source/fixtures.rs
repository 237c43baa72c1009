//! For tests of this room: recorded lists, where they are there, and pages made for it.

use std::fs;
use std::path::Path;

pub(super) use quantx_fixtures::shared_data;

/// The recorded page of the S&P 500, of 2022-11-10.
pub(super) fn sp500() -> Option<String> {
    let folder = shared_data()?.join("universe");
    let page = folder.join("sp500-rev1120976287-2022-11-10-parsoid.html");
    Some(fs::read_to_string(page).unwrap())
}

/// A page of `tests/fixtures/pages`; they are made by hand, see SOURCE.md there.
pub(super) fn page(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pages");
    fs::read_to_string(folder.join(name)).unwrap()
}
