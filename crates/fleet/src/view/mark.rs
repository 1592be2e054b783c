//! The order of the table of containers, and a place in it that outlives its row: what a page of it ended with, so that the
//! next begins there even where that container is gone by then, or others came before it.
use crate::order::natural;
use serde::{Deserialize, Serialize};
use shipyard_model::page::{ContainerQuery, SortKey};
use shipyard_model::{Bytes, Millis};
use std::cmp::Ordering;

/// What the table can be sorted by.
pub(super) trait Ranked {
    /// The name's key ([`crate::order::key`]), where it was made before.
    fn key(&self) -> Option<&[u8]> {
        None
    }
    fn name(&self) -> &str;
    fn engine(&self) -> &str;
    fn id(&self) -> &str;
    fn image(&self) -> &str;
    fn stack(&self) -> Option<&str>;
    fn severity(&self) -> u8;
    fn cpu(&self) -> Option<f32>;
    fn memory(&self) -> Option<Bytes>;
    fn created(&self) -> Millis;
}

/// Compares two in a query's order. Equal means the same container.
pub(super) fn order(query: &ContainerQuery, a: &impl Ranked, b: &impl Ranked) -> Ordering {
    let by_name = || match (a.key(), b.key()) {
        (Some(a), Some(b)) => a.cmp(b),
        _ => natural(a.name(), b.name()),
    };
    let by_engine = || natural(a.engine(), b.engine());
    let key = match query.sort {
        SortKey::Name => by_name(),
        SortKey::State => a.severity().cmp(&b.severity()),
        SortKey::Image => natural(a.image(), b.image()),
        SortKey::Engine => by_engine(),
        SortKey::Stack => match (a.stack(), b.stack()) {
            (Some(a), Some(b)) => natural(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        },
        SortKey::Cpu => a.cpu().unwrap_or(-1.0).total_cmp(&b.cpu().unwrap_or(-1.0)),
        SortKey::Memory => a.memory().cmp(&b.memory()),
        SortKey::Created => a.created().cmp(&b.created()),
    };
    let key = if query.descending { key.reverse() } else { key };
    key.then_with(by_name)
        .then_with(by_engine)
        .then_with(|| a.id().cmp(b.id()))
}

/// A place in the table, in one order of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContainerMark {
    sort: SortKey,
    descending: bool,
    name: String,
    engine: String,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

/// What a row is sorted by beside its names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Value {
    Text(String),
    Number(u64),
    Share(f32),
    Time(Millis),
}

/// The place of a row.
pub(super) fn of(query: &ContainerQuery, row: &impl Ranked) -> ContainerMark {
    let value = match query.sort {
        SortKey::Name | SortKey::Engine => None,
        SortKey::State => Some(Value::Number(row.severity().into())),
        SortKey::Image => Some(Value::Text(row.image().to_owned())),
        SortKey::Stack => row.stack().map(|stack| Value::Text(stack.to_owned())),
        SortKey::Cpu => row.cpu().map(Value::Share),
        SortKey::Memory => row.memory().map(|memory| Value::Number(memory.get())),
        SortKey::Created => Some(Value::Time(row.created())),
    };
    ContainerMark {
        sort: query.sort,
        descending: query.descending,
        name: row.name().to_owned(),
        engine: row.engine().to_owned(),
        id: row.id().to_owned(),
        value,
    }
}

impl ContainerMark {
    /// Whether it is a place in the order that a query asks for.
    pub fn is_of(&self, query: &ContainerQuery) -> bool {
        self.sort == query.sort && self.descending == query.descending
    }

    fn text(&self) -> Option<&str> {
        match &self.value {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn number(&self) -> Option<u64> {
        match self.value {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }
}

impl Ranked for ContainerMark {
    fn name(&self) -> &str {
        &self.name
    }

    fn engine(&self) -> &str {
        &self.engine
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn image(&self) -> &str {
        self.text().unwrap_or_default()
    }

    fn stack(&self) -> Option<&str> {
        self.text()
    }

    fn severity(&self) -> u8 {
        self.number()
            .and_then(|number| u8::try_from(number).ok())
            .unwrap_or_default()
    }

    fn cpu(&self) -> Option<f32> {
        match self.value {
            Some(Value::Share(share)) => Some(share),
            _ => None,
        }
    }

    fn memory(&self) -> Option<Bytes> {
        self.number().map(Bytes::new)
    }

    fn created(&self) -> Millis {
        match self.value {
            Some(Value::Time(time)) => time,
            _ => Millis(0),
        }
    }
}
