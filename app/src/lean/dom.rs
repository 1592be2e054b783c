//! What the `view!` macro makes: a template, which is read once and then copied, and what fills its holes.
//!
//! Leptos builds each element by code of its own. Here one walk over the copied nodes does it for all views, and a view
//! that takes the place of one with the same template only changes what differs: focus and typed text stay.
mod hole;
pub mod on;
mod state;
mod template;
mod value;

pub use value::{IntoValue, Value};

use super::reactive::NodeRef;
use hole::{Child, Hole};
use leptos::prelude::{AnyView, IntoAny, View};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::borrow::Cow;
use wasm_bindgen::JsCast;

/// A view that is not on the page yet: a template and what its holes are filled with, in the template's order.
pub struct Dom {
    template: &'static str,
    holes: Vec<Hole>,
}

impl Dom {
    /// A view of a template.
    #[inline(never)]
    pub fn new(template: &'static str) -> Self {
        Self {
            template,
            holes: Vec::new(),
        }
    }

    /// Fills a hole with a value of an attribute, a property, a class or a style.
    #[inline]
    pub fn value(&mut self, value: impl IntoValue) {
        value.fill(self);
    }

    /// Fills a hole with a part of the view.
    pub fn child<T: IntoAny + 'static>(&mut self, child: T) {
        let mut slot = Some(child);
        let taken: &mut dyn Any = &mut slot;
        if let Some(Some(text)) = taken.downcast_mut::<Option<&'static str>>() {
            self.text(Cow::Borrowed(text));
        } else if let Some(Some(text)) = taken.downcast_mut::<Option<String>>() {
            self.text(Cow::Owned(std::mem::take(text)));
        } else if let Some(child) = slot {
            self.view(any(child));
        }
    }

    /// Fills a hole with the place where an element is told.
    pub fn node_ref<E: JsCast>(&mut self, place: NodeRef<E>) {
        self.push(Hole::Reference(place.forget_type()));
    }

    /// The view, as all views are.
    #[inline(never)]
    pub fn into_view(self) -> AnyView {
        self.into_any()
    }

    #[inline(never)]
    fn text(&mut self, text: Cow<'static, str>) {
        self.push(Hole::Child(Child::Text(text)));
    }

    #[inline(never)]
    fn view(&mut self, view: AnyView) {
        self.push(Hole::Child(Child::View(view)));
    }

    #[inline(never)]
    fn handler(&mut self, handler: Box<dyn FnMut(web_sys::Event)>) {
        self.push(Hole::Handler(SendWrapper::new(handler)));
    }

    #[inline(never)]
    fn fixed(&mut self, value: Value) {
        self.push(Hole::Value(value));
    }

    #[inline(never)]
    fn live(&mut self, value: Box<dyn FnMut() -> Value + Send>) {
        self.push(Hole::Live(value));
    }

    fn push(&mut self, hole: Hole) {
        self.holes.push(hole);
    }
}

/// A view whose type is forgotten; one of which it is forgotten already stays as it is.
pub fn any<T: IntoAny + 'static>(view: T) -> AnyView {
    let mut slot = Some(view);
    let taken: &mut dyn Any = &mut slot;
    if let Some(ready) = taken.downcast_mut::<Option<AnyView>>().and_then(Option::take) {
        return ready;
    }
    if let Some(ready) = taken.downcast_mut::<Option<View<AnyView>>>().and_then(Option::take) {
        return ready.into_inner();
    }
    match slot {
        Some(view) => view.into_any(),
        None => ().into_any(),
    }
}
