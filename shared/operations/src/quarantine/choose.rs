//! Which entries and events an order means. Pure.

use super::view::ListingReview;
use super::{Choice, DecisionRequest, QuarantineError};
use quantx_lake::judged::JudgedEvent;
use quantx_lake::quarantine::{Entry, EntryId};

/// The shortest beginning of an id that is taken for it.
const MIN_ID_LEN: usize = 4;

/// What is chosen of one listing.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen<'a> {
    pub(super) entries: Vec<&'a Entry>,
    pub(super) events: Vec<&'a JudgedEvent>,
}

impl Chosen<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.events.is_empty()
    }
}

/// What is chosen of each ward.
pub(super) fn choose<'a>(
    reviews: &'a [ListingReview],
    request: &DecisionRequest,
) -> Result<Vec<Chosen<'a>>, QuarantineError> {
    let chosen: Vec<Chosen<'_>> = match &request.choice {
        Choice::Ids(ids) => by_id(reviews, ids)?,
        Choice::Open { rule, .. } => {
            let is_of_rule = |read: &str| rule.as_ref().is_none_or(|rule| read == rule);
            let open = reviews.iter().map(|review| open_of(review, is_of_rule));
            open.collect()
        }
    };
    if let Some(amount) = request.amount {
        let n = |count: fn(&Chosen<'_>) -> usize| chosen.iter().map(count).sum::<usize>();
        let (rows, events) = (n(|c| c.entries.len()), n(|c| c.events.len()));
        if (rows, events) != (0, 1) {
            return Err(QuarantineError::AmountOfOneEvent);
        }
        if !amount.is_finite() || amount <= 0.0 {
            return Err(QuarantineError::NoAmount { read: amount });
        }
    }
    Ok(chosen)
}

fn open_of(review: &ListingReview, is_of_rule: impl Fn(&str) -> bool) -> Chosen<'_> {
    let entries = review.entries.iter().filter(|entry| {
        let stored = review.stored.get(entry.row.date);
        entry.status(&review.decisions, stored).is_open() && is_of_rule(&entry.row.rule)
    });
    let events = review.judged().iter().filter(|event| {
        let decision = review.decisions.about_event(&event.vendor);
        event.status(decision).is_open() && is_of_rule(&event.rule)
    });
    Chosen {
        entries: entries.collect(),
        events: events.collect(),
    }
}

/// An entry or an event with the number of its ward.
#[derive(Debug, Clone, Copy)]
enum Named<'a> {
    Row(&'a Entry),
    Event(&'a JudgedEvent),
}

fn by_id<'a>(
    reviews: &'a [ListingReview],
    ids: &[String],
) -> Result<Vec<Chosen<'a>>, QuarantineError> {
    let mut chosen = vec![Chosen::default(); reviews.len()];
    for read in ids {
        let text = read.trim().to_ascii_lowercase();
        if text.len() < MIN_ID_LEN || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(QuarantineError::NotAnId { read: read.clone() });
        }
        let mut found: Vec<(usize, EntryId, Named<'_>)> = Vec::new();
        for (at, review) in reviews.iter().enumerate() {
            let symbol = review.listing.symbol().as_str();
            let rows = review.entries.iter();
            let rows = rows.map(|entry| (at, entry.id.clone(), Named::Row(entry)));
            let events = review.judged().iter();
            let events = events.map(|event| (at, event.id(symbol), Named::Event(event)));
            let alike = rows
                .chain(events)
                .filter(|(_, id, _)| id.as_str().starts_with(&text));
            found.extend(alike);
        }
        match found.as_slice() {
            [] => return Err(QuarantineError::UnknownId { read: read.clone() }),
            [(at, id, named)] => {
                let Some(chosen) = chosen.get_mut(*at) else {
                    continue;
                };
                match named {
                    Named::Row(entry) if chosen.entries.iter().all(|known| known.id != *id) => {
                        chosen.entries.push(entry);
                    }
                    Named::Event(event)
                        if chosen
                            .events
                            .iter()
                            .all(|known| known.vendor != event.vendor) =>
                    {
                        chosen.events.push(event);
                    }
                    Named::Row(_) | Named::Event(_) => {}
                }
            }
            several => {
                return Err(QuarantineError::AmbiguousId {
                    read: read.clone(),
                    found: several.iter().map(|(_, id, _)| id.to_string()).collect(),
                });
            }
        }
    }
    Ok(chosen)
}
