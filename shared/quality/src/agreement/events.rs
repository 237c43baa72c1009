use std::collections::BTreeSet;

use super::Lineage;
use quantx_market::{Action, ActionKind, Date};

/// A vendor's events of one listing, as declared.
#[derive(Debug, Clone)]
pub struct EventWitness<'a> {
    /// Name in findings.
    pub vendor: &'a str,
    /// Whose events these are.
    pub lineage: Lineage,
    /// First and last date of which the vendor would tell, both inclusive.
    pub covers: (Date, Date),
    /// Splits, dividends and gains.
    pub actions: &'a [Action],
}

/// What the vendors say of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventVote {
    /// The event as the most lineages have it, by the first of them.
    pub action: Action,
    /// Vendors with the same event, one per lineage.
    pub supporting: Vec<String>,
    /// Vendor and amount or ratio of those with another one of the same kind and date.
    pub dissenting: Vec<(String, f64)>,
    /// Vendors that cover the date and have nothing of the kind.
    pub silent: Vec<String>,
}

impl EventVote {
    /// Whether more lineages have it so than have something else or nothing.
    pub fn is_confirmed(&self) -> bool {
        self.supporting.len() >= 2
            && self.supporting.len() > self.dissenting.len() + self.silent.len()
    }

    /// Whether it is to be held or flagged: others could know it, and no majority does.
    pub fn is_disputed(&self) -> bool {
        let n_others = self.dissenting.len() + self.silent.len();
        n_others > 0 && !self.is_confirmed()
    }
}

/// Two vendors round one amount or ratio to less than this, as a share of it.
const SAME_SHARE: f64 = 1e-3;
/// Or to half of the fourth decimal.
const SAME_AMOUNT: f64 = 0.5e-4;

/// Lets the witnesses vote on every event that one of them has, ascending by date.
pub fn vote_on_events(witnesses: &[EventWitness<'_>]) -> Vec<EventVote> {
    let slots: BTreeSet<(Date, u8)> = witnesses
        .iter()
        .flat_map(|witness| witness.actions.iter().map(slot))
        .collect();
    let votes = slots.into_iter().filter_map(|slot| vote(witnesses, slot));
    votes.collect()
}

/// Date and kind.
fn slot(action: &Action) -> (Date, u8) {
    let kind = match action.kind {
        ActionKind::Split { .. } => 0,
        ActionKind::Dividend { .. } => 1,
        ActionKind::CapitalGain { .. } => 2,
    };
    (action.ex_date, kind)
}

fn vote(witnesses: &[EventWitness<'_>], wanted: (Date, u8)) -> Option<EventVote> {
    let mut heard: BTreeSet<&Lineage> = BTreeSet::new();
    let mut votes: Vec<(&str, Option<&Action>)> = Vec::new();
    for witness in witnesses {
        let (first, last) = witness.covers;
        let covers = first <= wanted.0 && wanted.0 <= last;
        let action = witness.actions.iter().find(|it| slot(it) == wanted);
        if (covers || action.is_some()) && heard.insert(&witness.lineage) {
            votes.push((witness.vendor, action));
        }
    }
    let reported = || votes.iter().filter_map(|(_, action)| *action);
    let n_alike = |action: &Action| reported().filter(|other| is_same(action, other)).count();
    // Of several with as many the first.
    let best = reported().rev().max_by_key(|action| n_alike(action))?;
    let mut vote = EventVote {
        action: *best,
        supporting: Vec::new(),
        dissenting: Vec::new(),
        silent: Vec::new(),
    };
    for (vendor, action) in &votes {
        let vendor = (*vendor).to_owned();
        match action {
            None => vote.silent.push(vendor),
            Some(action) if is_same(best, action) => vote.supporting.push(vendor),
            Some(action) => vote.dissenting.push((vendor, amount(action))),
        }
    }
    Some(vote)
}

/// Cash per share, or new shares per old one.
fn amount(action: &Action) -> f64 {
    let ratio = action.kind.split_ratio().map(|ratio| ratio.get());
    action.kind.cash().or(ratio).unwrap_or_default()
}

fn is_same(a: &Action, b: &Action) -> bool {
    let (a, b) = (amount(a), amount(b));
    (a - b).abs() <= SAME_AMOUNT.max(SAME_SHARE * a.abs().max(b.abs()))
}
