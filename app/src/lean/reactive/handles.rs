//! What one part of a page gives to another: something to do, and where an element will be.
use super::super::boxed::Answer;
use super::{RwSignal, StoredValue};
use send_wrapper::SendWrapper;
use std::marker::PhantomData;
use std::rc::Rc;
use wasm_bindgen::JsCast;

/// Something to be done with a value, given to another part of the page.
pub struct Callback<T>(StoredValue<SendWrapper<Rc<dyn Answer<T, ()>>>>);

impl<T> Clone for Callback<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Callback<T> {}

impl<T: 'static> Callback<T> {
    /// Keeps what is to be done.
    pub fn new(act: impl Fn(T) + 'static) -> Self {
        Self::boxed(Rc::new(act))
    }

    fn boxed(act: Rc<dyn Answer<T, ()>>) -> Self {
        Self(StoredValue::new(SendWrapper::new(act)))
    }

    /// Does it.
    pub fn run(&self, value: T) {
        self.try_run(value);
    }

    /// Does it, if the part of the page that gave it is still there.
    #[inline(never)]
    pub fn try_run(&self, value: T) {
        if let Some(act) = self.0.try_get_value() {
            act.answer(value);
        }
    }
}

/// An element of the page, once it is there: `node_ref=…` tells it.
pub struct NodeRef<E>(RwSignal<Option<SendWrapper<web_sys::Element>>>, PhantomData<fn() -> E>);

impl<E> Clone for NodeRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for NodeRef<E> {}

impl<E: JsCast> NodeRef<E> {
    /// None yet.
    pub fn new() -> Self {
        Self(RwSignal::new(None), PhantomData)
    }

    /// The element; who asks is told when it is there.
    pub fn get(&self) -> Option<E> {
        self.0.get().map(|element| element.take().unchecked_into())
    }

    /// The element, if it is there now. The browser tells of some things only after an element was removed, such as that its
    /// popover closed: then there is none.
    pub fn get_untracked(&self) -> Option<E> {
        let element = self.0.try_get_untracked().flatten();
        element.map(|element| element.take().unchecked_into())
    }

    /// It is there now.
    pub(in crate::lean) fn set(self, element: &web_sys::Element) {
        self.0.set(Some(SendWrapper::new(element.clone())));
    }

    pub(in crate::lean) fn forget_type(self) -> NodeRef<web_sys::Element> {
        NodeRef(self.0, PhantomData)
    }
}

impl<E: JsCast> Default for NodeRef<E> {
    fn default() -> Self {
        Self::new()
    }
}
