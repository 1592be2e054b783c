//! Handlers by the name of their event, so that the browser's type of the event is known where a page handles it.
use super::Dom;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Event, FocusEvent, KeyboardEvent, MouseEvent, SubmitEvent};

macro_rules! events {
    ($($name:ident $event:ident),* $(,)?) => {$(
        #[doc = concat!("Fills a hole with a handler of `", stringify!($name), "`.")]
        #[inline]
        pub fn $name(dom: &mut Dom, mut act: impl FnMut($event) + 'static) {
            dom.handler(Box::new(move |event: Event| act(event.unchecked_into())));
        }
    )*};
}

events! {
    blur FocusEvent,
    change Event,
    click MouseEvent,
    close Event,
    dragleave DragEvent,
    dragover DragEvent,
    drop DragEvent,
    input Event,
    keydown KeyboardEvent,
    mousemove MouseEvent,
    paste Event,
    scroll Event,
    submit SubmitEvent,
    toggle Event,
}

/// An event with the element that handles it.
pub struct Targeted<T>(T);

impl<T: Clone> Targeted<T> {
    /// The element.
    pub fn target(&self) -> T {
        self.0.clone()
    }
}

/// A handler that is told its element instead of the event: `on:change:target`.
pub fn targeted<T: JsCast>(mut act: impl FnMut(Targeted<T>) + 'static) -> impl FnMut(Event) + 'static {
    move |event| {
        if let Some(target) = event.current_target() {
            act(Targeted(target.unchecked_into()));
        }
    }
}
