//! What is proven of members of before the first page, and what is not.

use super::tests::{day, exchanges, name, rename, walk};
use super::*;

#[test]
fn a_history_of_one_s_own_is_imported_in_any_spelling_or_refused_with_every_line() {
    let text =
        "Symbol,Name,From,To\nBRK.B,Berkshire,2010-02-16,\n700.hk,Tencent,2008-06-10,2020-01-01\n";
    let imported = Membership::import(name(), text, &exchanges()).unwrap();
    assert_eq!(
        imported.to_csv(),
        "symbol,from,to,source\n0700.HK,2008-06-10,2020-01-01,imported\nBRK-B,2010-02-16,,imported\n"
    );
    let error = |text: &str| {
        Membership::import(name(), text, &exchanges())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error("symbol,from,to\nA,2010-01-01,\nA,2012-01-01,\nRY.TO,2010-01-01,\nB,soon,\n"),
        "the history of us_sp500 has 3 unusable rows:\n  \
         line 3: A from 2012-01-01 overlaps its row from 2010-01-01\n  \
         line 4: symbol \"RY.TO\" has the unknown suffix \".TO\"; known are .HK (share classes are written with a dash: BRK-B)\n  \
         line 5: from \"soon\" is not a date such as 2024-01-31"
    );
    assert_eq!(
        error("symbol,from,to\n"),
        "the history of us_sp500 has no row"
    );
    assert!(error("symbol,to\nA,\n").contains("no column from"));
}

#[test]
fn a_beginning_that_nothing_tells_is_unproven() {
    // A left, and no row says when it came; B says itself since when it is there.
    let walked = walk(
        "B:1980-01-02 C",
        &["2020-05-12 +D -A", "2013-11-13 +K -N"],
        &[],
    );
    let text = walked.membership.to_csv();
    for line in [
        "A,2010-01-01,2020-05-12,unproven/changes",
        "B,2010-01-01,,known_since",
        "C,2010-01-01,,unproven",
        "N,2010-01-01,2013-11-13,unproven/changes",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let since = walked.membership.since(day("2011-01-03"));
    let unproven = since.unproven_between(day("2012-01-02"), day("2012-01-02"));
    let unproven: Vec<String> = unproven.into_iter().map(ToString::to_string).collect();
    assert_eq!(unproven, ["A", "C", "N"]);
    assert!(
        since
            .to_csv()
            .contains("A,2011-01-03,2020-05-12,unproven/changes")
    );
}

#[test]
fn a_seat_that_the_list_has_since_long_before_is_followed_through_its_symbols() {
    // Howmet: the list has it since 1964, rows give it the seat of Arconic, and that the one of Alcoa.
    let walked = walk(
        "HWM:1964-03-31",
        &[
            "2020-04-01 +HWM -ARNC ARNC separated into two companies",
            "2016-11-01 +ARNC -AA AA spins off ARNC",
        ],
        &[],
    );
    assert_eq!(
        walked.membership.to_csv(),
        "symbol,from,to,source\n\
         AA,2010-01-01,2016-11-01,known_since/rename\n\
         ARNC,2016-11-01,2020-04-01,rename\n\
         HWM,2020-04-01,,rename\n"
    );
    let message: Vec<String> = walked
        .contradictions
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        message[0],
        "2020-04-01 HWM (row 1): was ARNC until then: the list has it since 1964-03-31"
    );
}

#[test]
fn a_seat_is_not_followed_where_the_row_speaks_of_nobody_or_the_company_had_left() {
    for rows in [
        &["2020-04-01 +HWM -ARNC Market capitalization change"][..],
        &["2020-04-01 +HWM -ARNC ARNC left", "2012-01-03 -HWM"],
    ] {
        let walked = walk("HWM:1964-03-31", rows, &[]);
        let text = walked.membership.to_csv();
        assert!(text.contains("HWM,2020-04-01,,changes\n"), "{text}");
        assert!(
            text.contains("ARNC,2010-01-01,2020-04-01,unproven/changes\n"),
            "{text}"
        );
    }
}

#[test]
fn a_newcomer_of_the_list_and_one_of_the_table_are_one_company_where_there_is_no_other() {
    let meta = walk(
        "META:2013-12-23 X:1980-01-02",
        &["2013-12-23 +FB -TER"],
        &[],
    );
    let text = meta.membership.to_csv();
    assert!(text.contains("META,2013-12-23,,changes\n"), "{text}");
    assert_eq!(
        meta.contradictions[0].to_string(),
        "2013-12-23 FB (row 1): joined under this symbol, and is META in the list"
    );
    // Two candidates, or a newcomer of another month: nobody is guessed.
    for list in ["META:2013-12-23 Y:2013-12-20", "META:2014-01-23"] {
        let doubtful = walk(list, &["2013-12-23 +FB -TER"], &[]);
        let message = doubtful.contradictions[0].to_string();
        assert!(
            message.contains("added, but no member afterwards"),
            "{message}"
        );
        let late = doubtful.membership.unexplained_after(day("2013-01-02"));
        assert!(late.count() >= 1, "{list}");
    }
}

#[test]
fn a_rename_that_a_person_knows_is_followed_before_the_first_page() {
    let renames = [
        rename("2019-01-02", "KORS", "CPRI"),
        rename("2019-10-18", "BHGE", "BKR"),
        rename("2017-07-05", "BHI", "BHGE"),
    ];
    let walked = walk(
        "BKR:2017-07-07",
        &["2020-05-12 +DPZ -CPRI", "2013-11-13 +KORS -NYX"],
        &renames,
    );
    let text = walked.membership.to_csv();
    for line in [
        "BHGE,2017-07-05,2019-10-18,rename",
        "BHI,2010-01-01,2017-07-05,unproven/rename",
        "BKR,2019-10-18,,rename",
        "CPRI,2019-01-02,2020-05-12,rename/changes",
        "KORS,2013-11-13,2019-01-02,changes/rename",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}
