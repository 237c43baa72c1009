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

/// The lake's code of a country's exchange: `uk` for the United Kingdom.
///
/// # Errors
/// [`CountryFault`]; an exchange is never guessed.
pub(crate) fn exchange_of(country: Option<&str>) -> Result<&'static str, CountryFault> {
    let read = country.map(str::trim).unwrap_or_default();
    let key = super::text::key(read);
    if key.is_empty() {
        return Err(CountryFault::NoCountry);
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
            assert_eq!(exchange_of(Some(country)), Ok(code), "{country}");
        }
        let fault = |country| exchange_of(country).unwrap_err().to_string();
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
    fn no_country_stands_twice() {
        let with = EXCHANGES.iter().flat_map(|(names, _)| names.iter());
        let mut all: Vec<_> = with.chain(&WITHOUT_EXCHANGE).collect();
        let n_all = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), n_all);
    }
}
