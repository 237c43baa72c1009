//! Tables and lists of a web page as text.

use scraper::{Html, Node};

use super::SourceError;
use super::text::{self, some};
use nodes::{NodeRef, Step, walk};
use spans::{Grid, Part};

mod bounded;
mod nodes;
mod spans;
#[cfg(test)]
mod tests;

/// A table; nested tables are tables of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HtmlTable {
    /// Its `id`, by which Wikipedia's lists are known: `constituents`.
    pub(crate) id: Option<String>,
    /// Its caption.
    pub(crate) caption: Option<String>,
    /// The heading it stands under.
    pub(crate) heading: Option<String>,
    /// Every `tr`, empty ones included, so that a row's number can be named.
    pub(crate) rows: Vec<HtmlRow>,
}

impl HtmlTable {
    /// How messages call it: by its place `at` on the page from 0, and by id, caption or heading.
    pub(crate) fn called(&self, at: usize) -> String {
        let names = [&self.id, &self.caption, &self.heading];
        match names.into_iter().flatten().next() {
            Some(name) => format!("table {at} ({})", text::short(name)),
            None => format!("table {at}"),
        }
    }
}

/// A row with spans over rows and columns filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HtmlRow {
    /// Whether all its own cells are headings, or it is in the table's head.
    pub(crate) is_header: bool,
    /// Text as one sees it: folded, without footnotes and hidden parts.
    pub(crate) cells: Vec<String>,
    /// By cell: whether it is that of a row above, which spans this one.
    pub(crate) carried: Vec<bool>,
}

/// A point of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HtmlListEntry {
    /// The heading it stands under.
    pub(crate) heading: Option<String>,
    /// Text of the point, without that of lists inside it.
    pub(crate) text: String,
    /// Links of the point, without those of lists inside it.
    pub(crate) links: Vec<HtmlLink>,
}

/// A link of a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HtmlLink {
    pub(crate) href: String,
    pub(crate) text: String,
}

/// All tables with text, outer before inner, in the order of the page.
#[cfg(test)]
pub(crate) fn tables(html: &str) -> Vec<HtmlTable> {
    HtmlPage::parse(html).unwrap().tables()
}

/// A parsed page.
#[derive(Debug)]
pub(crate) struct HtmlPage(Html);

impl HtmlPage {
    /// Parses as browsers do: what breaks the rules of HTML is read all the same.
    ///
    /// # Errors
    /// [`SourceError::PageTooLarge`] for a page that is larger than any list of members.
    pub(crate) fn parse(html: &str) -> Result<Self, SourceError> {
        bounded::parse(html).map(Self)
    }

    /// All tables with text, outer before inner, in the order of the page.
    pub(crate) fn tables(&self) -> Vec<HtmlTable> {
        let mut tables = Vec::new();
        let mut budget = spans::Budget::default();
        self.under_headings(|node, heading| {
            if nodes::name(node) == Some("table") {
                tables.extend(table(node, heading, &mut budget));
            }
        });
        tables
    }

    /// All points of all lists in the order of the page.
    pub(crate) fn list_entries(&self) -> Vec<HtmlListEntry> {
        let mut entries = Vec::new();
        self.under_headings(|node, heading| {
            if nodes::name(node) == Some("li") {
                entries.push(HtmlListEntry {
                    heading: heading.map(str::to_owned),
                    text: point_text(node),
                    links: links(node),
                });
            }
        });
        entries
    }

    /// The revision of a Wikipedia page: Parsoid names it on the root, the site in a script.
    pub(crate) fn revision(&self) -> Option<String> {
        let mut found = None;
        walk(self.0.tree.root(), |node| {
            if found.is_some() {
                return Step::Over;
            }
            match nodes::name(node) {
                Some("html") => {
                    let about = nodes::attribute(node, "about").unwrap_or_default();
                    found = about.rsplit_once("/revision/").and_then(|it| digits(it.1));
                }
                Some("script") => found = script_revision(node),
                _ => {}
            }
            Step::Into
        });
        found
    }

    /// Visits all elements that can be seen, each with the heading above it.
    fn under_headings(&self, mut visit: impl FnMut(NodeRef<'_>, Option<&str>)) {
        let mut heading = None;
        walk(self.0.tree.root(), |node| {
            if nodes::is_hidden(node) {
                return Step::Over;
            }
            if matches!(
                nodes::name(node),
                Some("h1" | "h2" | "h3" | "h4" | "h5" | "h6")
            ) {
                heading = some(nodes::text(node, nodes::is_aside));
            }
            visit(node, heading.as_deref());
            Step::Into
        });
    }
}

fn table(
    node: NodeRef<'_>,
    heading: Option<&str>,
    budget: &mut spans::Budget,
) -> Option<HtmlTable> {
    let mut caption = None;
    let mut grid = Grid::new(budget);
    for child in node.children() {
        match nodes::name(child) {
            Some("caption") => caption = some(nodes::text(child, nodes::is_aside)),
            Some("tr") => grid.row(child, Part::Body),
            Some(name @ ("thead" | "tbody" | "tfoot")) if !nodes::is_hidden(child) => {
                let part = match name {
                    "thead" => Part::Head,
                    _ => Part::Body,
                };
                for row in child
                    .children()
                    .filter(|row| nodes::name(*row) == Some("tr"))
                {
                    grid.row(row, part);
                }
                grid.end_part();
            }
            _ => {}
        }
    }
    let rows = grid.rows();
    let has_text = rows
        .iter()
        .any(|row| row.cells.iter().any(|cell| !cell.is_empty()));
    has_text.then(|| HtmlTable {
        id: nodes::attribute(node, "id").map(str::to_owned),
        caption,
        heading: heading.map(str::to_owned),
        rows,
    })
}

fn point_text(node: NodeRef<'_>) -> String {
    nodes::text(node, |inner| nodes::is_aside(inner) || is_list(inner))
}

fn links(node: NodeRef<'_>) -> Vec<HtmlLink> {
    let mut links = Vec::new();
    walk(node, |inner| {
        if nodes::is_aside(inner) || is_list(inner) {
            return Step::Over;
        }
        if let (Some("a"), Some(href)) = (nodes::name(inner), nodes::attribute(inner, "href")) {
            links.push(HtmlLink {
                href: href.to_owned(),
                text: nodes::text(inner, nodes::is_aside),
            });
        }
        Step::Into
    });
    links
}

fn is_list(node: NodeRef<'_>) -> bool {
    matches!(nodes::name(node), Some("ul" | "ol" | "dl"))
}

/// `"wgRevisionId":1120976287` in a script; 0 stands for a page without revisions.
fn script_revision(node: NodeRef<'_>) -> Option<String> {
    node.children().find_map(|child| match child.value() {
        Node::Text(script) => {
            let (_, rest) = script.split_once("\"wgRevisionId\":")?;
            digits(rest.trim_start()).filter(|id| id != "0")
        }
        _ => None,
    })
}

fn digits(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    some(text[..end].to_owned())
}
