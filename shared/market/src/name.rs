use std::fmt;
use std::sync::Arc;

/// Why text cannot name a universe or a phase, which are parts of file names in the lake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name {read:?} is not a letter followed by up to 63 lower-case letters, digits and '_'")]
pub struct NameError {
    read: String,
}

/// A rule of names in words, for problems.
pub const NAME_RULE: &str = "a lower-case letter, then lower-case letters, digits and '_'";

fn parse_name(text: &str) -> Result<Arc<str>, NameError> {
    let good = text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if good {
        Ok(text.into())
    } else {
        Err(NameError {
            read: text.to_owned(),
        })
    }
}

/// The name of one universe: `us_sp500`, as in `meta/universe_us_sp500.csv`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniverseName(Arc<str>);

/// The name of a phase, a set of universes: `phase_1`, as in `meta/universe_phase_1.csv`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhaseName(Arc<str>);

impl UniverseName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`NameError`] unless it is a lower-case letter and up to 63 lower-case letters, digits and `_`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        parse_name(text).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PhaseName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`NameError`] unless it is a lower-case letter and up to 63 lower-case letters, digits and `_`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        parse_name(text).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The union of a phase is a universe of the phase's name.
impl From<PhaseName> for UniverseName {
    fn from(phase: PhaseName) -> Self {
        Self(phase.0)
    }
}

impl fmt::Display for UniverseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniverseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PhaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_in_a_file_name() {
        assert!(UniverseName::parse("us_sp500").is_ok());
        let long = "a".repeat(65);
        for bad in ["", "US", "1a", "_a", "a-b", "a/b", "a.b", "ä", &long] {
            assert!(UniverseName::parse(bad).is_err(), "{bad}");
        }
    }
}
