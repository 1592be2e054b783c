//! Constraints on engines, as people write them: `zone=a`, `zone!=a`, `ssd`, `zone in (a,b)`, `engine=node1`.
use super::{Labels, is_letter, word};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The key that stands for the engine's own name where engines are chosen for a deploy. There it is the name even of an engine
/// that has a label with this key; a pool, which is chosen by labels alone, means the label.
pub const ENGINE: &str = "engine";

/// What an engine must have to be chosen: `zone=a`, `zone in (a,b)`, or `ssd` with any value; or, with `not`, what it must
/// not have: `zone!=a`, `zone not in (a,b)`, or `!ssd` with any value. An engine without the key has no value, so it meets
/// `zone!=a`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Constraint {
    /// The label's key; `engine` for the engine's name.
    pub key: String,
    /// The wanted value; `None` when the key alone is asked for.
    pub value: Option<String>,
    /// Further values that are as good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub or: Vec<String>,
    /// Whether it is the other way round: what an engine must not have.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not: bool,
}

fn is_false(not: &bool) -> bool {
    !*not
}

/// A constraint that cannot be read, with the text at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadConstraint {
    /// What was written.
    pub text: String,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    NoKey,
    NoValue,
    NoEnd,
    TooLong,
    Rest(String),
}

impl fmt::Display for BadConstraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}” is no constraint: ", self.text)?;
        match &self.why {
            Why::NoKey => f.write_str("the label's key is missing"),
            Why::NoValue => f.write_str("a value is missing"),
            Why::NoEnd => f.write_str("its list has no ')' at the end"),
            Why::TooLong => f.write_str("a key and a value have at most 128 bytes"),
            Why::Rest(rest) => write!(f, "“{rest}” cannot be read"),
        }?;
        f.write_str(
            "; write key=value, key!=value, key, or key in (a,b), of letters, digits, '.', '_', '-', '/' and ':'",
        )
    }
}

impl std::error::Error for BadConstraint {}

impl Constraint {
    /// That a key is there, with any value.
    pub fn key(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            ..Self::default()
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BadConstraint`] when the text is none, or more than one.
    pub fn parse(text: &str) -> Result<Self, BadConstraint> {
        let mut reader = Reader { rest: text };
        let read = reader.one().and_then(|constraint| {
            if reader.rest.is_empty() {
                Ok(constraint)
            } else {
                Err(Why::Rest(reader.rest.to_owned()))
            }
        });
        read.map_err(|why| BadConstraint {
            text: text.trim().to_owned(),
            why,
        })
    }

    /// Reads several, apart by spaces or commas: `zone in (a,b) ssd`.
    ///
    /// # Errors
    /// [`BadConstraint`] with what the first that cannot be read begins with.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, BadConstraint> {
        let mut reader = Reader { rest: text };
        let mut all = Vec::new();
        loop {
            reader.rest = reader.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if reader.rest.is_empty() {
                return Ok(all);
            }
            let begins = reader.rest;
            let read = reader.one().map_err(|why| BadConstraint {
                text: begins.trim().to_owned(),
                why,
            });
            all.push(read?);
        }
    }

    /// The values that it names; none when the key alone matters.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.value.iter().chain(&self.or).map(String::as_str)
    }

    /// Whether an engine with this value of the key meets it; `None` is an engine without the key.
    pub fn met_by(&self, has: Option<&str>) -> bool {
        let named = has.is_some_and(|has| self.values().next().is_none() || self.values().any(|value| value == has));
        named != self.not
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values();
        match (values.next(), values.next(), self.not) {
            (None, _, false) => f.write_str(&self.key),
            (None, _, true) => write!(f, "!{}", self.key),
            (Some(value), None, false) => write!(f, "{}={value}", self.key),
            (Some(value), None, true) => write!(f, "{}!={value}", self.key),
            (Some(_), Some(_), not) => {
                let values: Vec<_> = self.values().collect();
                let word = if not { "not in" } else { "in" };
                write!(f, "{} {word} ({})", self.key, values.join(","))
            }
        }
    }
}

/// What of a text is not read yet.
struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes words if all of them come next, with blanks before each.
    fn take_words(&mut self, words: &[&str]) -> bool {
        let before = self.rest;
        let all = words.iter().all(|word| {
            self.blank();
            self.takes(word)
        });
        if !all {
            self.rest = before;
        }
        all
    }

    fn word(&mut self) -> Result<String, Why> {
        let end = self.rest.find(|c| !is_letter(c)).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        if word(text) {
            Ok(text.to_owned())
        } else {
            Err(Why::TooLong)
        }
    }

    /// One constraint and the blanks around it.
    fn one(&mut self) -> Result<Constraint, Why> {
        self.blank();
        let absent = self.takes("!");
        let key = self.word()?;
        if key.is_empty() {
            return Err(Why::NoKey);
        }
        let mut constraint = Constraint {
            not: absent,
            ..Constraint::key(key)
        };
        if !absent {
            self.values(&mut constraint)?;
        }
        self.blank();
        Ok(constraint)
    }

    fn values(&mut self, constraint: &mut Constraint) -> Result<(), Why> {
        if self.take_words(&["!="]) {
            self.blank();
            constraint.not = true;
            constraint.value = Some(self.word()?).filter(|value| !value.is_empty());
            return constraint.value.as_ref().map(|_| ()).ok_or(Why::NoValue);
        }
        if self.take_words(&["="]) {
            // `ssd=` asks for the key, as a label of that text is one without a value.
            self.blank();
            constraint.value = Some(self.word()?).filter(|value| !value.is_empty());
            return Ok(());
        }
        constraint.not = self.take_words(&["not", "in", "("]);
        if !constraint.not && !self.take_words(&["in", "("]) {
            return Ok(());
        }
        loop {
            self.blank();
            let value = self.word()?;
            if value.is_empty() {
                let is_end = self.rest.is_empty();
                return Err(if is_end { Why::NoEnd } else { Why::NoValue });
            }
            match &constraint.value {
                None => constraint.value = Some(value),
                Some(first) if *first == value || constraint.or.contains(&value) => {}
                Some(_) => constraint.or.push(value),
            }
            self.blank();
            if self.takes(")") {
                return Ok(());
            }
            if !self.takes(",") {
                return Err(Why::NoEnd);
            }
        }
    }
}

/// Constraints made ready to be asked of many engines: those of one key are alternatives (`zone=a zone=b` is met by either),
/// different keys must all hold, and so must besides each that says what an engine must not have.
pub struct Rules<'c>(BTreeMap<&'c str, Vec<&'c Constraint>>);

impl<'c> Rules<'c> {
    /// Of these.
    pub fn new(constraints: &'c [Constraint]) -> Self {
        let mut keys = BTreeMap::<_, Vec<_>>::new();
        for constraint in constraints {
            keys.entry(constraint.key.as_str()).or_default().push(constraint);
        }
        Self(keys)
    }

    /// The first key that an engine does not satisfy, with the constraints on it. `value_of` says what the engine has of a key.
    pub fn unmet<'e>(&self, value_of: impl Fn(&str) -> Option<&'e str>) -> Option<(&'c str, &[&'c Constraint])> {
        let met = |key: &str, all: &[&Constraint]| {
            let has = value_of(key);
            let mut wanted = all.iter().filter(|one| !one.not).peekable();
            let any = wanted.peek().is_none() || wanted.any(|one| one.met_by(has));
            any && all.iter().all(|one| !one.not || one.met_by(has))
        };
        let mut all = self.0.iter();
        all.find(|(key, all)| !met(key, all)).map(|(key, all)| (*key, &**all))
    }
}

/// The first key that labels do not satisfy, or `None` when they satisfy all, by the rules of [`Rules`].
pub fn first_unmet<'c>(constraints: &'c [Constraint], labels: &Labels) -> Option<&'c str> {
    let value_of = |key: &str| labels.0.get(key).map(String::as_str);
    Rules::new(constraints).unmet(value_of).map(|(key, _)| key)
}

#[cfg(test)]
mod tests;
