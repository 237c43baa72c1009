//! Which paths the code of a Rust file names.

use super::lexer::{Kind, Token};

/// A path such as `crate::lake::LakeKey`; the members of a group are paths of their own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NamedPath {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
    /// The inline modules around it.
    pub(super) inside: Vec<String>,
}

/// Keywords that may stand before a path with a leading `::`.
const BEFORE_PATH: [&str; 14] = [
    "use", "as", "dyn", "impl", "return", "in", "match", "if", "else", "mut", "move", "for",
    "where", "break",
];

/// Every path of at least two segments, and single ones behind `use` and `extern crate`.
pub(super) fn named_paths(tokens: &[Token]) -> Vec<NamedPath> {
    let mut found = Vec::new();
    // Open inline modules with the depth of braces at which each ends.
    let mut modules: Vec<(String, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Mark('{') => depth += 1,
            Kind::Mark('}') => {
                depth = depth.saturating_sub(1);
                modules.retain(|(_, opened)| *opened <= depth);
            }
            Kind::Word(word)
                if word == "mod" && tokens.get(at + 2).is_some_and(|it| it.is('{')) =>
            {
                if let Some(name) = tokens.get(at + 1).and_then(Token::word) {
                    modules.push((name.to_owned(), depth + 1));
                }
            }
            Kind::Word(word) if !BEFORE_PATH.contains(&word.as_str()) && !continues(tokens, at) => {
                let mut paths = Vec::new();
                let end = tree(tokens, at, &[], &mut paths);
                let is_import = at > 0 && matches!(tokens[at - 1].word(), Some("use" | "crate"));
                paths.retain(|(_, segments)| segments.len() > 1 || is_import || end > at + 1);
                let inside: Vec<String> = modules.iter().map(|(name, _)| name.clone()).collect();
                found.extend(paths.into_iter().map(|(line, segments)| NamedPath {
                    line,
                    segments,
                    inside: inside.clone(),
                }));
                at = end;
                continue;
            }
            Kind::Mark(_) | Kind::Literal | Kind::Word(_) => {}
        }
        at += 1;
    }
    found
}

/// Whether the word goes on a path or an expression: `.word`, `>::word`.
fn continues(tokens: &[Token], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|it| tokens.get(it));
    if before(1).is_some_and(|it| it.is('.')) {
        // `..tokio::x` is a struct update or a range, not a field.
        return !before(2).is_some_and(|it| it.is('.'));
    }
    let colons = before(1).is_some_and(|it| it.is(':')) && before(2).is_some_and(|it| it.is(':'));
    colons && before(3).is_some_and(|it| it.is('>'))
}

/// Reads the path (or the tree of an import) at `at`; gives the index after it.
fn tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let mut segments = prefix.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Word(word) => segments.push(word.clone()),
            Kind::Mark('*') => segments.push("*".to_owned()),
            Kind::Mark('{') => return group(tokens, at + 1, &segments, found),
            Kind::Mark(_) | Kind::Literal => break,
        }
        at += 1;
        if !is_double_colon(tokens, at) || !goes_on(tokens, at + 2) {
            break;
        }
        at += 2;
    }
    found.push((line, segments));
    at
}

fn is_double_colon(tokens: &[Token], at: usize) -> bool {
    [at, at + 1]
        .iter()
        .all(|it| tokens.get(*it).is_some_and(|token| token.is(':')))
}

fn goes_on(tokens: &[Token], at: usize) -> bool {
    tokens
        .get(at)
        .is_some_and(|it| it.word().is_some() || it.is('{') || it.is('*'))
}

/// The members of `prefix::{…}`, from the index after the brace.
fn group(
    tokens: &[Token],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Mark('}') => return at + 1,
            Kind::Word(word) if word == "as" => at += 2,
            Kind::Word(_) | Kind::Mark('*' | '{') => at = tree(tokens, at, prefix, found),
            Kind::Mark(_) | Kind::Literal => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let shown: Vec<String> = named_paths(&tokens(text))
            .into_iter()
            .map(|it| {
                format!(
                    "{}:{}{}",
                    it.line,
                    it.inside.join("/"),
                    it.segments.join("::")
                )
            })
            .collect();
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn a_group_is_every_path_in_it() {
        check("use crate::lake::LakeKey;", &["1:crate::lake::LakeKey"]);
        check(
            "use crate::{\n lake::{self, Key as K},\n market::*,\n};",
            &[
                "2:crate::lake::self",
                "2:crate::lake::Key",
                "3:crate::market::*",
            ],
        );
        check(
            "use std::{fs, io::{Read, Write}};",
            &["1:std::fs", "1:std::io::Read", "1:std::io::Write"],
        );
        check("use {tokio::fs, std::env};", &["1:tokio::fs", "1:std::env"]);
        check("use tokio; extern crate clap;", &["1:tokio", "1:clap"]);
        check(
            "pub(crate) use ::polars::prelude as p;",
            &["1:polars::prelude"],
        );
    }

    #[test]
    fn paths_in_expressions_types_and_macros_count() {
        check(
            "fn f(x: Vec<crate::lake::Key>) { std::fs::read(x) }",
            &["1:crate::lake::Key", "1:std::fs::read"],
        );
        check("vec![$crate::a::b!(1)]", &["1:crate::a::b"]);
        check("#[tokio::main] fn f() {}", &["1:tokio::main"]);
        check(
            "a.tokio::<B>(); Vec::<T>::new(); S { ..tokio::x() }",
            &["1:tokio::x"],
        );
        check("let x: T = y; m.n(o); z as u8", &[]);
    }

    #[test]
    fn an_inline_module_is_noted() {
        check(
            "mod a { mod b { use super::x; } use super::y; } use z::w;",
            &["1:a/bsuper::x", "1:asuper::y", "1:z::w"],
        );
    }
}
