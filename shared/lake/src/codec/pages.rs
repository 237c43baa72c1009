//! A data frame becomes Parquet pages the way that is cheapest for 250 rows. Pure.
//!
//! Measured on year files, polars' own page writer spends half of its time on two things that are
//! worth it only for large files: it estimates the number of distinct values of every column to
//! choose an encoding, and it makes a zstd context for every page, which asks the processor what
//! it can do; in a virtual machine each such question goes to the hypervisor. Here the encoding is
//! told and one context serves a whole file. The file is plain Parquet either way.

use polars::prelude::*;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::{Compression, CompressionOptions};
use polars_parquet::parquet::page::CompressedDictPage;
use polars_parquet::write::{
    CompressedDataPage, CompressedPage, Encoding, Page, ParquetType, Version, WriteOptions,
    array_to_columns,
};
use polars_utils::compression::ZstdLevel;
use zstd::bulk::Compressor;

/// Appends `frame` to `bytes` as a Parquet file of one row group, with statistics and the pairs of
/// `metadata`.
pub(crate) fn write(
    frame: &mut DataFrame,
    level: i32,
    metadata: Vec<(String, String)>,
    bytes: &mut Vec<u8>,
) -> PolarsResult<()> {
    let compression = CompressionOptions::Zstd(Some(ZstdLevel::try_new(level)?));
    let options = WriteOptions {
        statistics: StatisticsOptions::full(),
        version: Version::V1,
        compression,
        data_page_size: None,
    };
    let mut writer = ParquetWriter::new(bytes)
        .with_statistics(options.statistics)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .batched(frame.schema())?;
    let fields = writer.parquet_schema().fields().to_vec();
    let mut zstd = Compressor::new(level)?;
    frame.align_chunks();
    for batch in frame.iter_chunks(CompatLevel::newest(), false) {
        let columns = batch.columns().iter().zip(&fields);
        let pages = columns
            .map(|(array, field)| column_pages(array, field, options, &mut zstd))
            .collect::<PolarsResult<Vec<_>>>()?;
        writer.write_row_group(batch.len() as u64, &pages)?;
    }
    writer.finish()?;
    Ok(())
}

fn column_pages(
    array: &ArrayRef,
    field: &ParquetType,
    options: WriteOptions,
    zstd: &mut Compressor<'_>,
) -> PolarsResult<Vec<CompressedPage>> {
    // Prices and volumes of a year hardly repeat; of columns that do, zstd leaves next to nothing.
    let mut pages = Vec::with_capacity(1);
    for leaf in array_to_columns(array, field.clone(), options, &[Encoding::Plain])? {
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
