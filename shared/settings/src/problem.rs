use std::fmt;

/// Where a setting was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// A position in a file; line and column count from 1, columns in characters.
    File {
        name: String,
        line: usize,
        column: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag of the command line, with its dashes.
    Flag(String),
}

impl Place {
    /// Whether nobody has set it: the value is the shipped default.
    pub(super) fn is_built_in(&self) -> bool {
        matches!(self, Self::File { name, .. } if name == super::resolve::BUILT_IN_NAME)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// One mistake in the settings: where it stands, what was read and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProblem {
    /// Where.
    pub place: Place,
    /// The setting, dotted from the top: `fetcher.max_workers`; empty for a file as a whole.
    pub key: String,
    /// What was read, quoted where it is the user's own text. Never a secret.
    pub read: String,
    /// What may stand there.
    pub allowed: String,
    /// What was probably meant, or why it was refused, if that is known.
    pub hint: Option<String>,
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "read {}; allowed: {}", self.read, self.allowed)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

/// Every mistake found, sorted by place; never empty when it is returned as an error.
///
/// Displayed one per line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsProblems(pub Vec<SettingsProblem>);

impl fmt::Display for SettingsProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// The name of `known` that `read` is a likely misspelling of.
pub(super) fn nearest<'a>(read: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| -> Vec<char> {
        name.chars()
            .take(64)
            .map(|c| {
                if c == '-' {
                    '_'
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect()
    };
    let read = plain(read);
    let bound = (read.len() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|name| (distance(&read, &plain(name)), name))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, name)| name)
}

/// Edits between two words; a swap of neighbours counts as one.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_finds_its_name_and_a_foreign_word_none() {
        let known = ["max_workers", "lookback_days", "chunk_size"];
        for (read, expect) in [
            ("max_wokers", Some("max_workers")),
            ("max-workers", Some("max_workers")),
            ("Lookback_Day", Some("lookback_days")),
            ("chunk_szie", Some("chunk_size")),
            ("threads", None),
            ("", None),
        ] {
            assert_eq!(nearest(read, known), expect, "{read}");
        }
    }
}
