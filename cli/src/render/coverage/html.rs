//! Text inside HTML. Symbols and reasons come from outside: nothing reaches the page unescaped.

use std::fmt;

/// Text for element content and quoted attributes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, special) = rest.split_at(at);
            f.write_str(before)?;
            f.write_str(match special.as_bytes().first() {
                Some(b'&') => "&amp;",
                Some(b'<') => "&lt;",
                Some(b'>') => "&gt;",
                Some(b'"') => "&quot;",
                _ => "&#39;",
            })?;
            rest = special.get(1..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

/// A body row's cell with a number; 0 is left out of the picture but not of the sorting.
pub(super) fn number(n: usize) -> String {
    match n {
        0 => "<td class=\"n\" data-v=\"0\"></td>".to_owned(),
        n => format!("<td class=\"n\">{}</td>", super::grouped(n)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_from_outside_can_be_markup() {
        assert_eq!(
            Escaped("<script>'a' & \"b\"</script> é").to_string(),
            "&lt;script&gt;&#39;a&#39; &amp; &quot;b&quot;&lt;/script&gt; é"
        );
        assert_eq!(Escaped("").to_string(), "");
        assert_eq!(Escaped("AAPL").to_string(), "AAPL");
    }
}
