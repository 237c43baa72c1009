//! From text to a tree within bounds.
//!
//! An HTML parser refuses nothing, and some pages cost it the square of their length: deep nesting, because
//! every tag is looked for among all open ones; attributes, because each is held against those before it.
//! A million rows cost a gigabyte. So tokens are counted on their way to the tree, its depth is measured
//! while it grows, and beyond a bound nothing is read any more. All bounds are far above any list of members.

use std::cell::{Cell, RefCell};

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, StartTag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink};
use scraper::{Html, HtmlTreeSink};

use super::super::SourceError;

/// Elements inside elements; Wikipedia's pages are some thirty deep.
pub(super) const MAX_DEPTH: usize = 256;
/// Rows of all tables of a page; the longest index has a few thousand members.
pub(super) const MAX_ROWS: usize = 20_000;
/// Cells of all tables of a page.
pub(super) const MAX_CELLS: usize = 400_000;
/// Elements, texts and comments: at some two hundred bytes each, what a page may take in memory.
pub(super) const MAX_NODES: usize = 1_000_000;
/// Attributes of one tag.
pub(super) const MAX_ATTRIBUTES: usize = 256;
/// Bytes of one tag or comment.
pub(super) const MAX_TAG_BYTES: usize = 128 * 1024;

/// So much is read at once, and then it is seen whether it led to anything.
const PIECE_BYTES: usize = 64 * 1024;
/// So many nodes may be added until their depth is measured.
const NODES_PER_LOOK: usize = 256;

/// The tree of a page.
///
/// # Errors
/// [`SourceError::PageTooLarge`] with the bound that it breaks first.
pub(super) fn parse(html: &str) -> Result<Html, SourceError> {
    let sink = HtmlTreeSink::new(Html::new_document());
    let guard = CountingSink {
        tree: TreeBuilder::new(sink, TreeBuilderOpts::default()),
        tokens: Cell::new(0),
        rows: Cell::new(0),
        cells: Cell::new(0),
        nodes_seen: Cell::new(0),
        broken: RefCell::new(None),
    };
    let tokenizer = Tokenizer::new(guard, TokenizerOpts::default());
    let input = BufferQueue::default();
    let mut silent_bytes = 0;
    for piece in pieces(html) {
        let before = tokenizer.sink.tokens.get();
        input.push_back(StrTendril::from_slice(piece));
        // It stops at the end of every script, as if somebody ran it.
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        silent_bytes = match tokenizer.sink.tokens.get() == before {
            true => silent_bytes + piece.len(),
            false => 0,
        };
        tokenizer
            .sink
            .at_most(MAX_TAG_BYTES, "bytes in one tag", silent_bytes);
        if let Some(broken) = tokenizer.sink.broken.take() {
            return Err(broken);
        }
    }
    tokenizer.end();
    tokenizer.sink.measure();
    match tokenizer.sink.broken.take() {
        Some(broken) => Err(broken),
        None => Ok(tokenizer.sink.tree.sink.0.into_inner()),
    }
}

/// Pieces of at most [`PIECE_BYTES`], cut between characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// How the tree calls its nodes.
type NodeId = <HtmlTreeSink as TreeSink>::Handle;

/// Counts what passes from the tokenizer to the tree.
struct CountingSink {
    tree: TreeBuilder<NodeId, HtmlTreeSink>,
    tokens: Cell<usize>,
    rows: Cell<usize>,
    cells: Cell<usize>,
    /// Nodes whose depth was measured.
    nodes_seen: Cell<usize>,
    broken: RefCell<Option<SourceError>>,
}

impl CountingSink {
    /// Notes a bound that is broken; the first one stays.
    fn at_most(&self, allowed: usize, what: &'static str, found: usize) {
        if found > allowed {
            let error = SourceError::PageTooLarge {
                what,
                found,
                allowed,
            };
            self.broken.borrow_mut().get_or_insert(error);
        }
    }

    fn count(&self, token: &Token) {
        self.tokens.set(self.tokens.get() + 1);
        let TagToken(tag) = token else { return };
        self.at_most(MAX_ATTRIBUTES, "attributes in one tag", tag.attrs.len());
        match &*tag.name {
            _ if tag.kind != StartTag => return,
            "tr" => self.rows.set(self.rows.get() + 1),
            "td" | "th" => self.cells.set(self.cells.get() + 1),
            _ => return,
        }
        self.at_most(MAX_ROWS, "table rows", self.rows.get());
        self.at_most(MAX_CELLS, "table cells", self.cells.get());
    }

    /// Measures what was added since the last look.
    fn measure(&self) {
        let html = self.tree.sink.0.borrow();
        let nodes = html.tree.nodes();
        let n_nodes = nodes.len();
        self.at_most(MAX_NODES, "elements and texts", n_nodes);
        let new = n_nodes.saturating_sub(self.nodes_seen.get());
        for node in nodes.rev().take(new) {
            let depth = node.ancestors().take(MAX_DEPTH + 1).count();
            self.at_most(MAX_DEPTH, "elements inside elements", depth);
        }
        self.nodes_seen.set(n_nodes);
    }
}

impl TokenSink for CountingSink {
    type Handle = NodeId;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<NodeId> {
        // What comes after a broken bound is not read: the page is refused.
        if self.broken.borrow().is_some() {
            return TokenSinkResult::Continue;
        }
        self.count(&token);
        let result = self.tree.process_token(token, line);
        let n_nodes = self.tree.sink.0.borrow().tree.nodes().len();
        if n_nodes >= self.nodes_seen.get() + NODES_PER_LOOK {
            self.measure();
        }
        result
    }

    fn end(&self) {
        self.tree.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.tree
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}
