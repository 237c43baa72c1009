use std::fmt;

use crate::source::SourceError;

/// What an address should give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A web page.
    Html,
    /// A workbook, .xlsx.
    Excel,
    /// Comma-separated text.
    Csv,
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Html => "web page",
            Self::Excel => "Excel file",
            Self::Csv => "csv file",
        })
    }
}

impl SourceKind {
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Html => "text/html, application/xhtml+xml",
            Self::Excel => {
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.5"
            }
            Self::Csv => "text/csv, text/plain;q=0.9, */*;q=0.5",
        }
    }

    /// Names what came instead. Servers call sheets and csv many names, but nobody calls them
    /// HTML; and a page that is not called one is still recognised by its first bytes.
    pub(super) fn check(self, content_type: &str, bytes: &[u8]) -> Result<(), String> {
        let named = content_type.split(';').next().unwrap_or_default().trim();
        let named = named.to_ascii_lowercase();
        let is_html = matches!(named.as_str(), "text/html" | "application/xhtml+xml");
        let is_right = match self {
            Self::Html => is_html || named.is_empty(),
            Self::Excel => !is_html && bytes.starts_with(b"PK\x03\x04"),
            Self::Csv => !is_html && !begins_as_page(bytes) && !bytes.starts_with(b"PK\x03\x04"),
        };
        if is_right {
            return Ok(());
        }
        Err(match (begins_as_page(bytes), bytes.is_empty()) {
            (_, true) => "nothing at all".to_owned(),
            (true, _) => "a web page".to_owned(),
            _ if named.is_empty() => "something of no stated type".to_owned(),
            _ => format!("of type {:?}", crate::source::text::short(&named)),
        })
    }
}

fn begins_as_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.trim_ascii_start();
    ["<!doctype html", "<html"].iter().any(|tag| {
        let head = start.get(..tag.len()).unwrap_or_default();
        head.eq_ignore_ascii_case(tag.as_bytes())
    })
}

/// What an address gave.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceBody {
    /// What it was asked for, and looks like.
    pub kind: SourceKind,
    /// The whole body, unpacked.
    pub bytes: Vec<u8>,
    /// Where it came from in the end, without a query.
    pub address: String,
}

impl SourceBody {
    /// The body as text.
    ///
    /// # Errors
    /// [`SourceError::NotText`] unless it is UTF-8.
    pub fn text(&self) -> Result<&str, SourceError> {
        std::str::from_utf8(&self.bytes).map_err(|error| SourceError::NotText {
            at: error.valid_up_to(),
        })
    }
}

/// Without the bytes, which are many.
impl fmt::Debug for SourceBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceBody")
            .field("kind", &self.kind)
            .field("n_bytes", &self.bytes.len())
            .field("address", &self.address)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_instead_is_told() {
        use SourceKind::{Csv, Excel, Html};
        let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        let zip = b"PK\x03\x04...".as_slice();
        let page = b"\xef\xbb\xbf \n<!DOCTYPE HTML><p>".as_slice();
        for (kind, content_type, bytes, expect) in [
            (Html, "text/html; charset=UTF-8", page, None),
            (Html, "TEXT/HTML", b"<table>".as_slice(), None),
            (Html, "", page, None),
            (
                Html,
                "application/json",
                b"{}",
                Some("of type \"application/json\""),
            ),
            (Excel, xlsx, zip, None),
            (Excel, "application/octet-stream", zip, None),
            (Excel, "", zip, None),
            (Excel, "text/html", page, Some("a web page")),
            (Excel, xlsx, page, Some("a web page")),
            (Excel, "text/html", zip, Some("of type \"text/html\"")),
            (Excel, xlsx, b"", Some("nothing at all")),
            (
                Excel,
                "",
                b"\xd0\xcf\x11\xe0",
                Some("something of no stated type"),
            ),
            (Csv, "text/csv", b"symbol\nA\n", None),
            (Csv, "text/plain; charset=utf-8", b"symbol\nA\n", None),
            (Csv, "application/octet-stream", b"symbol\nA\n", None),
            (Csv, "text/csv", b"<HTML><p>", Some("a web page")),
            (
                Csv,
                "text/html",
                b"symbol\nA\n",
                Some("of type \"text/html\""),
            ),
            (Csv, "text/csv", zip, Some("of type \"text/csv\"")),
        ] {
            let found = kind.check(content_type, bytes).err();
            assert_eq!(found.as_deref(), expect, "{kind} {content_type} {bytes:?}");
        }
    }

    #[test]
    fn a_body_is_text_or_tells_where_it_is_not() {
        let body = |bytes: &[u8]| SourceBody {
            kind: SourceKind::Csv,
            bytes: bytes.to_vec(),
            address: "https://host/list.csv".to_owned(),
        };
        assert_eq!(body("é".as_bytes()).text().unwrap(), "é");
        let error = body(b"ab\xff").text().unwrap_err();
        assert_eq!(error.to_string(), "the text is not UTF-8 from byte 2 on");
        let shown = format!("{:?}", body(b"secret"));
        assert!(
            !shown.contains("115") && shown.contains("n_bytes: 6"),
            "{shown}"
        );
    }
}
