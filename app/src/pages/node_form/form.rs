//! What a new server is to become.
use crate::calls::node_prepare;
use crate::lean::bound;
use crate::lean::prelude::*;
use crate::parts::change::{Answer, Change};
use crate::parts::field::TextField;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use shipyard_model::node::{NodeDraft, NodePrepared};

/// Fields whose problems are shown beside them.
const FIELDS: [&str; 6] = ["name", "address", "labels", "allow_from", "ssh_from", "shipyard_url"];

/// What is typed. It outlives the form, so that who goes back finds it again.
#[derive(Clone, Copy, Default)]
pub struct Form {
    name: RwSignal<String>,
    address: RwSignal<String>,
    labels: RwSignal<String>,
    allow_from: RwSignal<String>,
    ssh_from: RwSignal<String>,
    shipyard_url: RwSignal<String>,
}

impl Form {
    fn draft(self) -> NodeDraft {
        NodeDraft {
            name: self.name.get_untracked(),
            address: self.address.get_untracked(),
            labels: self.labels.get_untracked(),
            allow_from: self.allow_from.get_untracked(),
            ssh_from: self.ssh_from.get_untracked(),
            shipyard_url: self.shipyard_url.get_untracked(),
        }
    }
}

/// The form.
#[component]
pub fn NodeForm(
    /// What is typed.
    form: Form,
    /// Where what was prepared is put.
    prepared: RwSignal<Option<NodePrepared>>,
) -> impl IntoView {
    let change = Change::default();
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let call = move || -> Answer<NodePrepared> { Box::pin(node_prepare(form.draft())) };
        change.run(call, move |made| {
            prepared.try_set(Some(made));
        });
    };
    change.focus_fault("node");
    let problem = change.problem;
    let general = Signal::derive(move || {
        problem
            .get()
            .filter(|p| !p.field.as_deref().is_some_and(|field| FIELDS.contains(&field)))
    });
    view! {
        <form class="stacked" on:submit=send novalidate autocomplete="off">
            <p class="muted">{t!("node.text")}</p>
            <section class="card">
                <div class="in form">
                    <div class="row">
                        <TextField id="node-name" name="name" label=t!("form.name") hint=t!("form.name-hint") value=form.name problem />
                        <TextField id="node-labels" name="labels" label=t!("form.labels") hint=t!("form.labels-hint") value=form.labels problem />
                    </div>
                    <TextField id="node-address" name="address" label=t!("form.address") hint=t!("node.address-hint") value=form.address problem />
                </div>
            </section>
            <section class="card" aria-labelledby="node-reach">
                <header><h2 id="node-reach">{t!("node.reach")}</h2></header>
                <div class="in form">
                    <TextField id="node-allow_from" name="allow_from" label=t!("node.allow") hint=t!("node.allow-hint") value=form.allow_from problem />
                    <TextField id="node-ssh_from" name="ssh_from" label=t!("node.ssh") hint=t!("node.ssh-hint") value=form.ssh_from problem />
                    <TextField id="node-shipyard_url" name="shipyard_url" label=t!("node.url") hint=t!("node.url-hint") value=form.shipyard_url problem />
                </div>
            </section>
            <ProblemBox problem=general />
            <div class="buttons">
                <button class="btn primary" disabled=bound(move || change.busy.get())><Icon name="terminal" />{t!("node.prepare")}</button>
                <a class="btn quiet" href="/engines">{t!("action.cancel")}</a>
            </div>
        </form>
    }
}
