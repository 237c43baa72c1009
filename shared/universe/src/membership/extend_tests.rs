use super::tests::{changes, day, name, read};
use super::*;
use crate::identity::Rename;
use quantx_fixtures::us_listing;
use quantx_market::Listing;

const NO_ROWS: &[&str] = &[];

/// Extends by the list of a date; spells, difference and contradictions as lines. Doing it twice
/// must change nothing.
fn extended(
    spells: &str,
    date: &str,
    list: &str,
    rows: &[&str],
    renames: &[(&str, &str)],
) -> String {
    let list: Vec<Listing> = list.split_whitespace().map(us_listing).collect();
    let (changes, date) = (changes(rows), day(date));
    let renames: Vec<Rename> = renames
        .iter()
        .map(|(old, new)| Rename {
            date,
            old: us_listing(old),
            new: us_listing(new),
        })
        .collect();
    let refresh = Refresh {
        date,
        previous: None,
        list: &list,
        renames: &renames,
        changes: &changes,
    };
    let first = read(spells).extend(&refresh).unwrap();
    let again = first.membership.extend(&refresh).unwrap();
    assert_eq!(again.membership, first.membership);
    assert!(again.difference.is_empty(), "{}", again.difference);
    let spells = first.membership.spells().to_vec();
    assert_eq!(Membership::new(name(), spells).unwrap(), first.membership);
    let csv = first.membership.to_csv();
    let mut text: String = csv
        .lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    text.push_str(&format!("{}\n", first.difference));
    let contradictions_text = first
        .contradictions
        .iter()
        .map(|contradictions_text| format!("{contradictions_text}\n"));
    text + &contradictions_text.collect::<String>()
}

#[test]
fn the_first_list_begins_the_membership() {
    assert_eq!(
        extended("", "2024-01-02", "B A", &["2023-12-18 +A"], &[]),
        "A,2024-01-02,,known_since\nB,2024-01-02,,known_since\n2 joined: A B\n"
    );
}

#[test]
fn a_difference_opens_and_closes_spells_on_the_date_of_the_list() {
    assert_eq!(
        extended(
            "A,2020-01-01,,known_since\nB,2021-01-01,,changes\nC,2020-01-01,2022-01-01,changes\n",
            "2024-01-02",
            "A C D",
            NO_ROWS,
            &[]
        ),
        "A,2020-01-01,,known_since\n\
         B,2021-01-01,2024-01-02,changes/refresh\n\
         C,2020-01-01,2022-01-01,changes\n\
         C,2024-01-02,,refresh\n\
         D,2024-01-02,,refresh\n\
         2 joined: C D; 1 left: B\n"
    );
}

#[test]
fn a_row_near_the_refresh_gives_the_effective_date() {
    let before = "A,2020-01-01,,known_since\nB,2020-01-01,,known_since\n";
    let after = |row: &str| extended(before, "2024-01-10", "A C", &[row], &[]);
    for (row, date, source) in [
        ("2024-01-04 +C -B", "2024-01-04", "changes"),
        ("2024-01-16 +C -B", "2024-01-16", "changes"),
        ("2023-06-01 +C -B", "2024-01-10", "refresh"),
        ("2024-03-01 +C -B", "2024-01-10", "refresh"),
    ] {
        let end = format!("known_since/{source}");
        assert_eq!(
            after(row),
            format!(
                "A,2020-01-01,,known_since\nB,2020-01-01,{date},{end}\nC,{date},,{source}\n\
                 1 joined: C; 1 left: B\n"
            ),
            "{row}"
        );
    }
}

#[test]
fn rows_between_two_distant_lists_tell_of_the_later() {
    let list = [us_listing("A"), us_listing("C")];
    let changes = changes(&["2023-06-01 +C", "2022-06-01 +C"]);
    let membership = read("A,2020-01-01,,known_since\n");
    let start = |previous| {
        let refresh = Refresh {
            date: day("2024-01-10"),
            previous,
            list: &list,
            renames: &[],
            changes: &changes,
        };
        let extended = membership.extend(&refresh).unwrap().membership;
        extended.spells()[1].start
    };
    assert_eq!(
        start(None),
        Edge::new(day("2024-01-10"), SpellSource::Refresh)
    );
    let contradictions_text = Edge::new(day("2023-06-01"), SpellSource::Changes);
    assert_eq!(start(Some(day("2023-03-01"))), contradictions_text);
}

#[test]
fn a_row_written_later_corrects_the_date_of_an_earlier_refresh() {
    assert_eq!(
        extended(
            "A,2020-01-01,,known_since\nB,2020-01-01,2024-01-10,known_since/refresh\nC,2024-01-10,,refresh\n",
            "2024-01-17",
            "A C",
            &["2024-01-04 +C -B"],
            &[]
        ),
        "A,2020-01-01,,known_since\n\
         B,2020-01-01,2024-01-04,known_since/changes\n\
         C,2024-01-04,,changes\n\
         no change\n"
    );
}

#[test]
fn a_row_that_does_not_fit_is_told() {
    assert_eq!(
        extended(
            "A,2024-01-05,,known_since\nB,2024-01-08,,refresh\n",
            "2024-01-10",
            "A C",
            &["2024-01-04 +C -B"],
            &[]
        ),
        "A,2024-01-05,,known_since\n\
         B,2024-01-08,2024-01-10,refresh\n\
         C,2024-01-10,,refresh\n\
         1 joined: C; 1 left: B\n\
         2024-01-04 B (row 1): does not fit the other spells; the refresh of 2024-01-10 counts\n\
         2024-01-04 C (row 1): does not fit the other spells; the refresh of 2024-01-10 counts\n"
    );
}

#[test]
fn an_announced_change_waits_for_its_day_and_may_be_undone() {
    let announced = "A,2020-01-01,,known_since\n\
                     B,2020-01-01,2024-01-16,known_since/changes\n\
                     C,2024-01-16,,changes\n";
    let row = ["2024-01-16 +C -B"];
    assert_eq!(
        extended(announced, "2024-01-12", "A C", &row, &[]),
        format!("{announced}no change\n")
    );
    assert_eq!(
        extended(announced, "2024-01-12", "A B", NO_ROWS, &[]),
        "A,2020-01-01,,known_since\nB,2020-01-01,,known_since\n1 joined: B; 1 left: C\n"
    );
}

#[test]
fn a_rename_goes_on_under_the_new_symbol() {
    let before = "A,2020-01-01,,known_since\nFB,2020-01-01,,known_since\n";
    let after = |date: &str| {
        format!(
            "A,2020-01-01,,known_since\nFB,2020-01-01,{date},known_since/rename\nMETA,{date},,rename\n\
             1 renamed: FB to META\n"
        )
    };
    let renames = [("FB", "META")];
    assert_eq!(
        extended(before, "2022-06-15", "A META", NO_ROWS, &renames),
        after("2022-06-15")
    );
    let row = ["2022-06-09 +META -FB"];
    assert_eq!(
        extended(before, "2022-06-15", "A META", &row, &renames),
        after("2022-06-09")
    );
}

#[test]
fn a_renamed_member_may_leave_its_symbol_to_another() {
    let before = "A,2020-01-01,,known_since\nC,2020-01-01,,known_since\n";
    let ended = "A,2020-01-01,2024-01-10,known_since/rename\n";
    let chain = [("A", "B"), ("C", "A")];
    assert_eq!(
        extended(before, "2024-01-10", "A B", NO_ROWS, &chain),
        format!(
            "{ended}A,2024-01-10,,rename\nB,2024-01-10,,rename\n\
             C,2020-01-01,2024-01-10,known_since/rename\n2 renamed: A to B C to A\n"
        )
    );
    assert_eq!(
        extended(before, "2024-01-10", "A B C", NO_ROWS, &chain[..1]),
        format!(
            "{ended}A,2024-01-10,,refresh\nB,2024-01-10,,rename\nC,2020-01-01,,known_since\n\
             1 joined: A; 1 renamed: A to B\n"
        )
    );
    // C was another company; its symbol went to A on the day it left.
    assert_eq!(
        extended(before, "2024-01-10", "C", NO_ROWS, &[("A", "C")]),
        format!(
            "{ended}C,2020-01-01,2024-01-10,known_since/refresh\nC,2024-01-10,,rename\n\
             1 left: C; 1 renamed: A to C\n"
        )
    );
}

#[test]
fn a_second_list_of_the_day_replaces_the_first() {
    assert_eq!(
        extended(
            "A,2020-01-01,2024-01-10,known_since/refresh\nB,2024-01-10,,refresh\nC,2020-01-01,,known_since\n",
            "2024-01-10",
            "A C",
            NO_ROWS,
            &[]
        ),
        "A,2020-01-01,,known_since\nC,2020-01-01,,known_since\n1 joined: A; 1 left: B\n"
    );
}

#[test]
fn an_older_list_is_refused() {
    let membership = read("A,2020-01-01,2024-01-10,known_since/refresh\n");
    let refresh = Refresh {
        date: day("2024-01-09"),
        previous: None,
        list: &[],
        renames: &[],
        changes: &Changes::default(),
    };
    assert_eq!(
        membership.extend(&refresh).unwrap_err().to_string(),
        "the list of 2024-01-09 is older than that of 2024-01-10, which is known already; lists are taken in their order"
    );
}
