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
}
