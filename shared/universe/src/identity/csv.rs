use std::collections::BTreeSet;

use crate::table::{self, RowFault, RowProblem, Table, TableError, UnusableLine};
use quantx_market::{ExchangeTable, Listing, UniverseName};

use super::{Alias, AliasSource, CompanyId, Identity};

const TABLE: &str = "identity";
const COLUMNS: [&str; 7] = [
    "universe", "id_kind", "id", "symbol", "from", "to", "source",
];

impl Identity {
    /// The csv of `meta/identity.csv`: `universe,id_kind,id,symbol,from,to,source`, sorted, so that
    /// equal values give equal bytes; `universe` is empty for what holds everywhere, `to`
    /// (exclusive) while no end is known.
    pub fn to_csv(&self) -> String {
        let mut text = COLUMNS.join(",");
        text.push('\n');
        for alias in self.aliases() {
            // No cell can hold a comma, a quote or a line break.
            text.push_str(&format!(
                "{},{},{},{},{},{},{}\n",
                alias.universe.as_ref().map_or("", UniverseName::as_str),
                alias.id.kind().as_str(),
                alias.id.as_str(),
                alias.listing,
                alias.from,
                alias.to.map(|to| to.to_string()).unwrap_or_default(),
                alias.source.as_str(),
            ));
        }
        text
    }

    /// Reads what [`Self::to_csv`] writes, and what a person made of it in a spreadsheet. A line that
    /// cannot be used is reported beside what the others say.
    ///
    /// # Errors
    /// [`TableError`] for what is no such table.
    pub fn from_csv(text: &str, exchanges: &ExchangeTable) -> Result<Table<Self>, TableError> {
        let mut aliases = BTreeSet::new();
        let mut unusable = Vec::new();
        for (line, cells) in table::rows(TABLE, text, COLUMNS)? {
            match alias(&cells, exchanges) {
                Ok(alias) => {
                    aliases.insert(alias);
                }
                Err(problem) => unusable.push(UnusableLine {
                    fault: RowFault { line, problem },
                    cells: cells.into(),
                }),
            }
        }
        let value = Self::new(aliases);
        Ok(Table { value, unusable })
    }
}

fn alias(cells: &[String; 7], exchanges: &ExchangeTable) -> Result<Alias, RowProblem> {
    let [universe, kind, id, symbol, from, to, source] = cells;
    let universe = match universe.as_str() {
        "" => None,
        name => Some(UniverseName::parse(name).map_err(RowProblem::Name)?),
    };
    let id = CompanyId::parse(kind, id).map_err(RowProblem::Id)?;
    let listing = Listing::parse(symbol, exchanges).map_err(RowProblem::Symbol)?;
    let (from, to) = table::span(symbol, from, to)?;
    let known = AliasSource::ALL;
    let source = known.into_iter().find(|known| known.as_str() == source);
    Ok(Alias {
        universe,
        id,
        listing,
        from,
        to,
        source: source.ok_or_else(|| RowProblem::Source {
            read: cells[6].clone(),
            known: known.map(AliasSource::as_str).join(", "),
        })?,
    })
}
