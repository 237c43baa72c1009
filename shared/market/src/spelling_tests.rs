use proptest::prelude::*;

use super::*;
use crate::fixtures::exchange;

fn code(code: &str) -> ExchangeCode {
    ExchangeCode::parse(code).unwrap()
}

#[test]
fn a_share_class_is_set_off_as_the_vendor_does_it() {
    for (exchange, source, vendor) in [
        ("us", "BRK.B", "BRK-B"),
        ("us", "BF.B", "BF-B"),
        ("us", "BRK-B", "BRK-B"),
        ("us", "AAPL", "AAPL"),
        ("uk", "BT.A", "BT-A"),
        ("uk", "BA.", "BA"),
        ("se", "VOLV B", "VOLV-B"),
        ("se", "VOLV.B", "VOLV-B"),
        ("se", "VOLV\u{a0}B", "VOLV-B"),
        ("dk", "MAERSK  B", "MAERSK-B"),
        ("dk", "NOVO-B", "NOVO-B"),
        ("no", "EQNR", "EQNR"),
        ("fi", "NOKIA", "NOKIA"),
        ("hk", "0700", "0700"),
        ("jp", "285A", "285A"),
        ("de", "BMW3", "BMW3"),
        ("fr", "A.B", "A.B"),
    ] {
        assert_eq!(
            to_vendor(&code(exchange), source),
            vendor,
            "{exchange} {source}"
        );
    }
    assert_eq!(from_vendor(&code("us"), "BRK-B"), "BRK.B");
    assert_eq!(from_vendor(&code("se"), "VOLV-B"), "VOLV B");
    assert_eq!(from_vendor(&code("fr"), "A-B"), "A-B");
}

#[test]
fn a_code_and_its_exchange_are_a_listing() {
    for (exchange_code, suffix, source, expect) in [
        ("us", "", "brk.b", "BRK-B"),
        ("us", "", "BRK/A", "BRK-A"),
        ("us", "", "BAC^L", "BAC-PL"),
        ("us", "", "CON", "CON"),
        ("us", "", "prn", "PRN"),
        ("us", "", "COM1", "COM1"),
        ("uk", "L", "BT.A", "BT-A.L"),
        ("uk", "L", "BT.A.L", "BT-A.L"),
        ("uk", "L", "BP.", "BP.L"),
        ("uk", "L", "BP..L", "BP.L"),
        ("jp", "T", "7203.0", "7203.T"),
        ("jp", "T", "7203.0.T", "7203.T"),
        ("jp", "T", "285A", "285A.T"),
        ("hk", "HK", "9988.0", "9988.HK"),
        ("hk", "HK", "700.HK", "0700.HK"),
        ("hk", "HK", "00700", "0700.HK"),
        ("hk", "HK", "5", "0005.HK"),
        ("hk", "HK", "0005.HK", "0005.HK"),
        ("hk", "HK", "87001", "87001.HK"),
        ("jp", "T", "7203", "7203.T"),
        ("se", "ST", "VOLV B", "VOLV-B.ST"),
        ("se", "ST", "VOLV-B.ST", "VOLV-B.ST"),
        ("uk", "L", "BA.", "BA.L"),
        ("uk", "L", "AZN.L", "AZN.L"),
        ("ca", "TO", "RCI.B", "RCI-B.TO"),
        ("ca", "TO", "CAR.UN", "CAR-UN.TO"),
        ("ca", "TO", "CAR-UN.TO", "CAR-UN.TO"),
        ("ca", "TO", "HOM.U", "HOM-U.TO"),
        ("ca", "TO", "RY.PR.T", "RY-PT.TO"),
        ("ca", "TO", "BBD.PR.B.TO", "BBD-PB.TO"),
        ("tsxv", "V", "ABC.P", "ABC-P.V"),
        ("kr", "KS", "5930", "005930.KS"),
        ("kr", "KS", "005930.0", "005930.KS"),
        ("kosdaq", "KQ", "0126Z0", "0126Z0.KQ"),
        ("szse", "SZ", "1", "000001.SZ"),
        ("tw", "TW", "50", "0050.TW"),
        ("tw", "TW", "006208", "006208.TW"),
        ("my", "KL", "166", "0166.KL"),
        ("au", "AX", "360", "360.AX"),
        ("in", "NS", "BAJAJ-AUTO", "BAJAJ-AUTO.NS"),
    ] {
        let exchange = exchange(exchange_code, suffix);
        let listing = listing(&exchange, source).unwrap();
        assert_eq!(listing.symbol().as_str(), expect, "{source}");
        assert_eq!(listing.exchange().as_str(), exchange_code);
    }
    let error = |source: &str| listing(&exchange("us", ""), source).unwrap_err();
    assert!(matches!(
        error("UA/UAA"),
        SymbolError::BadCharacter { bad: '/', .. }
    ));
    assert!(matches!(error("RY.TO"), SymbolError::NotAClass { .. }));
    assert!(matches!(error("7203"), SymbolError::BareNumber { .. }));
    assert!(matches!(error("7203.0"), SymbolError::BareNumber { .. }));
    assert_eq!(error(" "), SymbolError::Empty);
    let error = listing(&exchange("hk", "HK"), "000")
        .unwrap()
        .ticker()
        .to_string();
    assert_eq!(error, "0000");
}

#[test]
fn what_a_spreadsheet_made_of_a_code_is_refused_by_name() {
    let japan = exchange("jp", "T");
    let error = |code: &str| listing(&japan, code).unwrap_err().to_string();
    assert_eq!(
        error("7203.5"),
        "code \"7203.5\" is a number with a fraction, which no code is"
    );
    for date in ["2026-03-01", "2026-03-01T00:00:00", "2026-03-01 00:00:00"] {
        assert_eq!(
            error(date),
            format!(
                "code {date:?} is a date: a spreadsheet made it of another code; write that code as text"
            )
        );
    }
    // Not a day of any month: a code as others.
    assert!(listing(&japan, "2026-13-01").is_ok());
}

#[test]
fn a_list_of_one_exchange_may_name_another_one() {
    let paris = exchange("fr", "PA");
    let (london, toronto) = (exchange("uk", "L"), exchange("ca", "TO"));
    let table = ExchangeTable::new([
        paris.clone(),
        london.clone(),
        toronto.clone(),
        exchange("nl", "AS"),
        exchange("jp", "T"),
    ])
    .unwrap();
    for (home, source, expect) in [
        (&paris, "AC.PA", "AC.PA"),
        (&paris, "AC", "AC.PA"),
        (&paris, "MT.AS", "MT.AS"),
        (&paris, "mt.as", "MT.AS"),
        (&paris, "7203.T", "7203.T"),
        (&london, "BT.A", "BT-A.L"),
        (&london, "NG.", "NG.L"),
        (&london, "MT.AS", "MT.AS"),
        (&toronto, "RY.PR.T", "RY-PT.TO"),
        (&toronto, "CAR.UN", "CAR-UN.TO"),
    ] {
        let found = listing_among(home, source, &table).unwrap();
        assert_eq!(found.symbol().as_str(), expect, "{source}");
    }
    // A suffix that nobody has is no class.
    let error = listing_among(&london, "ABC.XX", &table).unwrap_err();
    assert!(matches!(error, SymbolError::NotAClass { .. }));
}

#[test]
fn a_symbol_of_any_exchange_is_read_however_it_is_spelled() {
    let table = ExchangeTable::new([
        exchange("us", ""),
        exchange("hk", "HK"),
        exchange("uk", "L"),
        exchange("jp", "T"),
    ])
    .unwrap();
    for (source, expect) in [
        ("AAPL", "AAPL"),
        (" brk.b ", "BRK-B"),
        ("BRK/B", "BRK-B"),
        ("700.hk", "0700.HK"),
        ("BT.A.L", "BT-A.L"),
        ("7203.0.T", "7203.T"),
        ("AUX", "AUX"),
    ] {
        let found = symbol(source, &table).unwrap();
        assert_eq!(found.symbol().as_str(), expect, "{source}");
    }
    let error = |source: &str| symbol(source, &table).unwrap_err();
    assert!(matches!(error("RY.TO"), SymbolError::UnknownSuffix { .. }));
    assert!(matches!(error("BP."), SymbolError::PathLike { .. }));
    assert!(matches!(error("7203"), SymbolError::BareNumber { .. }));
    assert!(matches!(error("7203.0"), SymbolError::BareNumber { .. }));
    assert!(matches!(error("7203.5"), SymbolError::Fraction { .. }));
    assert_eq!(error(""), SymbolError::Empty);
}

/// An exchange and the mark between its codes and classes.
fn marked() -> impl Strategy<Value = (&'static str, char)> {
    prop::sample::select(vec![
        ("us", '.'),
        ("uk", '.'),
        ("se", ' '),
        ("dk", ' '),
        ("no", ' '),
        ("fi", ' '),
    ])
}

proptest! {
    #[test]
    fn a_spelling_survives_the_way_to_the_vendor_and_back(
        (exchange, mark) in marked(),
        parts in prop::collection::vec("[A-Z0-9]{1,5}", 1..3),
    ) {
        let source = parts.join(&mark.to_string());
        let vendor = to_vendor(&code(exchange), &source);
        prop_assert_eq!(&vendor, &parts.join("-"));
        prop_assert_eq!(from_vendor(&code(exchange), &vendor), source);
    }

    #[test]
    fn a_vendor_s_spelling_survives_the_way_back_and_there(
        exchange in prop::sample::select(vec!["us", "uk", "se", "dk", "no", "fi", "hk", "jp", "de", "ie"]),
        vendor in "[A-Z0-9]{1,5}(-[A-Z]{1,2})?",
    ) {
        let source = from_vendor(&code(exchange), &vendor);
        prop_assert_eq!(to_vendor(&code(exchange), &source), vendor);
    }

    #[test]
    fn to_the_vendor_twice_is_once(
        exchange in prop::sample::select(vec!["us", "uk", "se", "hk", "jp", "de"]),
        source in "[A-Z0-9. -]{0,10}",
    ) {
        let once = to_vendor(&code(exchange), &source);
        prop_assert_eq!(to_vendor(&code(exchange), &once), once);
    }

    #[test]
    fn elsewhere_a_code_is_left_alone(
        exchange in prop::sample::select(vec!["hk", "jp", "de", "fr", "nl", "ch", "it", "es", "be", "pt", "at", "ie"]),
        source in "[A-Z0-9.-]{1,10}",
    ) {
        prop_assert_eq!(to_vendor(&code(exchange), &source), source.clone());
        prop_assert_eq!(from_vendor(&code(exchange), &source), source);
    }
}
