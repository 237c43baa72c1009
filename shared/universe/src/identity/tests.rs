use proptest::prelude::*;

use super::*;
use crate::Constituent;
use quantx_fixtures::{exchange, us_listing};
use quantx_market::{Date, ExchangeTable, Listing, UniverseName};

fn exchanges() -> ExchangeTable {
    ExchangeTable::new([exchange("us", "")]).unwrap()
}

fn sp500() -> UniverseName {
    UniverseName::parse("us_sp500").unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Members such as `GOOG:1652044` or `GOOG:1652044:US02079K1079`.
fn list(words: &str) -> Vec<Constituent> {
    let member = |word: &str| {
        let mut parts = word.split(':');
        let mut member = Constituent::new(us_listing(parts.next().unwrap()));
        member
            .ids
            .extend(parts.next().map(|cik| CompanyId::cik(cik).unwrap()));
        member
            .ids
            .extend(parts.next().map(|isin| CompanyId::isin(isin).unwrap()));
        member
    };
    words.split_whitespace().map(member).collect()
}

/// Sees lists of dates one after the other; the last identity, all renames and doubts as lines.
fn seen(lists: &[(&str, &str)]) -> (Identity, String) {
    let mut identity = Identity::default();
    let mut text = String::new();
    for (date, words) in lists {
        let list = list(words);
        let sighting = identity.observe(&sp500(), day(date), &list).unwrap();
        let again = sighting
            .identity
            .observe(&sp500(), day(date), &list)
            .unwrap();
        assert_eq!(again.identity, sighting.identity);
        assert_eq!((again.renames.len(), again.doubts.len()), (0, 0));
        for Rename { date, old, new } in &sighting.renames {
            text.push_str(&format!("{date}: {old} to {new}\n"));
        }
        for doubt in &sighting.doubts {
            text.push_str(&format!("{doubt}\n"));
        }
        identity = sighting.identity;
        let back = Identity::from_csv(&identity.to_csv(), &exchanges())
            .unwrap()
            .value;
        assert_eq!(back, identity);
    }
    (identity, text)
}

#[test]
fn the_same_id_under_another_symbol_is_a_rename() {
    let (identity, renames) = seen(&[
        ("2022-06-01", "FB:1326801 MSFT:789019"),
        ("2022-06-09", "META:1326801 MSFT:789019"),
    ]);
    assert_eq!(renames, "2022-06-09: FB to META\n");
    assert_eq!(
        identity.to_csv(),
        "universe,id_kind,id,symbol,from,to,source\n\
         us_sp500,cik,1326801,FB,2022-06-01,2022-06-09,refresh\n\
         us_sp500,cik,1326801,META,2022-06-09,,refresh\n\
         us_sp500,cik,789019,MSFT,2022-06-01,,refresh\n"
    );
    let rename = Rename {
        date: day("2022-06-09"),
        old: us_listing("FB"),
        new: us_listing("META"),
    };
    assert_eq!(identity.renames(&sp500()), [rename]);
    let other = UniverseName::parse("other").unwrap();
    assert_eq!(identity.renames(&other), []);
}

#[test]
fn a_symbol_may_come_back_and_another_company_may_take_it() {
    let (identity, renames) = seen(&[
        ("2023-01-02", "FISV:798354"),
        ("2023-07-03", "FI:798354"),
        ("2025-12-01", "FISV:798354"),
    ]);
    assert_eq!(renames, "2023-07-03: FISV to FI\n2025-12-01: FI to FISV\n");
    let today = |symbol: &str, date: &str| identity.today(&us_listing(symbol), day(date));
    assert_eq!(today("FISV", "2023-01-02"), Today::Is(us_listing("FISV")));
    assert_eq!(today("FI", "2024-01-02"), Today::Is(us_listing("FISV")));
    assert_eq!(today("FI", "2022-01-02"), Today::Unknown);
    assert_eq!(today("FISV", "2024-01-02"), Today::Unknown);

    let (identity, renames) = seen(&[
        ("2023-01-02", "A:1 C:3"),
        ("2023-02-01", "B:1 A:3"),
        ("2023-03-01", "D:1 A:3"),
    ]);
    assert_eq!(
        renames,
        "2023-02-01: A to B\n2023-02-01: C to A\n2023-03-01: B to D\n"
    );
    let today = |symbol: &str, date: &str| identity.today(&us_listing(symbol), day(date));
    assert_eq!(today("A", "2023-01-31"), Today::Is(us_listing("D")));
    assert_eq!(today("A", "2023-02-01"), Today::Is(us_listing("A")));
    assert_eq!(today("C", "2023-01-31"), Today::Is(us_listing("A")));
}

#[test]
fn share_classes_of_one_cik_are_not_renamed_into_each_other() {
    let (_, renames) = seen(&[
        ("2023-01-02", "GOOG:1652044"),
        ("2023-02-01", "GOOG:1652044 GOOGL:1652044"),
    ]);
    assert_eq!(renames, "");
    let (identity, renames) = seen(&[
        (
            "2022-04-01",
            "DISCA:1437107 DISCK:1437107 FOX:1754301 FOXA:1754301",
        ),
        ("2022-04-11", "WBD:1437107 FOX:1754301 FOXB:1754301"),
    ]);
    assert_eq!(
        renames,
        "2022-04-11: of cik 1437107, gone are DISCA DISCK, new are WBD, still there are []\n\
         2022-04-11: of cik 1754301, gone are FOXA, new are FOXB, still there are [FOX]\n"
    );
    assert_eq!(identity.renames(&sp500()), []);
    let doubtful = |symbol: &str| identity.today(&us_listing(symbol), day("2022-04-01"));
    let listings = |symbols: [&str; 2]| symbols.map(us_listing).to_vec();
    assert_eq!(
        doubtful("DISCA"),
        Today::Doubtful(listings(["DISCA", "WBD"]))
    );
    assert_eq!(
        doubtful("FOXA"),
        Today::Doubtful(listings(["FOXA", "FOXB"]))
    );
    assert_eq!(doubtful("FOX"), Today::Is(us_listing("FOX")));
}

#[test]
fn an_isin_decides_between_share_classes() {
    let (identity, renames) = seen(&[
        ("2022-04-01", "A:7:US02079K1079 B:7:US02079K3059"),
        ("2022-04-11", "X:7:US02079K1079 B:7:US02079K3059"),
    ]);
    assert_eq!(renames, "2022-04-11: A to X\n");
    assert_eq!(
        identity.today(&us_listing("A"), day("2022-04-01")),
        Today::Is(us_listing("X"))
    );
}

#[test]
fn a_symbol_under_another_id_is_told_and_not_followed() {
    let (identity, renames) = seen(&[("2023-11-01", "BG:1144519"), ("2023-12-01", "BG:1996862")]);
    assert_eq!(renames, "2023-12-01: BG was cik 1144519, is cik 1996862\n");
    let bunge = us_listing("BG");
    assert_eq!(
        identity.today(&bunge, day("2023-11-01")),
        Today::Doubtful(vec![bunge.clone()])
    );
    assert_eq!(identity.today(&bunge, day("2023-12-01")), Today::Is(bunge));
}

#[test]
fn what_a_person_wrote_counts_everywhere() {
    let text = "universe,id_kind,id,symbol,from,to,source\n\
                ,cik,0001326801,fb,2012-05-18,2022-06-09,manual\n\
                ,cik,1326801,META,2022-06-09,,manual\n";
    let manual = Identity::from_csv(text, &exchanges()).unwrap().value;
    let (seen, _) = seen(&[("2022-11-10", "META:1326801")]);
    let both = seen.merge(&manual);
    assert_eq!(both.renames(&sp500()).len(), 1);
    assert_eq!(
        both.today(&us_listing("FB"), day("2015-01-02")),
        Today::Is(us_listing("META"))
    );
    assert_eq!(both.aliases().len(), 3);
}

#[test]
fn older_lists_and_bad_rows_are_refused() {
    let (identity, _) = seen(&[("2023-01-02", "A:1")]);
    let error = identity
        .observe(&sp500(), day("2023-01-01"), &[])
        .unwrap_err();
    assert!(
        error.to_string().contains("older than that of 2023-01-02"),
        "{error}"
    );
    let text = "universe,id_kind,id,symbol,from,to,source\n\
                US,cik,1,A,2020-01-01,,manual\n\
                ,lei,1,A,2020-01-01,,manual\n\
                ,isin,US0378331006,A,2020-01-01,,manual\n\
                ,cik,1,A,2020-01-01,2020-01-01,manual\n\
                ,cik,1,A,2020-01-01,,guess\n";
    let table = Identity::from_csv(text, &exchanges()).unwrap();
    assert_eq!(table.value, Identity::default());
    let error = table.whole("identity").unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    assert_eq!(lines.len(), 6, "{error}");
    for (n, line) in lines.iter().skip(1).enumerate() {
        assert!(line.starts_with(&format!("  line {}: ", n + 2)), "{line}");
    }
}

fn identities() -> impl Strategy<Value = Identity> {
    let alias = (
        0..2_u8,
        1..3_u8,
        0..3_u8,
        1..20_i8,
        prop::option::of(1..8_i8),
    );
    prop::collection::vec(alias, 0..6).prop_map(|rows| {
        Identity::new(
            rows.into_iter()
                .map(|(universe, id, symbol, from, length)| Alias {
                    universe: (universe == 0).then(sp500),
                    id: CompanyId::cik(&id.to_string()).unwrap(),
                    listing: us_listing(["A", "B", "C"][usize::from(symbol)]),
                    from: jiff::civil::date(2020, 1, from),
                    to: length.map(|length| jiff::civil::date(2020, 1, from + length)),
                    source: AliasSource::Refresh,
                }),
        )
    })
}

proptest! {
    #[test]
    fn a_merge_twice_is_once_and_has_no_order(a in identities(), b in identities()) {
        let both = a.merge(&b);
        prop_assert_eq!(&b.merge(&a), &both);
        prop_assert_eq!(&both.merge(&b), &both);
        prop_assert_eq!(&both.merge(&a), &both);
        prop_assert_eq!(&a.merge(&a), &a);
        let back = Identity::from_csv(&both.to_csv(), &exchanges()).unwrap().value;
        prop_assert_eq!(back, both);
    }

    #[test]
    fn every_symbol_has_an_answer(identity in identities(), symbol in 0..3_usize, at in 1..28_i8) {
        let listing = us_listing(["A", "B", "C"][symbol]);
        let date = jiff::civil::date(2020, 1, at);
        let known = identity.aliases().iter().any(|alias| alias.listing == listing && alias.holds_on(date));
        prop_assert_eq!(identity.today(&listing, date) != Today::Unknown, known);
    }

    #[test]
    fn lists_are_seen_in_any_shape(lists in prop::collection::vec(prop::collection::btree_map(0..5_u8, 1..4_u8, 0..5), 1..6)) {
        let mut identity = Identity::default();
        for (n, members) in lists.iter().enumerate() {
            let member = |(symbol, id): (&u8, &u8)| Constituent {
                ids: vec![CompanyId::cik(&id.to_string()).unwrap()],
                ..Constituent::new(us_listing(&format!("S{symbol}")))
            };
            let list: Vec<Constituent> = members.iter().map(member).collect();
            let date = jiff::civil::date(2020, 1, i8::try_from(n).unwrap() + 1);
            let sighting = identity.observe(&sp500(), date, &list).unwrap();
            // What the list says is what is open, and the aliases prove what was reported.
            for member in &list {
                let today = sighting.identity.today(&member.listing, date);
                prop_assert_eq!(today, Today::Is(member.listing.clone()));
            }
            let proved = sighting.identity.renames(&sp500());
            for rename in &sighting.renames {
                prop_assert!(proved.contains(rename), "{:?} of {:?}", rename, proved);
            }
            identity = sighting.identity;
        }
    }
}

#[test]
fn a_listing_of_no_list_is_unknown() {
    let nobody: Listing = us_listing("X");
    assert_eq!(
        Identity::default().today(&nobody, day("2020-01-01")),
        Today::Unknown
    );
}
