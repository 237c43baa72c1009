use quantx_market::{Date, Listing};

use super::identity::CompanyId;

/// One row of a list of members, as far as membership needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constituent {
    /// The member.
    pub listing: Listing,
    /// Since when, where the list says so with a whole date.
    pub date_added: Option<Date>,
    /// Who it is; share classes of one company have one CIK and an ISIN each.
    pub ids: Vec<CompanyId>,
}

impl Constituent {
    /// A member of which nothing but its symbol is known.
    pub fn new(listing: Listing) -> Self {
        Self {
            listing,
            date_added: None,
            ids: Vec::new(),
        }
    }

    /// Reads the cell `Date added`: a whole ISO date and nothing else.
    ///
    /// Wikipedia's cells have also had `2005`, `<1985?`, `2001?` and `1983-11-30 (1957-03-04)`;
    /// those are no dates on which anything could be decided, and are left out.
    pub fn parse_date_added(cell: &str) -> Option<Date> {
        let cell = cell.trim();
        // jiff also takes other ISO forms; a list has only this one.
        (cell.len() == 10).then(|| cell.parse().ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn only_a_whole_date_says_when_a_member_was_added() {
        assert_eq!(
            Constituent::parse_date_added(" 2013-12-23\n"),
            Some(date(2013, 12, 23))
        );
        for unclear in [
            "",
            "-",
            "2005",
            "<1985?",
            "2001?",
            "1983-11-30 (1957-03-04)",
            "2013-13-01",
        ] {
            assert_eq!(Constituent::parse_date_added(unclear), None, "{unclear}");
        }
    }
}
