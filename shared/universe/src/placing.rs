//! On which exchange a row of a source is listed, and as what. Pure.

use super::reading::ReadError;
use super::source::{SourceRow, countries};
use quantx_market::{Exchange, ExchangeTable, Listing, SymbolError, spelling};
use quantx_settings::{SymbolSuffix, UniverseEntry, UniverseSource};

/// The listing of a row of `entry`'s source; or what is wrong with its code; or why the lake has no exchange
/// for it.
///
/// # Errors
/// [`ReadError::NoExchange`] when the settings do not have the suffix of the entry.
pub(super) fn listing(
    entry: &UniverseEntry,
    row: &SourceRow,
    exchanges: &ExchangeTable,
) -> Result<Result<Result<Listing, SymbolError>, String>, ReadError> {
    let exchange = match &entry.symbol_suffix {
        SymbolSuffix::Fixed(suffix) => with_suffix(suffix, exchanges)?,
        SymbolSuffix::ByCountry => match of_country(row, exchanges) {
            Ok(exchange) => exchange,
            Err(reason) => return Ok(Err(reason)),
        },
    };
    // A csv file may hold symbols of many exchanges with their suffixes.
    let is_csv = matches!(
        entry.source,
        UniverseSource::Csv { .. } | UniverseSource::LocalFile { .. }
    );
    let found = if !exchange.suffix.is_empty() {
        own(
            spelling::listing_among(exchange, &row.code, exchanges),
            exchanges,
        )
    } else if is_csv {
        spelling::symbol(&row.code, exchanges)
    } else {
        own(spelling::listing(exchange, &row.code), exchanges)
    };
    Ok(Ok(found))
}

/// The listing, unless its form is that of an instrument which is kept elsewhere.
fn own(
    listing: Result<Listing, SymbolError>,
    exchanges: &ExchangeTable,
) -> Result<Listing, SymbolError> {
    listing.and_then(|listing| exchanges.own(listing))
}

fn with_suffix<'a>(suffix: &str, exchanges: &'a ExchangeTable) -> Result<&'a Exchange, ReadError> {
    let found = exchanges.by_suffix(suffix.trim_start_matches('.'));
    let found = found.ok_or_else(|| ReadError::NoExchange {
        suffix: suffix.to_owned(),
    })?;
    Ok(found)
}

fn of_country<'a>(row: &SourceRow, exchanges: &'a ExchangeTable) -> Result<&'a Exchange, String> {
    let code = countries::exchange_of(row.country.as_deref(), &row.code);
    let code = code.map_err(|fault| fault.to_string())?;
    let found = exchanges.iter().find(|it| it.code.as_str() == code);
    found
        .map(AsRef::as_ref)
        .ok_or_else(|| format!("the settings have no exchange {code}"))
}
