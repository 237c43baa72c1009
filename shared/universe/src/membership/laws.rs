//! What must hold whatever happened.

use std::collections::BTreeSet;

use jiff::ToSpan;
use proptest::prelude::*;

use super::tests::{exchanges, name};
use super::*;
use crate::Constituent;
use crate::identity::Rename;
use quantx_fixtures::us_listing;
use quantx_market::{Date, Listing};

const DAYS: usize = 40;
const SYMBOLS: usize = 8;

fn day(n: usize) -> Date {
    jiff::civil::date(2020, 1, 1) + i64::try_from(n).unwrap().days()
}

fn symbol(n: usize) -> Listing {
    us_listing(&format!("S{n}"))
}

/// Members of every day from 0 to 39: some symbols come or go on each.
fn histories() -> impl Strategy<Value = Vec<BTreeSet<Listing>>> {
    let toggles = prop::collection::vec(0..SYMBOLS, 0..3);
    prop::collection::vec(toggles, DAYS).prop_map(|days| {
        let mut members = BTreeSet::new();
        let days = days.iter().map(|toggled| {
            for n in toggled {
                if !members.remove(&symbol(*n)) {
                    members.insert(symbol(*n));
                }
            }
            members.clone()
        });
        days.collect()
    })
}

/// The rows of a table of changes of the history, the last first; sides paired as they come.
fn rows(history: &[BTreeSet<Listing>]) -> Vec<MembershipChange> {
    let mut rows = Vec::new();
    for (n, pair) in history.windows(2).enumerate().rev() {
        let side = |listing: Option<&Listing>| listing.map(|l| (l.to_string(), String::new()));
        let mut added = pair[1].difference(&pair[0]);
        let mut removed = pair[0].difference(&pair[1]);
        loop {
            let (added, removed) = (side(added.next()), side(removed.next()));
            if added.is_none() && removed.is_none() {
                break;
            }
            rows.push(MembershipChange {
                date: day(n + 1),
                added,
                removed,
                reason: String::new(),
                row: rows.len() + 1,
            });
        }
    }
    rows
}

fn read(rows: &[MembershipChange]) -> Changes {
    Changes::read(rows, |code| Listing::parse(code, &exchanges()))
}

fn walked(list: &[Constituent], changes: &Changes, renames: &[Rename]) -> WalkedBack {
    walk_back(&Walk {
        name: &name(),
        list,
        as_of: day(DAYS),
        changes,
        renames,
        horizon: day(0),
    })
}

fn valid(membership: &Membership) -> bool {
    let spells = membership.spells().to_vec();
    Membership::new(name(), spells).as_ref() == Ok(membership)
}

fn on(membership: &Membership, n: usize) -> BTreeSet<Listing> {
    let members = membership.members_on(day(n)).unwrap_or_default();
    members.into_iter().cloned().collect()
}

fn refreshed(membership: &Membership, n: usize, list: &[Listing], changes: &Changes) -> Extension {
    let refresh = Refresh {
        date: day(n),
        previous: n.checked_sub(1).map(day),
        list,
        renames: &[],
        changes,
    };
    membership.extend(&refresh).unwrap()
}

proptest! {
    #[test]
    fn a_walk_back_finds_the_members_of_every_day(history in histories(), with_dates: bool) {
        let last = history.last().unwrap();
        let member = |listing: &Listing| {
            let days = history.iter().rev().take_while(|day| day.contains(listing)).count();
            let date_added = (with_dates && days < DAYS).then(|| day(DAYS - days));
            Constituent { date_added, ..Constituent::new(listing.clone()) }
        };
        let list: Vec<Constituent> = last.iter().map(member).collect();
        let walked = walked(&list, &read(&rows(&history)), &[]);
        prop_assert_eq!(&walked.contradictions, &[]);
        prop_assert!(valid(&walked.membership));
        for (n, members) in history.iter().enumerate() {
            prop_assert_eq!(&on(&walked.membership, n), members, "on {}", day(n));
        }
    }

    #[test]
    fn dates_of_the_list_do_for_rows_that_are_missing(history in histories(), has_row in prop::collection::vec(any::<bool>(), 200)) {
        // Rows that add a member of today can be left out: its own date tells.
        let last = history.last().unwrap();
        let since = |listing: &Listing| {
            DAYS - history.iter().rev().take_while(|day| day.contains(listing)).count()
        };
        let mut rows = rows(&history);
        for (row, has_row) in rows.iter_mut().zip(has_row) {
            let listing = row.added.as_ref().map(|(code, _)| us_listing(code));
            if let Some(listing) = listing
                && !has_row && last.contains(&listing) && day(since(&listing)) == row.date
            {
                // A member's earlier spell could be taken for this one; see the rule of near dates.
                let returned = (0..since(&listing)).any(|n| history[n].contains(&listing));
                if !returned {
                    row.added = None;
                }
            }
        }
        let member = |listing: &Listing| Constituent {
            date_added: (since(listing) > 0).then(|| day(since(listing))),
            ..Constituent::new(listing.clone())
        };
        let list: Vec<Constituent> = last.iter().map(member).collect();
        let walked = walked(&list, &read(&rows), &[]);
        prop_assert_eq!(&walked.contradictions, &[]);
        for (n, members) in history.iter().enumerate() {
            prop_assert_eq!(&on(&walked.membership, n), members, "on {}", day(n));
        }
    }

    #[test]
    fn any_table_of_changes_gives_spells_that_can_be(
        rows in prop::collection::vec((0..DAYS + 5, 0..SYMBOLS + 1, 0..SYMBOLS + 1), 0..40),
        list in prop::collection::btree_map(0..SYMBOLS, prop::option::of(0..DAYS), 0..SYMBOLS),
        renames in prop::collection::vec((0..DAYS, 0..SYMBOLS, 0..SYMBOLS), 0..5),
    ) {
        let side = |n: usize| (n < SYMBOLS).then(|| (symbol(n).to_string(), String::new()));
        let row = |(n, (date, added, removed)): (usize, &(usize, usize, usize))| MembershipChange {
            date: day(*date),
            added: side(*added),
            removed: side(*removed),
            reason: String::new(),
            row: n + 1,
        };
        let rows: Vec<MembershipChange> = rows.iter().enumerate().map(row).collect();
        let list: Vec<Constituent> = list
            .iter()
            .map(|(n, added)| Constituent {
                date_added: added.map(day),
                ..Constituent::new(symbol(*n))
            })
            .collect();
        let renames: Vec<Rename> = renames
            .iter()
            .map(|(n, old, new)| Rename { date: day(*n), old: symbol(*old), new: symbol(*new) })
            .collect();
        let walked = walked(&list, &read(&rows), &renames);
        prop_assert!(valid(&walked.membership), "{}", walked.membership.to_csv());
        let text = walked.membership.to_csv();
        let back = Membership::from_csv(name(), &text, &exchanges()).unwrap().value;
        prop_assert_eq!(back.to_csv(), text);
        prop_assert_eq!(back, walked.membership);
    }

    #[test]
    fn refreshes_find_the_members_of_every_day_and_twice_is_once(history in histories()) {
        let mut membership = Membership::unknown(name());
        let none = Changes::default();
        for (n, members) in history.iter().enumerate() {
            let list: Vec<Listing> = members.iter().cloned().collect();
            let extension = refreshed(&membership, n, &list, &none);
            let again = refreshed(&extension.membership, n, &list, &none);
            prop_assert_eq!(&again.membership, &extension.membership);
            prop_assert!(again.difference.is_empty());
            membership = extension.membership;
            prop_assert!(valid(&membership));
            for (earlier, members) in history.iter().enumerate().take(n + 1) {
                prop_assert_eq!(&on(&membership, earlier), members);
            }
        }
    }

    #[test]
    fn refreshes_with_any_table_and_renames_twice_are_once(
        history in histories(),
        rows in prop::collection::vec((0..DAYS + 5, 0..SYMBOLS + 1, 0..SYMBOLS + 1), 0..20),
        renames in prop::collection::vec((0..SYMBOLS, 0..SYMBOLS), 0..4),
    ) {
        let side = |n: usize| (n < SYMBOLS).then(|| (symbol(n).to_string(), String::new()));
        let row = |(date, added, removed): &(usize, usize, usize)| MembershipChange {
            date: day(*date),
            added: side(*added),
            removed: side(*removed),
            reason: String::new(),
            row: 1,
        };
        let changes = read(&rows.iter().map(row).collect::<Vec<_>>());
        let mut membership = Membership::unknown(name());
        for (n, members) in history.iter().enumerate().step_by(5) {
            let list: Vec<Listing> = members.iter().cloned().collect();
            let renames: Vec<Rename> = renames
                .iter()
                .map(|(old, new)| Rename { date: day(n), old: symbol(*old), new: symbol(*new) })
                .collect();
            let refresh = Refresh {
                date: day(n),
                previous: None,
                list: &list,
                renames: &renames,
                changes: &changes,
            };
            membership = membership.extend(&refresh).unwrap().membership;
            prop_assert!(valid(&membership), "{}", membership.to_csv());
            let again = membership.extend(&refresh).unwrap().membership;
            prop_assert_eq!(again.to_csv(), membership.to_csv());
            let open: BTreeSet<Listing> = membership.open().into_iter().cloned().collect();
            prop_assert_eq!(&open, members);
        }
    }

    #[test]
    fn members_between_is_the_union_of_the_days(history in histories(), a in 0..DAYS, b in 0..DAYS) {
        let last = history.last().unwrap().iter().cloned().map(Constituent::new);
        let membership = walked(&last.collect::<Vec<_>>(), &read(&rows(&history)), &[]).membership;
        let between = membership.members_between(day(a), day(b)).map(|members| {
            members.into_iter().cloned().collect::<BTreeSet<Listing>>()
        });
        let known = membership.known_since().is_some_and(|since| since <= day(a));
        let union = (a..=b).flat_map(|n| on(&membership, n)).collect();
        prop_assert_eq!(between, known.then_some(union));
    }

    #[test]
    fn no_text_panics(text in "(symbol,from,to,source\n)?[,\"\r\nA-C0-9/. -é\u{feff}]{0,80}") {
        let _ = Membership::from_csv(name(), &text, &exchanges()).map_err(|error| error.to_string());
    }
}
