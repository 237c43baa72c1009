use std::collections::BTreeMap;

use super::ListedSplit;
use super::path::Offset;
use super::stored_evidence::StoredEvidence;
use super::verdict::Judged;
use crate::flag::{Column, Findings};
use crate::rule::Rule;
use crate::view::View;
use quantx_market::{
    Action, ActionSet, BasisReading, Date, RefusedAction, Undecided, UndecidedBasis, VendorHistory,
    cash_factors,
};

/// What the splits of one answer come to, one after another.
#[derive(Debug)]
pub(super) struct Reader {
    /// Per session by how many times the vendor's price is above what the listed splits make of it.
    times: Vec<f64>,
    /// Sessions whose row may not be stored: by which rule, and why.
    refused: BTreeMap<Date, (Rule, String)>,
    undecided: Option<Undecided>,
    /// Listed splits that are none, or not yet.
    gone: Vec<RefusedAction>,
    /// Splits that are in the prices and not listed.
    back: Vec<Action>,
}

impl Reader {
    pub(super) fn new(sessions: usize) -> Self {
        Self {
            times: vec![1.0; sessions],
            refused: BTreeMap::new(),
            undecided: None,
            gone: Vec::new(),
            back: Vec::new(),
        }
    }

    /// Notes what one split means, and puts the view's rows on their level.
    pub(super) fn take(
        &mut self,
        view: &mut View,
        split: ListedSplit,
        judged: Judged,
        findings: &mut Findings<'_>,
    ) {
        let rows = self.times.iter_mut().zip(&mut view.sessions);
        for (offset, (times, session)) in judged.offsets.iter().zip(rows) {
            let above = match offset {
                Offset::None => continue,
                Offset::Undivided => split.ratio,
                Offset::Divided => 1.0 / split.ratio,
            };
            *times *= above;
            session.scale(1.0 / above);
        }
        for (range, rule, reason) in judged.refused_rows {
            for session in view.sessions.get(range).unwrap_or_default() {
                let row = self.refused.entry(session.date);
                row.or_insert_with(|| (rule, reason.clone()));
            }
        }
        let column = Some(Column::StockSplits);
        let date = split.action.ex_date;
        if let Some(note) = judged.note {
            findings.add(Rule::SplitNotApplied, date, column, note);
        }
        if let Some(reason) = judged.undecided {
            let basis = UndecidedBasis::Split;
            self.wait_for(Some(Undecided { basis, reason }));
        }
        if let Some(reason) = judged.is_none {
            findings.add(Rule::SplitNotApplied, date, column, reason.clone());
            let action = split.action;
            self.gone.push(RefusedAction { action, reason });
        }
        if judged.is_in_prices && !split.is_listed {
            self.back.push(split.action);
        }
    }

    /// Lets the whole listing wait; the first reason counts.
    pub(super) fn wait_for(&mut self, undecided: Option<Undecided>) {
        if self.undecided.is_none() {
            self.undecided = undecided;
        }
    }

    /// Flags the rows that may not be stored. Where a row is stored already, that one is right.
    pub(super) fn flag_refused_rows(
        &mut self,
        evidence: &StoredEvidence,
        findings: &mut Findings<'_>,
    ) {
        for (date, (rule, reason)) in std::mem::take(&mut self.refused) {
            if !evidence.has_stored(date) {
                findings.add(rule, date, None, reason);
            }
        }
    }

    /// The factors of rows and cash; `history.actions` become what the evidence leaves of them.
    pub(super) fn reading(
        self,
        history: &mut VendorHistory,
        applied: &BasisReading,
        evidence: &StoredEvidence,
        view: &View,
    ) -> BasisReading {
        let rows = view.sessions.iter().map(|session| session.row);
        let by_row: Vec<(usize, f64)> = rows.zip(self.times).collect();
        // A row without a price is on the basis of the next one with a price.
        let times = |row: usize| {
            evidence.times_of(row).unwrap_or_else(|| {
                let next = by_row.partition_point(|(other, _)| *other < row);
                let nearest = by_row.get(next).or_else(|| by_row.last());
                nearest.map_or(1.0, |(_, times)| *times)
            })
        };
        let factors = applied.factors.iter().enumerate();
        let factors = factors.map(|(row, factor)| factor / times(row)).collect();
        let listed: ActionSet = history.actions.iter().copied().collect();
        let cash = cash_factors(history.basis, &listed, |date, all_applied| {
            all_applied / times(history.rows.partition_point(|row| row.date < date))
        });
        let cash: Vec<(Date, f64)> = listed
            .iter()
            .map(|action| action.ex_date)
            .zip(cash)
            .collect();
        let mut actions = listed;
        for refused in &self.gone {
            actions.remove(&refused.action);
        }
        for action in &self.back {
            actions.insert(*action);
        }
        let cash_factors = actions.iter().map(|action| match action.kind.cash() {
            // All cash of one date has one factor, and a split of the date comes before it.
            Some(_) => {
                let of_date = cash.iter().rfind(|(date, _)| *date == action.ex_date);
                of_date.map_or(1.0, |(_, factor)| *factor)
            }
            None => 1.0,
        });
        let cash_factors = cash_factors.collect();
        history.actions = actions.iter().copied().collect();
        history.refused_actions.extend(self.gone);
        BasisReading {
            factors,
            cash_factors,
            undecided: self.undecided,
        }
    }
}
