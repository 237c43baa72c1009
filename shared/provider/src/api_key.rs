use std::fmt;

use reqwest::header::HeaderValue;

/// What a vendor's account is known by. It goes into requests and nowhere else: `Debug` hides it, there
/// is no `Display`, and it is taken out of what a vendor repeats.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Why text is no key. Never shows any part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing, or blanks.
    #[error("the key is empty")]
    Empty,
    /// Something that no header and no key has: a blank inside, a line break, a letter with an accent.
    #[error("the key has a character that no key has; allowed are visible ASCII characters")]
    Character,
}

impl ApiKey {
    /// Reads a key; blanks and line breaks around it are left out.
    ///
    /// # Errors
    /// [`KeyError`] when nothing is left, or something that is not visible ASCII.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The key itself, for a request.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The key behind `prefix` as a header that debug output hides.
    pub(crate) fn header(&self, prefix: &str) -> Result<HeaderValue, KeyError> {
        let header = HeaderValue::from_str(&format!("{prefix}{}", self.0));
        let mut header = header.map_err(|_| KeyError::Character)?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// `text` without the key.
    pub(crate) fn redacted_in(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_to_nobody_and_its_errors_show_nothing_of_it() {
        let key = ApiKey::parse(" hunter2.abc\n").unwrap();
        assert_eq!(key.expose(), "hunter2.abc");
        assert_eq!(format!("{key:?}"), "ApiKey(***)");
        let header = key.header("Token ").unwrap();
        assert_eq!(format!("{header:?}"), "Sensitive");
        assert_eq!(key.redacted_in("no hunter2.abc here"), "no *** here");
        assert_eq!(ApiKey::parse(" \n"), Err(KeyError::Empty));
        for bad in ["hunter 2", "hunter\n2", "hünter2", "hunter\u{0}2"] {
            let error = ApiKey::parse(bad).unwrap_err();
            assert_eq!(error, KeyError::Character);
            assert!(!error.to_string().contains("hunter"));
        }
    }
}
