use quantx_market::Listing;

/// One listing of a universe and what the universe's source says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub listing: Listing,
    /// What is said of it.
    pub about: About,
}

/// What a source says of a company beside its symbol; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The company's name.
    pub name: Option<String>,
    /// GICS or ICB sector, or the index's own sub-index.
    pub sector: Option<String>,
    /// GICS sub-industry.
    pub industry: Option<String>,
    /// Central Index Key of the SEC, ten digits.
    pub cik: Option<String>,
    /// International Securities Identification Number.
    pub isin: Option<String>,
}

impl About {
    /// The columns of a universe's csv that hold these, in the order of [`Self::cells`].
    pub(super) const COLUMNS: [&str; 5] = ["name", "sector", "industry", "cik", "isin"];

    pub(super) fn from_cells(cells: [Option<String>; 5]) -> Self {
        let [name, sector, industry, cik, isin] = cells;
        Self {
            name,
            sector,
            industry,
            cik,
            isin,
        }
    }

    pub(super) fn cells(&self) -> [&str; 5] {
        let cells = [
            &self.name,
            &self.sector,
            &self.industry,
            &self.cik,
            &self.isin,
        ];
        cells.map(|cell| cell.as_deref().unwrap_or_default())
    }

    /// Takes from `other` what this one does not say.
    pub(super) fn complete_with(&mut self, other: Self) {
        let fill = |mine: &mut Option<String>, theirs| {
            if mine.is_none() {
                *mine = theirs;
            }
        };
        fill(&mut self.name, other.name);
        fill(&mut self.sector, other.sector);
        fill(&mut self.industry, other.industry);
        fill(&mut self.cik, other.cik);
        fill(&mut self.isin, other.isin);
    }
}

impl From<Listing> for Member {
    fn from(listing: Listing) -> Self {
        Self {
            listing,
            about: About::default(),
        }
    }
}
