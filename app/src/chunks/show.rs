//! Shows a page of a chunk: what stands there while it loads, and when it cannot be loaded.
use super::Part;
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::{dynamic, set_timeout};
use crate::parts::icon::Icon;
use crate::pure::route::{self, Page};
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Makes a page's view.
pub type Made = fn() -> AnyView;

/// A page's chunk on its way.
pub type Loading = Pin<Box<dyn Future<Output = Result<Made, NotLoaded>>>>;

/// The chunk could not be loaded: no connection, or the server has another build by now. The browser's console says why.
#[derive(Clone, Copy, Debug)]
pub struct NotLoaded;

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for NotLoaded {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

/// How to make a page's view.
macro_rules! made {
    ($module:ident::$component:ident) => {{
        fn make() -> $crate::lean::prelude::AnyView {
            use $crate::lean::prelude::*;
            use $crate::pages::$module::$component;
            view! { <$component /> }.into_any()
        }
        make
    }};
}
pub(super) use made;

/// How long a page may take before something says that it is on its way.
const MOMENT: Duration = Duration::from_millis(150);

#[derive(Clone, Copy)]
enum State {
    Waiting,
    Slow,
    Here(Made),
    Failed,
}

/// Shows a page, as soon as its chunk is here.
pub fn show(page: Page) -> AnyView {
    show_loading(super::load(page))
}

/// Shows a part of a page, as soon as its chunk is here.
pub fn show_part(part: Part) -> AnyView {
    show_loading(Some(super::load_part(part)))
}

fn show_loading(loading: Option<Loading>) -> AnyView {
    let state = RwSignal::new(State::Waiting);
    if let Some(loading) = loading {
        // The person may have gone to another page by the time that either is done.
        spawn_local(async move { state.try_set(loading.await.map_or(State::Failed, State::Here)) });
        let slow = move || matches!(state.try_get_untracked(), Some(State::Waiting));
        set_timeout(
            move || {
                if slow() {
                    state.try_set(State::Slow);
                }
            },
            MOMENT,
        );
    }
    dynamic(move || match state.get() {
        State::Waiting => ().into_any(),
        State::Slow => view! {
            <div class="card skeleton tall" role="status"><span class="sr">{t!("chunk.loading")}</span></div>
        }
        .into_any(),
        State::Here(make) => make(),
        State::Failed => view! {
            <div role="alert">
                <p class="problem"><Icon name="triangle-alert" /><span>{t!("chunk.failed")}</span></p>
                <button class="btn" on:click=|_| browser::reload()>{t!("live.retry")}</button>
            </div>
        }
        .into_any(),
    })
}

/// Loads the chunk of the page at a path: someone is about to go there. Whether it came is seen when they do.
pub fn expect(path: &str) {
    if let Some(loading) = super::load(route::find(path).0) {
        spawn_local(async move {
            let _ = loading.await;
        });
    }
}
