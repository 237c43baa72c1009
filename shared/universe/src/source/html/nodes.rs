//! Walking through a page, and what of it can be seen.

use std::ops::Deref;

use scraper::{ElementRef, Node};

use super::super::text::without_footnotes;

/// A node of the page; scraper does not name the type.
pub(super) type NodeRef<'a> = <ElementRef<'a> as Deref>::Target;

/// Where a walk goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Into what the node holds.
    Into,
    /// Past it.
    Over,
}

/// Visits all nodes below `root` in the order of the page. No recursion: pages may nest deeply.
pub(super) fn walk<'a>(root: NodeRef<'a>, mut visit: impl FnMut(NodeRef<'a>) -> Step) {
    let mut next = root.first_child();
    while let Some(node) = next {
        let inside = match visit(node) {
            Step::Into => node.first_child(),
            Step::Over => None,
        };
        next = inside.or_else(|| after(node, root));
    }
}

/// The node after all that `node` holds.
fn after<'a>(mut node: NodeRef<'a>, root: NodeRef<'a>) -> Option<NodeRef<'a>> {
    loop {
        if let Some(sibling) = node.next_sibling() {
            return Some(sibling);
        }
        node = node.parent().filter(|parent| parent.id() != root.id())?;
    }
}

/// Name of an element.
pub(super) fn name(node: NodeRef<'_>) -> Option<&str> {
    node.value().as_element().map(|element| element.name())
}

/// An attribute of an element.
pub(super) fn attribute<'a>(node: NodeRef<'a>, name: &str) -> Option<&'a str> {
    node.value().as_element()?.attr(name)
}

/// Whether browsers show nothing of it.
pub(super) fn is_hidden(node: NodeRef<'_>) -> bool {
    let Some(element) = node.value().as_element() else {
        return false;
    };
    if matches!(element.name(), "style" | "script" | "template" | "noscript") {
        return true;
    }
    let style = element.attr("style").unwrap_or_default();
    let style: String = style.split_whitespace().collect();
    element.attr("hidden").is_some() || style.to_ascii_lowercase().contains("display:none")
}

/// Whether it is not part of the text around it: hidden, a footnote mark, an edit link or a table.
pub(super) fn is_aside(node: NodeRef<'_>) -> bool {
    let Some(element) = node.value().as_element() else {
        return false;
    };
    let is_mark = element
        .classes()
        .any(|class| matches!(class, "reference" | "mw-editsection"));
    is_mark || element.name() == "table" || is_hidden(node)
}

/// The text below a node but for what `is_left_out`, as one sees it.
pub(super) fn text<'a>(node: NodeRef<'a>, is_left_out: impl Fn(NodeRef<'a>) -> bool) -> String {
    let mut text = String::new();
    walk(node, |inner| {
        if is_left_out(inner) {
            return Step::Over;
        }
        match inner.value() {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(element) if breaks_line(element.name()) => text.push(' '),
            _ => {}
        }
        Step::Into
    });
    without_footnotes(&text)
}

fn breaks_line(name: &str) -> bool {
    matches!(
        name,
        "br" | "p" | "div" | "li" | "ul" | "ol" | "dd" | "dt" | "hr"
    )
}
