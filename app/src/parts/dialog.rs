//! A dialog on the browser's `<dialog>`: the focus stays inside, Escape closes it.
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, effect};
use std::time::Duration;

/// A modal dialog, open while `open` is true.
#[component]
pub fn Dialog(
    /// Whether it is open; set to false when the person closes it.
    open: RwSignal<bool>,
    /// Its title, which also names it for screen readers.
    #[prop(into)]
    title: Signal<String>,
    /// Its content, made anew each time it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<web_sys::HtmlDialogElement>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            if open.get() {
                // Once its content is there, which is made in the same turn: the browser moves the focus to its first field.
                let show = move || {
                    if open.try_get_untracked() == Some(true) {
                        browser::show_modal(&dialog);
                    }
                };
                set_timeout(show, Duration::ZERO);
            } else if dialog.open() {
                dialog.close()
            }
        }
    });
    view! {
        <dialog node_ref=dialog aria-label=bound(move || title.get()) on:close=move |_| open.set(false)>
            {dynamic(move || {
                open.get()
                    .then(|| {
                        view! {
                            <h2>{dynamic(move || title.get())}</h2>
                            {children.view()}
                        }
                    })
            })}
        </dialog>
    }
}

/// Opens a dialog while there is something to ask, and lets it go when the person closes the dialog.
pub fn open_while<T: Send + Sync + 'static>(asking: RwSignal<Option<T>>) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    effect(move || open.set(asking.with(Option::is_some)));
    effect(move || {
        if !open.get() && asking.with_untracked(Option::is_some) {
            asking.set(None);
        }
    });
    open
}
