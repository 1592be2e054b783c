//! A panel on the browser's popover: menus and choices. Escape, a press elsewhere and, in a menu, a choice close it.
use crate::interop::popover;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(1) };
}

/// A button and the panel that it opens. The panel's content is made when it opens and gone when it closes, so that a
/// table of many rows with menus stays light.
#[component]
pub fn Popover(
    /// What it is, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// Classes of the button.
    class: &'static str,
    /// Content of the button.
    trigger: AnyView,
    /// A menu closes when something in it was chosen, and takes the focus when it opens.
    #[prop(optional)]
    menu: bool,
    /// Aligned at the button's right edge.
    #[prop(optional)]
    end: bool,
    /// Content of the panel.
    children: ChildrenFn,
) -> impl IntoView {
    let id = NEXT.with(|next| format!("popover-{}", next.replace(next.get().wrapping_add(1))));
    let button = NodeRef::<web_sys::HtmlButtonElement>::new();
    let panel = NodeRef::<web_sys::HtmlDivElement>::new();
    let open = RwSignal::new(false);
    let prepare = move |_| {
        if let (Some(button), Some(panel)) = (button.get_untracked(), panel.get_untracked()) {
            popover::place(&button, &panel, end);
            open.set(true);
        }
    };
    let toggled = move |_| {
        let Some(panel) = panel.get_untracked() else { return };
        let now = popover::is_open(&panel);
        open.set(now);
        if now && menu {
            // After the content, which is made in the same turn.
            set_timeout(move || popover::move_focus(&panel, 0), Duration::ZERO);
        }
    };
    let chosen = move |_| {
        if let Some(panel) = panel.get_untracked().filter(|_| menu) {
            let _ = panel.hide_popover();
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        if let Some(panel) = panel.get_untracked() {
            popover::move_focus(&panel, by);
        }
    };
    view! {
        <button
            type="button"
            node_ref=button
            class=class
            popovertarget=id.clone()
            aria-label=bound(move || label.get())
            aria-expanded=bound(move || open.get().to_string())
            on:click=prepare
        >
            {trigger}
        </button>
        <div node_ref=panel id=id class="menu" popover="auto" on:toggle=toggled on:click=chosen on:keydown=key>
            {dynamic(move || open.get().then(|| children.view()))}
        </div>
    }
}
