//! A YAML file as a tree whose every node knows its line and column.
//!
//! Built from the parser's events and not through serde: a deserializer stops at the first
//! mistake and resolves `NO`, `0700` and `1e5` before anyone can ask what was written. Here a plain
//! scalar is the text as written, and its meaning is decided by the setting that reads it.

mod parse;
#[cfg(test)]
mod tests;

use super::problem::Place;

/// Line and column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Position {
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
    /// The node at a path of keys.
    pub(super) fn find(&self, path: &[String]) -> Option<&Node> {
        path.iter()
            .try_fold(&self.root, |node, key| node.child(key))
    }

    pub(super) fn place(&self, at: Position) -> Place {
        at.in_file(&self.name)
    }
}
