//! JSON in which a name that stands twice in one object is refused. Pure.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Objects in objects that are read at most.
const DEEPEST: usize = 16;
/// Names in a message.
const SHOWN: usize = 32;

/// Reads a text and the names that stand twice. The last value of a name counts, as everywhere.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn read(text: &str) -> Result<(Value, Vec<String>), serde_json::Error> {
    let mut twice = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let seed = Seed {
        twice: &mut twice,
        depth: 0,
    };
    let value = seed.deserialize(&mut json)?;
    json.end()?;
    Ok((value, twice))
}

struct Seed<'a> {
    twice: &'a mut Vec<String>,
    depth: usize,
}

impl Seed<'_> {
    fn inner(&mut self) -> Seed<'_> {
        Seed {
            twice: self.twice,
            depth: self.depth + 1,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        if self.depth > DEEPEST {
            return Err(D::Error::custom("too many values inside one another"));
        }
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(element) = elements.next_element_seed(self.inner())? {
            read.push(element);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(self.inner())?;
            let is_known = read.insert(name.clone(), value).is_some();
            if is_known && self.twice.len() < SHOWN && !self.twice.contains(&name) {
                self.twice.push(name);
            }
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_as_they_are_and_names_that_stand_twice_are_told() {
        let text = r#"{"a": [1, -2, 2.5, "x", null, true], "b": {"c": 1, "c": 2}, "a": 7}"#;
        let (value, twice) = read(text).unwrap();
        assert_eq!(value, json!({"a": 7, "b": {"c": 2}}));
        assert_eq!(twice, ["c", "a"]);
        let plain = r#"{"a": [1, -2, 2.5, "x", null, true], "n": 18446744073709551615}"#;
        let (value, twice) = read(plain).unwrap();
        assert_eq!(
            (value, twice.len()),
            (serde_json::from_str(plain).unwrap(), 0)
        );
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_an_error() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in ["", "{", "{} x", "{\"a\"}", &deep] {
            assert!(read(text).is_err(), "{}", text.len());
        }
    }
}
