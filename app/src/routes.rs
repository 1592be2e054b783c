//! The App component and its pages, each at its address.
use crate::chunks::show::{expect, show};
use crate::frame::AppFrame;
use crate::interop::{address, browser, clock};
use crate::lean::prelude::*;
use crate::lean::{dynamic, memo};
use crate::parts::{acts, toast};
use crate::pure::route::{self, Page};
use crate::{live, pages};

/// The whole interface.
#[component]
pub fn App() -> impl IntoView {
    address::follow(expect);
    clock::provide_tick();
    toast::provide_toasts();
    acts::provide_acts();
    live::provide_live();
    view! {
        <AppFrame>
            <PageHere />
        </AppFrame>
    }
}

type Names = Vec<(&'static str, String)>;

/// What the page's address names.
#[derive(Clone, Copy)]
struct Named(Memo<Names>);

/// A part of the page's address by its name; empty where there is none.
pub fn named(name: &'static str) -> Memo<String> {
    let names = use_context::<Named>();
    memo(move || {
        let find = |names: &Names| names.iter().find(|one| one.0 == name).map(|one| one.1.clone());
        names.and_then(|names| names.0.with(find)).unwrap_or_default()
    })
}

/// The page that the address is for. It stays while only names in the address change.
#[component]
fn PageHere() -> impl IntoView {
    let path = address::path();
    let here = memo(move || {
        path.with(|path| {
            let (page, names) = route::find(path);
            let names = names.into_iter().map(|(name, text)| (name, browser::decode(text)));
            (page, names.collect::<Names>())
        })
    });
    let page = memo(move || here.with(|here| here.0));
    dynamic(move || {
        let page = page.get();
        // A page that is about to go keeps its own names.
        provide_context(Named(Memo::new(move |before: Option<&Names>| {
            here.with(|(now, names)| before.filter(|_| *now != page).unwrap_or(names).clone())
        })));
        match page {
            Page::Fleet => view! { <pages::fleet::FleetPage /> }.into_any(),
            Page::Engines => view! { <pages::engines::EnginesPage /> }.into_any(),
            Page::NotFound => view! { <pages::not_found::NotFoundPage /> }.into_any(),
            in_a_chunk => show(in_a_chunk),
        }
    })
}
