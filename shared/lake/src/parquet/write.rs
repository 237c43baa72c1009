//! A table becomes Parquet pages the way that is cheapest for 250 rows.
//!
//! Measured on year files, the usual page writer spends half of its time on two things that are worth
//! it only for large files: it estimates the number of distinct values of every column to choose an
//! encoding, and it makes a zstd context for every page, which asks the processor what it can do; in a
//! virtual machine each such question goes to the hypervisor. Here the encoding is given and one
//! context serves a whole file. The file is plain Parquet either way.

use polars_arrow::array::Array;
use polars_arrow::datatypes::{ArrowSchema, Field};
use polars_error::{PolarsError, PolarsResult, polars_err};
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::page::CompressedDictPage;
use polars_parquet::write::{
    CompressedDataPage, CompressedPage, CompressionOptions, DynIter, DynStreamingIterator,
    Encoding, FileWriter, KeyValue, Page, ParquetType, StatisticsOptions, Version, WriteOptions,
    ZstdLevel, array_to_columns, fallible_streaming_iterator, schema_to_metadata_key,
};
use zstd::bulk::Compressor;

use super::Table;

/// The table as a Parquet file of one row group, with statistics and the pairs of `metadata`.
///
/// # Errors
/// [`PolarsError`] for a compression level that zstd does not know, and a table with a foreign column.
pub(in super::super) fn write(
    table: &Table,
    level: i32,
    metadata: Vec<(String, String)>,
) -> PolarsResult<Vec<u8>> {
    let options = WriteOptions {
        statistics: StatisticsOptions::full(),
        version: Version::V1,
        compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(level)?)),
        data_page_size: None,
    };
    let mut schema = ArrowSchema::default();
    let mut arrays = Vec::with_capacity(table.columns.len());
    for (name, values) in &table.columns {
        let (dtype, array) = values.to_arrow().ok_or_else(
            || polars_err!(ComputeError: "column {} is {}", name, values.type_name()),
        )?;
        let name = polars_utils::pl_str::PlSmallStr::from_str(name);
        schema.insert(name.clone(), Field::new(name, dtype, true));
        arrays.push(array);
    }
    let mut pairs = vec![schema_to_metadata_key(&schema)];
    let own = metadata.into_iter();
    pairs.extend(own.map(|(key, value)| KeyValue::new(key, value)));
    let mut writer = FileWriter::try_new(Vec::with_capacity(16 * 1024), schema, options)?;
    let fields = writer.parquet_schema().fields().to_vec();
    let mut zstd = Compressor::new(level)?;
    let columns = arrays.iter().zip(&fields);
    let pages = columns
        .map(|(array, field)| column_pages(array.as_ref(), field, options, &mut zstd))
        .collect::<PolarsResult<Vec<_>>>()?;
    let group = pages.iter().map(|pages| {
        let pages = pages.iter().map(PolarsResult::Ok);
        Ok::<_, PolarsError>(DynStreamingIterator::new(
            fallible_streaming_iterator::convert(pages),
        ))
    });
    writer.write(table.rows() as u64, DynIter::new(group))?;
    writer.end(Some(pairs))?;
    Ok(writer.into_inner())
}

fn column_pages(
    array: &dyn Array,
    field: &ParquetType,
    options: WriteOptions,
    zstd: &mut Compressor<'_>,
) -> PolarsResult<Vec<CompressedPage>> {
    // Prices and volumes of a year hardly repeat; of columns that do, zstd leaves next to nothing.
    let mut pages = Vec::with_capacity(1);
    for leaf in array_to_columns(array.to_boxed(), field.clone(), options, &[Encoding::Plain])? {
        for page in leaf {
            pages.push(compressed(page?, zstd)?);
        }
    }
    Ok(pages)
}

fn compressed(page: Page, zstd: &mut Compressor<'_>) -> PolarsResult<CompressedPage> {
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
