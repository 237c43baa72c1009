use crate::constraint::Constraint;
use crate::layers::{At, read_node};
use crate::problem::{Place, SettingsProblem, nearest};
use crate::tree::{Document, Node, Value};

/// Reads the keys of one section, then reports those that nothing asked for.
#[derive(Debug)]
pub(crate) struct Fields<'a, 'p> {
    document: &'a Document,
    node: &'a Node,
    /// Dotted path of the section, for messages.
    path: String,
    known: Vec<&'static str>,
    pub(crate) problems: &'p mut Vec<SettingsProblem>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// `None` when the node is no section; that is then reported.
    pub(crate) fn open(
        document: &'a Document,
        node: &'a Node,
        path: String,
        problems: &'p mut Vec<SettingsProblem>,
    ) -> Option<Self> {
        if matches!(node.value, Value::Broken) {
            return None;
        }
        if !matches!(node.value, Value::Map(_)) {
            problems.push(SettingsProblem {
                place: document.place(node.at),
                key: path,
                read: node.shown(),
                allowed: "a section with keys".to_owned(),
                hint: None,
            });
            return None;
        }
        Some(Self {
            document,
            node,
            path,
            known: Vec::new(),
            problems,
        })
    }

    pub(crate) fn key(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// The node of a key, whatever it is; a null is as good as none.
    pub(crate) fn node(&mut self, name: &'static str) -> Option<&'a Node> {
        self.known.push(name);
        self.node.child(name).filter(|node| !node.is_null())
    }

    /// The value of a key that may be missing.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        rule: &Constraint<T>,
    ) -> Option<At<T>> {
        let node = self.node(name)?;
        read_node(&self.key(name), self.document, node, rule, self.problems)
    }

    /// The value of a key that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        rule: &Constraint<T>,
    ) -> Option<At<T>> {
        if self.node.child(name).is_none_or(Node::is_null) {
            self.missing(name, &rule.allowed);
        }
        self.optional(name, rule)
    }

    /// Whether a key is missing, null or an empty list.
    pub(crate) fn is_without(&self, name: &str) -> bool {
        self.node.child(name).is_none_or(|node| {
            node.is_null() || matches!(&node.value, Value::List(items) if items.is_empty())
        })
    }

    pub(crate) fn missing(&mut self, name: &'static str, allowed: &str) {
        let place = self.document.place(self.node.at);
        let mut problem = self.problem(place, name, "nothing", allowed);
        problem.hint = Some("the key is missing or empty".to_owned());
        self.problems.push(problem);
    }

    /// The nodes of a list.
    fn list(&mut self, name: &'static str, allowed: &str) -> Option<&'a [Node]> {
        let node = self.node(name)?;
        match &node.value {
            Value::List(items) => Some(items),
            Value::Broken => None,
            Value::Scalar(_) | Value::Map(_) => {
                let problem =
                    self.problem(self.document.place(node.at), name, &node.shown(), allowed);
                self.problems.push(problem);
                None
            }
        }
    }

    /// The values of a list, each with its place.
    pub(crate) fn each<T>(
        &mut self,
        name: &'static str,
        allowed: &str,
        rule: &Constraint<T>,
    ) -> Option<Vec<At<T>>> {
        let nodes = self.list(name, allowed)?;
        let key = self.key(name);
        let read = nodes
            .iter()
            .filter_map(|node| read_node(&key, self.document, node, rule, self.problems));
        Some(read.collect())
    }

    /// Reports a key that is known, but not in this kind of section.
    pub(crate) fn foreign(&mut self, name: &'static str, allowed: &str) {
        if let Some(node) = self.node(name) {
            let problem = self.problem(self.document.place(node.at), name, &node.shown(), allowed);
            self.problems.push(problem);
        }
    }

    pub(crate) fn problem(
        &self,
        place: Place,
        name: &str,
        read: &str,
        allowed: &str,
    ) -> SettingsProblem {
        SettingsProblem {
            place,
            key: self.key(name),
            read: read.to_owned(),
            allowed: allowed.to_owned(),
            hint: None,
        }
    }

    /// Reports keys that nothing asked for.
    pub(crate) fn finish(mut self) {
        self.known.sort_unstable();
        self.known.dedup();
        for (key, _) in self.node.entries() {
            if self.known.contains(&key.text.as_str()) {
                continue;
            }
            let near = nearest(&key.text, self.known.iter().copied());
            self.problems.push(SettingsProblem {
                place: self.document.place(key.at),
                key: self.path.clone(),
                read: format!("the unknown key {:?}", key.text),
                allowed: self.known.join(", "),
                hint: near.map(|near| format!("did you mean {near}?")),
            });
        }
    }
}
