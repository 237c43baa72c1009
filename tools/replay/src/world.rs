//! The exchanges of the settings, as Yahoo's `meta` describes them.

use jiff::civil::time;

use super::venue::{HONG_KONG, LONDON, TOKYO, UNITED_STATES, VenueFacts};

/// An exchange without trading before the open or after the close. `names` are Yahoo's short and full one, `hours` the
/// regular open and close as hour and minute, `money` the quoted unit and its ticks.
const fn of(
    [suffix, mic]: [&'static str; 2],
    names: [&'static str; 2],
    zone_name: &'static str,
    hours: [i8; 4],
    (currency, ticks_per_unit): (&'static str, u32),
) -> VenueFacts {
    let open = time(hours[0], hours[1], 0, 0);
    let close = time(hours[2], hours[3], 0, 0);
    VenueFacts {
        suffix,
        mic,
        name: names[0],
        full_name: names[1],
        zone_name,
        open,
        close,
        pre: open,
        post: close,
        currency,
        ticks_per_unit,
        price_hint: 2,
        instrument: "EQUITY",
        pays: None,
    }
}

/// Hours are those of 2026; the sessions themselves come from the calendar.
///
/// Source of the names: `meta.exchangeName` of recorded answers where there are some (Frankfurt, Paris, Oslo, ...),
/// else Yahoo's help page of exchanges.
#[rustfmt::skip]
static OTHERS: [VenueFacts; 40] = [
    of([".DE", "XETR"], ["GER", "XETRA"], "Europe/Berlin", [9, 0, 17, 30], ("EUR", 100)),
    of([".PA", "XPAR"], ["PAR", "Paris"], "Europe/Paris", [9, 0, 17, 30], ("EUR", 100)),
    of([".AS", "XAMS"], ["AMS", "Amsterdam"], "Europe/Amsterdam", [9, 0, 17, 30], ("EUR", 100)),
    of([".SW", "XSWX"], ["EBS", "Swiss"], "Europe/Zurich", [9, 0, 17, 30], ("CHF", 100)),
    of([".MI", "XMIL"], ["MIL", "Milan"], "Europe/Rome", [9, 0, 17, 30], ("EUR", 100)),
    of([".MC", "XMAD"], ["MCE", "MCE"], "Europe/Madrid", [9, 0, 17, 30], ("EUR", 100)),
    of([".ST", "XSTO"], ["STO", "Stockholm"], "Europe/Stockholm", [9, 0, 17, 30], ("SEK", 100)),
    of([".CO", "XCSE"], ["CPH", "Copenhagen"], "Europe/Copenhagen", [9, 0, 17, 0], ("DKK", 100)),
    of([".OL", "XOSL"], ["OSL", "Oslo"], "Europe/Oslo", [9, 0, 16, 20], ("NOK", 100)),
    of([".HE", "XHEL"], ["HEL", "Helsinki"], "Europe/Helsinki", [10, 0, 18, 30], ("EUR", 100)),
    of([".BR", "XBRU"], ["BRU", "Brussels"], "Europe/Brussels", [9, 0, 17, 30], ("EUR", 100)),
    of([".LS", "XLIS"], ["LIS", "Lisbon"], "Europe/Lisbon", [8, 0, 16, 30], ("EUR", 100)),
    of([".VI", "XWBO"], ["VIE", "Vienna"], "Europe/Vienna", [9, 0, 17, 30], ("EUR", 100)),
    of([".IR", "XDUB"], ["ISE", "Irish"], "Europe/Dublin", [8, 0, 16, 28], ("EUR", 100)),
    of([".TO", "XTSE"], ["TOR", "Toronto"], "America/Toronto", [9, 30, 16, 0], ("CAD", 100)),
    of([".V", "XTSX"], ["VAN", "TSXV"], "America/Toronto", [9, 30, 16, 0], ("CAD", 100)),
    of([".SA", "BVMF"], ["SAO", "São Paulo"], "America/Sao_Paulo", [10, 0, 18, 0], ("BRL", 100)),
    of([".MX", "XMEX"], ["MEX", "Mexico"], "America/Mexico_City", [8, 30, 15, 0], ("MXN", 100)),
    of([".AX", "XASX"], ["ASX", "ASX"], "Australia/Sydney", [10, 0, 16, 0], ("AUD", 100)),
    of([".NZ", "XNZE"], ["NZE", "NZSE"], "Pacific/Auckland", [10, 0, 16, 45], ("NZD", 100)),
    of([".KS", "XKRX"], ["KSC", "KSE"], "Asia/Seoul", [9, 0, 15, 30], ("KRW", 1)),
    of([".KQ", "XKOS"], ["KOE", "KOSDAQ"], "Asia/Seoul", [9, 0, 15, 30], ("KRW", 1)),
    of([".TW", "XTAI"], ["TAI", "Taiwan"], "Asia/Taipei", [9, 0, 13, 30], ("TWD", 100)),
    of([".TWO", "ROCO"], ["TWO", "Taipei Exchange"], "Asia/Taipei", [9, 0, 13, 30], ("TWD", 100)),
    of([".SI", "XSES"], ["SES", "SES"], "Asia/Singapore", [9, 0, 17, 0], ("SGD", 100)),
    of([".NS", "XNSE"], ["NSI", "NSE"], "Asia/Kolkata", [9, 15, 15, 30], ("INR", 100)),
    of([".BO", "XBOM"], ["BSE", "Bombay"], "Asia/Kolkata", [9, 15, 15, 30], ("INR", 100)),
    of([".SS", "XSHG"], ["SHH", "Shanghai"], "Asia/Shanghai", [9, 30, 15, 0], ("CNY", 100)),
    of([".SZ", "XSHE"], ["SHZ", "Shenzhen"], "Asia/Shanghai", [9, 30, 15, 0], ("CNY", 100)),
    of([".BK", "XBKK"], ["SET", "Thailand"], "Asia/Bangkok", [10, 0, 16, 30], ("THB", 100)),
    of([".JK", "XIDX"], ["JKT", "Jakarta"], "Asia/Jakarta", [9, 0, 15, 50], ("IDR", 1)),
    of([".KL", "XKLS"], ["KLS", "Kuala Lumpur"], "Asia/Kuala_Lumpur", [9, 0, 17, 0], ("MYR", 100)),
    of([".JO", "XJSE"], ["JNB", "Johannesburg"], "Africa/Johannesburg", [9, 0, 17, 0], ("ZAc", 1)),
    of([".TA", "XTAE"], ["TLV", "Tel Aviv"], "Asia/Jerusalem", [9, 59, 17, 15], ("ILA", 10)),
    of([".SR", "XSAU"], ["SAU", "Saudi"], "Asia/Riyadh", [10, 0, 15, 0], ("SAR", 100)),
    of([".IS", "XIST"], ["IST", "Istanbul"], "Europe/Istanbul", [10, 0, 18, 0], ("TRY", 100)),
    of([".WA", "XWAR"], ["WSE", "Warsaw"], "Europe/Warsaw", [9, 0, 17, 0], ("PLN", 100)),
    of([".PR", "XPRA"], ["PRA", "Prague"], "Europe/Prague", [9, 0, 16, 20], ("CZK", 100)),
    of([".BD", "XBUD"], ["BUD", "Budapest"], "Europe/Budapest", [9, 0, 17, 0], ("HUF", 1)),
    of([".AT", "XATH"], ["ATH", "Athens"], "Europe/Athens", [10, 0, 17, 20], ("EUR", 100)),
];

/// Every exchange that the settings know by themselves.
pub(super) fn all() -> Vec<&'static VenueFacts> {
    let known = [&UNITED_STATES, &HONG_KONG, &TOKYO, &LONDON];
    known.into_iter().chain(&OTHERS).collect()
}

/// Digits of a local code on exchanges that number their listings.
pub(super) fn digits(suffix: &str) -> Option<usize> {
    match suffix {
        ".HK" | ".T" | ".TW" | ".TWO" | ".SR" | ".KL" => Some(4),
        ".KS" | ".KQ" | ".SS" | ".SZ" => Some(6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use quantx_calendar::Calendar;

    #[test]
    fn every_exchange_stands_once_with_the_zone_and_usual_hours_of_its_calendar() {
        let mut suffixes = BTreeSet::new();
        for facts in all() {
            assert!(suffixes.insert(facts.suffix), "{}", facts.suffix);
            let calendar = Calendar::of(facts.mic).unwrap();
            assert_eq!(facts.zone_name, calendar.time_zone(), "{}", facts.mic);
            // A Wednesday; Tokyo's entry keeps the close of before 2024-11-05.
            let (open, close) = calendar.regular_hours(jiff::civil::date(2026, 11, 25));
            assert_eq!(facts.open, open, "{}", facts.mic);
            assert!(facts.close == close || facts.mic == "XTKS", "{}", facts.mic);
        }
        assert_eq!(suffixes.len(), 44);
    }
}
