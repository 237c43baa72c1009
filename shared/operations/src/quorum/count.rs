//! The votes on each row of an answer. Pure.

use std::collections::BTreeSet;

use super::{Ballot, OUTVOTED, VENDORS_STEP, Verdicts};
use crate::vendors::{Testimony, comparison};
use quantx_lake::remarks::{About, Remark};
use quantx_lake::revision::VENDORS_DISAGREE;
use quantx_lake::sources::{self, Standing};
use quantx_market::{Bar, Date};
use quantx_quality::agreement::{
    BarSource, CellVote, Comparison, Lineage, StepVolumes, Witness, vote, vote_on,
};
use quantx_quality::{Column, InspectedRow};

/// An answer and the witnesses of it.
pub(super) struct Count<'a> {
    ballot: &'a Ballot<'a>,
    /// The answer first.
    witnesses: Vec<Witness<'a>>,
    comparison: Comparison,
    /// Runs in which the answer stands in a constant ratio to another.
    steps: Vec<(Date, Date)>,
    findings: Vec<Remark>,
}

/// The answer's place among the witnesses.
const ANSWER: usize = 0;

impl<'a> Count<'a> {
    pub(super) fn of(ballot: &'a Ballot<'a>, rows: &'a [InspectedRow]) -> Self {
        let answer = Witness {
            vendor: &ballot.source.vendor,
            lineage: ballot.lineage.clone(),
            source: ballot.bars,
            rows,
        };
        let others = ballot.said.iter().map(Testimony::witness);
        let mut count = Self {
            ballot,
            witnesses: [answer].into_iter().chain(others).collect(),
            comparison: comparison(ballot.today),
            steps: Vec::new(),
            findings: Vec::new(),
        };
        count.find_steps();
        count
    }

    fn find_steps(&mut self) {
        let known = self.ballot.known.iter();
        let known = known.flat_map(|record| &record.watch.remarks);
        let mut known = known.filter(|remark| remark.rule == VENDORS_STEP);
        let before = known.next_back().map(|remark| remark.date);
        for finding in vote(&self.witnesses, &self.comparison).steps {
            let step = finding.step;
            if finding.vendors.contains(&self.ballot.source.vendor) {
                self.steps.push((step.first, step.last));
            }
            let [one, other] = &finding.vendors;
            let terms = step.terms().map(|(new, old)| format!(" ({new}:{old})"));
            let volumes = match step.volumes {
                StepVolumes::Scaled => "the volumes stand in the opposite ratio, as after a split",
                StepVolumes::Same => {
                    "the volumes are alike, as where a history was multiplied back"
                }
                StepVolumes::Unclear => "the volumes tell nothing",
            };
            let outlier = finding.outlier.as_ref();
            let outlier = outlier.map(|name| format!("; the others speak against {name}"));
            let detail = format!(
                "{one} is {:.6} times {other}{} in {} sessions up to {}: {volumes}{}",
                step.ratio,
                terms.unwrap_or_default(),
                step.n_sessions,
                step.last,
                outlier.unwrap_or_default()
            );
            // The window moves on day by day, and the step in it is one.
            let date = before
                .filter(|date| *date <= step.first)
                .unwrap_or(step.first);
            let today = self.ballot.today;
            let remark = Remark::new(About::Suspect, VENDORS_STEP, date, today, detail);
            self.findings.push(remark);
        }
    }

    pub(super) fn steps(&self, verdicts: &mut Verdicts) {
        verdicts.remarks.extend(self.findings.iter().cloned());
    }

    fn name(&self, witness: usize) -> &str {
        self.witnesses.get(witness).map_or("", |it| it.vendor)
    }

    pub(super) fn row(&self, row: &InspectedRow, verdicts: &mut Verdicts) {
        let date = row.date;
        if self.ballot.said.iter().all(|said| said.row(date).is_none()) {
            return;
        }
        let stored = self.ballot.stored.get(date);
        let votes =
            Column::PRICES.map(|column| vote_on(&self.witnesses, &self.comparison, date, column));
        let mut prices = row.prices;
        let mut voter: Option<&str> = None;
        for (place, vote) in votes.iter().enumerate() {
            let Some(vote) = vote.as_ref().filter(|vote| self.outvotes_answer(vote)) else {
                continue;
            };
            if let Some(price) = prices.get_mut(place) {
                *price = Some(vote.value);
                voter = voter.or_else(|| vote.supporting.first().map(|it| self.name(*it)));
            }
        }
        // What is the same as the stored value is the stored value.
        if let (Some(stored), Some(_)) = (stored, voter) {
            prices = self.kept(prices, stored);
        }
        match stored {
            None => self.new_row(row, prices, voter, &votes, verdicts),
            Some(stored) => self.stored_row(row, prices, voter, stored, verdicts),
        }
        if voter.is_some() {
            self.say(OUTVOTED, row, &votes, verdicts);
        } else if votes.iter().flatten().any(is_open) && !self.is_in_step(date) {
            self.say(VENDORS_DISAGREE, row, &votes, verdicts);
        }
    }

    fn outvotes_answer(&self, vote: &CellVote) -> bool {
        vote.decides() && vote.against.contains(&ANSWER)
    }

    fn is_in_step(&self, date: Date) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|(first, last)| *first <= date && date <= *last)
    }

    /// A session that the lake does not have.
    fn new_row(
        &self,
        row: &InspectedRow,
        prices: [Option<f64>; 4],
        voter: Option<&str>,
        votes: &[Option<CellVote>; 4],
        verdicts: &mut Verdicts,
    ) {
        let date = row.date;
        if let Some(vendor) = voter {
            verdicts.replaced.insert(date, prices);
            verdicts.testimony.voted.insert(date, vendor.to_owned());
        } else {
            let is_shared = |vote: &CellVote| {
                vote.supporting.contains(&ANSWER)
                    && vote.supporting.len() >= 2
                    && vote.supporting.len() > vote.against.len()
            };
            let known = votes
                .iter()
                .zip(row.prices)
                .filter(|(_, price)| price.is_some());
            let mut known = known.map(|(vote, _)| vote.as_ref());
            if known.clone().next().is_some() && known.all(|vote| vote.is_some_and(is_shared)) {
                verdicts.accepted.insert(date);
            }
        }
        self.confirm(
            date,
            prices,
            voter.unwrap_or(&self.ballot.source.vendor),
            verdicts,
        );
    }

    /// A session that the lake has: whose word it is that the answer contradicts.
    fn stored_row(
        &self,
        row: &InspectedRow,
        prices: [Option<f64>; 4],
        voter: Option<&str>,
        stored: &Bar,
        verdicts: &mut Verdicts,
    ) {
        let date = row.date;
        let own = InspectedRow::of_bar(stored).prices;
        let run = self
            .ballot
            .known
            .and_then(|record| sources::run_on(&record.sources, date));
        let vendor = run.map_or(sources::USUAL_VENDOR, |run| run.vendor.as_str());
        let differing: Vec<usize> = (0..own.len())
            .filter(|place| !self.is_same_at(*place, prices, own))
            .collect();
        if differing.is_empty() {
            if voter.is_some() {
                // Outvoted in favour of what is stored: the answer makes no claim.
                verdicts.replaced.insert(date, prices);
            }
            self.confirm(date, own, vendor, verdicts);
            return;
        }
        let agrees = |said: &Testimony, with: [Option<f64>; 4]| {
            let theirs = said.row(date).map(|row| row.prices);
            theirs.is_some_and(|theirs| {
                let mut places = differing.iter();
                places.all(|at| {
                    theirs.get(*at).is_some_and(Option::is_some)
                        && self.is_same_at(*at, theirs, with)
                })
            })
        };
        let lineages = |with: [Option<f64>; 4]| {
            let alike = self.ballot.said.iter().filter(|said| agrees(said, with));
            let lineages: BTreeSet<&Lineage> = alike.map(|said| &said.lineage).collect();
            lineages.len()
        };
        let others_for = lineages(prices);
        let own_voice = usize::from(voter.is_none());
        let is_own_word = vendor == self.ballot.source.vendor
            || run.is_some_and(|run| run.standing == Standing::Provisional);
        let heard = self
            .ballot
            .said
            .iter()
            .any(|said| said.vendor == vendor && agrees(said, own));
        let for_stored = lineages(own) + usize::from(!is_own_word && !heard);
        let for_new = others_for + own_voice;
        if others_for >= 1 && for_new >= 2 && for_new > for_stored {
            verdicts.testimony.vote.confirmed.insert(date);
            if let Some(vendor) = voter {
                verdicts.replaced.insert(date, prices);
                verdicts.testimony.voted.insert(date, vendor.to_owned());
            }
            self.confirm(
                date,
                prices,
                voter.unwrap_or(&self.ballot.source.vendor),
                verdicts,
            );
            return;
        }
        if for_stored >= 2 && for_stored > for_new {
            verdicts.testimony.vote.denied.insert(date);
        }
        self.confirm(date, own, vendor, verdicts);
    }

    /// Notes who agrees with every price of the row as it is stored.
    fn confirm(&self, date: Date, prices: [Option<f64>; 4], of: &str, verdicts: &mut Verdicts) {
        let agrees = |said: &&Testimony| {
            let theirs = said.row(date).map(|row| row.prices);
            theirs.is_some_and(|theirs| {
                let [.., close] = theirs;
                close.is_some() && (0..theirs.len()).all(|at| self.is_same_at(at, theirs, prices))
            })
        };
        let mut lineages: BTreeSet<&Lineage> = BTreeSet::new();
        let alike = self.ballot.said.iter().filter(agrees);
        let alike = alike.filter(|said| said.vendor != of && lineages.insert(&said.lineage));
        let names: BTreeSet<String> = alike.map(|said| said.vendor.clone()).collect();
        verdicts.testimony.confirmed.insert(date, names);
    }

    /// Whether two rows have the same price in a column, or one of them none.
    fn is_same_at(&self, place: usize, one: [Option<f64>; 4], other: [Option<f64>; 4]) -> bool {
        let column = Column::PRICES.get(place).copied();
        let values = one
            .get(place)
            .copied()
            .flatten()
            .zip(other.get(place).copied().flatten());
        match (column, values) {
            (Some(column), Some((one, other))) => {
                let sources = [BarSource::Official; 2];
                self.comparison.agrees(column, sources, [one, other])
            }
            _ => true,
        }
    }

    fn kept(&self, prices: [Option<f64>; 4], stored: &Bar) -> [Option<f64>; 4] {
        let own = InspectedRow::of_bar(stored).prices;
        let mut kept = prices;
        for (place, price) in kept.iter_mut().enumerate() {
            let known = own.get(place).copied().flatten();
            if known.is_some() && self.is_same_at(place, prices, own) {
                *price = known;
            }
        }
        kept
    }

    /// Remarks the columns in which the vendors differ, with all values.
    fn say(
        &self,
        rule: &str,
        row: &InspectedRow,
        votes: &[Option<CellVote>; 4],
        verdicts: &mut Verdicts,
    ) {
        let columns = Column::PRICES.iter().zip(votes);
        let differing = columns.filter_map(|(column, vote)| {
            let vote = vote.as_ref().filter(|vote| !vote.against.is_empty())?;
            let value = |witness: &usize| {
                let witness = self.witnesses.get(*witness)?;
                let at = witness
                    .rows
                    .binary_search_by_key(&row.date, |row| row.date)
                    .ok()?;
                let place = Column::PRICES.iter().position(|it| it == column)?;
                let value = witness.rows.get(at)?.prices.get(place).copied().flatten()?;
                Some(format!("{} {value}", witness.vendor))
            };
            let all = vote.supporting.iter().chain(&vote.against);
            let values: Vec<String> = all.filter_map(value).collect();
            Some(format!("{}: {}", column.name(), values.join(", ")))
        });
        let differing: Vec<String> = differing.collect();
        let ending = match rule {
            OUTVOTED => "; what two of them have is stored",
            _ => "; nothing was changed",
        };
        let detail = format!("{}{ending}", differing.join("; "));
        let remark = Remark::new(About::Suspect, rule, row.date, self.ballot.today, detail);
        verdicts.remarks.push(remark);
    }
}

/// Whether lineages differ and none outvotes the others.
fn is_open(vote: &CellVote) -> bool {
    !vote.against.is_empty() && !vote.decides()
}
