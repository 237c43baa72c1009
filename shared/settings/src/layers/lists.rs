//! Settings that are lists.

use super::{At, Layers, path, read_node};
use crate::constraint::Constraint;
use crate::problem::SettingsProblem;
use crate::tree::Value;

impl Layers<'_> {
    /// The strongest list of `key` in a file, each entry by `rule`; an empty one is a choice too.
    pub(in super::super) fn list<T>(
        &mut self,
        key: &str,
        rule: &Constraint<T>,
    ) -> Option<Vec<At<T>>> {
        let path = path(key);
        let found = self.find(&path);
        self.known.insert(path.clone());
        let Some((document, node)) = found else {
            self.report_missing(key, &path, &rule.allowed);
            return None;
        };
        let Value::List(nodes) = &node.value else {
            self.problems.push(SettingsProblem {
                place: document.place(node.at),
                key: key.to_owned(),
                read: node.shown(),
                allowed: format!(
                    "a list in brackets, [] or entries that are {}",
                    rule.allowed
                ),
                hint: None,
            });
            return None;
        };
        let read = nodes
            .iter()
            .map(|node| read_node(key, document, node, rule, &mut self.problems));
        // Every entry is read before the first bad one ends it: all mistakes at once.
        let read: Vec<Option<At<T>>> = read.collect();
        read.into_iter().collect()
    }

    /// [`Self::list`], or `None` inside where no file has the key.
    pub(in super::super) fn list_if_given<T>(
        &mut self,
        key: &str,
        rule: &Constraint<T>,
    ) -> Option<Option<Vec<At<T>>>> {
        match self.node(key) {
            Some(_) => self.list(key, rule).map(Some),
            None => Some(None),
        }
    }
}
