//! The four layers of a setting, from weakest: built-in file, the user's file, variable, flag.

mod lists;

use std::collections::{BTreeMap, BTreeSet};

use super::constraint::Constraint;
use super::env::{self, EnvMap};
use super::overrides::Overrides;
use super::problem::{Place, SettingsProblem, nearest};
use super::removed;
use super::tree::{Document, Node, Scalar, Style, Value};

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
    /// The value as it may be shown.
    pub(super) shown: String,
}

/// Reads settings one by one, keeps every problem and remembers which keys exist.
#[derive(Debug)]
pub(super) struct Layers<'a> {
    built_in: &'a Document,
    file: Option<&'a Document>,
    env: &'a EnvMap,
    flags: &'a Overrides,
    known: BTreeSet<Vec<String>>,
    pub(super) problems: Vec<SettingsProblem>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(
        built_in: &'a Document,
        file: Option<&'a Document>,
        env: &'a EnvMap,
        flags: &'a Overrides,
    ) -> Self {
        Self {
            built_in,
            file,
            env,
            flags,
            known: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// The strongest value of `key` (dotted). Every layer is checked, also one that another hides.
    /// `None` when there is no good value; the problem is then reported.
    pub(super) fn read<T>(&mut self, key: &str, rule: &Constraint<T>) -> Option<At<T>> {
        let path = path(key);
        let mut best = self.read_files(key, &path, rule);
        if best.is_none() && self.find(&path).is_none() {
            self.report_missing(key, &path, &rule.allowed);
        }
        self.known.insert(path);
        best = self.read_environment(key, rule).or(best);
        if let Some((flag, text)) = self.flags.of(key) {
            let place = Place::Flag(flag.to_owned());
            best = self.read_outside(key, place, text, rule).or(best);
        }
        best
    }

    /// [`Self::read`], without the place.
    pub(super) fn value<T>(&mut self, key: &str, rule: &Constraint<T>) -> Option<T> {
        self.read(key, rule).map(|at| at.value)
    }

    /// [`Self::read`], or `None` inside where no file has the key.
    pub(super) fn read_if_given<T>(
        &mut self,
        key: &str,
        rule: &Constraint<T>,
    ) -> Option<Option<At<T>>> {
        match self.node(key) {
            Some(_) => self.read(key, rule).map(Some),
            None => Some(None),
        }
    }

    /// The strongest node of `key` in a file, whatever it is, for a reader of its own; a null is as good as
    /// none.
    pub(super) fn node(&mut self, key: &str) -> Option<(&'a Document, &'a Node)> {
        let path = path(key);
        let found = self.find(&path).filter(|(_, node)| !node.is_null());
        self.known.insert(path);
        found
    }

    /// A section in both files, the shipped one first: for those whose keys are names of somebody's own.
    pub(super) fn section(
        &mut self,
        key: &str,
    ) -> impl Iterator<Item = (&'a Document, &'a Node)> + use<'a> {
        let path = path(key);
        let found = [Some(self.built_in), self.file].map(|document| {
            let document = document?;
            Some((document, document.find(&path)?))
        });
        self.known.insert(path);
        found.into_iter().flatten()
    }

    /// The value of a setting that only the environment has.
    pub(super) fn read_environment<T>(&mut self, key: &str, rule: &Constraint<T>) -> Option<At<T>> {
        let mut best = None;
        for variable in env::variables()
            .iter()
            .filter(|variable| variable.key == key)
        {
            if let Some(text) = self.env.get(variable.name) {
                let place = Place::Variable(variable.name.to_owned());
                let read = self.read_outside(key, place, text, rule);
                best = best.or(read);
            }
        }
        best
    }

    /// The keys of a section in either file, with the place of each.
    pub(super) fn keys(&self, section: &str) -> BTreeMap<String, Place> {
        let path = path(section);
        let mut keys = BTreeMap::new();
        for document in [Some(self.built_in), self.file].into_iter().flatten() {
            let entries = document.find(&path).map(Node::entries).unwrap_or_default();
            for (key, _) in entries {
                keys.insert(key.text.clone(), document.place(key.at));
            }
        }
        keys
    }

    /// Notes a section that may be there without any key.
    pub(super) fn allow_empty(&mut self, section: &str) {
        self.known.insert(path(section));
    }

    /// Marks a key as reported, so that [`Self::finish`] does not report it or a key below it.
    pub(super) fn ignore(&mut self, path: &[&str]) {
        let path = path.iter().map(|part| (*part).to_owned());
        self.known.insert(path.collect());
    }

    pub(super) fn report_problem<T>(&mut self, key: &str, at: &At<T>, allowed: String) {
        self.problems.push(SettingsProblem {
            place: at.place.clone(),
            key: key.to_owned(),
            read: at.shown.clone(),
            allowed,
            hint: None,
        });
    }

    /// Reports keys and variables that nothing reads; all settings must have been read before.
    pub(super) fn finish(mut self) -> Vec<SettingsProblem> {
        if let Some(file) = self.file {
            self.report_unknown_keys(file, &file.root, &mut Vec::new());
        }
        for name in self.env.names() {
            if let Some(removed) = removed::by_variable(name)
                && self.env.get(name).is_some()
            {
                self.problems.push(SettingsProblem {
                    place: Place::Variable(name.to_owned()),
                    key: removed.key.to_owned(),
                    read: removed::READ.to_owned(),
                    allowed: format!("nothing: {}", removed.instead),
                    hint: Some("unset the variable".to_owned()),
                });
                continue;
            }
            let names = || env::variables().iter().map(|variable| variable.name);
            let ours = env::OWN_PREFIXES
                .iter()
                .any(|prefix| name.starts_with(prefix));
            if !ours || names().any(|known| known == name) || self.env.get(name).is_none() {
                continue;
            }
            if let Some(near) = nearest(name, names()) {
                self.problems.push(SettingsProblem {
                    place: Place::Variable(name.to_owned()),
                    key: String::new(),
                    read: "a variable that nobody reads".to_owned(),
                    allowed: "the variables of docs/configuration.md".to_owned(),
                    hint: Some(format!("did you mean {near}?")),
                });
            }
        }
        self.problems
    }

    fn find(&self, path: &[String]) -> Option<(&'a Document, &'a Node)> {
        [self.file, Some(self.built_in)]
            .into_iter()
            .flatten()
            .find_map(|document| Some((document, document.find(path)?)))
    }

    fn read_files<T>(&mut self, key: &str, path: &[String], rule: &Constraint<T>) -> Option<At<T>> {
        let (document, node) = self.find(path)?;
        read_node(key, document, node, rule, &mut self.problems)
    }

    fn read_outside<T>(
        &mut self,
        key: &str,
        place: Place,
        text: &str,
        rule: &Constraint<T>,
    ) -> Option<At<T>> {
        let scalar = Scalar {
            text: text.to_owned(),
            style: Style::Outside,
        };
        read_scalar(key, place, &scalar, rule, &mut self.problems)
    }

    fn report_missing(&mut self, key: &str, path: &[String], allowed: &str) {
        let section = &path[..path.len().saturating_sub(1)];
        let (document, node) = self
            .find(section)
            .unwrap_or((self.built_in, &self.built_in.root));
        self.problems.push(SettingsProblem {
            place: document.place(node.at),
            key: key.to_owned(),
            read: "nothing".to_owned(),
            allowed: allowed.to_owned(),
            hint: Some("the key is missing".to_owned()),
        });
    }

    fn report_unknown_keys(&mut self, file: &Document, node: &Node, path: &mut Vec<String>) {
        if !matches!(node.value, Value::Map(_)) {
            // A section whose keys are all commented out is one without keys.
            if !node.is_null() && !matches!(node.value, Value::Broken) {
                let keys = self.known_below(path);
                self.problems.push(SettingsProblem {
                    place: file.place(node.at),
                    key: path.join("."),
                    read: node.shown(),
                    allowed: format!("a section with the keys {}", keys.join(", ")),
                    hint: None,
                });
            }
            return;
        }
        for (key, child) in node.entries() {
            path.push(key.text.clone());
            if self
                .known
                .iter()
                .any(|known| known.len() > path.len() && known.starts_with(path))
            {
                self.report_unknown_keys(file, child, path);
            } else if let Some(removed) = removed::by_key(path) {
                self.problems.push(SettingsProblem {
                    place: file.place(key.at),
                    key: removed.key.to_owned(),
                    read: removed::READ.to_owned(),
                    allowed: format!("nothing: {}", removed.instead),
                    hint: Some("delete the key".to_owned()),
                });
            } else if !self.known.contains(path) {
                path.pop();
                let keys = self.known_below(path);
                self.problems.push(SettingsProblem {
                    place: file.place(key.at),
                    key: path.join("."),
                    read: format!("the unknown key {:?}", key.text),
                    allowed: keys.join(", "),
                    hint: self.meant(&key.text, &keys),
                });
                continue;
            }
            path.pop();
        }
    }

    fn meant(&self, key: &str, siblings: &[String]) -> Option<String> {
        if key.to_ascii_lowercase().contains("connection_string") {
            return Some("a secret: set the variable AZURE_STORAGE_CONNECTION_STRING".to_owned());
        }
        if let Some(near) = nearest(key, siblings.iter().map(String::as_str)) {
            return Some(format!("did you mean {near}?"));
        }
        let elsewhere = self.known.iter().find(|known| {
            known.first().is_some_and(|first| first != "exchanges")
                && known.last().is_some_and(|last| last == key)
        })?;
        Some(format!("did you mean {}?", elsewhere.join(".")))
    }

    /// The keys that a section may have.
    fn known_below(&self, path: &[String]) -> Vec<String> {
        let below = self
            .known
            .iter()
            .filter(|known| known.starts_with(path))
            .filter_map(|known| known.get(path.len()).cloned());
        below.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn path(key: &str) -> Vec<String> {
    key.split('.').map(str::to_owned).collect()
}

/// Reads one value of a file.
pub(super) fn read_node<T>(
    key: &str,
    document: &Document,
    node: &Node,
    rule: &Constraint<T>,
    problems: &mut Vec<SettingsProblem>,
) -> Option<At<T>> {
    let place = document.place(node.at);
    match &node.value {
        Value::Broken => None,
        Value::Scalar(scalar) => read_scalar(key, place, scalar, rule, problems),
        Value::List(_) | Value::Map(_) => {
            problems.push(SettingsProblem {
                place,
                key: key.to_owned(),
                read: node.shown(),
                allowed: rule.allowed.clone(),
                hint: None,
            });
            None
        }
    }
}

fn read_scalar<T>(
    key: &str,
    place: Place,
    scalar: &Scalar,
    rule: &Constraint<T>,
    problems: &mut Vec<SettingsProblem>,
) -> Option<At<T>> {
    let shown = if rule.is_secret {
        "a value that is not shown".to_owned()
    } else {
        scalar.shown()
    };
    match (rule.read)(scalar) {
        Ok(value) => Some(At {
            value,
            place,
            shown,
        }),
        Err(hint) => {
            problems.push(SettingsProblem {
                place,
                key: key.to_owned(),
                read: shown,
                allowed: rule.allowed.clone(),
                hint,
            });
            None
        }
    }
}
