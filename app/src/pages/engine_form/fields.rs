//! The fields that every engine has.
use super::form::{Form, Kind};
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic};
use crate::parts::field::TextField;
use crate::parts::icon::Icon;

/// Name, address with what follows from it, labels.
#[component]
pub fn Basics(
    /// The form.
    form: Form,
) -> impl IntoView {
    let problem = form.problem;
    let kind = form.kind();
    view! {
        <div class="row">
            <TextField id="engine-name" name="name" label=t!("form.name") hint=t!("form.name-hint") value=form.name problem />
            <TextField id="engine-labels" name="labels" label=t!("form.labels") hint=t!("form.labels-hint") value=form.labels problem />
        </div>
        <TextField id="engine-address" name="address" label=t!("form.address") hint=t!("form.address-hint") value=form.address problem />
        <div role="status">
            {dynamic(move || match kind.get() {
                Kind::Tls => ().into_any(),
                Kind::Plain => view! { <p class="note warn"><Icon name="unlock" /><span>{t!("form.plain")}</span></p> }.into_any(),
                Kind::Unix => view! { <p class="note"><Icon name="monitor" /><span>{t!("form.unix")}</span></p> }.into_any(),
            })}
        </div>
    }
}

/// Figures instead of the daemon's, folded.
#[component]
pub fn Capacity(
    /// The form.
    form: Form,
) -> impl IntoView {
    let problem = form.problem;
    let given = form.cpus.with_untracked(|cpus| !cpus.is_empty()) || form.memory.with_untracked(|m| !m.is_empty());
    // A folded field with a fault must not stay folded.
    let fault = move || {
        problem.with(|p| {
            p.as_ref()
                .is_some_and(|p| matches!(p.field.as_deref(), Some("cpus" | "memory")))
        })
    };
    view! {
        <details class="details" prop:open=bound(move || given || fault())>
            <summary><Icon name="chevron-right" />{t!("form.capacity")}<span class="faint">{t!("form.capacity-hint")}</span></summary>
            <div class="in form">
                <p class="muted">{t!("form.capacity-text")}</p>
                <div class="row">
                    <TextField id="engine-cpus" name="cpus" label=t!("form.cpus") hint=t!("form.cpus-hint") value=form.cpus problem />
                    <TextField id="engine-memory" name="memory" label=t!("form.memory") hint=t!("form.memory-hint") value=form.memory problem />
                </div>
            </div>
        </details>
    }
}
