//! What an empty fleet shows: three ways to add the first engine.
use crate::boot::may;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::parts::copy::Snippet;
use crate::parts::empty::Empty;
use crate::parts::icon::Icon;
use crate::parts::local_socket::{AddLocal, local_socket_path};
use shipyard_model::Permission;

/// Commands that make a host's daemon listen with TLS. Tried on Debian 12 with Docker 20 and later.
const LISTEN: &str = include_str!("listen.sh");

/// The empty fleet.
#[component]
pub fn FirstEngine() -> impl IntoView {
    if !may(Permission::EngineManage) {
        return view! {
            <section class="card">
                <Empty icon="server" title=t!("first.title").to_owned() text=t!("first.ask").to_owned()>
                    <span></span>
                </Empty>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="card">
            <Empty icon="container" title=t!("first.title").to_owned() text=t!("first.text").to_owned()>
                <a class="btn primary" href="/engines/add"><Icon name="plus" />{t!("action.add-engine")}</a>
                <a class="btn" href="/engines/add/node"><Icon name="terminal" />{t!("node.title")}</a>
            </Empty>
        </section>
        <div class="ways">
            <ThisMachine />
            <OverTls />
        </div>
        <Listen />
    }
    .into_any()
}

#[component]
fn ThisMachine() -> impl IntoView {
    let path = local_socket_path();
    view! {
        <section class="card">
            <header><Icon name="monitor" /><h2>{t!("first.local")}</h2></header>
            <div class="in">
                {dynamic(move || match path.get() {
                    Some(path) => view! { <p class="muted">{t!("first.local-text", path = path)}</p><AddLocal path /> }.into_any(),
                    None => view! { <p class="muted">{t!("first.local-none")}</p> }.into_any(),
                })}
            </div>
        </section>
    }
}

#[component]
fn OverTls() -> impl IntoView {
    view! {
        <section class="card">
            <header><Icon name="lock" /><h2>{t!("first.tls")}</h2></header>
            <div class="in">
                <p class="muted">{t!("first.tls-text")}</p>
                <a class="btn" href="/engines/add"><Icon name="plus" />{t!("first.tls-form")}</a>
            </div>
        </section>
    }
}

#[component]
fn Listen() -> impl IntoView {
    view! {
        <section class="card ways-listen">
            <header><Icon name="terminal" /><h2>{t!("first.listen")}</h2></header>
            <div class="in form">
                <p class="muted">{t!("first.listen-text")}</p>
                <Snippet text=Signal::stored(LISTEN.to_owned()) />
                <p class="muted">{t!("first.listen-after")}</p>
            </div>
        </section>
    }
}
