//! JSON as a tree. It borrows from the text what it can, and a number stays the text that it is until somebody asks what
//! kind of number it is.
use super::Malformed;
use std::borrow::Cow;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'t> {
    Null,
    Is(bool),
    Number(&'t str),
    Text(Cow<'t, str>),
    List(Vec<Value<'t>>),
    Object(Vec<Entry<'t>>),
}

/// A field of an object with its name, in the text's order.
pub(super) type Entry<'t> = (Cow<'t, str>, Value<'t>);

/// Lists and objects inside each other, at most: as many calls there are on the stack.
const DEPTH: u32 = 128;

impl<'t> Value<'t> {
    /// Reads a text.
    pub(super) fn read(text: &'t str) -> Result<Self, Malformed> {
        let mut reader = Reader { left: text };
        let value = reader.value(DEPTH)?;
        reader.space();
        if reader.left.is_empty() {
            Ok(value)
        } else {
            Err(Malformed)
        }
    }

    /// A number as a fraction. As exact as figures on a page need it: what is written with more than fifteen digits or a
    /// large exponent may differ in the last of them.
    pub(super) fn as_f64(&self) -> Option<f64> {
        let Self::Number(text) = self else { return None };
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let mut exponent: i32 = exponent.parse().ok()?;
        let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
        let (mut number, mut fraction) = (0.0, false);
        for digit in digits.bytes() {
            if digit == b'.' {
                fraction = true;
            } else {
                number = number * 10.0 + f64::from(digit - b'0');
                exponent -= i32::from(fraction);
            }
        }
        let scale = (0..exponent.unsigned_abs().min(400)).fold(1.0, |scale, _| scale * 10.0);
        let number = if exponent < 0 { number / scale } else { number * scale };
        Some(if negative { -number } else { number })
    }
}

struct Reader<'t> {
    left: &'t str,
}

impl<'t> Reader<'t> {
    fn value(&mut self, depth: u32) -> Result<Value<'t>, Malformed> {
        let depth = depth.checked_sub(1).ok_or(Malformed)?;
        self.space();
        match self.left.as_bytes().first() {
            Some(b'"') => Ok(Value::Text(self.text()?)),
            Some(b'[') => {
                let mut values = Vec::new();
                self.items(']', &mut |reader| {
                    values.push(reader.value(depth)?);
                    Ok(())
                })?;
                Ok(Value::List(values))
            }
            Some(b'{') => {
                let mut entries = Vec::new();
                self.items('}', &mut |reader| {
                    let name = reader.text()?;
                    reader.word(":")?;
                    entries.push((name, reader.value(depth)?));
                    Ok(())
                })?;
                Ok(Value::Object(entries))
            }
            Some(b'n') => self.word("null").map(|()| Value::Null),
            Some(b't') => self.word("true").map(|()| Value::Is(true)),
            Some(b'f') => self.word("false").map(|()| Value::Is(false)),
            _ => self.number(),
        }
    }

    /// What stands between brackets, with commas between.
    fn items(&mut self, end: char, item: &mut dyn FnMut(&mut Self) -> Result<(), Malformed>) -> Result<(), Malformed> {
        self.skip(1);
        self.space();
        if !self.next_is(end) {
            loop {
                self.space();
                item(self)?;
                self.space();
                if self.next_is(end) {
                    break;
                }
                self.word(",")?;
            }
        }
        Ok(())
    }

    fn text(&mut self) -> Result<Cow<'t, str>, Malformed> {
        self.word("\"")?;
        let mut whole = String::new();
        loop {
            let end = self.left.find(['"', '\\']).ok_or(Malformed)?;
            let part = self.left.get(..end).ok_or(Malformed)?;
            self.skip(end);
            if self.next_is('"') {
                return Ok(if whole.is_empty() {
                    part.into()
                } else {
                    (whole + part).into()
                });
            }
            whole.push_str(part);
            whole.push(self.escaped()?);
        }
    }

    /// A character that is written with a backslash.
    fn escaped(&mut self) -> Result<char, Malformed> {
        let kind = self.left.as_bytes().get(1).copied();
        self.skip(2);
        Ok(match kind {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => {
                let first = self.unit()?;
                // Beyond the first 65536, a character is written as two.
                let code = if (0xd800..0xdc00).contains(&first) {
                    self.word("\\u")?;
                    let second = self.unit()?.checked_sub(0xdc00).filter(|second| *second < 0x400);
                    let second = second.ok_or(Malformed)?;
                    0x10000 + ((first - 0xd800) << 10) + second
                } else {
                    first
                };
                char::from_u32(code).ok_or(Malformed)?
            }
            Some(itself @ (b'"' | b'\\' | b'/')) => char::from(itself),
            _ => return Err(Malformed),
        })
    }

    fn unit(&mut self) -> Result<u32, Malformed> {
        let digits = self.left.get(..4).ok_or(Malformed)?;
        self.skip(4);
        u32::from_str_radix(digits, 16).map_err(|_| Malformed)
    }

    fn number(&mut self) -> Result<Value<'t>, Malformed> {
        let other = |c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
        let end = self.left.find(other).unwrap_or(self.left.len());
        let text = self.left.get(..end).ok_or(Malformed)?;
        self.skip(end);
        if is_number(text) {
            Ok(Value::Number(text))
        } else {
            Err(Malformed)
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Malformed> {
        self.space();
        self.left = self.left.strip_prefix(word).ok_or(Malformed)?;
        Ok(())
    }

    fn next_is(&mut self, wanted: char) -> bool {
        let rest = self.left.strip_prefix(wanted);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }

    fn space(&mut self) {
        self.left = self.left.trim_start_matches([' ', '\n', '\r', '\t']);
    }

    fn skip(&mut self, bytes: usize) {
        self.left = self.left.get(bytes..).unwrap_or_default();
    }
}

/// Whether it has digits, then perhaps a fraction, then perhaps an exponent.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction) && digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same tree as serde_json has it.
    fn theirs(value: &Value<'_>) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Is(yes) => (*yes).into(),
            Value::Number(text) => serde_json::from_str(text).unwrap(),
            Value::Text(text) => text.as_ref().into(),
            Value::List(values) => values.iter().map(theirs).collect(),
            Value::Object(entries) => entries
                .iter()
                .map(|(name, value)| (name.clone(), theirs(value)))
                .collect(),
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            any::<i32>().prop_map(|eighths| (f64::from(eighths) / 8.0).into()),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_writes(value in any_json()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert_eq!(Value::read(&text).map(|ours| theirs(&ours)), Ok(value.clone()));
            }
        }

        #[test]
        fn fractions_are_those_that_were_written(small in any::<f32>().prop_filter("JSON has no others", |it| it.is_finite())) {
            let text = small.to_string();
            let ours = Value::read(&text).unwrap().as_f64().unwrap() as f32;
            prop_assert!((ours - small).abs() <= small.abs() * 1e-6, "{} {}", text, ours);
        }

        #[test]
        fn it_reads_what_serde_json_reads(text in r#"[\[\]{}",:0-9eE.+\-tru\\ ]{0,12}"#) {
            let known = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert!(!known || Value::read(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn what_is_escaped_is_read() {
        let text = r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00x""#;
        assert_eq!(Value::read(text), Ok(Value::Text("\"\\/\u{8}\u{c}\n\r\té😀x".into())));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = "[".repeat(10_000);
        for text in [
            "",
            "[1,]",
            "{\"a\"}",
            "\"",
            "\"\\",
            "\"\\u12",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "01x",
            "--1",
            "1.",
            "nul",
            "1 2",
            &deep,
        ] {
            assert_eq!(Value::read(text), Err(Malformed), "{text}");
        }
    }
}
