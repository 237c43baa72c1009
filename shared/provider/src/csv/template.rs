//! Where the table of a listing is. Pure.

use std::fmt;

use crate::ApiKey;
use quantx_market::Listing;

/// A path or URL with places for a listing: `/data/{exchange}/{ticker}.csv`,
/// `https://desk.example/eod/{symbol}.csv?key={key}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

/// Why text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// All listings would have one table.
    #[error(
        "{read:?} has no place for the listing: write {{symbol}} (0700.HK) or {{ticker}} (0700)"
    )]
    NoListing { read: String },
    /// A place that nothing goes into.
    #[error(
        "{read:?} has the unknown place {{{place}}}; known are {{symbol}}, {{ticker}}, {{exchange}} and, \
         behind the ? of a URL, {{key}}"
    )]
    UnknownPlace { read: String, place: String },
    /// A key in a path would be logged with it.
    #[error("{read:?} has {{key}} before its ?, where it would be logged: keys stand in the query")]
    KeyInPath { read: String },
}

const KEY: &str = "key";

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`] naming what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let read = || text.to_owned();
        let mut names_listing = false;
        let mut rest = text;
        while let Some((before, place)) = rest.split_once('{') {
            let (place, after) = place.split_once('}').unwrap_or((place, ""));
            let at = text.len() - rest.len() + before.len();
            match place {
                "symbol" | "ticker" => names_listing = true,
                "exchange" => {}
                KEY if text.find('?').is_some_and(|query| query < at) => {}
                KEY => return Err(TemplateError::KeyInPath { read: read() }),
                other => {
                    return Err(TemplateError::UnknownPlace {
                        read: read(),
                        place: other.to_owned(),
                    });
                }
            }
            rest = after;
        }
        match names_listing {
            true => Ok(Self(text.to_owned())),
            false => Err(TemplateError::NoListing { read: read() }),
        }
    }

    /// Where the table of `listing` is. Codes are safe in paths and URLs by their type.
    pub(super) fn of(&self, listing: &Listing, key: Option<&ApiKey>) -> String {
        let filled = self
            .0
            .replace("{symbol}", listing.symbol().as_str())
            .replace("{ticker}", listing.ticker().as_str())
            .replace("{exchange}", listing.exchange().as_str());
        match key {
            Some(key) => filled.replace("{key}", &percent_encoded(key.expose())),
            None => filled,
        }
    }

    /// Where the table of `listing` is, for people: `{key}` stands there as it was written.
    pub fn place_of(&self, listing: &Listing) -> String {
        self.of(listing, None)
    }

    /// The template as it was written; it has no key in it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}
