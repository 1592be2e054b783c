//! JSON made small: what the server sends becomes the model's types with a fraction of the code that `serde_json` makes
//! for them, and [what the browser sends](write) is written so too.
//!
//! A text is read into [a tree](tree), which is one type; from there fields are taken in the order in which a
//! type declares them, variants by their place in its list. So the code that serde derives for maps, names of fields and
//! tagged enums, of which there would be a copy for each type and each way to read it, is never used and not in the WASM.
//!
//! What that asks of the model: enums in serde's plain form (a text, or an object with one key), no flattened fields, and
//! every field written, for only an `Option`, an empty list or a `false` may be absent. The test below reads all that is ever sent.
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;
use std::str::FromStr;
use tree::{Entry, Value};

mod tree;
mod writer;

pub use writer::write;

/// The text is not what this build expects, or a value is none that is sent. What exactly is amiss would be told to nobody,
/// and costs code in each type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the JSON that this build expects")
    }
}

impl std::error::Error for Malformed {}

impl serde::ser::Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl serde::de::Error for Malformed {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads a text.
///
/// # Errors
/// When it is no JSON, or is not the JSON of this type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Malformed> {
    T::deserialize(Node(&Value::read(text)?))
}

/// Reads a flat object of texts, in its order.
///
/// # Errors
/// When it is no JSON, or another.
pub fn texts(text: &str) -> Result<Vec<(String, String)>, Malformed> {
    let Value::Object(entries) = Value::read(text)? else {
        return Err(Malformed);
    };
    let entry = |(name, value): Entry| match value {
        Value::Text(text) => Ok((name.into_owned(), text.into_owned())),
        _ => Err(Malformed),
    };
    entries.into_iter().map(entry).collect()
}

/// A node of the tree. It is borrowed: a type that took it apart would also have the code to give back what it left.
#[derive(Clone, Copy)]
struct Node<'t>(&'t Value<'t>);

/// What is absent.
const NULL: Value<'static> = Value::Null;

impl Node<'_> {
    #[inline(never)]
    fn bool(self) -> Result<bool, Malformed> {
        match self.0 {
            Value::Is(yes) => Ok(*yes),
            Value::Null => Ok(false),
            _ => Err(Malformed),
        }
    }

    #[inline(never)]
    fn whole<T: FromStr>(self) -> Result<T, Malformed> {
        match self.0 {
            Value::Number(text) => text.parse().map_err(|_| Malformed),
            _ => Err(Malformed),
        }
    }

    #[inline(never)]
    fn fraction(self) -> Result<f64, Malformed> {
        self.0.as_f64().ok_or(Malformed)
    }

    #[inline(never)]
    fn text(self) -> Result<String, Malformed> {
        match self.0 {
            Value::Text(text) => Ok(text.as_ref().to_owned()),
            _ => Err(Malformed),
        }
    }
}

macro_rules! plain {
    ($($method:ident $as:ident $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
            visitor.$visit(self.$as()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Malformed;

    /// Nothing of the model asks what it is given.
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Malformed> {
        Err(Malformed)
    }

    plain! {
        deserialize_bool bool visit_bool,
        deserialize_u8 whole visit_u64, deserialize_u16 whole visit_u64,
        deserialize_u32 whole visit_u64, deserialize_u64 whole visit_u64,
        deserialize_i16 whole visit_i64, deserialize_i32 whole visit_i64, deserialize_i64 whole visit_i64,
        deserialize_f32 fraction visit_f64, deserialize_f64 fraction visit_f64,
        deserialize_string text visit_string
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            _ => Err(Malformed),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Malformed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::List(values) => visitor.visit_seq(Elements(values.iter())),
            Value::Null => visitor.visit_seq(Elements(<&[Value<'_>]>::default().iter())),
            _ => Err(Malformed),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::Object(entries) => visitor.visit_map(Entries {
                left: entries.iter(),
                value: &NULL,
            }),
            _ => Err(Malformed),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        match self.0 {
            Value::Object(entries) => visitor.visit_seq(Fields {
                entries,
                left: fields.iter(),
            }),
            _ => Err(Malformed),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        visitor.visit_enum(Variant::of(self.0, variants)?)
    }

    forward_to_deserialize_any! {
        i8 i128 u128 char str bytes byte_buf unit_struct tuple_struct identifier ignored_any
    }
}

struct Elements<'t>(std::slice::Iter<'t, Value<'t>>);

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Malformed> {
        self.0.next().map(|value| seed.deserialize(Node(value))).transpose()
    }
}

/// An object's values in the order of a type's fields; `null` for one that is absent.
struct Fields<'t> {
    entries: &'t [Entry<'t>],
    left: std::slice::Iter<'static, &'static str>,
}

impl<'t> Fields<'t> {
    #[inline(never)]
    fn next(&mut self) -> Option<&'t Value<'t>> {
        let name = self.left.next()?;
        let found = self.entries.iter().find(|(one, _)| one == name);
        Some(found.map_or(&NULL, |(_, value)| value))
    }
}

impl<'de> SeqAccess<'de> for Fields<'_> {
    type Error = Malformed;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Malformed> {
        self.next().map(|value| seed.deserialize(Node(value))).transpose()
    }
}

struct Entries<'t> {
    left: std::slice::Iter<'t, Entry<'t>>,
    value: &'t Value<'t>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Malformed;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Malformed> {
        let Some((key, value)) = self.left.next() else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(StringDeserializer::new(key.as_ref().to_owned()))
            .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Malformed> {
        seed.deserialize(Node(self.value))
    }
}

/// A variant by its place among those of its type, and what it holds.
struct Variant<'t> {
    place: u64,
    held: &'t Value<'t>,
}

impl<'t> Variant<'t> {
    #[inline(never)]
    fn of(value: &'t Value<'t>, variants: &[&str]) -> Result<Self, Malformed> {
        let (name, held) = match value {
            Value::Text(name) => (name, &NULL),
            Value::Object(entries) => entries.first().map(|(name, held)| (name, held)).ok_or(Malformed)?,
            _ => return Err(Malformed),
        };
        let place = variants.iter().position(|variant| variant == name).ok_or(Malformed)?;
        Ok(Self {
            place: place as u64,
            held,
        })
    }
}

impl<'de, 't> EnumAccess<'de> for Variant<'t> {
    type Error = Malformed;
    type Variant = Node<'t>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Node<'t>), Malformed> {
        let variant = seed.deserialize(self.place.into_deserializer())?;
        Ok((variant, Node(self.held)))
    }
}

impl<'de> VariantAccess<'de> for Node<'_> {
    type Error = Malformed;

    fn unit_variant(self) -> Result<(), Malformed> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Malformed> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Malformed> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Malformed> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests;
