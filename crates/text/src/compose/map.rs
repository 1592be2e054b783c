//! A map of a file in the making: what is empty is left out.
use super::yaml::Node;
use crate::value;
use shipyard_model::Bytes;
use std::collections::BTreeSet;

type Pairs = [(String, String)];

/// A map in the making.
#[derive(Default)]
pub(super) struct Map(pub(super) Vec<(String, Node)>);

impl Map {
    pub(super) fn put(&mut self, key: &str, node: Node) {
        self.0.push((key.to_owned(), node));
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.put(key, Node::text(text));
        }
    }

    pub(super) fn texts<'t>(&mut self, key: &str, texts: impl IntoIterator<Item = &'t String>) {
        self.list(key, texts.into_iter().map(Node::text));
    }

    pub(super) fn list(&mut self, key: &str, all: impl IntoIterator<Item = Node>) {
        let all: Vec<Node> = all.into_iter().collect();
        if !all.is_empty() {
            self.put(key, Node::List(all));
        }
    }

    pub(super) fn map(&mut self, key: &str, map: Self) {
        if !map.0.is_empty() {
            self.put(key, Node::Map(map.0));
        }
    }

    /// Names with values; a name that is there twice takes a list.
    pub(super) fn pairs(&mut self, key: &str, pairs: &Pairs) {
        let names: BTreeSet<&String> = pairs.iter().map(|(name, _)| name).collect();
        if names.len() == pairs.len() {
            let map = pairs.iter().map(|(name, value)| (name.clone(), Node::text(value)));
            self.map(key, Self(map.collect()));
        } else {
            self.list(
                key,
                pairs.iter().map(|(name, value)| Node::text(format!("{name}={value}"))),
            );
        }
    }

    pub(super) fn number(&mut self, key: &str, number: impl Into<i128>) {
        let number = number.into();
        if number != 0 {
            self.put(key, Node::Plain(number.to_string()));
        }
    }

    pub(super) fn size(&mut self, key: &str, bytes: Bytes) {
        if bytes.get() > 0 {
            self.put(key, Node::text(value::size(bytes)));
        }
    }

    pub(super) fn flag(&mut self, key: &str, on: bool) {
        if on {
            self.put(key, Node::Plain("true".to_owned()));
        }
    }
}
