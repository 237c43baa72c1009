//! Text → [`Document`]: the parser's events put together, with every problem of the text told.

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span};

use super::{Document, Key, Node, Position, Scalar, Style, Value};
use crate::problem::SettingsProblem;

/// Longest file read; the shipped ones have about 6 KB.
const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting read; the settings need five levels.
const MAX_DEPTH: usize = 32;
/// Most keys of one section; beyond it, looking for a key again would take long.
const MAX_KEYS: usize = 1_000;

impl Position {
    fn of(span: &Span) -> Self {
        Self {
            line: span.start.line(),
            column: span.start.col() + 1,
        }
    }
}

impl Document {
    /// Parses `text`; `None` when it is not YAML at all. Problems that leave a tree to read
    /// (duplicate keys, aliases, tags) are told and parsing goes on.
    pub(crate) fn parse(
        name: &str,
        text: &str,
        problems: &mut Vec<SettingsProblem>,
    ) -> Option<Self> {
        let mut report_problem = |at: Position, key: String, read: String, allowed: &str| {
            problems.push(SettingsProblem {
                place: at.in_file(name),
                key,
                read,
                allowed: allowed.to_owned(),
                hint: None,
            });
        };
        let start = Position { line: 1, column: 1 };
        if text.len() > MAX_BYTES {
            let read = format!("a file of {} bytes", text.len());
            report_problem(start, String::new(), read, "at most 1 MiB");
            return None;
        }
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH
        };
        let mut builder = Builder::default();
        for event in Parser::new_from_str_with_options(text, options) {
            match event {
                Ok((event, span)) => builder.take(event, Position::of(&span)),
                Err(error) => {
                    let marker = error.marker();
                    let at = Position {
                        line: marker.line(),
                        column: marker.col() + 1,
                    };
                    report_problem(at, String::new(), error.info(), "YAML");
                    return None;
                }
            }
        }
        for problem in builder.problems {
            report_problem(problem.at, problem.key, problem.read, problem.allowed);
        }
        let root = builder.root.unwrap_or(Node {
            at: start,
            value: Value::Map(Vec::new()),
        });
        Some(Self {
            name: name.to_owned(),
            root,
        })
    }
}

struct SyntaxProblem {
    at: Position,
    key: String,
    read: String,
    allowed: &'static str,
}

/// A collection that is not closed yet.
enum Open {
    List(Position, Vec<Node>),
    Map(Position, Vec<(Key, Node)>, Pending),
}

/// What a map waits for.
enum Pending {
    Key,
    Value(Key),
    /// The value of a key that was refused; read and dropped.
    Dropped,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    n_documents: usize,
    problems: Vec<SyntaxProblem>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Position) {
        match event {
            Event::DocumentStart(..) => {
                self.n_documents += 1;
                if self.n_documents == 2 {
                    self.problem(at, "a second document".to_owned(), "one document per file");
                }
            }
            Event::Scalar(text, style, _, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    _ => Style::Quoted,
                };
                let scalar = Scalar {
                    text: text.into_owned(),
                    style,
                };
                let value = if tag.is_some() {
                    self.problem(at, "a tag".to_owned(), "values without tags");
                    Value::Broken
                } else {
                    Value::Scalar(scalar)
                };
                self.place(Node { at, value });
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.problem(at, "an alias".to_owned(), "the value itself, written out");
                self.place(Node {
                    at,
                    value: Value::Broken,
                });
            }
            Event::SequenceStart(..) => self.open.push(Open::List(at, Vec::new())),
            Event::MappingStart(..) => self.open.push(Open::Map(at, Vec::new(), Pending::Key)),
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop() {
                    Some(Open::List(at, items)) => Node {
                        at,
                        value: Value::List(items),
                    },
                    Some(Open::Map(at, entries, _)) => {
                        if entries.len() == MAX_KEYS {
                            let read = format!("a section of {MAX_KEYS} keys or more");
                            self.problem(at, read, "fewer keys");
                        }
                        Node {
                            at,
                            value: Value::Map(entries),
                        }
                    }
                    None => return,
                };
                self.place(node);
            }
            _ => {}
        }
    }

    /// Puts a finished node where the innermost open collection wants it.
    fn place(&mut self, node: Node) {
        let path = self.path();
        match self.open.last_mut() {
            None if self.n_documents <= 1 => self.root = Some(node),
            None => {}
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, pending)) => {
                match std::mem::replace(pending, Pending::Key) {
                    Pending::Value(key) => entries.push((key, node)),
                    Pending::Dropped => {}
                    Pending::Key => {
                        let Value::Scalar(scalar) = node.value else {
                            *pending = Pending::Dropped;
                            self.problems.push(SyntaxProblem {
                                at: node.at,
                                key: path,
                                read: "a key that is not text".to_owned(),
                                allowed: "text before the colon",
                            });
                            return;
                        };
                        if entries.len() == MAX_KEYS {
                            *pending = Pending::Dropped;
                            return;
                        }
                        let first = entries.iter().find(|(key, _)| key.text == scalar.text);
                        if let Some((first, _)) = first {
                            self.problems.push(SyntaxProblem {
                                at: node.at,
                                key: path,
                                read: format!(
                                    "the key {:?} again, after line {}",
                                    scalar.text, first.at.line
                                ),
                                allowed: "each key once",
                            });
                            *pending = Pending::Dropped;
                        } else {
                            *pending = Pending::Value(Key {
                                text: scalar.text,
                                at: node.at,
                            });
                        }
                    }
                }
            }
        }
    }

    fn problem(&mut self, at: Position, read: String, allowed: &'static str) {
        let key = self.path();
        self.problems.push(SyntaxProblem {
            at,
            key,
            read,
            allowed,
        });
    }

    /// The keys that lead to the innermost open collection, dotted.
    fn path(&self) -> String {
        let keys = self.open.iter().filter_map(|open| match open {
            Open::Map(_, _, Pending::Value(key)) => Some(key.text.as_str()),
            _ => None,
        });
        keys.collect::<Vec<_>>().join(".")
    }
}
