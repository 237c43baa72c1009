//! Columns of structs, lists and maps become a Parquet file: the checkpoint of a Delta log has them.
//!
//! What each leaf's levels are is told to the page writer here. The writer's own way from an Arrow array
//! to levels takes the key of a map for a struct, so that it cannot write a map as Parquet defines it.

use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::offset::OffsetsBuffer;
use polars_error::{PolarsResult, polars_bail, polars_err};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::{GroupConvertedType, GroupLogicalType};
use polars_parquet::write::{
    CompressedPage, CompressionOptions, Encoding, FileWriter, KeyValue, Nested, ParquetType,
    SchemaDescriptor, StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_pages,
    to_parquet_leaves, to_parquet_type,
};
use polars_utils::pl_str::PlSmallStr;
use zstd::bulk::Compressor;

use super::write::{compressed, row_group};

/// Entries of a map in one row.
pub(in super::super) type Entries<'a> = Vec<(&'a str, Option<&'a str>)>;

/// The values of a column, one per row of the file. In a row where a struct is absent, so are its fields.
#[derive(Debug)]
pub(in super::super) enum Column<'a> {
    /// Texts.
    Texts(Vec<Option<&'a str>>),
    /// Whole numbers of 64 bits.
    Longs(Vec<Option<i64>>),
    /// Whole numbers of 32 bits.
    Integers(Vec<Option<i32>>),
    /// True or false.
    Flags(Vec<Option<bool>>),
    /// Lists of texts.
    Lists(Vec<Option<Vec<&'a str>>>),
    /// Maps of texts to texts.
    Maps(Vec<Option<Entries<'a>>>),
    /// Structs: in which rows one is, and the fields.
    Structs(Vec<bool>, Fields<'a>),
}

/// Named columns, in order.
pub(in super::super) type Fields<'a> = Vec<(&'static str, Column<'a>)>;

/// The values of a leaf, and how they lie in their parents.
struct Leaf {
    values: Box<dyn Array>,
    levels: Vec<Nested>,
}

/// The columns as a Parquet file of one row group, with the pairs of `metadata`; without statistics,
/// and without Arrow's description, which nobody needs who knows the format.
///
/// # Errors
/// [`PolarsError`](polars_error::PolarsError) for a compression level that zstd does not know, and
/// columns that are not equally long.
pub(in super::super) fn write_nested(
    columns: &Fields<'_>,
    level: i32,
    metadata: Vec<(String, String)>,
) -> PolarsResult<Vec<u8>> {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    if columns.iter().any(|(_, column)| !column.has(rows)) {
        polars_bail!(ComputeError: "the columns are not equally long");
    }
    let options = WriteOptions {
        statistics: StatisticsOptions::empty(),
        version: Version::V1,
        compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(level)?)),
        data_page_size: None,
    };
    let mut types = Vec::with_capacity(columns.len());
    for (name, column) in columns {
        types.push(column.parquet_type(name)?);
    }
    let mut zstd = Compressor::new(level)?;
    let mut pages: Vec<Vec<CompressedPage>> = Vec::new();
    for ((_, column), of) in columns.iter().zip(&types) {
        let mut leaves = Vec::new();
        column.leaves(&[], &mut leaves)?;
        let leaf_types = to_parquet_leaves(of.clone());
        if leaf_types.len() != leaves.len() {
            polars_bail!(ComputeError: "{} leaves of {} types", leaves.len(), leaf_types.len());
        }
        for (leaf, of) in leaves.iter().zip(leaf_types) {
            let values = leaf.values.as_ref();
            let of_leaf = array_to_pages(values, of, &leaf.levels, options, Encoding::Plain)?;
            let packed = of_leaf.map(|page| compressed(page?, &mut zstd));
            pages.push(packed.collect::<PolarsResult<_>>()?);
        }
    }
    let schema = SchemaDescriptor::new(PlSmallStr::from_static("root"), types);
    let arrow = ArrowSchema::default();
    let mut file = FileWriter::new_with_parquet_schema(Vec::new(), arrow, schema, options);
    file.write(rows as u64, row_group(&pages))?;
    let pairs = metadata.into_iter();
    let pairs = pairs.map(|(key, value)| KeyValue::new(key, value));
    file.end(Some(pairs.collect()))?;
    Ok(file.into_inner())
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Texts(values) => values.len(),
            Self::Longs(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Flags(values) => values.len(),
            Self::Lists(values) => values.len(),
            Self::Maps(values) => values.len(),
            Self::Structs(present, _) => present.len(),
        }
    }

    /// Whether it, and what is in it, has this many rows.
    fn has(&self, rows: usize) -> bool {
        self.len() == rows
            && match self {
                Self::Structs(_, fields) => fields.iter().all(|(_, field)| field.has(rows)),
                _ => true,
            }
    }

    /// Everything may be absent but the key of a map.
    fn parquet_type(&self, name: &str) -> PolarsResult<ParquetType> {
        use Repetition::{Optional, Required};
        let text = |name: &str, repetition| primitive(name, ArrowDataType::Utf8View, repetition);
        match self {
            Self::Texts(_) => text(name, Optional),
            Self::Longs(_) => primitive(name, ArrowDataType::Int64, Optional),
            Self::Integers(_) => primitive(name, ArrowDataType::Int32, Optional),
            Self::Flags(_) => primitive(name, ArrowDataType::Boolean, Optional),
            Self::Lists(_) => {
                let list = repeated("list", vec![text("element", Optional)?]);
                let kind = (GroupConvertedType::List, GroupLogicalType::List);
                Ok(group(name, Some(kind), vec![list]))
            }
            Self::Maps(_) => {
                let entries = vec![text("key", Required)?, text("value", Optional)?];
                let kind = (GroupConvertedType::Map, GroupLogicalType::Map);
                Ok(group(
                    name,
                    Some(kind),
                    vec![repeated("key_value", entries)],
                ))
            }
            Self::Structs(_, fields) => {
                let of = fields.iter().map(|(name, field)| field.parquet_type(name));
                Ok(group(name, None, of.collect::<PolarsResult<_>>()?))
            }
        }
    }

    /// The leaves in the order of the type, below `parents`.
    fn leaves(&self, parents: &[Nested], leaves: &mut Vec<Leaf>) -> PolarsResult<()> {
        let mut add = |below: Vec<Nested>, values: Box<dyn Array>, is_optional: bool| {
            let validity = values.validity().cloned();
            let last = Nested::primitive(validity, is_optional, values.len());
            let levels = parents.iter().cloned().chain(below).chain([last]);
            leaves.push(Leaf {
                values,
                levels: levels.collect(),
            });
        };
        match self {
            Self::Texts(values) => add(Vec::new(), texts(values.iter().copied()), true),
            Self::Longs(values) => {
                let values = PrimitiveArray::<i64>::from(values.as_slice());
                add(Vec::new(), values.boxed(), true);
            }
            Self::Integers(values) => {
                let values = PrimitiveArray::<i32>::from(values.as_slice());
                add(Vec::new(), values.boxed(), true);
            }
            Self::Flags(values) => {
                add(
                    Vec::new(),
                    BooleanArray::from(values.as_slice()).boxed(),
                    true,
                );
            }
            Self::Lists(values) => {
                let level = list_level(values)?;
                let items = values.iter().flatten().flatten().copied().map(Some);
                add(vec![level], texts(items), true);
            }
            Self::Maps(values) => {
                let level = list_level(values)?;
                let entries = || values.iter().flatten().flatten();
                let keys = texts(entries().map(|(key, _)| Some(*key)));
                add(vec![level.clone()], keys, false);
                add(vec![level], texts(entries().map(|(_, value)| *value)), true);
            }
            Self::Structs(present, fields) => {
                let validity = Bitmap::from(present.as_slice());
                let level = Nested::structure(Some(validity), true, present.len());
                let below: Vec<Nested> = parents.iter().cloned().chain([level]).collect();
                for (_, field) in fields {
                    field.leaves(&below, leaves)?;
                }
            }
        }
        Ok(())
    }
}

/// In which rows a list is, and how long it is.
fn list_level<T>(values: &[Option<Vec<T>>]) -> PolarsResult<Nested> {
    let mut offsets = Vec::with_capacity(values.len() + 1);
    let mut end = 0_usize;
    offsets.push(0);
    for items in values {
        end += items.as_ref().map_or(0, Vec::len);
        let end = i32::try_from(end);
        offsets.push(end.map_err(|_| polars_err!(ComputeError: "too many items of lists"))?);
    }
    let present: Vec<bool> = values.iter().map(Option::is_some).collect();
    let validity = Some(Bitmap::from(present.as_slice()));
    Ok(Nested::list(
        validity,
        true,
        OffsetsBuffer::try_from(offsets)?,
    ))
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Box<dyn Array> {
    Utf8ViewArray::from_slice(values.collect::<Vec<_>>()).boxed()
}

fn primitive(
    name: &str,
    dtype: ArrowDataType,
    repetition: Repetition,
) -> PolarsResult<ParquetType> {
    let may_be_null = repetition == Repetition::Optional;
    to_parquet_type(&Field::new(PlSmallStr::from_str(name), dtype, may_be_null))
}

fn group(
    name: &str,
    kind: Option<(GroupConvertedType, GroupLogicalType)>,
    fields: Vec<ParquetType>,
) -> ParquetType {
    let (converted, logical) = kind.unzip();
    let name = PlSmallStr::from_str(name);
    ParquetType::from_group(name, Repetition::Optional, converted, logical, fields, None)
}

fn repeated(name: &str, fields: Vec<ParquetType>) -> ParquetType {
    let name = PlSmallStr::from_str(name);
    ParquetType::from_group(name, Repetition::Repeated, None, None, fields, None)
}
