//! Leptos's building blocks, compiled once.
//!
//! Leptos compiles its machinery anew for each element, each closure and each type of value that it is given. Here each is
//! compiled once, and what a place adds is its own closure: views in [`dom`], signals in [`reactive`], closures in
//! [`boxed`]. They have Leptos's names and behave as Leptos's own; pages take them from [`prelude`].
pub mod boxed;
pub mod dom;
pub mod reactive;

/// What pages use: Leptos's prelude, with what is here in the place of what has its name there.
pub mod prelude {
    pub use super::boxed::{Children, ChildrenFn};
    pub use super::dom::{AnyView, IntoAny};
    pub use super::reactive::{ArcRwSignal, Callback, Memo, NodeRef, RwSignal, Signal, StoredValue};
    pub use super::set_timeout;
    pub use leptos::prelude::*;
    pub use shipyard_view_macro::{component, view};
}

use boxed::{Answer, Make};
use dom::{IntoValue, any};
use leptos::control_flow::{For as List, ForProps as ListProps};
use prelude::{AnyView, ChildrenFn, Effect, IntoAny, IntoView, Memo, component};
use reactive::Kept;
use std::hash::{Hash, Hasher};
use std::time::Duration;

/// A value that is calculated anew when what it reads changes.
pub fn memo<T: PartialEq + Kept>(make: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    Memo::new(move |_| make())
}

/// Something that is done, and again when what it reads changes.
pub fn effect<T>(mut act: impl FnMut() -> T + 'static) {
    fn boxed(mut act: Box<dyn Make<()>>) {
        Effect::new(move |_| act.make());
    }
    boxed(Box::new(move || {
        act();
    }));
}

/// Does something after a while, once.
pub fn set_timeout(act: impl FnOnce() + 'static, wait: Duration) {
    fn boxed(act: Box<dyn FnOnce()>, wait: Duration) {
        leptos::prelude::set_timeout(act, wait);
    }
    boxed(Box::new(act), wait);
}

/// A part of a view that is made anew when what it reads changes.
pub fn dynamic<V: IntoAny + 'static>(mut make: impl FnMut() -> V + Send + 'static) -> AnyView {
    fn boxed(mut make: Box<dyn Make<AnyView> + Send>) -> AnyView {
        any(move || make.make())
    }
    boxed(Box::new(move || any(make())))
}

/// The value of an attribute that changes with what it reads. Where it reads two memos of which one reads the other, it reads one
/// memo of both instead: an effect that looks at the upper one first takes the lower for unchanged, as that was calculated on the
/// way (`reactive_graph` 0.2; a memo looks twice).
pub fn bound<T: IntoValue>(make: impl FnMut() -> T + Send + 'static) -> impl IntoValue {
    make
}

/// Sorts a short list by a key. The sorting of the standard library is made for a million items, and weighs like it.
pub fn sorted<T, K: PartialOrd>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        let mine = key(&item);
        out.insert(out.partition_point(|other| key(other) <= mine), item);
    }
    out
}

/// Shows its children while a condition holds.
#[component(transparent)]
pub fn Show<W: Fn() -> bool + Send + Sync + 'static>(
    /// The condition.
    when: W,
    /// What is shown then.
    children: ChildrenFn,
    /// What is shown else.
    #[prop(optional, into)]
    fallback: ChildrenFn,
) -> impl IntoView {
    let when = memo(when);
    dynamic(move || if when.get() { children.view() } else { fallback.view() })
}

/// Shows a list; what is shown of an item stays as long as its key is in the list.
#[component(transparent)]
pub fn For<I, T, N, K>(
    /// The items.
    each: impl Fn() -> I + Send + 'static,
    /// What tells an item from the others.
    key: impl Fn(&T) -> K + Send + 'static,
    /// Shows an item.
    children: impl Fn(T) -> N + Send + Clone + 'static,
) -> impl IntoView
where
    I: IntoIterator<Item = T>,
    T: Send + 'static,
    N: IntoAny + 'static,
    K: Hash,
{
    list(Box::new(move |()| {
        let row = |item| {
            let mut written = Written(Vec::new());
            key(&item).hash(&mut written);
            let children = children.clone();
            Row {
                key: written.0,
                show: Box::new(move || any(children(item))),
            }
        };
        each().into_iter().map(row).collect()
    }))
}

struct Row {
    key: Vec<u8>,
    show: Box<dyn FnOnce() -> AnyView + Send>,
}

fn list(rows: Box<dyn Answer<(), Vec<Row>> + Send>) -> AnyView {
    let list = ListProps::builder()
        .each(move || rows.answer(()))
        .key(|row: &Row| row.key.clone())
        .children(|row: Row| (row.show)());
    any(List(list.build()))
}

/// Keeps all that would be hashed: keys of one list are of one type, so they are the same when their bytes are.
struct Written(Vec<u8>);

impl Hasher for Written {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
