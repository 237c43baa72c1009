//! A store of answers and histories that forgets the oldest when it is full.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;

/// Keeps values up to a total weight; first in, first out.
pub(super) struct Bounded<K, V> {
    values: HashMap<K, (V, usize)>,
    order: VecDeque<K>,
    weight: usize,
    limit: usize,
}

impl<K: Clone + Eq + Hash, V: Clone> Bounded<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            values: HashMap::new(),
            order: VecDeque::new(),
            weight: 0,
            limit,
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.values.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps `value`; one that alone is over the limit is kept until the next comes.
    pub(super) fn put(&mut self, key: K, value: V, weight: usize) {
        if let Some((_, replaced)) = self.values.insert(key.clone(), (value, weight)) {
            self.weight -= replaced;
        } else {
            self.order.push_back(key);
        }
        self.weight += weight;
        while self.weight > self.limit && self.order.len() > 1 {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some((_, weight)) = self.values.remove(&oldest) {
                self.weight -= weight;
            }
        }
    }
}

impl<K, V> fmt::Debug for Bounded<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bounded({} of {})", self.weight, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_when_the_limit_is_passed() {
        let mut bounded = Bounded::new(10);
        bounded.put("a", 1, 6);
        bounded.put("b", 2, 4);
        assert_eq!((bounded.get(&"a"), bounded.get(&"b")), (Some(1), Some(2)));
        bounded.put("c", 3, 5);
        assert_eq!(
            (bounded.get(&"a"), bounded.get(&"b"), bounded.get(&"c")),
            (None, Some(2), Some(3))
        );
        bounded.put("huge", 4, 99);
        assert_eq!((bounded.get(&"c"), bounded.get(&"huge")), (None, Some(4)));
    }
}
