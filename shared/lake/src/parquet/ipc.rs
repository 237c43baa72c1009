//! A table as a file of Arrow's own format (IPC, Feather version 2), for programs that map it into memory.

use std::sync::Arc;

use polars_arrow::array::{Array, MutableUtf8Array, Utf8Array};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};
use polars_arrow::record_batch::RecordBatchT;
use polars_error::PolarsResult;

use super::write::foreign;
use super::{Table, Values};

/// The file, in one batch and not compressed.
///
/// # Errors
/// [`PolarsError`](polars_error::PolarsError) for a foreign column.
pub(in super::super) fn arrow_file(table: &Table) -> PolarsResult<Vec<u8>> {
    let mut schema = ArrowSchema::default();
    let mut arrays: Vec<Box<dyn Array>> = Vec::with_capacity(table.columns.len());
    for (name, values) in &table.columns {
        let (dtype, array) = match values {
            // Readers that do not know string views are many.
            Values::Texts(texts) => {
                let texts: Utf8Array<i64> = MutableUtf8Array::from_iter(texts.iter()).into();
                (ArrowDataType::LargeUtf8, texts.boxed())
            }
            _ => values.to_arrow().ok_or_else(|| foreign(name, values))?,
        };
        let name = polars_utils::pl_str::PlSmallStr::from_str(name);
        schema.insert(name.clone(), Field::new(name, dtype, true));
        arrays.push(array);
    }
    let schema = Arc::new(schema);
    let batch = RecordBatchT::try_new(table.rows(), Arc::clone(&schema), arrays)?;
    let options = WriteOptions { compression: None };
    let mut file = FileWriter::try_new(Vec::new(), schema, None, options)?;
    file.write(&batch, None)?;
    file.finish()?;
    Ok(file.into_inner())
}
