//! Writing JSON small: what `serde_json` would write of what the browser sends, by code that is there once. Nothing that is
//! sent has fractions, so it has none of the tables that they are written with.
use super::Malformed;
use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    Serializer,
};
use std::fmt::Write;

type Done = Result<(), Malformed>;

/// Writes a value.
///
/// # Errors
/// When it has what is never sent: fractions, single characters, bytes.
pub fn write<T: Serialize>(value: &T) -> Result<String, Malformed> {
    let mut writer = Writer(String::new());
    value.serialize(&mut writer)?;
    Ok(writer.0)
}

struct Writer(String);

impl Writer {
    #[inline(never)]
    fn plain(&mut self, text: &str) -> Done {
        self.0.push_str(text);
        Ok(())
    }

    #[inline(never)]
    fn signed(&mut self, number: i64) -> Done {
        write!(self.0, "{number}").map_err(|_| Malformed)
    }

    #[inline(never)]
    fn whole(&mut self, number: u64) -> Done {
        write!(self.0, "{number}").map_err(|_| Malformed)
    }

    #[inline(never)]
    fn text(&mut self, text: &str) -> Done {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                '\0'..' ' => write!(self.0, "\\u{:04x}", u32::from(c)).map_err(|_| Malformed)?,
                _ => self.0.push(c),
            }
        }
        self.0.push('"');
        Ok(())
    }

    /// A variant with what it holds, up to where that begins.
    #[inline(never)]
    fn variant(&mut self, name: &str) -> Done {
        self.plain("{")?;
        self.text(name)?;
        self.plain(":")
    }

    #[inline(never)]
    fn items(&mut self, begin: &str, end: &'static str) -> Items<'_> {
        self.0.push_str(begin);
        Items {
            writer: self,
            first: true,
            end,
        }
    }
}

macro_rules! plain {
    ($($method:ident($type:ty) $write:ident;)*) => {$(
        fn $method(self, value: $type) -> Done {
            self.$write(value.into())
        }
    )*};
}

macro_rules! never {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, _: $type) -> Done {
            Err(Malformed)
        }
    )*};
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Malformed;
    type SerializeSeq = Items<'w>;
    type SerializeTuple = Items<'w>;
    type SerializeTupleStruct = Impossible<(), Malformed>;
    type SerializeTupleVariant = Impossible<(), Malformed>;
    type SerializeMap = Items<'w>;
    type SerializeStruct = Items<'w>;
    type SerializeStructVariant = Items<'w>;

    plain! {
        serialize_i8(i8) signed; serialize_i16(i16) signed; serialize_i32(i32) signed; serialize_i64(i64) signed;
        serialize_u8(u8) whole; serialize_u16(u16) whole; serialize_u32(u32) whole; serialize_u64(u64) whole;
        serialize_str(&str) text;
    }

    never! { serialize_f32(f32) serialize_f64(f64) serialize_char(char) serialize_bytes(&[u8]) }

    fn serialize_bool(self, value: bool) -> Done {
        self.plain(if value { "true" } else { "false" })
    }

    fn serialize_none(self) -> Done {
        self.plain("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.plain("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.plain("null")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Done {
        self.text(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Done {
        self.variant(name)?;
        value.serialize(&mut *self)?;
        self.plain("}")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'w>, Malformed> {
        Ok(self.items("[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'w>, Malformed> {
        Ok(self.items("[", "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Malformed> {
        Err(Malformed)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Malformed> {
        Err(Malformed)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Items<'w>, Malformed> {
        Ok(self.items("{", "}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Items<'w>, Malformed> {
        Ok(self.items("{", "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Items<'w>, Malformed> {
        self.variant(name)?;
        Ok(self.items("{", "}}"))
    }
}

/// What stands between brackets, with commas between.
struct Items<'w> {
    writer: &'w mut Writer,
    first: bool,
    end: &'static str,
}

impl Items<'_> {
    #[inline(never)]
    fn next(&mut self) -> &mut Writer {
        if !std::mem::take(&mut self.first) {
            self.writer.0.push(',');
        }
        self.writer
    }

    #[inline(never)]
    fn named(&mut self, name: &str) -> Result<&mut Writer, Malformed> {
        let writer = self.next();
        writer.text(name)?;
        writer.plain(":")?;
        Ok(writer)
    }

    fn done(self) -> Done {
        self.writer.plain(self.end)
    }
}

macro_rules! elements {
    ($($kind:ident)*) => {$(
        impl $kind for Items<'_> {
            type Ok = ();
            type Error = Malformed;

            fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                value.serialize(self.next())
            }

            fn end(self) -> Done {
                self.done()
            }
        }
    )*};
}
elements!(SerializeSeq SerializeTuple);

macro_rules! fields {
    ($($kind:ident)*) => {$(
        impl $kind for Items<'_> {
            type Ok = ();
            type Error = Malformed;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Done {
                value.serialize(self.named(name)?)
            }

            fn end(self) -> Done {
                self.done()
            }
        }
    )*};
}
fields!(SerializeStruct SerializeStructVariant);

impl SerializeMap for Items<'_> {
    type Ok = ();
    type Error = Malformed;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Done {
        name.serialize(self.next())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.writer.plain(":")?;
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Done {
        self.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};
    use std::collections::BTreeMap;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Sent {
        Nothing,
        Text(String),
        Figures {
            byte: u8,
            small: i8,
            large: u64,
            least: i64,
        },
        Lists(Vec<(String, Option<u16>)>),
        Map {
            map: BTreeMap<String, Vec<Sent>>,
            unit: (),
            yes: bool,
        },
    }

    fn any_sent() -> impl Strategy<Value = Sent> {
        let leaf = prop_oneof![
            Just(Sent::Nothing),
            any::<String>().prop_map(Sent::Text),
            any::<(u8, i8, u64, i64)>().prop_map(|(byte, small, large, least)| Sent::Figures {
                byte,
                small,
                large,
                least
            }),
            any::<Vec<(String, Option<u16>)>>().prop_map(Sent::Lists),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            let map = prop::collection::btree_map(any::<String>(), prop::collection::vec(inner, 0..4), 0..4);
            (map, any::<bool>()).prop_map(|(map, yes)| Sent::Map { map, unit: (), yes })
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_by_serde_json(sent in any_sent()) {
            let text = write(&sent).unwrap();
            prop_assert_eq!(serde_json::from_str::<Sent>(&text).unwrap(), sent, "{}", text);
        }
    }

    #[test]
    fn what_is_never_sent_is_refused() {
        assert_eq!(write(&1.5), Err(Malformed));
        assert_eq!(write(&'c'), Err(Malformed));
    }
}
