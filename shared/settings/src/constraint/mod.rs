//! What may stand in one setting, as a value: a sentence for the message and a reader.

mod number;
mod text;

use std::fmt;

use super::tree::Scalar;

pub(super) use number::{
    count, count_u32, duration, duration_or_none, flag, number, rate, size, wait, whole,
};
pub(super) use text::{base_address, date, header, lake_csv, line, one_of, one_of_names};

/// Why a value was refused, where the sentence of what is allowed does not say it all.
pub(super) type Hint = Option<String>;

type Read<T> = Box<dyn Fn(&Scalar) -> Result<T, Hint>>;

/// What one setting may be.
pub(super) struct Constraint<T> {
    /// What may stand there, to be read after "allowed: ".
    pub(super) allowed: String,
    pub(super) read: Read<T>,
    pub(super) is_secret: bool,
}

impl<T> fmt::Debug for Constraint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.allowed)
    }
}

impl<T: 'static> Constraint<T> {
    pub(super) fn new(
        allowed: impl Into<String>,
        read: impl Fn(&Scalar) -> Result<T, Hint> + 'static,
    ) -> Self {
        Self {
            allowed: allowed.into(),
            read: Box::new(read),
            is_secret: false,
        }
    }

    /// A rule over text that the sentence explains in full.
    pub(super) fn matching(
        allowed: impl Into<String>,
        read: impl Fn(&str) -> Option<T> + 'static,
    ) -> Self {
        Self::new(allowed, move |scalar| {
            if scalar.is_null() {
                return Err(None);
            }
            read(&scalar.text).ok_or(None)
        })
    }

    /// The same text, read on into a narrower type.
    pub(super) fn then<U: 'static>(
        self,
        narrow: impl Fn(T) -> Option<U> + 'static,
    ) -> Constraint<U> {
        let read = self.read;
        Constraint::new(self.allowed, move |scalar| {
            narrow(read(scalar)?).ok_or(None)
        })
    }

    /// The same rule for a secret: the message must not show what was read.
    pub(super) fn hidden(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }

    /// The same value, or nothing.
    pub(super) fn or_nothing(self) -> Constraint<Option<T>> {
        let read = self.read;
        Constraint::new(format!("{}, or null", self.allowed), move |scalar| {
            if scalar.is_null() {
                Ok(None)
            } else {
                read(scalar).map(Some)
            }
        })
    }
}

#[cfg(test)]
fn read<T>(constraint: &Constraint<T>, text: &str, style: super::tree::Style) -> Result<T, Hint> {
    (constraint.read)(&Scalar {
        text: text.to_owned(),
        style,
    })
}
