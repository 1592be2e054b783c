//! An engine that Shipyard made: its certificates renewed by one press, and all undone on the host.
use crate::boot::may;
use crate::calls::{node, node_remove, node_renew};
use crate::interop::clock;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, memo};
use crate::pages::engines::cells::{CertificateEnd, part};
use crate::parts::ask::{Ask, Question};
use crate::parts::change::{Answer, Change};
use crate::parts::copy::Snippet;
use crate::parts::fetch::fetch;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use shipyard_model::node::{NodeRemoved, NodeRenewed, NodeRow};
use shipyard_model::{Engine, EngineRow, Permission};
use std::sync::Arc;
use std::time::Duration;

/// An engine that was removed, by its name, and how its host is freed.
pub type Removed = (String, NodeRemoved);

/// The card; nothing for an engine whose certificates were given by hand.
#[component]
pub fn NodeCard(
    /// The engine.
    row: Memo<Option<EngineRow>>,
    /// Told how the host is freed, once the engine is removed.
    undone: RwSignal<Option<Removed>>,
) -> impl IntoView {
    // A renewal changes the end, and is asked about anew.
    let of = part(row, |row| (row.engine.id.clone(), row.engine.certificate_ends));
    let asked = RwSignal::new(0_u32);
    let key = move || {
        asked.get();
        of.get().filter(|_| may(Permission::EngineManage))
    };
    let found = fetch(key, Duration::ZERO, |(id, _)| node(id));
    let known = memo(move || found.data.get().flatten());
    let engine = part(row, |row| row.engine.clone());
    dynamic(move || {
        let (node, engine) = (known.get()?, engine.get()?);
        Some(view! { <Card node engine asked undone /> })
    })
}

#[component]
fn Card(node: NodeRow, engine: Engine, asked: RwSignal<u32>, undone: RwSignal<Option<Removed>>) -> impl IntoView {
    let toasts = toasts();
    let change = Change::default();
    let asking = RwSignal::new(None::<Question>);
    let id = StoredValue::new(engine.id);
    let renew = move |_| {
        let call = move || -> Answer<NodeRenewed> { Box::pin(node_renew(id.get_value())) };
        change.run(call, move |renewed| {
            let ends = renewed.engine.certificate_ends.map(clock::date).unwrap_or_default();
            toasts.good(t!("node.renewed", date = ends));
            asked.try_update(|n| *n = n.wrapping_add(1));
        });
    };
    let name = engine.name.to_string();
    let remove = move |_| {
        let named = name.clone();
        asking.set(Some(Question {
            title: t!("engine.remove-title", name = named),
            text: t!("node.remove-text").to_owned(),
            button: t!("engine.remove"),
            done: t!("engine.removed", name = named),
            call: Arc::new(move || -> Answer<()> {
                let named = named.clone();
                Box::pin(async move {
                    let removed = node_remove(id.get_value()).await?;
                    undone.try_set(Some((named, removed)));
                    Ok(())
                })
            }),
        }));
    };
    view! {
        <section class="card" aria-labelledby="node-title">
            <header><h2 id="node-title">{t!("node.card")}</h2></header>
            <div class="in form">
                <p class="muted">{t!("node.card-text")}</p>
                <p>{t!("node.server-ends")}" "<CertificateEnd ends=node.server_ends /></p>
                {node.server_asked.then(|| view! { <p class="note"><Icon name="clock" /><span>{t!("node.asked")}</span></p> })}
                <ProblemBox problem=change.problem />
                <div class="buttons">
                    <button type="button" class="btn" disabled=bound(move || change.busy.get()) on:click=renew>
                        <Icon name="refresh-cw" />{t!("node.renew")}
                    </button>
                    <button type="button" class="btn danger" on:click=remove><Icon name="trash-2" />{t!("node.remove")}</button>
                </div>
            </div>
        </section>
        <Ask asking after=Callback::new(|()| ()) />
    }
}

/// What is left to do on the host of an engine that was removed.
#[component]
pub fn Undone(
    /// How.
    removed: NodeRemoved,
) -> impl IntoView {
    view! {
        <div class="page-head"><h1>{t!("node.undo")}</h1></div>
        <section class="card">
            <div class="in form">
                <p class="muted">{t!("node.undo-text")}</p>
                <Snippet text=Signal::stored(removed.command) />
            </div>
            <details class="details">
                <summary><Icon name="chevron-right" />{t!("node.undo-script")}</summary>
                <div class="in form script"><Snippet text=Signal::stored(removed.script) /></div>
            </details>
            <footer><a class="btn" href="/engines">{t!("engine.all")}</a></footer>
        </section>
    }
}
