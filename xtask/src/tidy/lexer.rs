//! Enough of Rust's lexical grammar to tell code from comments and literals.

/// A word or a mark of the code; comments are dropped, literals are kept as placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or keyword, without `r#`.
    Word(String),
    /// One character of punctuation.
    Mark(char),
    /// A string, character or number.
    Literal,
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Mark(_) | Kind::Literal => None,
        }
    }

    pub(super) fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

/// The tokens of a Rust file. Text that does not compile gives some tokens, never a panic.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: text,
        line: 1,
        tokens: Vec::new(),
    };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer<'text> {
    rest: &'text str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    /// Takes one token or one piece of white space; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        if first.is_whitespace() {
            self.skip(first.len_utf8());
        } else if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.skip(block_comment(self.rest));
        } else if let Some(length) = string(self.rest) {
            self.push(Kind::Literal, length);
        } else if first == '\'' {
            self.quote();
        } else if first.is_ascii_digit() {
            let length = self
                .rest
                .find(|it: char| !is_word(it))
                .unwrap_or(self.rest.len());
            self.push(Kind::Literal, length);
        } else if is_word(first) {
            if self.rest.starts_with("r#") {
                self.skip(2);
            }
            let length = self
                .rest
                .find(|it: char| !is_word(it))
                .unwrap_or(self.rest.len());
            let word = self.rest[..length].to_owned();
            self.push(Kind::Word(word), length.max(1));
        } else {
            self.push(Kind::Mark(first), first.len_utf8());
        }
        true
    }

    /// A lifetime (dropped) or a character.
    fn quote(&mut self) {
        let inner = &self.rest[1..];
        let word = inner.find(|it: char| !is_word(it)).unwrap_or(inner.len());
        if inner.starts_with('\\') {
            // The escaped character may itself be a quote.
            let escaped = 1 + inner.chars().nth(1).map_or(0, char::len_utf8);
            let end = inner[escaped..]
                .find('\'')
                .map_or(inner.len(), |at| escaped + at + 1);
            self.push(Kind::Literal, 1 + end);
        } else if let Some(one) = inner.chars().next()
            && inner[one.len_utf8()..].starts_with('\'')
        {
            self.push(Kind::Literal, 2 + one.len_utf8());
        } else {
            self.skip(1 + word);
        }
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.tokens.push(Token {
            line: self.line,
            kind,
        });
        self.skip(length);
    }

    fn skip(&mut self, length: usize) {
        let length = length.min(self.rest.len());
        self.line += self.rest[..length].matches('\n').count();
        self.rest = &self.rest[length..];
    }
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

/// Length of the comment that `text` starts with; comments nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// Length of the string that `text` starts with, of any kind; nothing if it starts with none.
fn string(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r"].into_iter().find(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(['"', '#']))
    });
    let prefix = prefix.unwrap_or("");
    let body = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        // Without the quote it is a raw identifier.
        let inner = body[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = inner
            .find(&close)
            .map_or(inner.len(), |at| at + close.len());
        return Some(prefix.len() + hashes + 1 + end);
    }
    let inner = body.strip_prefix('"')?;
    let mut escaped = false;
    for (at, it) in inner.char_indices() {
        match it {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(prefix.len() + 1 + at + 1),
            _ => {}
        }
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens as text, `_` for literals.
    fn check(text: &str, expect: &str) {
        let shown: Vec<String> = tokens(text)
            .into_iter()
            .map(|token| match token.kind {
                Kind::Word(word) => word,
                Kind::Mark(mark) => mark.to_string(),
                Kind::Literal => "_".to_owned(),
            })
            .collect();
        assert_eq!(shown.join(" "), expect, "{text}");
    }

    #[test]
    fn comments_and_literals_hide_what_they_contain() {
        check("a // b::c\nd", "a d");
        check("a /* b /* c */ d */ e", "a e");
        check("/* never closed", "");
        check(r#"f("std::fs \" x", b"y", c"z")"#, "f ( _ , _ , _ )");
        check(r###"f(r#"a " b"#, br"\", r"c")"###, "f ( _ , _ , _ )");
        check("\"never closed", "_");
        check("1.5e3 + 0x_ff_u8", "_ . _ + _");
    }

    #[test]
    fn lifetimes_are_not_characters() {
        check(
            "fn f<'a>(x: &'a str, y: &'static str)",
            "fn f < > ( x : & str , y : & str )",
        );
        check(
            "['a', '\\'', '\\n', '\\u{1F600}', '\"', '→', b'x']",
            "[ _ , _ , _ , _ , _ , _ , b _ ]",
        );
        check("'outer: loop {}", ": loop { }");
    }

    #[test]
    fn raw_identifiers_lose_their_mark() {
        check("r#type + type_ + br", "type + type_ + br");
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let text = "a\n/* \n */ b \"x\ny\" c\n// d\ne";
        let lines: Vec<_> = tokens(text).iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 3, 3, 4, 6]);
    }
}
