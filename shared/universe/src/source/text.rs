//! White space and footnotes of text that people wrote.

/// Text with each run of white space (no-break spaces and line breaks too) as one space, and
/// without characters that nobody sees.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !is_invisible(c) {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(c);
        }
    }
    folded
}

/// Zero width, soft hyphen, marks of direction: pages hide them in codes.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

/// Folded text without footnote marks such as `[1]`, `[b]` and `[note 2]`.
pub(super) fn without_footnotes(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let (before, bracket) = rest.split_at(open);
        cleaned.push_str(before);
        let close = bracket
            .find(']')
            .filter(|&close| is_footnote(&bracket[1..close]));
        let taken = close.map_or(1, |close| close + 1);
        if close.is_none() {
            cleaned.push('[');
        }
        rest = &bracket[taken..];
    }
    cleaned.push_str(rest);
    fold(&cleaned)
}

/// What stands in a footnote's brackets: a number, a letter, or `note` and one of them.
fn is_footnote(inside: &str) -> bool {
    let inside = inside.trim();
    let inside = ["note", "nb", "n", "a"]
        .iter()
        .find_map(|word| inside.strip_prefix(word)?.strip_prefix([' ', '\u{a0}']))
        .unwrap_or(inside);
    let is_number = (1..=3).contains(&inside.len()) && inside.bytes().all(|b| b.is_ascii_digit());
    let is_letter = inside.len() == 1 && inside.bytes().all(|b| b.is_ascii_lowercase());
    is_number || is_letter || inside == "citation needed"
}

/// How names of columns are compared: folded, without footnotes and case.
pub(super) fn key(name: &str) -> String {
    without_footnotes(name).to_lowercase()
}

/// `text` if there is any.
pub(super) fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Characters of a name that a message shows.
const SHOWN_CHARS: usize = 60;

/// The beginning of a text, for messages.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_folded_and_what_nobody_sees_is_dropped() {
        for (text, expect) in [
            ("  a\u{a0}\n\t b ", "a b"),
            ("SEHK:\u{a0}5", "SEHK: 5"),
            ("\u{feff}Symbol\u{200b}", "Symbol"),
            ("BRK\u{ad}.B", "BRK.B"),
            ("\u{3000}", ""),
        ] {
            assert_eq!(fold(text), expect, "{text:?}");
        }
    }

    #[test]
    fn footnotes_go_and_other_brackets_stay() {
        for (text, expect) in [
            ("November 1, 2022[4]", "November 1, 2022"),
            ("Alphabet[a] Inc.[note 2][12]", "Alphabet Inc."),
            ("S&P [sic] 500", "S&P [sic] 500"),
            ("open [1", "open [1"),
            ("[", "["),
            ("[]", "[]"),
            ("[[1]]", "[]"),
            ("x[2021]", "x[2021]"),
            ("é[1]é", "éé"),
        ] {
            assert_eq!(without_footnotes(text), expect, "{text:?}");
        }
    }
}
