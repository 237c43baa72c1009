use jiff::civil::date;

use super::*;
use crate::decisions::EntryId;
use crate::fixtures::{at, day, dividend, window};
use crate::quarantine::ReviewStatus;
use crate::refusal::RefusalRule;

fn judged(vendor: f64, ours: Option<f64>) -> JudgedEvent {
    JudgedEvent {
        vendor: dividend("2024-05-02", vendor),
        ours,
        rule: RefusalRule::from_name("dividend_unit"),
        reason: "because".to_owned(),
        since: day("2024-05-02"),
        conversion: None,
        resolution: None,
    }
}

fn decided(vendor: f64, resolution: Resolution, amount: Option<f64>) -> EventDecision {
    let vendor = dividend("2024-05-02", vendor);
    EventDecision {
        id: EntryId::of_event("AAPL", &vendor),
        resolution,
        vendor,
        amount,
        rule: RefusalRule::from_name("dividend_unit"),
        reason: "because".to_owned(),
        by: "somebody".to_owned(),
        at: at("2024-06-01T00:00:00Z"),
        note: None,
    }
}

fn set(amount: Option<f64>) -> ActionSet {
    let amounts = amount.into_iter();
    amounts
        .map(|amount| dividend("2024-05-02", amount))
        .collect()
}

/// What is applied of a stored and a fetched amount, and what the record keeps.
fn settle(
    before: &[JudgedEvent],
    stored: Option<f64>,
    fresh: &[JudgedEvent],
    fetched: Option<f64>,
    decisions: &[EventDecision],
) -> (Option<f64>, Option<f64>, Vec<JudgedEvent>) {
    let (mut stored, mut fetched) = (set(stored), set(fetched));
    let mut all = Decisions::none("AAPL");
    all.events = decisions.to_vec();
    let heard = FetchedEvents {
        fresh,
        actions: &fetched.clone(),
        window: window("2024-04-01", "2024-05-31"),
    };
    let judged = Judged::new(before, &stored.clone(), heard, &all);
    judged.apply(&mut stored, before, day("2024-05-31"));
    judged.apply(&mut fetched, before, day("2024-05-31"));
    let cash = |set: &ActionSet| set.iter().next().and_then(|action| action.kind.cash());
    let (of_stored, of_fetched) = (cash(&stored), cash(&fetched));
    let merged: ActionSet = stored.iter().chain(fetched.iter()).copied().collect();
    (
        of_stored,
        of_fetched,
        judged.for_record(&merged, Some(date(2024, 5, 31))),
    )
}

#[test]
fn a_fresh_judgement_changes_what_is_stored_and_is_kept() {
    let corrected = judged(28.0, Some(0.28));
    let fresh = [corrected.clone()];
    let expected = (Some(0.28), Some(0.28), vec![corrected]);
    assert_eq!(settle(&[], Some(28.0), &fresh, Some(0.28), &[]), expected);
    let held = judged(28.0, None);
    let fresh = [held.clone()];
    assert_eq!(
        settle(&[], Some(28.0), &fresh, None, &[]),
        (None, None, vec![held])
    );
}

#[test]
fn a_judgement_that_comes_to_the_same_leaves_the_records_words() {
    let known = judged(28.0, Some(0.28));
    let fresh = JudgedEvent {
        reason: "a little more because".to_owned(),
        since: day("2024-05-20"),
        ..known.clone()
    };
    let (.., recorded) = settle(
        std::slice::from_ref(&known),
        Some(0.28),
        &[fresh],
        Some(0.28),
        &[],
    );
    assert_eq!(recorded, [known]);
}

#[test]
fn another_amount_of_the_vendor_is_another_event() {
    let known = judged(28.0, None);
    let sent = settle(&[known], None, &[], Some(0.29), &[]);
    assert_eq!(sent, (None, Some(0.29), vec![]));
}

#[test]
fn what_the_vendor_no_longer_sends_is_no_longer_held() {
    let known = judged(28.0, None);
    assert_eq!(settle(&[known], None, &[], None, &[]).2, []);
}

#[test]
fn a_persons_decision_wins_over_every_judgement() {
    let held = judged(28.0, None);
    let fresh = [held.clone()];
    for (amount, applied) in [(None, 28.0), (Some(0.3), 0.3)] {
        let released = decided(28.0, Resolution::Released, amount);
        let (stored, fetched, recorded) =
            settle(&fresh, None, &fresh, None, std::slice::from_ref(&released));
        assert_eq!((stored, fetched), (Some(applied), Some(applied)));
        assert_eq!(recorded[0].resolution, Some(Resolution::Released));
        // The record knows it now; the next fetch brings the event as ever.
        let again = settle(
            &recorded,
            Some(applied),
            &recorded,
            Some(applied),
            &[released],
        );
        assert_eq!(again, (Some(applied), Some(applied), recorded));
    }
    let corrected = judged(28.0, Some(0.28));
    let rejected = decided(28.0, Resolution::Rejected, None);
    let (stored, fetched, recorded) = settle(
        std::slice::from_ref(&corrected),
        Some(0.28),
        std::slice::from_ref(&corrected),
        Some(0.28),
        &[rejected],
    );
    assert_eq!((stored, fetched), (None, None));
    assert_eq!(
        (recorded[0].ours, recorded[0].resolution),
        (None, Some(Resolution::Rejected))
    );
}

#[test]
fn the_last_decision_counts_and_can_be_changed() {
    let held = judged(28.0, None);
    let decisions = [
        decided(28.0, Resolution::Rejected, None),
        decided(28.0, Resolution::Released, Some(0.28)),
    ];
    let (stored, _, recorded) = settle(
        std::slice::from_ref(&held),
        None,
        std::slice::from_ref(&held),
        None,
        &decisions,
    );
    assert_eq!((stored, recorded[0].ours), (Some(0.28), Some(0.28)));
    let status = held.status(Some(&decisions[1]));
    assert_eq!(status, ReviewStatus::Unfinished);
    assert_eq!(
        recorded[0].status(Some(&decisions[1])),
        ReviewStatus::Released
    );
    assert_eq!(held.status(None), ReviewStatus::Open);
}

#[test]
fn a_decision_holds_in_a_lake_that_is_made_anew() {
    let rejected = decided(28.0, Resolution::Rejected, None);
    // Nothing judged it this time.
    let (_, fetched, recorded) = settle(&[], None, &[], Some(28.0), &[rejected]);
    assert_eq!(fetched, None);
    assert_eq!(recorded[0].resolution, Some(Resolution::Rejected));
}

#[test]
fn a_judged_event_reads_back_as_written() {
    for event in [judged(28.0, None), judged(28.0, Some(0.28))] {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<JudgedEvent>(&text).unwrap(), event);
    }
}
