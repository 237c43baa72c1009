//! A table becomes Parquet pages the way that is cheapest for 250 rows.
//!
//! Measured on year files, the usual page writer spends half of its time on two things that are worth
//! it only for large files: it estimates the number of distinct values of every column to choose an
//! encoding, and it makes a zstd context for every page, which asks the processor what it can do; in a
//! virtual machine each such question goes to the hypervisor. Here the encoding is given and one
//! context serves a whole file. The file is plain Parquet either way. A table of many listings is
//! written row group by row group, so that no more than one of them is in memory as columns.

use std::collections::BTreeMap;

use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, IntegerType};
use polars_error::{PolarsError, PolarsResult, polars_bail, polars_err};
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::page::CompressedDictPage;
use polars_parquet::write::{
    CompressedDataPage, CompressedPage, CompressionOptions, DynIter, DynStreamingIterator,
    Encoding, FileWriter, KeyValue, Page, ParquetType, RowGroupIterColumns, StatisticsOptions,
    Version, WriteOptions, ZstdLevel, array_to_columns, fallible_streaming_iterator,
    schema_to_metadata_key,
};
use zstd::bulk::Compressor;

use super::{Table, Values};

/// How the columns of a file are laid down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Layout {
    /// A year of one listing. Prices and volumes of a year hardly repeat; of columns that do, zstd
    /// leaves next to nothing.
    Year,
    /// A table of many listings: dates and texts are dictionaries, and Arrow's description calls texts
    /// `string`, which older readers know, where they do not know a string view.
    Table,
}

/// The compressed pages of a row group, by the names of its columns.
pub(in super::super) struct GroupPages {
    pub(super) rows: usize,
    pub(super) columns: Vec<(String, Vec<CompressedPage>)>,
}

/// A Parquet file that is written one row group at a time.
pub(in super::super) struct Writer {
    file: FileWriter<Vec<u8>>,
    schema: ArrowSchema,
    fields: Vec<ParquetType>,
    options: WriteOptions,
    zstd: Compressor<'static>,
    layout: Layout,
}

impl Writer {
    /// A file of the columns that `like` has.
    ///
    /// # Errors
    /// [`PolarsError`] for a compression level that zstd does not know, and a foreign column.
    pub(in super::super) fn new(like: &Table, level: i32, layout: Layout) -> PolarsResult<Self> {
        let options = WriteOptions {
            statistics: StatisticsOptions::full(),
            version: Version::V1,
            compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(level)?)),
            data_page_size: None,
        };
        let mut schema = ArrowSchema::default();
        for (name, values) in &like.columns {
            let dtype = match (values, layout) {
                (Values::Texts(_), Layout::Table) => ArrowDataType::Utf8,
                _ => values.to_arrow().ok_or_else(|| foreign(name, values))?.0,
            };
            let name = polars_utils::pl_str::PlSmallStr::from_str(name);
            schema.insert(name.clone(), Field::new(name, dtype, true));
        }
        let file = FileWriter::try_new(Vec::with_capacity(16 * 1024), schema.clone(), options)?;
        Ok(Self {
            fields: file.parquet_schema().fields().to_vec(),
            file,
            schema,
            options,
            zstd: Compressor::new(level)?,
            layout,
        })
    }

    /// Adds the rows of `table` as a row group, with statistics.
    ///
    /// # Errors
    /// [`PolarsError`] for other columns than the file's.
    pub(in super::super) fn group(&mut self, table: &Table) -> PolarsResult<()> {
        let pages = self.pages(table, |_, _| Ok(None))?;
        let names: Vec<&str> = table.names().collect();
        self.put(&pages, &names)
    }

    /// The pages of a row group of `table`, to be [put](Writer::put) into this file, and into others that have
    /// the same values under another name: compressing them is most of the work. `known` gives the pages of a
    /// column that somebody compressed before.
    ///
    /// # Errors
    /// [`PolarsError`] for other columns than the file's, and whatever `known` ends with.
    pub(in super::super) fn pages(
        &mut self,
        table: &Table,
        mut known: impl FnMut(&str, &Values) -> PolarsResult<Option<Vec<CompressedPage>>>,
    ) -> PolarsResult<GroupPages> {
        let names = self.schema.iter_names().map(|name| name.as_str());
        if !names.eq(table.names()) {
            polars_bail!(ComputeError: "a row group of other columns than the file's");
        }
        let mut columns = Vec::with_capacity(table.columns.len());
        for ((name, values), field) in table.columns.iter().zip(&self.fields) {
            if let Some(pages) = known(name, values)? {
                columns.push((name.clone(), pages));
                continue;
            }
            let (array, encoding) = match (values, self.layout) {
                (Values::Texts(texts), Layout::Table) => {
                    (dictionary(texts)?, Encoding::RleDictionary)
                }
                _ => {
                    let (_, array) = values.to_arrow().ok_or_else(|| foreign(name, values))?;
                    let repeats =
                        self.layout == Layout::Table && matches!(values, Values::Dates(_));
                    let encoding = if repeats {
                        Encoding::RleDictionary
                    } else {
                        Encoding::Plain
                    };
                    (array, encoding)
                }
            };
            let (options, zstd) = (self.options, &mut self.zstd);
            let pages = column_pages(array.as_ref(), field, encoding, options, zstd)?;
            columns.push((name.clone(), pages));
        }
        Ok(GroupPages {
            rows: table.rows(),
            columns,
        })
    }

    /// Adds a row group: for each column of this file, in order, the name that `group` has it under.
    ///
    /// # Errors
    /// [`PolarsError`] for another number of columns than the file's, and a name that `group` does not have.
    pub(in super::super) fn put(&mut self, group: &GroupPages, names: &[&str]) -> PolarsResult<()> {
        if names.len() != self.fields.len() {
            polars_bail!(ComputeError: "a row group of {} columns", names.len());
        }
        let mut chosen = Vec::with_capacity(names.len());
        for name in names {
            let mut columns = group.columns.iter();
            let Some((_, pages)) = columns.find(|(it, _)| it == name) else {
                polars_bail!(ComputeError: "a row group without {}", name);
            };
            chosen.push(pages);
        }
        self.file.write(group.rows as u64, row_group(&chosen))
    }

    /// Ends the file with the pairs of `metadata`.
    ///
    /// # Errors
    /// [`PolarsError`] when the footer cannot be written.
    pub(in super::super) fn finish(
        mut self,
        metadata: Vec<(String, String)>,
    ) -> PolarsResult<Vec<u8>> {
        let mut pairs = vec![schema_to_metadata_key(&self.schema)];
        let own = metadata.into_iter();
        pairs.extend(own.map(|(key, value)| KeyValue::new(key, value)));
        self.file.end(Some(pairs))?;
        Ok(self.file.into_inner())
    }
}

/// The table as a Parquet file of one row group, with statistics and the pairs of `metadata`.
///
/// # Errors
/// [`PolarsError`] for a compression level that zstd does not know, and a table with a foreign column.
pub(in super::super) fn write(
    table: &Table,
    level: i32,
    metadata: Vec<(String, String)>,
    layout: Layout,
) -> PolarsResult<Vec<u8>> {
    let mut writer = Writer::new(table, level, layout)?;
    writer.group(table)?;
    writer.finish(metadata)
}

pub(super) fn foreign(name: &str, values: &Values) -> PolarsError {
    polars_err!(ComputeError: "column {} is {}", name, values.type_name())
}

/// Each text once, and which of them every row has.
fn dictionary(texts: &Utf8ViewArray) -> PolarsResult<Box<dyn Array>> {
    let mut known: BTreeMap<&str, u32> = BTreeMap::new();
    let mut values: Vec<&str> = Vec::new();
    let mut last: Option<(&str, u32)> = None;
    let mut keys: Vec<Option<u32>> = Vec::with_capacity(texts.len());
    for text in texts {
        let Some(text) = text else {
            keys.push(None);
            continue;
        };
        let key = match last {
            Some((before, key)) if before == text => key,
            _ => *known.entry(text).or_insert_with(|| {
                values.push(text);
                u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
            }),
        };
        last = Some((text, key));
        keys.push(Some(key));
    }
    let dtype = ArrowDataType::Dictionary(
        IntegerType::UInt32,
        Box::new(ArrowDataType::Utf8View),
        false,
    );
    let values = Utf8ViewArray::from_slice_values(values);
    let keys = PrimitiveArray::<u32>::from(keys);
    Ok(DictionaryArray::<u32>::try_new(dtype, keys, values.boxed())?.boxed())
}

fn column_pages(
    array: &dyn Array,
    field: &ParquetType,
    encoding: Encoding,
    options: WriteOptions,
    zstd: &mut Compressor<'_>,
) -> PolarsResult<Vec<CompressedPage>> {
    let mut pages = Vec::with_capacity(1);
    for leaf in array_to_columns(array.to_boxed(), field.clone(), options, &[encoding])? {
        for page in leaf {
            pages.push(compressed(page?, zstd)?);
        }
    }
    Ok(pages)
}

/// The pages of each column as a row group.
pub(super) fn row_group<C>(columns: &[C]) -> RowGroupIterColumns<'_, PolarsError>
where
    C: AsRef<[CompressedPage]> + Sync,
{
    DynIter::new(columns.iter().map(|pages| {
        let pages = pages.as_ref().iter().map(PolarsResult::Ok);
        Ok(DynStreamingIterator::new(
            fallible_streaming_iterator::convert(pages),
        ))
    }))
}

pub(super) fn compressed(page: Page, zstd: &mut Compressor<'_>) -> PolarsResult<CompressedPage> {
    Ok(match page {
        Page::Data(page) => {
            let packed = zstd.compress(page.buffer())?;
            CompressedPage::Data(CompressedDataPage::new(
                page.header().clone(),
                CowBuffer::Owned(packed),
                Compression::Zstd,
                page.buffer().len(),
                page.descriptor.clone(),
                page.num_rows().unwrap_or_default(),
            ))
        }
        Page::Dict(page) => {
            let packed = zstd.compress(&page.buffer)?;
            CompressedPage::Dict(CompressedDictPage::new(
                CowBuffer::Owned(packed),
                Compression::Zstd,
                page.buffer.len(),
                page.num_values,
                page.is_sorted,
            ))
        }
    })
}
