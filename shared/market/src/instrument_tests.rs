//! Symbols of what stands beside shares, there and back.

use proptest::prelude::*;

use crate::fixtures::exchange;
use crate::{ExchangeTable, InstrumentKind, InstrumentRules, Listing, SymbolError};

fn code(text: &str) -> crate::ExchangeCode {
    crate::ExchangeCode::parse(text).unwrap()
}

fn table() -> ExchangeTable {
    let shares = [("us", ""), ("hk", "HK"), ("uk", "L"), ("it", "MI")];
    let shares = shares.map(|(code, suffix)| exchange(code, suffix));
    let kinds = InstrumentKind::BESIDE_SHARES.map(|kind| exchange(kind.code().unwrap(), ""));
    let rules = InstrumentRules {
        quotes: ["USD", "EUR", "USDT"].map(str::to_owned).into(),
        symbols: [
            ("FTSEMIB.MI", "index"),
            ("ABC-USD", "us"),
            ("VFINX", "fund"),
        ]
        .map(|(symbol, of)| (symbol.to_owned(), code(of)))
        .into(),
        follows: [("^GSPC", "us"), ("^HSI", "hk")]
            .map(|(symbol, of)| (symbol.to_owned(), code(of)))
            .into(),
    };
    let table = ExchangeTable::new(shares.into_iter().chain(kinds)).unwrap();
    table.with_rules(rules).unwrap()
}

#[test]
fn each_form_of_a_symbol_has_its_folder() {
    let table = table();
    for (symbol, folder, ticker) in [
        ("^GSPC", "index", "GSPC"),
        ("^hsi", "index", "HSI"),
        ("FTSEMIB.MI", "index", "FTSEMIB.MI"),
        ("EURUSD=X", "fx", "EURUSD"),
        ("jpy=x", "fx", "JPY"),
        ("BTC-USD", "crypto", "BTC-USD"),
        ("1INCH-USDT", "crypto", "1INCH-USDT"),
        ("CL=F", "future", "CL"),
        ("0P0000XYZ1", "fund", "0P0000XYZ1"),
        ("0P0000XYZ1.L", "fund", "0P0000XYZ1.L"),
        ("VFINX", "fund", "VFINX"),
        // Shares, whatever they look like.
        ("ABC-USD", "us", "ABC-USD"),
        ("BRK-B", "us", "BRK-B"),
        ("BAC-PL", "us", "BAC-PL"),
        ("GSPC", "us", "GSPC"),
        ("EURUSD", "us", "EURUSD"),
        ("BTC-GBP", "us", "BTC-GBP"),
        ("0P00.HK", "hk", "0P00"),
    ] {
        let listing = Listing::parse(symbol, &table).unwrap();
        assert_eq!(
            (listing.exchange().as_str(), listing.ticker().as_str()),
            (folder, ticker),
            "{symbol}"
        );
        assert_eq!(listing.symbol().as_str(), symbol.to_ascii_uppercase());
        assert_eq!(crate::spelling::symbol(symbol, &table).unwrap(), listing);
        let back = table.listing(listing.exchange(), listing.ticker().clone());
        assert_eq!(back, Some(listing));
    }
}

#[test]
fn an_index_keeps_the_sessions_of_the_exchange_it_follows() {
    let table = table();
    let keeps = |symbol: &str| {
        let listing = Listing::parse(symbol, &table).unwrap();
        let of = table.of(&listing).unwrap();
        assert_eq!(of.code, *listing.exchange());
        table.sessions_of(&listing).unwrap().to_string()
    };
    for (symbol, sessions) in [
        ("^GSPC", "us"),
        ("^HSI", "hk"),
        ("FTSEMIB.MI", "it"),
        ("VFINX", "us"),
        ("0P0000XYZ1.L", "uk"),
        ("CL=F", "future"),
        ("0005.HK", "hk"),
    ] {
        assert_eq!(keeps(symbol), sessions, "{symbol}");
    }
    let error = Listing::parse("^FOO", &table).unwrap_err();
    assert!(matches!(error, SymbolError::NoSessions { .. }), "{error}");
}

#[test]
fn two_symbols_never_have_one_folder() {
    let table = table();
    let error = Listing::parse("^FTSEMIB.MI", &table).unwrap_err();
    assert!(matches!(error, SymbolError::Taken { .. }), "{error}");
    // A list of shares cannot put a pair into the folder of its exchange.
    let us = table.get(&code("us")).unwrap();
    let listing = crate::spelling::listing(us, "BTC-USD").unwrap();
    let error = table.own(listing).unwrap_err();
    assert!(error.to_string().contains("exchange crypto"), "{error}");
    let share = crate::spelling::listing(us, "BRK.B").unwrap();
    assert!(table.own(share).is_ok());
}

#[test]
fn what_is_no_code_behind_a_mark_is_refused_by_name() {
    let table = table();
    for bad in [
        "^",
        "=X",
        "=F",
        "^../GSPC",
        "^A/B",
        "../EURUSD=X",
        "EUR USD=X",
        "^^GSPC",
    ] {
        assert!(Listing::parse(bad, &table).is_err(), "{bad}");
    }
}

#[test]
fn without_the_kinds_in_the_table_a_symbol_is_read_as_before() {
    let table = ExchangeTable::new([exchange("us", "")]).unwrap();
    assert!(Listing::parse("^GSPC", &table).is_err());
    let listing = Listing::parse("BTC-USD", &table).unwrap();
    assert_eq!(listing.exchange().as_str(), "us");
}

proptest! {
    #[test]
    fn a_symbol_that_is_read_is_read_back_from_its_folder_and_makes_no_unsafe_path(
        symbol in r"(\^|0P)?[A-Za-z0-9./=^_ -]{0,14}(=X|=F|-USD|-EUR|\.L|\.HK)?"
    ) {
        let table = table();
        if let Ok(listing) = Listing::parse(&symbol, &table) {
            let ticker = listing.ticker().as_str();
            let is_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            prop_assert!(ticker.bytes().all(is_safe), "{ticker}");
            prop_assert!(!ticker.is_empty() && !ticker.starts_with('.') && !ticker.contains(".."));
            let back = table.listing(listing.exchange(), listing.ticker().clone());
            prop_assert_eq!(back.as_ref(), Some(&listing));
            let again = Listing::parse(listing.symbol().as_str(), &table);
            prop_assert_eq!(again.as_ref(), Ok(&listing));
        }
    }

    #[test]
    fn listings_in_one_folder_have_one_symbol(
        one in r"\^?(GSPC|FTSEMIB\.MI|HSI)(=X|=F|-USD)?",
        other in r"\^?(GSPC|FTSEMIB\.MI|HSI)(=X|=F|-USD)?",
    ) {
        let table = table();
        if let (Ok(one), Ok(other)) = (Listing::parse(&one, &table), Listing::parse(&other, &table)) {
            let folder = |it: &Listing| (it.exchange().clone(), it.ticker().clone());
            prop_assert_eq!(folder(&one) == folder(&other), one.symbol() == other.symbol());
        }
    }
}
