//! Splits and dividends that not all vendors have. Pure.

use super::Ballot;
use crate::inspection::Interpreted;
use quantx_lake::judged::JudgedEvent;
use quantx_lake::refusal::RefusalRule;
use quantx_lake::remarks::{About, Remark};
use quantx_lake::revision::VENDORS_DISAGREE;
use quantx_market::{Action, ActionKind, Date};
use quantx_quality::agreement::{EventVote, EventWitness, vote_on_events};

/// Lets the witnesses vote on the events of the answer. Cash that two others, who would tell, do not know is held
/// out of `Adj Close`; everything else on which they differ is remarked with all amounts.
pub(super) fn decide(read: &mut Interpreted, ballot: &Ballot<'_>) {
    let Some(last) = read.fetched.bars.last().map(|bar| bar.date.date()) else {
        return;
    };
    let held: Vec<Action> = read.judged.iter().map(|event| event.vendor).collect();
    let mut own: Vec<Action> = read.fetched.actions.iter().copied().collect();
    own.extend(
        held.iter()
            .filter(|event| !own.contains(event))
            .copied()
            .collect::<Vec<_>>(),
    );
    let answer = EventWitness {
        vendor: &ballot.source.vendor,
        lineage: ballot.lineage.clone(),
        covers: (ballot.from, last),
        actions: &own,
    };
    let others = ballot.said.iter().filter_map(|said| {
        Some(EventWitness {
            vendor: &said.vendor,
            lineage: said.lineage.clone(),
            covers: said.covers,
            actions: said.actions.as_deref()?,
        })
    });
    let witnesses: Vec<EventWitness<'_>> = [answer].into_iter().chain(others).collect();
    if witnesses.len() < 2 {
        return;
    }
    let is_asked = |date: Date| ballot.from <= date && date <= last;
    let votes = vote_on_events(&witnesses).into_iter();
    for vote in votes.filter(|vote| is_asked(vote.action.ex_date)) {
        one(read, ballot, &vote);
    }
}

fn one(read: &mut Interpreted, ballot: &Ballot<'_>, vote: &EventVote) {
    let answer = ballot.source.vendor.as_str();
    let event = vote.action;
    let is_alone = vote.supporting.len() == 1 && vote.supporting.iter().any(|it| it == answer);
    let n_others = vote.silent.len() + vote.dissenting.len();
    let is_known = ballot
        .known
        .is_some_and(|record| record.actions.contains(&event));
    let held_so = |it: &JudgedEvent| it.vendor == event && it.rule == RefusalRule::OnlyOneVendor;
    if vote.is_confirmed() {
        // A second lineage has it now.
        if read.judged.iter().any(held_so) {
            read.judged
                .retain(|it| !(held_so(it) && it.resolution.is_none()));
            if !read.judged.iter().any(held_so) {
                read.fetched.actions.insert(event);
            }
        }
        let dissents = vote.dissenting.iter().any(|(vendor, _)| vendor == answer);
        if dissents || vote.silent.iter().any(|vendor| vendor == answer) {
            say(read, ballot, vote);
        }
        return;
    }
    if !vote.is_disputed() {
        return;
    }
    let is_judged = read.judged.iter().any(|it| it.vendor == event);
    if is_alone && n_others >= 2 && event.kind.cash().is_some() && !is_known && !is_judged {
        read.fetched.actions.remove(&event);
        read.judged.push(JudgedEvent {
            vendor: event,
            ours: None,
            rule: RefusalRule::OnlyOneVendor,
            reason: words(vote),
            conversion: None,
            since: ballot.today,
            resolution: None,
        });
        read.judged.sort_by_key(|it| it.vendor.ex_date);
    } else if !is_judged {
        say(read, ballot, vote);
    }
}

fn say(read: &mut Interpreted, ballot: &Ballot<'_>, vote: &EventVote) {
    let date = vote.action.ex_date;
    let detail = words(vote);
    read.remarks.push(Remark::new(
        About::Suspect,
        VENDORS_DISAGREE,
        date,
        ballot.today,
        detail,
    ));
}

/// Who has what.
fn words(vote: &EventVote) -> String {
    let (what, amount) = match vote.action.kind {
        ActionKind::Split {
            numerator,
            denominator,
        } => ("a split", format!("{numerator}:{denominator}")),
        ActionKind::Dividend { amount } => ("a dividend", amount.to_string()),
        ActionKind::CapitalGain { amount } => ("a capital gain", amount.to_string()),
    };
    let mut parts = vec![format!(
        "{what} of {amount} by {}",
        vote.supporting.join(" and ")
    )];
    let other = vote
        .dissenting
        .iter()
        .map(|(vendor, amount)| format!("{vendor} has {amount}"));
    parts.extend(other);
    parts.extend(
        vote.silent
            .iter()
            .map(|vendor| format!("{vendor} has none")),
    );
    parts.join(", ")
}
