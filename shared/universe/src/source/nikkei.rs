//! Members that stand as points under headings of their sectors, as on the page of the Nikkei 225.

use super::columns::without_market;
use super::html::HtmlListEntry;
use super::{SourceList, SourceRow};

/// Host of the exchange's page of one listing, to which the code of a point links.
const EXCHANGE_HOST: &str = "www2.jpx.co.jp";

/// The members among the points of a page; `None` when no point is one.
///
/// A point is `Toyota Motor (TYO: 7203)`, its code a link to the exchange. The line of a row is
/// the point's number on the page, from 1.
pub(super) fn members(entries: &[HtmlListEntry]) -> Option<SourceList> {
    let rows: Vec<SourceRow> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| member(at + 1, entry))
        .collect();
    (!rows.is_empty()).then(|| SourceList {
        rows,
        ..SourceList::default()
    })
}

fn member(line: usize, entry: &HtmlListEntry) -> Option<SourceRow> {
    let link = entry.links.iter().find(|link| is_of_exchange(&link.href))?;
    let code = without_market(&link.text);
    if !is_code(code) {
        return None;
    }
    Some(SourceRow {
        line,
        code: code.to_owned(),
        name: name(&entry.text),
        sector: entry.heading.clone(),
        ..SourceRow::default()
    })
}

fn is_of_exchange(href: &str) -> bool {
    let rest = href.split_once("//").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next() == Some(EXCHANGE_HOST)
}

/// Four characters that begin with a digit: `7203`, and since 2024 `285A`.
fn is_code(code: &str) -> bool {
    code.len() == 4
        && code.starts_with(|c: char| c.is_ascii_digit())
        && code
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

/// What stands before the code's parenthesis: `Toyota Motor (TYO: 7203)`.
fn name(text: &str) -> Option<String> {
    let end = text
        .find("(TYO")
        .or_else(|| text.rfind('('))
        .unwrap_or(text.len());
    super::text::some(text[..end].trim().to_owned())
}
