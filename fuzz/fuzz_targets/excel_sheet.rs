//! Excel files that universes are read from.
//!
//! A file is a zip of compressed XML, so a changed byte mostly ends in the archive: the first input byte
//! chooses whether the rest is the archive, or the sheet of one that is made here.
#![no_main]

use std::io::{Cursor, Write};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quantx::settings::{EnvMap, Overrides, Settings, UniverseEntry, UniverseSource};
use quantx::universe::fresh_list;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    Settings::resolve(None, None, &EnvMap::default(), &Overrides::default())
        .expect("the built-in settings")
});

static ENTRY: LazyLock<&UniverseEntry> = LazyLock::new(|| {
    let mut entries = SETTINGS.universes.phases().flat_map(|(_, entries)| entries);
    entries
        .find(|entry| matches!(entry.source, UniverseSource::Excel { .. }))
        .expect("Hong Kong's list is an Excel file")
});

const PARTS: [(&str, &str); 3] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
    ),
];

fn workbook(sheet: &[u8]) -> Option<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let parts = PARTS.iter().map(|(name, text)| (*name, text.as_bytes()));
    for (name, bytes) in parts.chain([("xl/worksheets/sheet1.xml", sheet)]) {
        archive.start_file(name, stored).ok()?;
        archive.write_all(bytes).ok()?;
    }
    Some(archive.finish().ok()?.into_inner())
}

fuzz_target!(|bytes: &[u8]| {
    let read = |file: &[u8]| {
        let _ = fresh_list(&ENTRY, file, &SETTINGS.exchanges);
    };
    if bytes.starts_with(b"PK") {
        read(bytes);
    } else if let Some(file) = workbook(bytes) {
        read(&file);
    }
});
