use jiff::civil::date;

use super::*;
use crate::Constituent;
use crate::identity::Rename;
use crate::with_kept;
use quantx_fixtures::{exchange, us_listing};
use quantx_market::{Date, ExchangeTable, Listing, UniverseName};

pub(super) fn name() -> UniverseName {
    UniverseName::parse("us_sp500").unwrap()
}

pub(super) fn exchanges() -> ExchangeTable {
    ExchangeTable::new([exchange("us", ""), exchange("hk", "HK")]).unwrap()
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn read(text: &str) -> Membership {
    Membership::from_csv(
        name(),
        &format!("symbol,from,to,source\n{text}"),
        &exchanges(),
    )
    .unwrap()
    .value
}

/// Rows such as `2020-01-02 +A -B reason`, in the order of a page.
pub(super) fn changes(rows: &[&str]) -> Changes {
    let parsed: Vec<MembershipChange> = rows
        .iter()
        .enumerate()
        .map(|(n, row)| {
            let mut change = MembershipChange {
                date: day(&row[..10]),
                added: None,
                removed: None,
                reason: String::new(),
                row: n + 1,
            };
            for word in row[10..].split_whitespace() {
                let side = |code: &str| Some((code.to_owned(), String::new()));
                if let Some(code) = word.strip_prefix('+') {
                    change.added = side(code);
                } else if let Some(code) = word.strip_prefix('-') {
                    change.removed = side(code);
                } else {
                    change.reason.push_str(word);
                    change.reason.push(' ');
                }
            }
            change
        })
        .collect();
    Changes::read(&parsed, |code| {
        Listing::parse(&code.replace('.', "-"), &exchanges())
    })
}

/// Members such as `A` and `B:2015-01-02`, the date being the one of the list.
fn members(words: &str) -> Vec<Constituent> {
    let member = |word: &str| {
        let (symbol, date) = word.split_once(':').unwrap_or((word, ""));
        Constituent {
            date_added: Constituent::parse_date_added(date),
            ..Constituent::new(us_listing(symbol))
        }
    };
    words.split_whitespace().map(member).collect()
}

pub(super) fn rename(date: &str, old: &str, new: &str) -> Rename {
    Rename {
        date: day(date),
        old: us_listing(old),
        new: us_listing(new),
    }
}

/// Walks back from a list of 2020-12-31 to 2010-01-01.
pub(super) fn walk(list: &str, rows: &[&str], renames: &[Rename]) -> WalkedBack {
    let (name, list, changes) = (name(), members(list), changes(rows));
    let walked = walk_back(&Walk {
        name: &name,
        list: &list,
        as_of: date(2020, 12, 31),
        changes: &changes,
        renames,
        horizon: date(2010, 1, 1),
    });
    let spells = walked.membership.spells().to_vec();
    assert_eq!(Membership::new(name, spells).unwrap(), walked.membership);
    walked
}

/// [`walk`]; spells and contradictions as lines.
fn walked(list: &str, rows: &[&str], renames: &[Rename]) -> String {
    let walked = walk(list, rows, renames);
    let csv = walked.membership.to_csv();
    let contradictions_text = walked
        .contradictions
        .iter()
        .map(|contradictions_text| format!("{contradictions_text}\n"));
    csv.lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .chain(contradictions_text)
        .collect()
}

#[test]
fn changes_are_undone_from_the_last_to_the_first() {
    assert_eq!(
        walked(
            "A C BRK-B",
            &["2015-03-02 +C -B", "2012-06-01 +B", "2011-01-03 -BRK.A"],
            &[]
        ),
        "A,2010-01-01,,unproven\n\
         B,2012-06-01,2015-03-02,changes\n\
         BRK-A,2010-01-01,2011-01-03,unproven/changes\n\
         BRK-B,2010-01-01,,unproven\n\
         C,2015-03-02,,changes\n"
    );
}

#[test]
fn a_day_may_have_many_rows_and_a_row_one_side() {
    assert_eq!(
        walked(
            "A B",
            &["2015-03-02 +A -X", "2015-03-02 +B", "2015-03-02 -UA/UAA"],
            &[]
        ),
        "A,2015-03-02,,changes\n\
         B,2015-03-02,,changes\n\
         UA,2010-01-01,2015-03-02,unproven/changes\n\
         UAA,2010-01-01,2015-03-02,unproven/changes\n\
         X,2010-01-01,2015-03-02,unproven/changes\n"
    );
}

#[test]
fn a_symbol_may_come_back_or_pass_to_another_company_on_one_day() {
    assert_eq!(
        walked(
            "A",
            &["2015-03-02 +A", "2013-01-02 -A", "2011-12-12 +A -A"],
            &[]
        ),
        "A,2010-01-01,2011-12-12,unproven/changes\n\
         A,2011-12-12,2013-01-02,changes\n\
         A,2015-03-02,,changes\n"
    );
}

#[test]
fn what_does_not_fit_is_told() {
    assert_eq!(
        walked(
            "A META:2013-12-23",
            &[
                "2016-01-04 +A",
                "2015-06-01 +Z -Z",
                "2014-01-02 +A",
                "2013-12-23 +FB -T",
                "2012-01-03 -META",
                "2011-01-03 +?",
            ],
            &[]
        ),
        "A,2016-01-04,,changes\n\
         META,2010-01-01,2012-01-03,unproven/changes\n\
         META,2013-12-23,,changes\n\
         T,2010-01-01,2013-12-23,unproven/changes\n\
         2015-06-01 Z (row 2): added and removed on one day\n\
         2014-01-02 A (row 3): added, and again on 2016-01-04 without leaving\n\
         2013-12-23 FB (row 4): joined under this symbol, and is META in the list\n\
         2011-01-03 ? (row 6): symbol \"?\" has '?'; allowed are letters, digits, '-', '_' and '.'\n"
    );
    assert_eq!(
        walked("A:2011-01-03", &["2015-01-02 -A"], &[]),
        "A,2011-01-03,,date_added\n\
         2015-01-02 A (row 1): removed, but a member afterwards without being added again\n"
    );
}

#[test]
fn a_row_knows_better_than_the_list_when_a_member_was_added() {
    for (list, contradictions_text) in [
        ("A:2015-07-09", true),
        ("A:2015-07-01", true),
        ("A:1999-01-04", true),
        ("A:2015-07-08", false),
        ("A", false),
    ] {
        let text = walked(list, &["2015-07-08 +A -B"], &[]);
        assert!(
            text.starts_with("A,2015-07-08,,changes\n"),
            "{list}: {text}"
        );
        assert_eq!(
            text.contains("but the list says since"),
            contradictions_text,
            "{list}: {text}"
        );
    }
    // Years apart they are two events, of which the list knows the later.
    assert_eq!(
        walked("A:2018-01-02", &["2012-07-09 +A"], &[]),
        "A,2018-01-02,,date_added\n\
         2012-07-09 A (row 1): added, and again on 2018-01-02 without leaving\n"
    );
}

#[test]
fn a_rename_is_no_change_of_members() {
    let spells = "FB,2013-12-23,2018-06-09,changes/rename\n\
                  META,2018-06-09,,rename\n";
    let row = ["2013-12-23 +FB"];
    let known = rename("2018-06-09", "FB", "META");
    assert_eq!(walked("META:2013-12-23", &row, &[known]), spells);
    // Told by a row whose reason says so, or by a row where identity does, days apart.
    let reason = [
        "2018-06-09 +META -FB symbol changed from FB to META",
        row[0],
    ];
    assert_eq!(walked("META:2013-12-23", &reason, &[]), spells);
    let bare = ["2018-06-09 +META -FB", row[0]];
    let seen = rename("2018-06-15", "FB", "META");
    assert_eq!(walked("META:2013-12-23", &bare, &[seen]), spells);
    // Nothing says so.
    assert!(walked("META", &bare, &[]).starts_with("FB,2013-12-23,2018-06-09,changes\n"));
}

#[test]
fn rows_of_old_symbols_know_more_than_the_date_of_the_list() {
    assert_eq!(
        walked(
            "DD:2019-04-02",
            &[
                "2019-06-03 +DD -DWDP DWDP changed to DD",
                "2017-09-01 +DWDP -DOW ticker changed from DOW to DWDP",
            ],
            &[]
        ),
        "DD,2019-06-03,,rename\n\
         DOW,2010-01-01,2017-09-01,unproven/rename\n\
         DWDP,2017-09-01,2019-06-03,rename\n\
         2017-09-01 DWDP (row 2): a member from here on, but the list says since 2019-04-02\n"
    );
}

#[test]
fn symbols_pass_on_along_a_chain_of_renames() {
    assert_eq!(
        walked(
            "A B",
            &[],
            &[
                rename("2015-01-02", "A", "B"),
                rename("2015-01-02", "C", "A")
            ]
        ),
        "A,2010-01-01,2015-01-02,unproven/rename\n\
         A,2015-01-02,,rename\n\
         B,2015-01-02,,rename\n\
         C,2010-01-01,2015-01-02,unproven/rename\n"
    );
    assert_eq!(
        walked(
            "A B",
            &[],
            &[
                rename("2015-01-02", "A", "B"),
                rename("2015-01-02", "X", "Y")
            ]
        ),
        "A,2010-01-01,,unproven\n\
         B,2010-01-01,,unproven\n\
         2015-01-02 B: renamed from A, but the members do not fit\n"
    );
}

#[test]
fn announced_changes_count_as_far_as_the_list_has_them() {
    let rows = ["2021-01-07 +NEW -OLD"];
    assert_eq!(walked("OLD", &rows, &[]), "OLD,2010-01-01,,unproven\n");
    assert_eq!(
        walked("NEW", &rows, &[]),
        "NEW,2021-01-07,,changes\n\
         OLD,2010-01-01,2021-01-07,unproven/changes\n"
    );
}

#[test]
fn nothing_is_claimed_before_the_horizon() {
    assert_eq!(
        walked(
            "A B:2009-12-31 C:2010-01-01",
            &["2010-01-01 +A -X", "2009-06-01 +B -Y"],
            &[]
        ),
        "A,2010-01-01,,changes\n\
         B,2010-01-01,,known_since\n\
         C,2010-01-01,,date_added\n"
    );
}

#[test]
fn members_are_asked_by_date() {
    let membership = read(
        "A,2010-01-01,2012-01-01,changes\nA,2015-01-01,,refresh\nB,2011-01-01,2013-01-01,changes\n",
    );
    let on = |text: &str| {
        let members = membership.members_on(day(text))?;
        Some(
            members
                .into_iter()
                .map(Listing::to_string)
                .collect::<Vec<_>>()
                .join(" "),
        )
    };
    assert_eq!(on("2009-12-31"), None);
    assert_eq!(on("2010-01-01").unwrap(), "A");
    assert_eq!(on("2011-12-31").unwrap(), "A B");
    assert_eq!(on("2012-01-01").unwrap(), "B");
    assert_eq!(on("2014-01-01").unwrap(), "");
    assert_eq!(on("2030-01-01").unwrap(), "A");
    let between = |a, b| {
        membership
            .members_between(day(a), day(b))
            .map(|members| members.len())
    };
    assert_eq!(between("2012-12-31", "2014-12-31"), Some(1));
    assert_eq!(between("2012-12-31", "2015-01-01"), Some(2));
    assert_eq!(between("2015-01-02", "2015-01-01"), Some(0));
    assert_eq!(between("2009-01-01", "2015-01-01"), None);
    assert_eq!(
        membership.plausible_since(&(1..=2)),
        Some(day("2015-01-01"))
    );
    assert_eq!(
        membership.plausible_since(&(0..=2)),
        Some(day("2010-01-01"))
    );
    assert_eq!(membership.plausible_since(&(2..=2)), None);
    assert_eq!(
        membership.since(day("2012-06-01")),
        read("A,2015-01-01,,refresh\nB,2012-06-01,2013-01-01,known_since/changes\n")
    );
    assert_eq!(
        Membership::unknown(name()).members_on(day("2020-01-01")),
        None
    );
}

#[test]
fn a_file_is_read_whatever_wrote_it_and_every_bad_row_is_named() {
    let plain = read("A,2010-01-01,,changes/refresh\n0700.HK,2010-01-01,2011-01-01,refresh\n");
    let edited = "\u{feff}Source,Symbol,To,From,note\r\n refresh ,0700.hk,2011-01-01,2010-01-01,x\r\n\r\n,,,\r\nchanges,a,,2010-01-01\r\n";
    assert_eq!(
        Membership::from_csv(name(), edited, &exchanges())
            .unwrap()
            .value,
        plain
    );
    let bad = "symbol,from,to,source\nA,2010-01-01,,changes\n../x,2010-01-01,,changes\n\nA,2012-01-01,,changes\n\
               B,1 May 2010,,changes\nC,2010-01-02,2010-01-01,changes\nD,2010-01-01,,guess\nE,2010-01-01,2010,changes\n";
    let table = Membership::from_csv(name(), bad, &exchanges()).unwrap();
    // The others count, and all lines come back when the table is written again.
    assert_eq!(table.value, read("A,2010-01-01,,changes\n"));
    let again = with_kept(table.value.to_csv(), &table.unusable);
    let again = Membership::from_csv(name(), &again, &exchanges()).unwrap();
    assert_eq!((&again.value, again.unusable.len()), (&table.value, 6));
    assert_eq!(
        table.whole("membership us_sp500").unwrap_err().to_string(),
        "membership us_sp500 has 6 unusable rows:\n  \
         line 3: symbol \"../x\" has '/'; allowed are letters, digits, '-', '_' and '.'\n  \
         line 5: A from 2012-01-01 overlaps its row from 2010-01-01\n  \
         line 6: from \"1 May 2010\" is not a date such as 2024-01-31\n  \
         line 7: C ends on 2010-01-01, not after it begins on 2010-01-02\n  \
         line 8: source \"guess\" is unknown; known are changes, date_added, refresh, rename, known_since, unproven, imported\n  \
         line 9: to \"2010\" is not a date such as 2024-01-31"
    );
    assert_eq!(
        Membership::from_csv(name(), "symbol,from,source\n", &exchanges())
            .unwrap_err()
            .to_string(),
        "membership us_sp500 has no column to; its columns are symbol, from, source, wanted are symbol, from, to, source"
    );
}
