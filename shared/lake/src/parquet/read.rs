//! A Parquet file becomes a table. What may be read at all is checked before, by `footer`.

use std::io::Cursor;

use bytes::Bytes;
use polars_arrow::array::{Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;
use polars_error::{PolarsResult, polars_bail, polars_err};
use polars_parquet::parquet::read::deserialize_metadata;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, PageReader, RowGroupMetadata,
    column_iter_to_arrays, infer_schema,
};

use super::write::GroupPages;
use super::{CompressedPage, Table, Values};

/// A Parquet file and the footer that its reader is to believe.
pub(in super::super) struct Readable {
    /// All of the file; of it the pages are read, and not copied.
    pub(in super::super) file: Bytes,
    /// From the footer's first byte to the file's last.
    pub(in super::super) footer: Vec<u8>,
}

#[cfg(test)]
impl From<Vec<u8>> for Readable {
    /// A file of this program, which needs no other footer than its own.
    fn from(file: Vec<u8>) -> Self {
        let start = crate::seal::footer_start(&file);
        let footer = start.and_then(|start| file.get(start..));
        Self {
            footer: footer.unwrap_or_default().to_vec(),
            file: file.into(),
        }
    }
}

/// A Parquet file whose row groups are read one at a time.
pub(in super::super) struct Reader {
    bytes: Buffer<u8>,
    metadata: FileMetadata,
    schema: ArrowSchema,
}

impl Reader {
    /// Reads the footer.
    ///
    /// # Errors
    /// [`PolarsError`](polars_error::PolarsError) for what is not Parquet.
    pub(in super::super) fn open(readable: Readable) -> PolarsResult<Self> {
        let bytes = Buffer::from_owner(readable.file);
        let metadata = deserialize_metadata(Buffer::from(readable.footer))?;
        let schema = infer_schema(&metadata)?;
        Ok(Self {
            bytes,
            metadata,
            schema,
        })
    }

    /// Number of row groups.
    pub(in super::super) fn groups(&self) -> usize {
        self.metadata.row_groups.len()
    }

    /// The rows of one row group; none of a group that the file does not have.
    ///
    /// # Errors
    /// As [`read`].
    pub(in super::super) fn group(&self, group: usize) -> PolarsResult<Table> {
        let groups = self.metadata.row_groups.get(group..=group);
        self.rows_of(groups.unwrap_or_default(), None)
    }

    /// The pages of a column of one row group, as they are; none of a column or group that the file does
    /// not have.
    ///
    /// # Errors
    /// As [`read`].
    pub(in super::super) fn pages(
        &self,
        group: usize,
        name: &str,
    ) -> PolarsResult<Vec<CompressedPage>> {
        let mut pages = Vec::new();
        let chunks = self.metadata.row_groups.get(group);
        let chunks = chunks.and_then(|group| group.columns_under_root_iter(name));
        for chunk in chunks.into_iter().flatten() {
            for page in page_reader(&self.bytes, chunk)? {
                let mut page = page?;
                if let CompressedPage::Data(data) = &mut page {
                    // No column of ours is nested. A writer wants to know it, a reader does not say.
                    data.num_rows = Some(data.num_values());
                }
                pages.push(page);
            }
        }
        Ok(pages)
    }

    /// The pages of the columns `names` of one row group, for another file that has them too.
    ///
    /// # Errors
    /// As [`read`]; for a group that the file does not have.
    pub(in super::super) fn group_pages<'a>(
        &self,
        group: usize,
        names: impl IntoIterator<Item = &'a str>,
    ) -> PolarsResult<GroupPages> {
        let Some(metadata) = self.metadata.row_groups.get(group) else {
            polars_bail!(ComputeError: "no row group {}", group);
        };
        let names = names.into_iter();
        let columns = names.map(|name| Ok((name.to_owned(), self.pages(group, name)?)));
        Ok(GroupPages {
            rows: metadata.num_rows(),
            columns: columns.collect::<PolarsResult<_>>()?,
        })
    }

    fn rows_of(&self, groups: &[RowGroupMetadata], only: Option<&[&str]>) -> PolarsResult<Table> {
        let rows: usize = groups.iter().map(RowGroupMetadata::num_rows).sum();
        let mut columns = Vec::with_capacity(self.schema.len());
        for field in self.schema.iter_values() {
            let name = field.name.as_str();
            if only.is_some_and(|only| !only.contains(&name)) {
                continue;
            }
            let mut values: Option<Values> = None;
            for group in groups {
                let chunks = group.columns_under_root_iter(name);
                let chunks: Vec<&ColumnChunkMetadata> = chunks.into_iter().flatten().collect();
                for array in arrays(&self.bytes, &chunks, field.clone())? {
                    let part = part(array.as_ref())?;
                    values = Some(match values {
                        None => part,
                        Some(before) => joined(before, part)?,
                    });
                }
            }
            let values = match values {
                Some(values) => values,
                None => part(polars_arrow::array::new_empty_array(field.dtype.clone()).as_ref())?,
            };
            if values.len() != rows {
                let found = values.len();
                polars_bail!(ComputeError: "column {} has {} values in {} rows", name, found, rows);
            }
            columns.push((name.to_owned(), values));
        }
        Table::new(columns).ok_or_else(|| polars_err!(ComputeError: "columns do not fit together"))
    }
}

/// Reads the columns of a file, or only those that are named.
///
/// # Errors
/// [`PolarsError`](polars_error::PolarsError) for what is not Parquet. The reader may also panic on
/// bytes that nobody wrote: see `footer::guarded`.
pub(in super::super) fn read(readable: Readable, only: Option<&[&str]>) -> PolarsResult<Table> {
    let reader = Reader::open(readable)?;
    let rows: usize = reader
        .metadata
        .row_groups
        .iter()
        .map(RowGroupMetadata::num_rows)
        .sum();
    if rows != reader.metadata.num_rows {
        let told = reader.metadata.num_rows;
        polars_bail!(ComputeError: "row groups of {} rows in a file of {}", rows, told);
    }
    reader.rows_of(&reader.metadata.row_groups, only)
}

fn arrays(
    bytes: &Buffer<u8>,
    chunks: &[&ColumnChunkMetadata],
    field: Field,
) -> PolarsResult<Vec<Box<dyn Array>>> {
    let mut columns = Vec::with_capacity(chunks.len());
    let mut types = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        columns.push(BasicDecompressor::new(
            page_reader(bytes, chunk)?,
            Vec::new(),
        ));
        types.push(&chunk.descriptor().descriptor.primitive_type);
    }
    Ok(column_iter_to_arrays(columns, types, field, None)?.0)
}

fn page_reader(bytes: &Buffer<u8>, chunk: &ColumnChunkMetadata) -> PolarsResult<PageReader> {
    let range = chunk.byte_range();
    let (Ok(from), Ok(to)) = (usize::try_from(range.start), usize::try_from(range.end)) else {
        polars_bail!(ComputeError: "a column lies beyond the file");
    };
    let pages = Cursor::new(bytes.clone().sliced(from..to));
    Ok(PageReader::new(pages, chunk, Vec::new(), usize::MAX))
}

/// The values of an array of the types that a file of this lake has.
fn part(array: &dyn Array) -> PolarsResult<Values> {
    let rows = array.len();
    Ok(match array.dtype() {
        ArrowDataType::Date32 => Values::Dates(primitives::<i32>(array)?),
        ArrowDataType::Float64 => Values::Numbers(primitives::<f64>(array)?),
        ArrowDataType::Int64 => Values::Counts(primitives::<i64>(array)?),
        ArrowDataType::Utf8View => match array.as_any().downcast_ref::<Utf8ViewArray>() {
            Some(texts) => Values::Texts(texts.clone()),
            None => polars_bail!(ComputeError: "texts that are none"),
        },
        other => Values::Foreign(format!("{other:?}").to_lowercase(), rows),
    })
}

fn primitives<T: NativeType>(array: &dyn Array) -> PolarsResult<Vec<Option<T>>> {
    let Some(array) = array.as_any().downcast_ref::<PrimitiveArray<T>>() else {
        polars_bail!(ComputeError: "numbers that are none");
    };
    Ok(array.iter().map(|value| value.copied()).collect())
}

fn joined(before: Values, after: Values) -> PolarsResult<Values> {
    Ok(match (before, after) {
        (Values::Dates(mut all), Values::Dates(more)) => {
            all.extend(more);
            Values::Dates(all)
        }
        (Values::Numbers(mut all), Values::Numbers(more)) => {
            all.extend(more);
            Values::Numbers(all)
        }
        (Values::Counts(mut all), Values::Counts(more)) => {
            all.extend(more);
            Values::Counts(all)
        }
        (Values::Texts(all), Values::Texts(more)) => {
            let texts: Vec<Option<&str>> = all.iter().chain(more.iter()).collect();
            Values::Texts(Utf8ViewArray::from_slice(texts))
        }
        (Values::Foreign(name, rows), Values::Foreign(_, more)) => {
            Values::Foreign(name, rows + more)
        }
        (first, _) => {
            polars_bail!(ComputeError: "row groups of two types, one is {}", first.type_name())
        }
    })
}
