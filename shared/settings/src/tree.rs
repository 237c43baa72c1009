//! A YAML file as a tree whose every node knows its line and column.
//!
//! Built from the parser's events and not through serde: a deserializer stops at the first
//! mistake and resolves `NO`, `0700` and `1e5` before anyone can ask what was written. Here a plain
//! scalar is the text as written, and its meaning is decided by the setting that reads it.

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span};

use super::problem::{Place, SettingsProblem};

/// Longest file read; the shipped ones have about 6 KB.
const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting read; the settings need five levels.
const MAX_DEPTH: usize = 32;
/// Most keys of one section; beyond it, looking for a key again would take long.
const MAX_KEYS: usize = 1_000;

/// Line and column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Position {
    fn of(span: &Span) -> Self {
        Self {
            line: span.start.line(),
            column: span.start.col() + 1,
        }
    }

    pub(super) fn in_file(self, name: &str) -> Place {
        Place::File {
            name: name.to_owned(),
            line: self.line,
            column: self.column,
        }
    }
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
    /// Something whose problem is already told.
    Broken,
}

#[derive(Debug)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) at: Position,
}

/// One value as it was written.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) style: Style,
}

/// How a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In a file, without quotes.
    Plain,
    /// In a file, in quotes or as a block: always text.
    Quoted,
    /// In a variable or flag, which know no types.
    Outside,
}

impl Scalar {
    /// Whether it is YAML's "nothing".
    pub(super) fn is_null(&self) -> bool {
        self.style == Style::Plain
            && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The value for a message: cut when long, hidden when it may hold a secret.
    pub(super) fn shown(&self) -> String {
        let lower = self.text.to_ascii_lowercase();
        if self.is_null() {
            return "nothing".to_owned();
        }
        if ["accountkey=", "sharedaccesssignature", "sig="]
            .iter()
            .any(|mark| lower.contains(mark))
            || lower
                .split_once("://")
                .is_some_and(|(_, rest)| rest.contains('@'))
        {
            return "a value that may hold a secret and is not shown".to_owned();
        }
        let mut chars = self.text.chars();
        let head: String = chars.by_ref().take(60).collect();
        let tail = if chars.next().is_some() { "..." } else { "" };
        format!("{:?}", format!("{head}{tail}"))
    }
}

impl Node {
    /// What the node is, for a message.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Value::Scalar(scalar) => scalar.shown(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a section with keys".to_owned(),
            Value::Broken => "something unreadable".to_owned(),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    /// The entries of a map; none for anything else.
    pub(super) fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(name, _)| name.text == key)
            .map(|(_, node)| node)
    }
}

/// A parsed file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) root: Node,
}

impl Document {
    /// Parses `text`; `None` when it is not YAML at all. Problems that leave a tree to read
    /// (duplicate keys, aliases, tags) are told and parsing goes on.
    pub(super) fn parse(
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

    /// The node at a path of keys.
    pub(super) fn find(&self, path: &[String]) -> Option<&Node> {
        path.iter()
            .try_fold(&self.root, |node, key| node.child(key))
    }

    pub(super) fn place(&self, at: Position) -> Place {
        at.in_file(&self.name)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Option<Document>, Vec<String>) {
        let mut problems = Vec::new();
        let document = Document::parse("f.yaml", text, &mut problems);
        (document, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_scalar_is_the_text_as_written_with_its_position() {
        let (document, problems) = parse("a:\n  b: [NO, 0700, \"Y\", 1e5]\n  c:\n");
        let document = document.unwrap();
        assert_eq!(problems, [""; 0]);
        let list = document.find(&["a".to_owned(), "b".to_owned()]).unwrap();
        let Value::List(items) = &list.value else {
            panic!("{list:?}")
        };
        let shown: Vec<_> = items
            .iter()
            .map(|item| (item.shown(), item.at.line, item.at.column))
            .collect();
        let text = |s: &str| format!("{s:?}");
        assert_eq!(
            shown,
            [
                (text("NO"), 2, 7),
                (text("0700"), 2, 11),
                (text("Y"), 2, 17),
                (text("1e5"), 2, 22)
            ]
        );
        assert!(
            document
                .find(&["a".to_owned(), "c".to_owned()])
                .unwrap()
                .is_null()
        );
    }

    #[test]
    fn duplicates_aliases_tags_and_second_documents_are_told_and_reading_goes_on() {
        let (document, problems) =
            parse("a: &x 1\nb:\n  c: *x\n  c: 2\nd: !t 3\na: 4\n---\ne: 5\n");
        assert_eq!(
            problems,
            [
                "f.yaml:3:6: b.c: read an alias; allowed: the value itself, written out",
                "f.yaml:4:3: b: read the key \"c\" again, after line 3; allowed: each key once",
                "f.yaml:5:7: d: read a tag; allowed: values without tags",
                "f.yaml:6:1: read the key \"a\" again, after line 1; allowed: each key once",
                "f.yaml:7:1: read a second document; allowed: one document per file",
            ]
        );
        assert_eq!(document.unwrap().root.child("a").unwrap().shown(), "\"1\"");
    }

    #[test]
    fn what_is_not_yaml_is_one_problem_with_its_position() {
        let (document, problems) = parse("a: 1\nb: [1, 2\nc: 3\n");
        assert!(document.is_none());
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("f.yaml:3:"), "{problems:?}");
        let many: String = (0..50_000).map(|n| format!("k{n}: 1\n")).collect();
        let (_, problems) = parse(&many);
        assert_eq!(
            problems,
            ["f.yaml:1:1: read a section of 1000 keys or more; allowed: fewer keys"]
        );
        let (document, problems) = parse(&"[".repeat(100_000));
        assert!(document.is_none());
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn an_empty_file_is_an_empty_section() {
        for text in ["", "# nothing\n", "\u{feff}"] {
            let (document, problems) = parse(text);
            assert_eq!(problems, [""; 0]);
            assert!(document.unwrap().root.entries().is_empty());
        }
    }
}
