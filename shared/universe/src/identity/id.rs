use std::fmt;

/// Which register an id is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// Central Index Key of the SEC: one per company, all its share classes together.
    Cik,
    /// ISO 6166: one per share class.
    Isin,
}

impl IdKind {
    /// As the lake writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cik => "cik",
            Self::Isin => "isin",
        }
    }
}

/// The id of a company or of one of its share classes. CIKs have no leading zeros here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompanyId {
    kind: IdKind,
    value: Box<str>,
}

/// Why text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not a CIK.
    #[error("CIK {read:?} is not 1 to 10 digits above zero")]
    Cik { read: String },
    /// Not an ISIN.
    #[error("ISIN {read:?} is not two letters, nine letters or digits and its check digit")]
    Isin { read: String },
    /// Neither kind.
    #[error("kind of id {read:?} is unknown; known are cik, isin")]
    Kind { read: String },
}

impl CompanyId {
    /// Reads a CIK, with or without leading zeros (`0000764180`).
    ///
    /// # Errors
    /// [`IdError::Cik`] unless it is 1 to 10 digits and not zero.
    pub fn cik(text: &str) -> Result<Self, IdError> {
        let digits = text.trim();
        let value = digits.trim_start_matches('0');
        let good =
            !value.is_empty() && digits.len() <= 10 && digits.bytes().all(|b| b.is_ascii_digit());
        if !good {
            return Err(IdError::Cik {
                read: text.to_owned(),
            });
        }
        Ok(Self {
            kind: IdKind::Cik,
            value: value.into(),
        })
    }

    /// Reads an ISIN; letters become upper case.
    ///
    /// # Errors
    /// [`IdError::Isin`] for another form or a wrong check digit.
    pub fn isin(text: &str) -> Result<Self, IdError> {
        let value = text.trim().to_ascii_uppercase();
        if !is_isin(&value) {
            return Err(IdError::Isin {
                read: text.to_owned(),
            });
        }
        Ok(Self {
            kind: IdKind::Isin,
            value: value.into(),
        })
    }

    /// Reads an id with the name of its kind.
    ///
    /// # Errors
    /// [`IdError`] for an unknown kind and for what is none of its kind.
    pub fn parse(kind: &str, text: &str) -> Result<Self, IdError> {
        match kind {
            "cik" => Self::cik(text),
            "isin" => Self::isin(text),
            _ => Err(IdError::Kind {
                read: kind.to_owned(),
            }),
        }
    }

    /// Its register.
    pub fn kind(&self) -> IdKind {
        self.kind
    }

    /// The id without its kind.
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

/// Form and check digit of ISO 6166 (Luhn over the letters as 10 to 35).
fn is_isin(text: &str) -> bool {
    let bytes = text.as_bytes();
    let form = bytes.len() == 12
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes.iter().take(2).all(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(u8::is_ascii_digit);
    if !form {
        return false;
    }
    let digits: Vec<u32> = text
        .chars()
        .filter_map(|c| c.to_digit(36))
        .flat_map(|n| {
            if n < 10 {
                vec![n]
            } else {
                vec![n / 10, n % 10]
            }
        })
        .collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

impl fmt::Display for CompanyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cik_has_no_leading_zeros() {
        assert_eq!(CompanyId::cik("0000764180").unwrap().as_str(), "764180");
        assert_eq!(
            CompanyId::cik(" 66740 ").unwrap(),
            CompanyId::parse("cik", "66740").unwrap()
        );
        for bad in ["", "0", "0000000000", "12a", "-1", "12345678901"] {
            assert!(CompanyId::cik(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_isin_has_a_check_digit() {
        for good in [
            "US0378331005",
            "us02079K3059",
            "GB0002634946",
            "KYG875721634",
        ] {
            assert!(CompanyId::isin(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "US0378331006",
            "US037833100",
            "0S0378331005",
            "US03783310055",
            "US037833100A",
        ] {
            assert!(CompanyId::isin(bad).is_err(), "{bad}");
        }
        assert!(CompanyId::parse("cusip", "037833100").is_err());
    }
}
