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

use super::boxed::{Make, Take};
use super::reactive::NodeRef;
use hole::{Child, Hole};
use leptos::reactive::owner::Owner;
use send_wrapper::SendWrapper;
use std::any::{Any, TypeId};
use std::borrow::Cow;
use wasm_bindgen::JsCast;

/// A view that is not on the page yet, of whatever it is made.
pub struct AnyView(Box<Dom>);

/// A template and what its holes are filled with, in the template's order.
pub struct Dom {
    template: &'static str,
    holes: Vec<Hole>,
}

impl Dom {
    /// A view of a template. It is in its box from the start, so that a pointer is all that goes from hand to hand.
    #[inline(never)]
    pub fn new(template: &'static str) -> Box<Self> {
        Box::new(Self {
            template,
            holes: Vec::new(),
        })
    }

    /// Fills a hole with a value of an attribute, a property, a class or a style.
    #[inline]
    pub fn value(&mut self, value: impl IntoValue) {
        value.fill(self);
    }

    /// Fills a hole with a part of the view.
    pub fn child<T: View>(&mut self, child: T) {
        match part(child) {
            Child::Text(text) => self.text(text),
            Child::View(view) => self.view(view),
            Child::Other(view) => self.other(view),
        }
    }

    /// Fills a hole with the place where an element is told.
    pub fn node_ref<E: JsCast>(&mut self, place: NodeRef<E>) {
        self.push(Hole::Reference(place.forget_type()));
    }

    /// The view, as all views are.
    pub fn into_view(self: Box<Self>) -> AnyView {
        AnyView(self)
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
    fn other(&mut self, view: leptos::prelude::AnyView) {
        self.push(Hole::Child(Child::Other(view)));
    }

    #[inline(never)]
    fn handler(&mut self, handler: Box<dyn Take<web_sys::Event>>) {
        // What it makes and asks for belongs to the part of the page that it stands in.
        let owner = Owner::current().unwrap_or_default();
        self.push(Hole::Handler(SendWrapper::new(handler), owner));
    }

    #[inline(never)]
    fn fixed(&mut self, value: Value) {
        self.push(Hole::Value(value));
    }

    #[inline(never)]
    fn live(&mut self, value: Box<dyn Make<Value> + Send>) {
        self.push(Hole::Live(value));
    }

    fn push(&mut self, hole: Hole) {
        self.holes.push(hole);
    }
}

/// Forgets the type of a view, as Leptos's `into_any`; see [`any`].
pub trait IntoAny: View {
    /// The view without its type.
    fn into_any(self) -> AnyView;
}

/// What a part of a view can be.
pub trait View: leptos::prelude::IntoAny + 'static {}

impl<T: leptos::prelude::IntoAny + 'static> View for T {}

impl<T: View> IntoAny for T {
    fn into_any(self) -> AnyView {
        any(self)
    }
}

/// A view whose type is forgotten; one of which it is forgotten already stays as it is.
pub fn any<T: View>(view: T) -> AnyView {
    match part(view) {
        Child::Text(text) => text_alone(text),
        Child::View(view) => view,
        Child::Other(view) => other_alone(view),
    }
}

#[inline(never)]
fn other_alone(view: leptos::prelude::AnyView) -> AnyView {
    let mut dom = Dom::new("_");
    dom.other(view);
    dom.into_view()
}

#[inline(never)]
fn text_alone(text: Cow<'static, str>) -> AnyView {
    let mut dom = Dom::new("_");
    dom.text(text);
    dom.into_view()
}

/// Nothing, and its place.
#[inline(never)]
fn nothing() -> AnyView {
    Dom::new("#").into_view()
}

/// A part of a view as what it is. The compiler knows each type here, so of all this one line is left for each.
#[inline(always)]
fn part<T: View>(view: T) -> Child {
    let mut slot = Some(view);
    if let Some(view) = take::<T, AnyView>(&mut slot) {
        Child::View(view)
    } else if let Some(view) = take::<T, Option<AnyView>>(&mut slot) {
        Child::View(view.unwrap_or_else(nothing))
    } else if let Some(text) = take::<T, &'static str>(&mut slot) {
        Child::Text(Cow::Borrowed(text))
    } else if let Some(text) = take::<T, String>(&mut slot) {
        Child::Text(Cow::Owned(text))
    } else if let Some(text) = take::<T, Option<&'static str>>(&mut slot) {
        text.map_or_else(|| Child::View(nothing()), |text| Child::Text(Cow::Borrowed(text)))
    } else if let Some(text) = take::<T, Option<String>>(&mut slot) {
        text.map_or_else(|| Child::View(nothing()), |text| Child::Text(Cow::Owned(text)))
    } else if let Some(number) = take::<T, u32>(&mut slot) {
        Child::Text(Cow::Owned(number.to_string()))
    } else if let Some(number) = take::<T, usize>(&mut slot) {
        Child::Text(Cow::Owned(number.to_string()))
    } else {
        match slot.filter(|_| TypeId::of::<T>() != TypeId::of::<()>()) {
            Some(view) => Child::Other(leptos::prelude::IntoAny::into_any(view)),
            None => Child::View(nothing()),
        }
    }
}

/// Takes the value if it is of that type.
#[inline(always)]
fn take<T: 'static, Wanted: 'static>(slot: &mut Option<T>) -> Option<Wanted> {
    let slot: &mut dyn Any = slot;
    slot.downcast_mut::<Option<Wanted>>().and_then(Option::take)
}
