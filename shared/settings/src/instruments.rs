//! `instruments.*`: what people say of indices, currencies, crypto, futures and funds.

use std::collections::{BTreeMap, BTreeSet};

use quantx_market::{ExchangeCode, ExchangeTable, InstrumentKind, InstrumentRules};

use super::constraint::Constraint;
use super::layers::{Layers, read_node};
use super::problem::{Place, SettingsProblem, nearest};
use super::tree::{Document, Node, Value};

/// The table with the rules of the settings; `None` when one of them cannot be, which is then reported.
pub(super) fn read(layers: &mut Layers<'_>, exchanges: ExchangeTable) -> Option<ExchangeTable> {
    let codes = |shares_only: bool| {
        let known = exchanges.iter();
        let known = known.filter(|it| !shares_only || it.kind() == InstrumentKind::Share);
        known.map(|it| it.code.clone()).collect::<Vec<_>>()
    };
    let quotes = quotes(layers);
    let symbols = by_symbol(layers, "instruments.symbols", &codes(false));
    let follows = by_symbol(layers, "instruments.follows", &codes(true));
    let rules = InstrumentRules {
        quotes: quotes?,
        symbols: symbols?
            .into_iter()
            .map(|(key, (code, _))| (key, code))
            .collect(),
        follows: follows?
            .into_iter()
            .map(|(key, (code, _))| (key, code))
            .collect(),
    };
    match exchanges.with_rules(rules) {
        Ok(table) => Some(table),
        Err(error) => {
            let place = layers.section("instruments.symbols").next();
            layers.problems.push(SettingsProblem {
                place: place.map_or(Place::Flag("settings".to_owned()), |(document, node)| {
                    document.place(node.at)
                }),
                key: "instruments.symbols".to_owned(),
                read: "a rule that cannot be followed".to_owned(),
                allowed: "symbols that the kind can have".to_owned(),
                hint: Some(error.to_string()),
            });
            None
        }
    }
}

/// What may stand behind the dash of a crypto pair. A class of shares has one letter, and must never be one.
fn quotes(layers: &mut Layers<'_>) -> Option<BTreeSet<String>> {
    let key = "instruments.quotes";
    let (document, node) = layers.node(key)?;
    let rule = Constraint::matching("three to five capital letters, as USD or USDT", |text| {
        let good = (3..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase());
        good.then(|| text.to_owned())
    });
    let Value::List(items) = &node.value else {
        let (place, read) = (document.place(node.at), node.shown());
        layers.problems.push(SettingsProblem {
            place,
            key: key.to_owned(),
            read,
            allowed: "a list of currencies, as [USD, EUR]".to_owned(),
            hint: None,
        });
        return None;
    };
    let before = layers.problems.len();
    let read = items
        .iter()
        .filter_map(|item| read_node(key, document, item, &rule, &mut layers.problems))
        .map(|at| at.value)
        .collect();
    (layers.problems.len() == before).then_some(read)
}

type BySymbol = BTreeMap<String, (ExchangeCode, Place)>;

/// A section whose keys are symbols: entries of a file change or add single ones; `null` takes one away.
fn by_symbol(layers: &mut Layers<'_>, section: &str, codes: &[ExchangeCode]) -> Option<BySymbol> {
    let names: Vec<String> = codes.iter().map(ToString::to_string).collect();
    let rule = Constraint::new(format!("one of {}", names.join(", ")), move |scalar| {
        let found = names.iter().find(|name| **name == scalar.text);
        found
            .and_then(|name| ExchangeCode::parse(name).ok())
            .ok_or_else(|| {
                nearest(&scalar.text, names.iter().map(String::as_str))
                    .map(|near| format!("did you mean {near}?"))
            })
    });
    let before = layers.problems.len();
    let mut read = BySymbol::new();
    let sections: Vec<(&Document, &Node)> = layers.section(section).collect();
    for (document, node) in sections {
        if !matches!(node.value, Value::Map(_)) && !node.is_null() {
            let (place, shown) = (document.place(node.at), node.shown());
            layers.problems.push(SettingsProblem {
                place,
                key: section.to_owned(),
                read: shown,
                allowed: "a section whose keys are symbols, as { ^GSPC: us }".to_owned(),
                hint: None,
            });
        }
        for (key, node) in node.entries() {
            let symbol = key.text.trim().to_ascii_uppercase();
            if node.is_null() {
                read.remove(&symbol);
                continue;
            }
            let full = format!("{section}.{symbol}");
            if let Some(at) = read_node(&full, document, node, &rule, &mut layers.problems) {
                read.insert(symbol, (at.value, at.place));
            }
        }
    }
    (layers.problems.len() == before).then_some(read)
}
