//! The exchange on which companies of a country are listed, for lists that name only the country.

/// Country in English, other names of it, and the lake's code of its exchange.
const EXCHANGES: [(&[&str], &str); 19] = [
    (&["united kingdom", "uk", "great britain"], "uk"),
    (&["germany"], "de"),
    (&["france"], "fr"),
    (&["netherlands", "the netherlands"], "nl"),
    (&["switzerland"], "ch"),
    (&["italy"], "it"),
    (&["spain"], "es"),
    (&["sweden"], "se"),
    (&["denmark"], "dk"),
    (&["norway"], "no"),
    (&["finland"], "fi"),
    (&["belgium"], "be"),
    (&["portugal"], "pt"),
    (&["austria"], "at"),
    (&["ireland", "republic of ireland"], "ie"),
    (&["poland"], "pl"),
    (&["czech republic", "czechia"], "cz"),
    (&["hungary"], "hu"),
    (&["greece"], "gr"),
];

/// Countries of the index whose exchange the lake does not hold. A company of Luxembourg or
/// Cyprus is mostly listed elsewhere, which the list does not show.
const WITHOUT_EXCHANGE: [&str; 9] = [
    "luxembourg",
    "iceland",
    "cyprus",
    "malta",
    "jersey",
    "guernsey",
    "isle of man",
    "faroe islands",
    "bermuda",
];

/// Companies of a country whose shares are listed in another: the code as lists write it and the lake's code of
/// the exchange. A list that names only the country would make another symbol of them: a Swiss company in
/// London, `CCH`, is no `CCH.SW`.
///
/// Source: primary listings of members of the STOXX Europe 600, by the companies' own pages.
const LISTED_ELSEWHERE: [(&str, &str, &str); 35] = [
    ("switzerland", "CCH", "uk"),   // Coca-Cola HBC, Steinhausen
    ("switzerland", "GLEN", "uk"),  // Glencore, Baar
    ("switzerland", "WIZZ", "uk"),  // Wizz Air
    ("switzerland", "DSFIR", "nl"), // DSM-Firmenich, Kaiseraugst
    ("switzerland", "STMPA", "fr"), // STMicroelectronics, Plan-les-Ouates
    ("switzerland", "STMMI", "it"),
    ("netherlands", "AIR", "fr"),   // Airbus
    ("netherlands", "STLAP", "fr"), // Stellantis
    ("netherlands", "STLAM", "it"),
    ("netherlands", "RACE", "it"), // Ferrari
    ("netherlands", "IVG", "it"),  // Iveco
    ("netherlands", "CPR", "it"),  // Campari
    ("netherlands", "QIA", "de"),  // Qiagen
    ("netherlands", "FER", "es"),  // Ferrovial
    ("ireland", "EXPN", "uk"),     // Experian
    ("ireland", "DCC", "uk"),
    ("ireland", "FLTR", "uk"), // Flutter
    ("ireland", "GNC", "uk"),  // Greencore
    ("austria", "AMS", "ch"),  // ams-Osram
    ("hungary", "WIZZ", "uk"),
    ("isle of man", "ENT", "uk"), // Entain
    ("jersey", "WPP", "uk"),
    ("jersey", "GLEN", "uk"),
    ("jersey", "EXPN", "uk"),
    ("bermuda", "HSX", "uk"),      // Hiscox
    ("bermuda", "LRE", "uk"),      // Lancashire
    ("luxembourg", "MT", "nl"),    // ArcelorMittal
    ("luxembourg", "APAM", "nl"),  // Aperam
    ("luxembourg", "INPST", "nl"), // InPost
    ("luxembourg", "ERF", "fr"),   // Eurofins
    ("luxembourg", "SESG", "fr"),  // SES
    ("luxembourg", "TEN", "it"),   // Tenaris
    ("luxembourg", "SUBC", "no"),  // Subsea 7
    ("luxembourg", "RRTL", "de"),  // RTL
    ("luxembourg", "ALE", "pl"),   // Allegro
];

/// Why a row of a country has no exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CountryFault {
    /// The row names no country.
    #[error("no country is given")]
    NoCountry,
    /// Known, and without an exchange of the lake.
    #[error("the lake has no exchange for {country}")]
    NoExchange { country: String },
    /// Not in the table: a new country, or a misspelled one.
    #[error("{country:?} is not a country of the table")]
    Unknown { country: String },
}

/// The lake's code of the exchange of a company: of its country (`uk` for the United Kingdom), but for those
/// that are known to be listed elsewhere under this code.
///
/// # Errors
/// [`CountryFault`]; an exchange is never guessed.
pub(crate) fn exchange_of(country: Option<&str>, code: &str) -> Result<&'static str, CountryFault> {
    let read = country.map(str::trim).unwrap_or_default();
    let key = super::text::key(read);
    if key.is_empty() {
        return Err(CountryFault::NoCountry);
    }
    let mut elsewhere = LISTED_ELSEWHERE.iter();
    let is_it = |(country, known, _): &&(&str, &str, &str)| {
        let key = key.strip_prefix("the ").unwrap_or(&key);
        *country == key && known.eq_ignore_ascii_case(code.trim())
    };
    if let Some((_, _, exchange)) = elsewhere.find(is_it) {
        return Ok(exchange);
    }
    let of_country = EXCHANGES
        .iter()
        .find(|(names, _)| names.contains(&key.as_str()));
    let country = super::text::short(read);
    match of_country {
        Some((_, code)) => Ok(code),
        None if WITHOUT_EXCHANGE.contains(&key.as_str()) => {
            Err(CountryFault::NoExchange { country })
        }
        None => Err(CountryFault::Unknown { country }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_its_exchange_or_a_reason() {
        for (country, code) in [
            ("United Kingdom", "uk"),
            (" germany ", "de"),
            ("The\u{a0}Netherlands", "nl"),
            ("Switzerland[1]", "ch"),
            ("Ireland", "ie"),
            ("Poland", "pl"),
        ] {
            assert_eq!(exchange_of(Some(country), "ABC"), Ok(code), "{country}");
        }
        let fault = |country| exchange_of(country, "ABC").unwrap_err().to_string();
        assert_eq!(
            fault(Some("Luxembourg")),
            "the lake has no exchange for Luxembourg"
        );
        assert_eq!(
            fault(Some("Iceland")),
            "the lake has no exchange for Iceland"
        );
        assert_eq!(
            fault(Some("Germny")),
            "\"Germny\" is not a country of the table"
        );
        assert_eq!(fault(Some(" ")), "no country is given");
        assert_eq!(fault(None), "no country is given");
    }

    #[test]
    fn a_company_that_is_listed_elsewhere_is_known_by_country_and_code() {
        let of = |country, code| exchange_of(Some(country), code);
        assert_eq!(of("Switzerland", "CCH"), Ok("uk"));
        assert_eq!(of("Switzerland", "NESN"), Ok("ch"));
        assert_eq!(of("The Netherlands", "AIR"), Ok("fr"));
        // Air of another country is another company.
        assert_eq!(of("Germany", "AIR"), Ok("de"));
        assert_eq!(of("Luxembourg", "mt"), Ok("nl"));
        for (country, code, exchange) in LISTED_ELSEWHERE {
            assert!(
                EXCHANGES.iter().any(|(_, known)| *known == exchange),
                "{code}"
            );
            let others = LISTED_ELSEWHERE.iter();
            let same = others.filter(|it| (it.0, it.1) == (country, code)).count();
            assert_eq!(same, 1, "{country} {code}");
        }
    }

    #[test]
    fn no_country_stands_twice() {
        let with = EXCHANGES.iter().flat_map(|(names, _)| names.iter());
        let mut all: Vec<_> = with.chain(&WITHOUT_EXCHANGE).collect();
        let n_all = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), n_all);
    }
}
