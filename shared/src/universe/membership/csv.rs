use crate::market::{ExchangeTable, Listing, UniverseName};
use crate::universe::table::{self, RowFault, RowProblem, TableError};

use super::{Edge, Membership, Spell, SpellSource};

const COLUMNS: [&str; 4] = ["symbol", "from", "to", "source"];

/// Between the source of a spell's beginning and that of its end, where they differ.
const AND: char = '/';

impl Membership {
    /// The csv of `meta/membership_<name>.csv`: `symbol,from,to,source`, sorted, so that equal
    /// values give equal bytes. `to` is exclusive, and empty for members of today; `source` is one
    /// word, or two (`changes/refresh`) where the end is known otherwise than the beginning.
    pub fn to_csv(&self) -> String {
        let mut text = COLUMNS.join(",");
        text.push('\n');
        for spell in self.spells() {
            // No cell can hold a comma, a quote or a line break.
            text.push_str(&format!(
                "{},{},{},{}\n",
                spell.listing,
                spell.start.date,
                spell
                    .end
                    .map(|end| end.date.to_string())
                    .unwrap_or_default(),
                source(spell),
            ));
        }
        text
    }

    /// Reads what [`Self::to_csv`] writes, and what a spreadsheet made of it.
    ///
    /// # Errors
    /// [`TableError`]; all unusable rows are named at once.
    pub fn from_csv(
        name: UniverseName,
        text: &str,
        exchanges: &ExchangeTable,
    ) -> Result<Self, TableError> {
        let table = format!("membership {name}");
        let mut spells: Vec<(Spell, usize)> = Vec::new();
        let mut faults = Vec::new();
        for (line, cells) in table::rows(&table, text, COLUMNS)? {
            match spell(&cells, exchanges) {
                Ok(spell) => spells.push((spell, line)),
                Err(problem) => faults.push(RowFault { line, problem }),
            }
        }
        spells.sort();
        faults.extend(spells.windows(2).filter_map(overlap));
        faults.sort_by_key(|fault| fault.line);
        let rows = |faults| TableError::Rows { table, faults };
        if !faults.is_empty() {
            return Err(rows(faults));
        }
        let spells = spells.into_iter().map(|(spell, _)| spell);
        // Every fault that this could find has a line and was found above.
        Self::new(name, spells).map_err(|_| rows(Vec::new()))
    }
}

fn source(spell: &Spell) -> String {
    let start = spell.start.source.as_str();
    match spell.end {
        Some(end) if end.source != spell.start.source => {
            format!("{start}{AND}{}", end.source.as_str())
        }
        _ => start.to_owned(),
    }
}

fn spell(cells: &[String; 4], exchanges: &ExchangeTable) -> Result<Spell, RowProblem> {
    let [symbol, from, to, source] = cells;
    let listing = Listing::parse(symbol, exchanges).map_err(RowProblem::Symbol)?;
    let (from, to) = table::span(symbol, from, to)?;
    let (start, end) = source.split_once(AND).unwrap_or((source, source));
    let (start, end) = (known(start, source)?, known(end, source)?);
    Ok(Spell {
        listing,
        start: Edge::new(from, start),
        end: to.map(|to| Edge::new(to, end)),
    })
}

fn known(word: &str, cell: &str) -> Result<SpellSource, RowProblem> {
    let all = SpellSource::ALL;
    let found = all.into_iter().find(|source| source.as_str() == word);
    found.ok_or_else(|| RowProblem::Source {
        read: cell.to_owned(),
        known: all.map(SpellSource::as_str).join(", "),
    })
}

/// The second of two rows in their order, where both claim a day.
fn overlap(pair: &[(Spell, usize)]) -> Option<RowFault> {
    let [(first, _), (second, line)] = pair else {
        return None;
    };
    let shared =
        first.listing == second.listing && first.end.is_none_or(|end| second.start.date < end.date);
    shared.then(|| RowFault {
        line: *line,
        problem: RowProblem::Overlap {
            symbol: second.listing.to_string(),
            from: second.start.date,
            earlier: first.start.date,
        },
    })
}
