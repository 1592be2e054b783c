//! What fills holes, and what is kept of it on the page.
use super::AnyView;
use super::state::State;
use super::template::Kind;
use super::value::Value;
use crate::lean::boxed::{Make, Take};
use crate::lean::reactive::NodeRef;
use leptos::prelude::{Mountable, Render};
use leptos::reactive::effect::RenderEffect;
use leptos::reactive::owner::Owner;
use leptos::tachys::view::any_view::AnyViewState;
use send_wrapper::SendWrapper;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, Node};

/// What fills a hole.
pub(super) enum Hole {
    /// A value that stays.
    Value(Value),
    /// A value that changes with what it reads.
    Live(Box<dyn Make<Value> + Send>),
    /// What an event does.
    Handler(SendWrapper<Box<dyn Take<Event>>>, Owner),
    /// Where an element is told.
    Reference(NodeRef<Element>),
    /// A part of the view.
    Child(Child),
}

/// A part of a view.
pub(super) enum Child {
    Text(Cow<'static, str>),
    View(AnyView),
    /// What Leptos has: a list, a closure.
    Other(leptos::prelude::AnyView),
}

/// A hole that is filled, on the page.
pub(super) enum Filled {
    Value(Rc<Slot>, Option<RenderEffect<()>>),
    Handler(Handler),
    Child(Mounted),
    Reference(Element),
    /// A template and its view do not fit: the macro makes both, so this never is.
    Nothing,
}

type Handler = Rc<RefCell<(Box<dyn Take<Event>>, Owner)>>;

impl Filled {
    /// Fills a hole at a node. A part of the view comes before `node`, which marked its place, or is kept for later.
    pub(super) fn new(hole: Hole, kind: Kind, name: &'static str, node: Option<Node>) -> Self {
        if let Hole::Child(child) = hole {
            let mut mounted = child.build();
            if let Some((node, parent)) = node.and_then(|node| node.parent_element().map(|parent| (node, parent))) {
                mounted.mount(&parent, Some(&node));
                let _ = parent.remove_child(&node);
            }
            return Self::Child(mounted);
        }
        let Some(element) = node else { return Self::Nothing };
        let element: Element = element.unchecked_into();
        match hole {
            Hole::Handler(handler, owner) => {
                let handler = Rc::new(RefCell::new((handler.take(), owner)));
                listen(&element, name, handler.clone());
                Self::Handler(handler)
            }
            Hole::Reference(place) => {
                place.set(&element);
                Self::Reference(element)
            }
            hole => {
                let slot = Rc::new(Slot {
                    element,
                    kind,
                    name,
                    last: Cell::new(Value::Absent),
                });
                let effect = slot.fill(hole);
                Self::Value(slot, effect)
            }
        }
    }

    /// Takes what a view of the same template has for this hole.
    pub(super) fn update(&mut self, hole: Hole) {
        match (self, hole) {
            (Self::Child(mounted), Hole::Child(child)) => mounted.update(child),
            (Self::Handler(handler), Hole::Handler(new, owner)) => {
                if let Ok(mut handler) = handler.try_borrow_mut() {
                    *handler = (new.take(), owner);
                }
            }
            (Self::Reference(element), Hole::Reference(place)) => place.set(element),
            (Self::Value(slot, effect), hole) => {
                // The old one first: it must not write any more.
                *effect = None;
                *effect = slot.fill(hole);
            }
            _ => {}
        }
    }
}

fn listen(element: &Element, name: &str, handler: Handler) {
    let closure = Closure::<dyn FnMut(Event)>::new(move |event| {
        if let Ok(mut handler) = handler.try_borrow_mut() {
            let (handler, owner) = &mut *handler;
            owner.with(|| handler.take(event));
        }
    });
    // The browser keeps it as long as the element, and lets it go with it.
    let closure = closure.into_js_value();
    let _ = element.add_event_listener_with_callback(name, closure.unchecked_ref());
}

/// Where a value is shown, and which one it is.
pub(super) struct Slot {
    element: Element,
    kind: Kind,
    name: &'static str,
    last: Cell<Value>,
}

impl Slot {
    fn fill(self: &Rc<Self>, hole: Hole) -> Option<RenderEffect<()>> {
        match hole {
            Hole::Value(value) => {
                self.set(value);
                None
            }
            Hole::Live(mut make) => {
                let slot = self.clone();
                Some(RenderEffect::new(move |_| slot.set(make.make())))
            }
            _ => None,
        }
    }

    fn set(&self, value: Value) {
        let last = self.last.replace(value.clone());
        if last != value {
            self.write(value);
        }
    }

    fn write(&self, value: Value) {
        let Self { element, name, .. } = self;
        let html = element.unchecked_ref::<HtmlElement>();
        // A browser refuses names that it cannot read, and those here are written in the source.
        let _ = match (self.kind, value) {
            (Kind::Property, value) => {
                let value = match value {
                    Value::Absent => JsValue::UNDEFINED,
                    Value::Is(yes) => yes.into(),
                    Value::Text(text) => text.as_ref().into(),
                };
                js_sys::Reflect::set(element, &(*name).into(), &value).map(drop)
            }
            (Kind::Class, Value::Is(true)) => element.class_list().add_1(name),
            (Kind::Class, _) => element.class_list().remove_1(name),
            (Kind::Style, Value::Text(text)) => html.style().set_property(name, &text),
            (Kind::Style, _) => html.style().remove_property(name).map(drop),
            (_, Value::Text(text)) => element.set_attribute(name, &text),
            (_, Value::Is(true)) => element.set_attribute(name, ""),
            (_, _) => element.remove_attribute(name),
        };
    }
}

/// A part of a view, on the page.
pub(super) enum Mounted {
    Text(Cow<'static, str>, Node),
    View(State),
    Other(AnyViewState),
}

impl Child {
    fn build(self) -> Mounted {
        match self {
            Self::Text(text) => {
                let node = leptos::prelude::document().create_text_node(&text);
                Mounted::Text(text, node.into())
            }
            Self::View(view) => Mounted::View(view.build()),
            Self::Other(view) => Mounted::Other(view.build()),
        }
    }
}

impl Mounted {
    fn update(&mut self, child: Child) {
        match (&mut *self, child) {
            (Self::Text(old, node), Child::Text(text)) => {
                if *old != text {
                    node.set_node_value(Some(&text));
                    *old = text;
                }
            }
            (Self::View(old), Child::View(view)) => view.rebuild(old),
            (Self::Other(old), Child::Other(view)) => view.rebuild(old),
            (_, child) => {
                let mut new = child.build();
                self.insert_before_this(&mut new);
                self.unmount();
                *self = new;
            }
        }
    }
}

impl Mountable for Mounted {
    fn unmount(&mut self) {
        match self {
            Self::Text(_, node) => super::state::remove(node),
            Self::View(view) => view.unmount(),
            Self::Other(view) => view.unmount(),
        }
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        match self {
            Self::Text(_, node) => {
                let _ = parent.insert_before(node, marker);
            }
            Self::View(view) => view.mount(parent, marker),
            Self::Other(view) => view.mount(parent, marker),
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match self {
            Self::Text(_, node) => super::state::insert_before(node, child),
            Self::View(view) => view.insert_before_this(child),
            Self::Other(view) => view.insert_before_this(child),
        }
    }

    fn elements(&self) -> Vec<Element> {
        match self {
            Self::Text(..) => Vec::new(),
            Self::View(view) => view.elements(),
            Self::Other(view) => view.elements(),
        }
    }
}
