//! Four real years: a page of 2022-11-10 with its table of changes, and 48 lists around it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::civil::date;
use scraper::{ElementRef, Html, Selector};

use super::tests::{exchanges, name};
use super::*;
use crate::identity::{CompanyId, Identity, Today};
use crate::{Constituent, Gate};
use quantx_fixtures::shared_data;
use quantx_market::{Date, ExchangeTable, Listing, SymbolError};

/// The page's revision 1120976287.
const PAGE_DATE: Date = date(2022, 11, 10);
const HORIZON: Date = date(1996, 1, 1);

fn folder() -> Option<PathBuf> {
    Some(shared_data()?.join("universe"))
}

static EXCHANGES: LazyLock<ExchangeTable> = LazyLock::new(exchanges);

fn listing(code: &str) -> Result<Listing, SymbolError> {
    Listing::parse(&code.replace('.', "-"), &EXCHANGES)
}

fn constituent(symbol: &str, date_added: &str, cik: &str) -> Constituent {
    Constituent {
        listing: listing(symbol).unwrap(),
        date_added: date_added.trim().parse().ok(),
        ids: vec![CompanyId::cik(cik).unwrap()],
    }
}

/// The constituents of one csv, by the names of its columns, which have changed over the years.
fn list(path: &Path) -> Vec<Constituent> {
    let mut reader = ::csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |names: &[&str]| headers.iter().position(|h| names.contains(&h)).unwrap();
    let symbol = column(&["Symbol"]);
    let added = column(&["Date added", "Date first added"]);
    let cik = column(&["CIK"]);
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        constituent(&row[symbol], &row[added], &row[cik])
    });
    rows.collect()
}

/// The monthly lists, ascending.
fn lists(folder: &Path) -> Vec<(Date, Vec<Constituent>)> {
    let files = fs::read_dir(folder.join("wikipedia_sp500_daily")).unwrap();
    let mut lists: Vec<(Date, Vec<Constituent>)> = files
        .map(|file| {
            let path = file.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (Date::strptime("%Y%m%d", stem).unwrap(), list(&path))
        })
        .collect();
    lists.sort_by_key(|(date, _)| *date);
    lists
}

/// The cells of a table without footnote marks.
fn cells(page: &Html, id: &str) -> Vec<Vec<String>> {
    let rows = Selector::parse(&format!("table#{id} tr")).unwrap();
    let cell = Selector::parse("td").unwrap();
    let rows = page
        .select(&rows)
        .map(|row| row.select(&cell).map(text).collect());
    rows.filter(|row: &Vec<String>| !row.is_empty()).collect()
}

fn text(cell: ElementRef<'_>) -> String {
    let texts = cell.descendants().filter(|node| {
        let mut parents = node
            .ancestors()
            .filter_map(|parent| parent.value().as_element());
        !parents.any(|element| element.name() == "sup")
    });
    let text: String = texts
        .filter_map(|node| node.value().as_text().map(|text| text.to_string()))
        .collect();
    text.trim().to_owned()
}

fn page(folder: &Path) -> (Vec<Constituent>, Changes) {
    let file = folder.join("sp500-rev1120976287-2022-11-10-parsoid.html");
    let page = Html::parse_document(&fs::read_to_string(file).unwrap());
    let members: Vec<Constituent> = cells(&page, "constituents")
        .iter()
        .map(|row| constituent(&row[0], &row[6], &row[7]))
        .collect();
    let side =
        |code: &str, name: &str| (!code.is_empty()).then(|| (code.to_owned(), name.to_owned()));
    let rows: Vec<MembershipChange> = cells(&page, "changes")
        .iter()
        .enumerate()
        .map(|(n, row)| MembershipChange {
            date: Date::strptime("%B %d, %Y", &row[0]).unwrap(),
            added: side(&row[1], &row[2]),
            removed: side(&row[3], &row[4]),
            reason: row[5].clone(),
            row: n + 1,
        })
        .collect();
    assert_eq!((members.len(), rows.len()), (503, 312));
    (members, Changes::read(&rows, listing))
}

fn walked(list: &[Constituent], changes: &Changes, identity: &Identity) -> WalkedBack {
    walk_back(&Walk {
        name: &name(),
        list,
        as_of: PAGE_DATE,
        changes,
        renames: &identity.renames(&name()),
        horizon: HORIZON,
    })
}

fn symbols(list: &[Constituent]) -> BTreeSet<&Listing> {
    list.iter().map(|member| &member.listing).collect()
}

/// Symbols of one but not of both, as text.
fn differing(membership: &Membership, date: Date, list: &[Constituent]) -> String {
    let members = membership.members_between(date, date).unwrap();
    let listed = symbols(list);
    let names: Vec<String> = members
        .symmetric_difference(&listed)
        .map(|l| l.to_string())
        .collect();
    names.join(" ")
}

/// What the list of two days before the page and the page together tell about identity.
fn first_identity(before: &(Date, Vec<Constituent>), page: &[Constituent]) -> Identity {
    let identity = Identity::default()
        .observe(&name(), before.0, &before.1)
        .unwrap();
    let sighting = identity.identity.observe(&name(), PAGE_DATE, page).unwrap();
    assert_eq!(sighting.renames.len(), 1);
    sighting.identity
}

#[test]
fn the_page_walks_back_through_a_quarter_of_a_century() {
    let Some(folder) = folder() else { return };
    let (members, changes) = page(&folder);
    let walked = walked(&members, &changes, &Identity::default());
    let membership = &walked.membership;
    assert_eq!(
        Membership::new(name(), membership.spells().to_vec()).as_ref(),
        Ok(membership)
    );
    let back = Membership::from_csv(name(), &membership.to_csv(), &EXCHANGES)
        .unwrap()
        .value;
    assert_eq!(&back, membership);

    let mut text = String::from("members at the start of each year\n");
    for year in 1996..=2022 {
        let count = membership
            .members_between(date(year, 1, 1), date(year, 1, 1))
            .unwrap()
            .len();
        writeln!(text, "{year}: {count}").unwrap();
    }
    for (low, high) in [(500, 505), (499, 506), (495, 510), (490, 515), (475, 525)] {
        let since = membership.plausible_since(&(low..=high)).unwrap();
        writeln!(text, "always {low} to {high} members since {since}").unwrap();
    }
    writeln!(text, "\nrenames told by rows").unwrap();
    for rename in &walked.renames {
        writeln!(text, "{}: {} to {}", rename.date, rename.old, rename.new).unwrap();
    }
    writeln!(text, "\n{} contradictions", walked.contradictions.len()).unwrap();
    for contradiction in &walked.contradictions {
        writeln!(text, "{contradiction}").unwrap();
    }
    insta::assert_snapshot!("walk_back", text);
}

#[test]
fn the_membership_equals_every_list_after_every_refresh() {
    let Some(folder) = folder() else { return };
    let (members, changes) = page(&folder);
    let lists = lists(&folder);
    let (before, later) = lists.split_first().unwrap();
    assert_eq!((before.0, later.len()), (date(2022, 11, 8), 47));

    // GEN was NLOK until the day of the list; the page alone cannot know, its CIK can.
    let alone = walked(&members, &changes, &Identity::default()).membership;
    assert_eq!(differing(&alone, before.0, &before.1), "GEN NLOK");
    let mut identity = first_identity(before, &members);
    let mut membership = walked(&members, &changes, &identity).membership;
    assert_eq!(differing(&membership, before.0, &before.1), "");

    let gate = Gate {
        members: 495..=510,
        max_change: "2%".parse().unwrap(),
    };
    let mut text = String::from(
        "month: members, joined, left, renamed, differing now, differing without identity\n",
    );
    let mut checked = vec![before];
    let mut plain = alone;
    let mut previous = PAGE_DATE;
    for list in later {
        let (date, constituents) = (list.0, &list.1);
        let sighting = identity.observe(&name(), date, constituents).unwrap();
        let stored: Vec<Listing> = membership.open().into_iter().cloned().collect();
        let fresh: Vec<Listing> = symbols(constituents).into_iter().cloned().collect();
        let passed = gate
            .check(Some(&stored), &fresh, &sighting.renames)
            .unwrap();
        let mut refresh = Refresh {
            date,
            previous: Some(previous),
            list: &fresh,
            renames: &sighting.renames,
            changes: &changes,
        };
        let extension = membership.extend(&refresh).unwrap();
        assert_eq!(extension.difference, passed);
        assert_eq!(extension.contradictions, []);
        let again = extension.membership.extend(&refresh).unwrap();
        assert_eq!(again.membership, extension.membership);
        membership = extension.membership;
        refresh.renames = &[];
        plain = plain.extend(&refresh).unwrap().membership;
        checked.push(list);
        for (date, constituents) in &checked {
            assert_eq!(
                differing(&membership, *date, constituents),
                "",
                "{date} after {}",
                list.0
            );
        }
        let difference = &extension.difference;
        writeln!(
            text,
            "{date}: {}, {}, {}, {}, {}, {}",
            fresh.len(),
            difference.joined.len(),
            difference.left.len(),
            difference.renamed.len(),
            differing(&membership, date, constituents)
                .split_whitespace()
                .count(),
            differing(&plain, date, constituents)
                .split_whitespace()
                .count(),
        )
        .unwrap();
        writeln!(text, "    {difference}").unwrap();
        for doubt in &sighting.doubts {
            writeln!(text, "    doubt: {doubt}").unwrap();
        }
        identity = sighting.identity;
        previous = date;
    }
    let spells = membership.spells().to_vec();
    assert_eq!(Membership::new(name(), spells).as_ref(), Ok(&membership));
    let back = Membership::from_csv(name(), &membership.to_csv(), &EXCHANGES)
        .unwrap()
        .value;
    assert_eq!(back, membership);
    assert_eq!(
        Identity::from_csv(&identity.to_csv(), &EXCHANGES)
            .unwrap()
            .value,
        identity
    );
    writeln!(
        text,
        "\nrenames by identity, and what the old symbol is called on the last day"
    )
    .unwrap();
    for rename in identity.renames(&name()) {
        let today = match identity.today(&rename.old, rename.date.yesterday().unwrap()) {
            Today::Is(listing) => listing.to_string(),
            other => panic!("{} is {other:?}", rename.old),
        };
        writeln!(
            text,
            "{}: {} to {}, today {today}",
            rename.date, rename.old, rename.new
        )
        .unwrap();
    }
    insta::assert_snapshot!("refreshes", text);
}

#[test]
fn dates_that_lists_give_agree_with_the_refreshes_that_saw_them() {
    let Some(folder) = folder() else { return };
    let (members, changes) = page(&folder);
    let lists = lists(&folder);
    let identity = first_identity(&lists[0], &members);
    let mut membership = walked(&members, &changes, &identity).membership;
    let (mut identity, mut previous) = (identity, PAGE_DATE);
    let mut text = String::from(
        "joined by a refresh, but the list says another time than between the two lists\n",
    );
    let mut joined = 0;
    for (date, constituents) in &lists[1..] {
        let sighting = identity.observe(&name(), *date, constituents).unwrap();
        let fresh: Vec<Listing> = symbols(constituents).into_iter().cloned().collect();
        let refresh = Refresh {
            date: *date,
            previous: Some(previous),
            list: &fresh,
            renames: &sighting.renames,
            changes: &changes,
        };
        let extension = membership.extend(&refresh).unwrap();
        for listing in &extension.difference.joined {
            joined += 1;
            let member = constituents
                .iter()
                .find(|member| member.listing == *listing)
                .unwrap();
            let between = member
                .date_added
                .filter(|added| previous < *added && *added <= *date);
            if between.is_none() {
                writeln!(text, "{date}: {listing} says {:?}", member.date_added).unwrap();
            }
        }
        membership = extension.membership;
        identity = sighting.identity;
        previous = *date;
    }
    writeln!(text, "of {joined} in all").unwrap();
    // Another publisher's list, and what it has that no list of its time has.
    let other = list(&folder.join("constituents.csv"));
    let of_other = symbols(&other);
    let nearest = lists
        .iter()
        .map(|(date, list)| (symbols(list).symmetric_difference(&of_other).count(), date));
    let (differing_symbols, nearest) = nearest.min().unwrap();
    writeln!(
        text,
        "\nconstituents.csv is nearest to the list of {nearest}, {differing_symbols} symbols differ"
    )
    .unwrap();
    writeln!(text, "{}", differing(&membership, *nearest, &other)).unwrap();
    insta::assert_snapshot!("dates_of_lists", text);
}
