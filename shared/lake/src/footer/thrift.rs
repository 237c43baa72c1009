//! Thrift's compact protocol, of which Parquet's footer and page headers are made, read within bounds.
//!
//! The Parquet reader allocates for a list what the list says of its length, and reads a field as the
//! type that it expects, whatever type the bytes claim. So both are checked here first, by a table of
//! the types that the reader expects: what passes is understood in one way only.
//! Source: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>

use super::fault::FooterFault;

/// Structures inside structures; Parquet's own go eight deep.
const MAX_DEPTH: usize = 16;
/// Bytes of a number of 64 bits.
const MAX_VARINT: usize = 10;

/// What may stand in one place.
#[derive(Debug)]
pub(super) enum Shape {
    /// The reader passes over it.
    Any,
    Flag,
    Byte,
    Int,
    Bytes,
    List(&'static Shape),
    Struct(&'static [(i16, Shape)]),
}

/// What stands there.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// A truth, an octet or a double, of which nothing is asked.
    Other,
    Int(i64),
    /// Octets, and where they begin.
    Bytes(usize, &'a [u8]),
    List(Vec<Value<'a>>),
    Struct(Fields<'a>),
}

/// A structure's fields, ascending by number.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<(i16, Value<'a>)>);

impl<'a> Fields<'a> {
    fn get(&self, id: i16) -> Option<&Value<'a>> {
        let found = self.0.iter().find(|(field, _)| *field == id);
        found.map(|(_, value)| value)
    }

    /// A number.
    pub(super) fn int(&self, id: i16) -> Option<i64> {
        match self.get(id)? {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// A number that counts or measures something.
    pub(super) fn size(&self, id: i16, what: &'static str) -> Result<u64, FooterFault> {
        let number = self.int(id).ok_or(FooterFault::Missing { what })?;
        u64::try_from(number).map_err(|_| FooterFault::Negative { what })
    }

    /// Octets.
    pub(super) fn bytes(&self, id: i16) -> Option<&'a [u8]> {
        self.placed(id).map(|(_, bytes)| bytes)
    }

    /// Octets, and where they begin in what was read.
    pub(super) fn placed(&self, id: i16) -> Option<(usize, &'a [u8])> {
        match self.get(id)? {
            Value::Bytes(at, bytes) => Some((*at, bytes)),
            _ => None,
        }
    }

    /// The structures of a list; none where there is no list.
    pub(super) fn structs(&self, id: i16) -> impl ExactSizeIterator<Item = &Fields<'a>> {
        let list: &[Value<'a>] = match self.get(id) {
            Some(Value::List(list)) => list,
            _ => &[],
        };
        // The shape of every list that is asked for is one of structures.
        const EMPTY: &Fields<'static> = &Fields(Vec::new());
        list.iter().map(|value| match value {
            Value::Struct(fields) => fields,
            _ => EMPTY,
        })
    }

    pub(super) fn fields(&self, id: i16) -> Option<&Fields<'a>> {
        match self.get(id)? {
            Value::Struct(fields) => Some(fields),
            _ => None,
        }
    }
}

/// Reads a structure from the beginning of `bytes`; returns it and its length.
///
/// `max_values` bounds what is kept in memory: some forty bytes each.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    fields: &'static [(i16, Shape)],
    max_values: usize,
) -> Result<(Fields<'a>, usize), FooterFault> {
    let mut walk = Walk {
        length: bytes.len(),
        rest: bytes,
        values_left: max_values,
    };
    let read = walk.fields(fields, 0)?;
    Ok((read, bytes.len() - walk.rest.len()))
}

struct Walk<'a> {
    length: usize,
    rest: &'a [u8],
    values_left: usize,
}

impl<'a> Walk<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], FooterFault> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(FooterFault::Ends)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, FooterFault> {
        let (byte, rest) = self.rest.split_first().ok_or(FooterFault::Ends)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn varint(&mut self) -> Result<u64, FooterFault> {
        let mut number = 0;
        for nth in 0..MAX_VARINT {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * nth);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(FooterFault::Garbled)
    }

    fn int(&mut self) -> Result<i64, FooterFault> {
        let number = self.varint()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn fields(
        &mut self,
        shapes: &'static [(i16, Shape)],
        depth: usize,
    ) -> Result<Fields<'a>, FooterFault> {
        if depth > MAX_DEPTH {
            return Err(FooterFault::Garbled);
        }
        let mut fields = Vec::new();
        let mut last = 0_i16;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Ok(Fields(fields));
            }
            let id = match i16::from(head >> 4) {
                0 => i16::try_from(self.int()?).map_err(|_| FooterFault::Garbled)?,
                delta => last.checked_add(delta).ok_or(FooterFault::Garbled)?,
            };
            // One field twice would be read once by one reader and once by another.
            if id <= last {
                return Err(FooterFault::Garbled);
            }
            last = id;
            let known = shapes.iter().find(|(known, _)| *known == id);
            let shape = known.map_or(&Shape::Any, |(_, shape)| shape);
            let value = match (kind, shape) {
                // A flag's value is its type.
                (1 | 2, Shape::Flag | Shape::Any) => self.keep(Value::Other)?,
                (kind, shape) => self.value(kind, shape, depth)?,
            };
            fields.push((id, value));
        }
    }

    fn value(
        &mut self,
        kind: u8,
        shape: &'static Shape,
        depth: usize,
    ) -> Result<Value<'a>, FooterFault> {
        let value = match (kind, shape) {
            (3, Shape::Byte | Shape::Any) => self.byte().map(|_| Value::Other),
            (4..=6, Shape::Int | Shape::Any) => self.int().map(Value::Int),
            (7, Shape::Any) => self.take(8).map(|_| Value::Other),
            (8, Shape::Bytes | Shape::Any) => {
                let length = usize::try_from(self.varint()?).map_err(|_| FooterFault::Ends)?;
                let at = self.length - self.rest.len();
                self.take(length).map(|bytes| Value::Bytes(at, bytes))
            }
            (9, Shape::List(each)) => self.list(each, depth),
            (9, Shape::Any) => self.list(&Shape::Any, depth),
            (12, Shape::Struct(fields)) => self.fields(fields, depth + 1).map(Value::Struct),
            (12, Shape::Any) => self.fields(&[], depth + 1).map(Value::Struct),
            _ => Err(FooterFault::Garbled),
        }?;
        self.keep(value)
    }

    /// Counts what is kept in memory.
    fn keep(&mut self, value: Value<'a>) -> Result<Value<'a>, FooterFault> {
        let left = self.values_left.checked_sub(1);
        self.values_left = left.ok_or(FooterFault::Garbled)?;
        Ok(value)
    }

    fn list(&mut self, each: &'static Shape, depth: usize) -> Result<Value<'a>, FooterFault> {
        if depth > MAX_DEPTH {
            return Err(FooterFault::Garbled);
        }
        let head = self.byte()?;
        let length = match u64::from(head >> 4) {
            15 => self.varint()?,
            length => length,
        };
        // No element takes less than a byte; flags are none here, readers do not agree on theirs.
        if length > self.rest.len() as u64 {
            return Err(FooterFault::Ends);
        }
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(self.value(head & 0x0f, each, depth + 1)?);
        }
        Ok(Value::List(values))
    }
}
