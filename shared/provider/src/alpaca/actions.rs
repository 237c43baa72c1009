//! Pages of `corporate-actions` → events and evidence. Pure.

use std::collections::BTreeMap;

use super::symbols::listing;
use super::wire;
use crate::rows::date;
use crate::{Events, ParseError};
use quantx_market::{Action, ActionKind, Date, Exchange, Listing};

/// What the vendor knows of companies' actions in a range.
#[derive(Debug, Clone, Default)]
pub struct CorporateActions {
    /// Splits (stock dividends among them) and cash dividends, as declared.
    pub events: BTreeMap<Listing, Events>,
    /// What is no split and no dividend, and explains a step in prices or an end of rows.
    pub evidence: Vec<Evidence>,
    /// Actions of symbols that cannot be a listing's (units, rights, warrants).
    pub n_unreadable: usize,
}

/// A company's action that changes no price of ours by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The listing it happens to.
    pub listing: Listing,
    /// The ex-date, or the first day on which it holds.
    pub date: Date,
    /// What happens.
    pub kind: EvidenceKind,
}

/// What happens to a listing.
#[derive(Debug, Clone, PartialEq)]
pub enum EvidenceKind {
    /// Holders get `new_rate` shares of `symbol` for each `source_rate`: the price falls by their worth.
    SpinOff {
        symbol: String,
        new_rate: f64,
        source_rate: f64,
    },
    /// The listing is called `symbol` from then on.
    Renamed { symbol: String },
    /// The listing ends; `into` is the other company, if its shares are paid.
    Merged { into: Option<String> },
    /// The shares are worth nothing and are taken away.
    Removed,
}

impl CorporateActions {
    fn add(&mut self, exchange: &Exchange, symbol: &str, action: Action) {
        match listing(exchange, symbol) {
            Some(listing) => self.events.entry(listing).or_default().add(action),
            None => self.n_unreadable += 1,
        }
    }

    fn note(
        &mut self,
        exchange: &Exchange,
        symbol: &str,
        on: &str,
        kind: EvidenceKind,
    ) -> Result<(), ParseError> {
        let date = date(on)?;
        match listing(exchange, symbol) {
            Some(listing) => self.evidence.push(Evidence {
                listing,
                date,
                kind,
            }),
            None => self.n_unreadable += 1,
        }
        Ok(())
    }

    /// Adds what another page has.
    pub(super) fn extend(&mut self, other: Self) {
        for (listing, events) in other.events {
            let all = self.events.entry(listing).or_default();
            all.actions.extend(events.actions);
            all.refused.extend(events.refused);
        }
        self.evidence.extend(other.evidence);
        self.n_unreadable += other.n_unreadable;
    }

    /// Events of one kind and date as one.
    pub(super) fn joined(self) -> Self {
        let events = self.events.into_iter();
        Self {
            events: events
                .map(|(listing, events)| (listing, events.joined()))
                .collect(),
            ..self
        }
    }
}

/// Reads a page of an answer of `corporate-actions`, and where the next page is.
///
/// # Errors
/// [`ParseError`] when it is none.
pub fn parse_actions(
    body: &[u8],
    exchange: &Exchange,
) -> Result<(CorporateActions, Option<String>), ParseError> {
    let page: wire::Page = serde_json::from_slice(body).map_err(ParseError::Json)?;
    let wire = page.corporate_actions;
    let mut read = CorporateActions::default();
    for split in wire.forward_splits.iter().chain(&wire.reverse_splits) {
        let kind = ActionKind::Split {
            numerator: split.new_rate,
            denominator: split.old_rate,
        };
        let ex_date = date(&split.ex_date)?;
        read.add(exchange, &split.symbol, Action { ex_date, kind });
    }
    for dividend in &wire.stock_dividends {
        // 0.05 new shares for each are 105 for 100.
        let kind = ActionKind::Split {
            numerator: 1.0 + dividend.rate,
            denominator: 1.0,
        };
        let ex_date = date(&dividend.ex_date)?;
        read.add(exchange, &dividend.symbol, Action { ex_date, kind });
    }
    for dividend in &wire.cash_dividends {
        let kind = ActionKind::Dividend {
            amount: dividend.rate,
        };
        let ex_date = date(&dividend.ex_date)?;
        read.add(exchange, &dividend.symbol, Action { ex_date, kind });
    }
    for spin_off in wire.spin_offs {
        let kind = EvidenceKind::SpinOff {
            symbol: spin_off.new_symbol,
            new_rate: spin_off.new_rate,
            source_rate: spin_off.source_rate,
        };
        read.note(exchange, &spin_off.source_symbol, &spin_off.ex_date, kind)?;
    }
    for change in wire.name_changes {
        let kind = EvidenceKind::Renamed {
            symbol: change.new_symbol,
        };
        read.note(exchange, &change.old_symbol, &change.process_date, kind)?;
    }
    let mergers = wire.cash_mergers.into_iter().chain(wire.stock_mergers);
    for merger in mergers.chain(wire.stock_and_cash_mergers) {
        let kind = EvidenceKind::Merged {
            into: merger.acquirer_symbol,
        };
        read.note(
            exchange,
            &merger.acquiree_symbol,
            &merger.effective_date,
            kind,
        )?;
    }
    for removal in wire.worthless_removals {
        let kind = EvidenceKind::Removed;
        read.note(exchange, &removal.symbol, &removal.process_date, kind)?;
    }
    Ok((read, page.next_page_token.filter(|token| !token.is_empty())))
}
