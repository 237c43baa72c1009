//! A Rust file without its tests.

use std::collections::BTreeSet;

use super::lexer::{Kind, Token};

/// Code that is also in the product.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) tokens: Vec<Token>,
    /// Names of the `#[cfg(test)] mod name;` whose files are tests.
    pub(super) test_modules: BTreeSet<String>,
}

/// Drops every item under `#[cfg(test)]`.
pub(super) fn without_tests(tokens: &[Token]) -> Product {
    let mut product = Product {
        tokens: Vec::new(),
        test_modules: BTreeSet::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        let Some((end, is_inner)) = attribute(tokens, at) else {
            product.tokens.push(tokens[at].clone());
            at += 1;
            continue;
        };
        if !is_test_only(&tokens[at..end]) {
            product.tokens.extend_from_slice(&tokens[at..end]);
            at = end;
        } else if is_inner == Attribute::Inner {
            // The whole rest of the file or block is tests; treat it as the whole file.
            return product;
        } else {
            let item_end = item(tokens, end);
            product
                .test_modules
                .extend(declared_module(&tokens[end..item_end]));
            at = item_end;
        }
    }
    product
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Inner,
    Outer,
}

/// Where the attribute that starts at `at` ends.
fn attribute(tokens: &[Token], at: usize) -> Option<(usize, Attribute)> {
    if !tokens[at].is('#') {
        return None;
    }
    let (open, kind) = match tokens.get(at + 1) {
        Some(mark) if mark.is('!') => (at + 2, Attribute::Inner),
        _ => (at + 1, Attribute::Outer),
    };
    tokens.get(open).filter(|token| token.is('['))?;
    Some((group_end(tokens, open), kind))
}

/// `#[cfg(test)]` and `#[cfg(all(test, …))]`; with `not` or `any` the item may be in the product.
fn is_test_only(attribute: &[Token]) -> bool {
    let words: Vec<&str> = attribute.iter().filter_map(Token::word).collect();
    words.first() == Some(&"cfg")
        && words.contains(&"test")
        && !words.contains(&"not")
        && !words.contains(&"any")
}

/// Where the item (or field, or arm) that starts at `at` ends, its further attributes included.
fn item(tokens: &[Token], mut at: usize) -> usize {
    const ITEMS: [&str; 15] = [
        "mod",
        "fn",
        "use",
        "struct",
        "enum",
        "impl",
        "trait",
        "const",
        "static",
        "type",
        "async",
        "pub",
        "unsafe",
        "extern",
        "macro_rules",
    ];
    while at < tokens.len()
        && let Some((end, _)) = attribute(tokens, at)
    {
        at = end;
    }
    let first = tokens.get(at).and_then(Token::word);
    let is_item = first.is_some_and(|word| ITEMS.contains(&word));
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Mark('{') => return group_end(tokens, at),
            Kind::Mark('(' | '[') => at = group_end(tokens, at),
            Kind::Mark(';') => return at + 1,
            Kind::Mark(',') if !is_item => return at + 1,
            Kind::Mark('}') => return at,
            _ => at += 1,
        }
    }
    at
}

/// The index after the bracket that closes the one at `open`.
fn group_end(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// `name` of an item `mod name;`.
fn declared_module(item: &[Token]) -> Option<String> {
    let at = item.iter().position(|token| token.word() == Some("mod"))?;
    item.get(at + 2).filter(|token| token.is(';'))?;
    item.get(at + 1)?.word().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    /// The words that are left.
    fn check(text: &str, expect: &str) {
        let product = without_tests(&tokens(text));
        let words: Vec<&str> = product.tokens.iter().filter_map(Token::word).collect();
        assert_eq!(words.join(" "), expect, "{text}");
    }

    #[test]
    fn what_is_under_cfg_test_is_dropped() {
        check("#[cfg(test)] mod tests { use std::fs; }", "");
        check(
            "#[cfg(test)]\n#[path = \"x\"]\npub(crate) fn f<A, B>() { a::b() } use c::d;",
            "use c d",
        );
        check(
            "#[cfg(all(test, unix))] use a::{b, c}; use d::e;",
            "use d e",
        );
        check(
            "struct S { #[cfg(test)] a: b::C, d: e::F }",
            "struct S d e F",
        );
        check("a; #![cfg(test)] use a::b;", "a");
    }

    #[test]
    fn what_may_be_in_the_product_is_kept() {
        check("#[cfg(not(test))] use a::b;", "cfg not test use a b");
        check(
            "#[cfg(any(test, unix))] use a::b;",
            "cfg any test unix use a b",
        );
        check(
            "#[cfg(feature = \"test\")] use a::b;",
            "cfg feature use a b",
        );
        check("#[test] fn f() {}", "test fn f");
    }

    #[test]
    fn files_of_test_modules_are_known() {
        let text = "#[cfg(test)] mod tests; mod real; #[cfg(test)] pub(crate) mod fakes;";
        let product = without_tests(&tokens(text));
        let expect = BTreeSet::from(["tests".to_owned(), "fakes".to_owned()]);
        assert_eq!(product.test_modules, expect);
    }
}
