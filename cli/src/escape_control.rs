//! Text from outside on a terminal. A vendor's message or a file's name may hold escape sequences that
//! move the cursor, change the title or hide what stands before them.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every character that steers a terminal, or turns the direction of writing, as `\u001b`.
///
/// The same in a JSON string, where it is the same character. Line ends and tabs stay.
pub(crate) fn escape_control(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts_on_terminal) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push(&mut shown, character);
    }
    Cow::Owned(shown)
}

/// The same for a line of the log, of which colours stay: they are our own, and of others' harmless.
pub(crate) fn escape_control_line(line: &[u8]) -> Cow<'_, [u8]> {
    let text = String::from_utf8_lossy(line);
    if !text.chars().any(acts_on_terminal) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest: &str = &text;
    while let Some(character) = rest.chars().next() {
        let length = colour(rest).unwrap_or_default();
        let (colour, after) = rest.split_at(length);
        shown.push_str(colour);
        rest = after;
        if length == 0 {
            push(&mut shown, character);
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    Cow::Owned(shown.into_bytes())
}

fn push(shown: &mut String, character: char) {
    if acts_on_terminal(character) {
        // Writing to a String cannot fail. All of them are below U+10000.
        let _ = write!(shown, "\\u{:04x}", u32::from(character));
    } else {
        shown.push(character);
    }
}

fn acts_on_terminal(character: char) -> bool {
    let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// Length of the sequence that sets a colour, if `text` begins with one.
fn colour(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    numbers[end..].starts_with('m').then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_and_not_done() {
        let title = "bad \u{1b}]0;owned\u{7} \u{9b}2J \u{7f}\r\u{202e}txt";
        assert_eq!(
            escape_control(title),
            "bad \\u001b]0;owned\\u0007 \\u009b2J \\u007f\\u000d\\u202etxt"
        );
        assert!(matches!(
            escape_control("Zürich │ 日本\n\t1"),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn json_stays_the_same_json() {
        let name = "a\u{9b}\u{7f}\u{202e}b";
        let text = serde_json::to_string(name).unwrap();
        let read: String = serde_json::from_str(&escape_control(&text)).unwrap();
        assert_eq!(read, name);
    }

    #[test]
    fn a_log_keeps_its_colours_and_nothing_else() {
        let line = "\u{1b}[32m INFO\u{1b}[0m \u{1b}[2J\u{1b}[1;31mred \u{1b}]0;x\u{7} é\n";
        let shown = escape_control_line(line.as_bytes());
        let expect = "\u{1b}[32m INFO\u{1b}[0m \\u001b[2J\u{1b}[1;31mred \\u001b]0;x\\u0007 é\n";
        assert_eq!(String::from_utf8_lossy(&shown), expect);
        assert_eq!(escape_control_line(b"\x1b").as_ref(), b"\\u001b");
    }
}
