use crate::table::{self, RowFault, RowProblem, Table, TableError, UnusableLine};
use quantx_market::{ExchangeTable, Listing, UniverseName, spelling};

use super::{Edge, Membership, Spell, SpellSource};

const COLUMNS: [&str; 4] = ["symbol", "from", "to", "source"];

/// A history of one's own has one source: that it was imported.
const IMPORTED_COLUMNS: [&str; 3] = ["symbol", "from", "to"];

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

    /// Reads what [`Self::to_csv`] writes, and what a spreadsheet made of it. A line that cannot be
    /// used, or claims days of an earlier one, is told beside the membership.
    ///
    /// # Errors
    /// [`TableError`] for what is no such table.
    pub fn from_csv(
        name: UniverseName,
        text: &str,
        exchanges: &ExchangeTable,
    ) -> Result<Table<Self>, TableError> {
        let rows = table::rows(&format!("membership {name}"), text, COLUMNS)?;
        let read = |[symbol, from, to, source]: &[String; 4]| {
            let listing = Listing::parse(symbol, exchanges).map_err(RowProblem::Symbol)?;
            spell(listing, from, to, source)
        };
        Ok(of_rows(name, rows, read))
    }

    /// Reads a history that somebody else has written: columns `symbol`, `from` and `to` (exclusive,
    /// empty for members of today), symbols in any spelling.
    ///
    /// # Errors
    /// [`TableError`]; all unusable lines are named at once.
    pub fn import(
        name: UniverseName,
        text: &str,
        exchanges: &ExchangeTable,
    ) -> Result<Self, TableError> {
        let table = format!("the history of {name}");
        let rows = table::rows(&table, text, IMPORTED_COLUMNS)?;
        if rows.is_empty() {
            return Err(TableError::Empty { table });
        }
        let imported = SpellSource::Imported.as_str();
        let read = |[symbol, from, to]: &[String; 3]| {
            let listing = spelling::symbol(symbol, exchanges).map_err(RowProblem::Symbol)?;
            spell(listing, from, to, imported)
        };
        of_rows(name, rows, read).whole(&table)
    }
}

/// The spells of rows; of two that claim one day the second in order is no spell.
fn of_rows<const N: usize>(
    name: UniverseName,
    rows: Vec<(usize, [String; N])>,
    read: impl Fn(&[String; N]) -> Result<Spell, RowProblem>,
) -> Table<Membership> {
    let mut unusable = Vec::new();
    let mut claims = Vec::new();
    let add_contradiction = |line, problem, cells: [String; N]| UnusableLine {
        fault: RowFault { line, problem },
        cells: cells.into(),
    };
    for (line, cells) in rows {
        match read(&cells) {
            Ok(spell) => claims.push((spell, line, cells)),
            Err(problem) => unusable.push(add_contradiction(line, problem, cells)),
        }
    }
    claims.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut spells: Vec<Spell> = Vec::with_capacity(claims.len());
    for (spell, line, cells) in claims {
        match spells.last().and_then(|last| overlap(last, &spell)) {
            Some(problem) => unusable.push(add_contradiction(line, problem, cells)),
            None => spells.push(spell),
        }
    }
    unusable.sort_by_key(|line| line.fault.line);
    let value = Membership::of_valid(name, spells);
    Table { value, unusable }
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

fn spell(listing: Listing, from: &str, to: &str, source: &str) -> Result<Spell, RowProblem> {
    let (from, to) = table::span(listing.symbol().as_str(), from, to)?;
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

/// What is wrong with the second of two spells in their order, where both claim a day.
fn overlap(first: &Spell, second: &Spell) -> Option<RowProblem> {
    let shared =
        first.listing == second.listing && first.end.is_none_or(|end| second.start.date < end.date);
    shared.then(|| RowProblem::Overlap {
        symbol: second.listing.to_string(),
        from: second.start.date,
        earlier: first.start.date,
    })
}
