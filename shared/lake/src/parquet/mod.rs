//! Columns in memory, and the bytes of a Parquet file. Pure.
//!
//! Only the Parquet and Arrow parts of polars are used, not its data frame: a file of this lake has
//! twelve columns of four types, and the rest of polars takes most of a build's time.

mod ipc;
mod nested;
mod read;
mod write;

use polars_arrow::array::{Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::ArrowDataType;

pub(super) use ipc::arrow_file;
pub(super) use nested::{Column, Fields, write_nested};
pub(super) use polars_error::PolarsResult;
pub(super) use polars_parquet::write::CompressedPage;
pub(super) use read::{Readable, Reader, read};
pub(super) use write::{Layout, Writer, write};

/// Named columns of equal length.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Table {
    columns: Vec<(String, Values)>,
}

/// The values of a column, one per row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    /// Days since 1970-01-01.
    Dates(Vec<Option<i32>>),
    /// Floating-point numbers.
    Numbers(Vec<Option<f64>>),
    /// Whole numbers.
    Counts(Vec<Option<i64>>),
    /// Texts.
    Texts(Utf8ViewArray),
    /// What no file of this lake has: the type's name, and the number of rows.
    Foreign(String, usize),
}

impl Table {
    /// A table of these columns; `None` when they are not equally long, or two have one name.
    pub(super) fn new(columns: Vec<(String, Values)>) -> Option<Self> {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let fits = columns.iter().enumerate().all(|(n, (name, values))| {
            let before = columns.iter().take(n);
            values.len() == rows && before.into_iter().all(|(other, _)| other != name)
        });
        fits.then_some(Self { columns })
    }

    /// A table of these columns, as [`Table::new`].
    pub(super) fn named<const N: usize>(columns: [(&str, Values); N]) -> Option<Self> {
        let columns = columns.into_iter();
        Self::new(
            columns
                .map(|(name, values)| (name.to_owned(), values))
                .collect(),
        )
    }

    /// The columns `(from, to)` under the name `to`, in that order and without a row: what a file of them
    /// looks like. `None` when one is not there.
    pub(super) fn outline(&self, names: &[(&str, &str)]) -> Option<Self> {
        let columns = names.iter().map(|(from, to)| {
            let values = self.column(from)?.none_of_them();
            Some(((*to).to_owned(), values))
        });
        Self::new(columns.collect::<Option<_>>()?)
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| values.len())
    }

    /// Names of the columns, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The values of a column.
    pub(super) fn column(&self, name: &str) -> Option<&Values> {
        let mut columns = self.columns.iter();
        columns.find(|(it, _)| it == name).map(|(_, values)| values)
    }
}

impl Values {
    /// Days since 1970-01-01, none of them unknown.
    pub(super) fn dates(days: impl IntoIterator<Item = i32>) -> Self {
        Self::Dates(days.into_iter().map(Some).collect())
    }

    /// Numbers, none of them unknown.
    pub(super) fn numbers(numbers: impl IntoIterator<Item = f64>) -> Self {
        Self::Numbers(numbers.into_iter().map(Some).collect())
    }

    /// Texts, none of them unknown.
    pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        Self::Texts(Utf8ViewArray::from_slice_values(texts))
    }

    /// Whether every value is the same to the last bit, so that both make the same bytes in a file.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let bits = |value: &Option<f64>| value.map(f64::to_bits);
        match (self, other) {
            (Self::Dates(these), Self::Dates(those)) => these == those,
            (Self::Counts(these), Self::Counts(those)) => these == those,
            (Self::Numbers(these), Self::Numbers(those)) => {
                these.iter().map(bits).eq(those.iter().map(bits))
            }
            (Self::Texts(these), Self::Texts(those)) => these.iter().eq(those.iter()),
            _ => false,
        }
    }

    /// Values of the same type, and no row.
    pub(super) fn none_of_them(&self) -> Self {
        match self {
            Self::Dates(_) => Self::Dates(Vec::new()),
            Self::Numbers(_) => Self::Numbers(Vec::new()),
            Self::Counts(_) => Self::Counts(Vec::new()),
            Self::Texts(_) => Self::Texts(Utf8ViewArray::from_slice(Vec::<Option<&str>>::new())),
            Self::Foreign(name, _) => Self::Foreign(name.clone(), 0),
        }
    }

    /// Texts, some of them unknown.
    pub(super) fn known_texts(texts: impl IntoIterator<Item = Option<String>>) -> Self {
        let texts: Vec<Option<String>> = texts.into_iter().collect();
        Self::Texts(Utf8ViewArray::from_slice(texts))
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Dates(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Counts(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Foreign(_, rows) => *rows,
        }
    }

    /// Rows without a value.
    pub(super) fn null_count(&self) -> usize {
        match self {
            Self::Dates(values) => values.iter().filter(|it| it.is_none()).count(),
            Self::Numbers(values) => values.iter().filter(|it| it.is_none()).count(),
            Self::Counts(values) => values.iter().filter(|it| it.is_none()).count(),
            Self::Texts(values) => values.null_count(),
            Self::Foreign(..) => 0,
        }
    }

    /// The type's name in messages.
    pub(super) fn type_name(&self) -> &str {
        match self {
            Self::Dates(_) => "date",
            Self::Numbers(_) => "f64",
            Self::Counts(_) => "i64",
            Self::Texts(_) => "str",
            Self::Foreign(name, _) => name,
        }
    }

    /// Arrow's description and values; `None` for what is not written.
    fn to_arrow(&self) -> Option<(ArrowDataType, Box<dyn Array>)> {
        let date = ArrowDataType::Date32;
        Some(match self {
            Self::Dates(values) => {
                let array = PrimitiveArray::<i32>::from(values.as_slice());
                (date.clone(), array.to(date).boxed())
            }
            Self::Numbers(values) => {
                let array = PrimitiveArray::<f64>::from(values.as_slice());
                (ArrowDataType::Float64, array.boxed())
            }
            Self::Counts(values) => {
                let array = PrimitiveArray::<i64>::from(values.as_slice());
                (ArrowDataType::Int64, array.boxed())
            }
            Self::Texts(values) => (ArrowDataType::Utf8View, values.clone().boxed()),
            Self::Foreign(..) => return None,
        })
    }
}

#[cfg(test)]
impl Table {
    /// The table with these values in the place of the column's, or with a column more.
    pub(super) fn with(mut self, name: &str, values: Values) -> Self {
        match self.columns.iter_mut().find(|(it, _)| it == name) {
            Some((_, old)) => *old = values,
            None => self.columns.push((name.to_owned(), values)),
        }
        self
    }

    /// The table without a column.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.columns.retain(|(it, _)| it != name);
        self
    }

    /// The same columns without a row.
    pub(super) fn without_rows(mut self) -> Self {
        for (_, values) in &mut self.columns {
            *values = values.none_of_them();
        }
        self
    }
}

#[cfg(test)]
impl Values {
    /// Texts that are all unknown.
    pub(super) fn no_texts(rows: usize) -> Self {
        Self::Texts(Utf8ViewArray::from_slice(vec![None::<&str>; rows]))
    }
}

#[cfg(test)]
mod tests;
