//! Closures in boxes.
//!
//! A `Box<dyn FnMut()>` brings for each closure also the code to call it once and be gone with it, which nobody uses and
//! which is a copy of it. These have the one way to be called.
use super::dom::{AnyView, View, any};
use leptos::children::ToChildren;
use std::sync::Arc;

/// Makes a value, again and again.
pub trait Make<R> {
    /// Makes it.
    fn make(&mut self) -> R;
}

impl<R, F: FnMut() -> R> Make<R> for F {
    fn make(&mut self) -> R {
        self()
    }
}

/// Gives a value for what it is asked.
pub trait Answer<A, R> {
    /// Gives it.
    fn answer(&self, asked: A) -> R;
}

impl<A, R, F: Fn(A) -> R> Answer<A, R> for F {
    fn answer(&self, asked: A) -> R {
        self(asked)
    }
}

/// Takes something, again and again.
pub trait Take<A> {
    /// Takes it.
    fn take(&mut self, taken: A);
}

impl<A, F: FnMut(A)> Take<A> for F {
    fn take(&mut self, taken: A) {
        self(taken);
    }
}

/// What a component shows as often as it likes: its children, or what it shows instead of them.
#[derive(Clone)]
pub struct ChildrenFn(Arc<dyn Answer<(), AnyView> + Send + Sync>);

impl ChildrenFn {
    /// Makes the view.
    pub fn view(&self) -> AnyView {
        self.0.answer(())
    }
}

impl<V: View, F: Fn() -> V + Send + Sync + 'static> From<F> for ChildrenFn {
    fn from(make: F) -> Self {
        Self(Arc::new(move |()| any(make())))
    }
}

impl<V: View, F: Fn() -> V + Send + Sync + 'static> ToChildren<F> for ChildrenFn {
    fn to_children(make: F) -> Self {
        make.into()
    }
}

impl Default for ChildrenFn {
    fn default() -> Self {
        (|| ()).into()
    }
}

/// What a component shows once: its children.
pub struct Children(Box<dyn FnOnce() -> AnyView + Send>);

impl Children {
    /// Makes the view.
    pub fn view(self) -> AnyView {
        (self.0)()
    }
}

impl<V: View, F: FnOnce() -> V + Send + 'static> ToChildren<F> for Children {
    fn to_children(make: F) -> Self {
        Self(Box::new(move || any(make())))
    }
}
