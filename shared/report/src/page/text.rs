//! Text inside HTML and inside a script's data. Symbols and reasons come from outside: nothing reaches
//! the page unescaped, and nothing turns the direction of what stands beside it.

use std::fmt::{self, Write};

use jiff::Timestamp;

/// Text for element content and quoted attributes.
///
/// Characters that steer a terminal or turn the direction of writing are shown as `\u202e`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other if acts(other) => write!(f, "\\u{:04x}", u32::from(other))?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

fn acts(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// The text with its acting characters shown, for a script that shows it as text.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// JSON for a `<script type="application/json">`: the parser of HTML finds no end tag and no comment in
/// it, because `<`, `>` and `&` are written as escapes of JSON, which has them in texts only.
pub(super) fn json_in_html(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        match character {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            other => text.push(other),
        }
    }
    text
}

/// `2024-07-13 05:00 UTC`
pub(super) fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `99.97 %`: rounded down, so that only a full lake has 100 %.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", (share * 10_000.0).floor() / 100.0)
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

    #[test]
    fn no_text_from_outside_turns_the_direction_of_others() {
        let name = "a\u{202e}b\u{2066}c\u{1b}";
        assert_eq!(Escaped(name).to_string(), "a\\u202eb\\u2066c\\u001b");
        assert_eq!(shown(name), Escaped(name).to_string());
        assert_eq!(shown("日本 é"), "日本 é");
    }

    #[test]
    fn data_of_a_script_cannot_end_it() {
        let json = serde_json::to_string("</script><!-- & \u{2028}").unwrap();
        let text = json_in_html(&json);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let back: String = serde_json::from_str(&text).unwrap();
        assert_eq!(back, "</script><!-- & \u{2028}");
    }
}
