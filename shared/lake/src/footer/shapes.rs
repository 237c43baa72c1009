//! The types that the Parquet reader expects, by field number.
//!
//! Source: <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift> and
//! `parquet/handwritten_thrift` of polars-parquet 0.55. A field that is not here is passed over.

use super::thrift::Shape::{self, Any, Byte, Bytes, Flag, Int, List, Struct};

type Fields = &'static [(i16, Shape)];

pub(super) const FILE: Fields = &[
    (1, Int),
    (2, List(&Struct(SCHEMA))),
    (3, Int),
    (4, List(&Struct(ROW_GROUP))),
    (5, List(&Struct(PAIR))),
    (6, Bytes),
    (7, List(&Struct(COLUMN_ORDER))),
];

const NOTHING: Shape = Struct(&[]);

const SCHEMA: Fields = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Bytes),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Int),
    (9, Int),
    (10, Struct(LOGICAL)),
];

const LOGICAL: Fields = &[
    (1, NOTHING),
    (2, NOTHING),
    (3, NOTHING),
    (4, NOTHING),
    (5, Struct(&[(1, Int), (2, Int)])),
    (6, NOTHING),
    (7, Struct(TIME)),
    (8, Struct(TIME)),
    (10, Struct(&[(1, Byte), (2, Flag)])),
    (11, NOTHING),
    (12, NOTHING),
    (13, NOTHING),
    (14, NOTHING),
    (15, NOTHING),
];

const TIME: Fields = &[
    (1, Flag),
    (2, Struct(&[(1, NOTHING), (2, NOTHING), (3, NOTHING)])),
];

const ROW_GROUP: Fields = &[
    (1, List(&Struct(COLUMN_CHUNK))),
    (2, Int),
    (3, Int),
    (4, List(&Struct(&[(1, Int), (2, Flag), (3, Flag)]))),
    (5, Int),
    (6, Int),
    (7, Int),
];

const COLUMN_CHUNK: Fields = &[
    (1, Bytes),
    (2, Int),
    (3, Struct(COLUMN)),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Any),
    (9, Any),
];

const COLUMN: Fields = &[
    (1, Int),
    (2, List(&Int)),
    (3, List(&Bytes)),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Any),
    (9, Int),
    (10, Int),
    (11, Int),
    (12, Struct(STATISTICS)),
    (13, Any),
    (14, Int),
    (15, Int),
];

const STATISTICS: Fields = &[
    (1, Bytes),
    (2, Bytes),
    (3, Int),
    (4, Int),
    (5, Bytes),
    (6, Bytes),
    (7, Flag),
    (8, Flag),
];

const PAIR: Fields = &[(1, Bytes), (2, Bytes)];

const COLUMN_ORDER: Fields = &[(1, NOTHING), (2, NOTHING)];

pub(super) const PAGE: Fields = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Int),
    (5, Struct(DATA_PAGE)),
    (7, Struct(&[(1, Int), (2, Int), (3, Flag)])),
];

const DATA_PAGE: Fields = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Int),
    (5, Struct(STATISTICS)),
];
