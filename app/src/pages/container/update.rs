//! Another image for the container, or the newest of the same name, for it alone or for its copies too.
use super::Shown;
use crate::calls::{change as call, change_plan, container_spec};
use crate::interop::address;
use crate::lean::prelude::*;
use crate::lean::{bound, dynamic, effect, memo};
use crate::parts::change::{Answer, Change};
use crate::parts::fetch::fetch;
use crate::parts::field::Field;
use crate::parts::manner::{Manner, MannerFields};
use crate::parts::planned::{goes, planned};
use crate::parts::problem::ProblemBox;
use shipyard_model::Problem;
use shipyard_model::change::{ChangeRequest, ChangeTo};
use shipyard_model::deploy::PullPolicy;
use std::time::Duration;

/// Fields of the form, beside which their problems are told.
const FIELDS: [&str; 2] = ["image", "at_once"];

/// The form in the dialog.
#[component]
pub fn Update(
    /// The container.
    shown: Shown,
    /// Whether the dialog is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let change = Change::default();
    let manner = Manner::default();
    let typed = RwSignal::new(String::new());
    let at = shown.row.with_untracked(|row| row.as_ref().map(|row| row.at.clone()));
    let (for_spec, for_plan, for_call) = (at.clone(), at.clone(), at);
    // What it was made from: Docker's list has an image's id once its name stands for a newer one.
    let made = fetch(move || for_spec.clone(), Duration::ZERO, |at| container_spec(at, false));
    let image = memo(move || made.data.with(|made| made.as_ref().map(|made| made.spec.image.clone())));
    let copies = memo(move || made.data.with(|made| made.as_ref().map_or(1, |made| made.copies)));
    effect(move || image.get().into_iter().for_each(|image| typed.set(image)));
    let request = memo(move || {
        let image = image.get()?;
        let wanted = typed.with(|typed| typed.trim().to_owned());
        manner.put(ChangeRequest {
            to: if wanted == image {
                ChangeTo::Same
            } else {
                ChangeTo::Image(wanted)
            },
            pull: PullPolicy::Always,
            ..ChangeRequest::default()
        })
    });
    let plan = fetch(
        move || Some((for_plan.clone()?, request.get()?)),
        Duration::from_millis(250),
        |(at, request)| async move { change_plan(at, request.clone()).await.map(|plan| (request, plan)) },
    );
    // The plan of what stands there, and of nothing else.
    let fits = memo(move || {
        plan.data
            .with(|plan| plan.as_ref().map(|(of, _)| of.clone()) == request.get())
    });
    let ready = memo(move || {
        let goes = plan.data.with(|plan| plan.as_ref().is_some_and(|(_, plan)| goes(plan)));
        request.with(Option::is_some) && fits.get() && goes && !change.busy.get()
    });
    let all = move || {
        let planned = plan
            .data
            .with(|plan| plan.as_ref().map(|(_, plan)| plan.problems.clone()));
        let failed = change.problem.get().into_iter().chain(plan.problem.get());
        failed.chain(planned.unwrap_or_default()).collect::<Vec<_>>()
    };
    let of_field = move |field: &'static str| {
        Signal::derive(move || {
            all()
                .into_iter()
                .find(|problem| problem.field.as_deref() == Some(field))
        })
    };
    let placed = |problem: &Problem| problem.field.as_deref().is_some_and(|field| FIELDS.contains(&field));
    let general = Signal::derive(move || {
        let failed = [change.problem.get(), plan.problem.get(), made.problem.get()];
        failed.into_iter().flatten().find(|problem| !placed(problem))
    });
    let (bad_image, bad_number) = (of_field("image"), of_field("at_once"));
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some((at, request)) = for_call
            .clone()
            .zip(request.get_untracked())
            .filter(|_| ready.get_untracked())
        else {
            return;
        };
        let call = move || -> Answer<_> { Box::pin(call(at.clone(), request.clone())) };
        change.run(call, |id| address::visit(&format!("/operations/{id}")));
    };
    view! {
        <form class="form" on:submit=send novalidate>
            <Field id="update-image" label=t!("deploy.image").to_owned() hint=t!("update.hint") name="image" problem=bad_image>
                <input
                    id="update-image"
                    type="text"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus
                    aria-describedby="update-image-hint"
                    aria-invalid=bound(move || bad_image.with(Option::is_some).then_some("true"))
                    prop:value=bound(move || typed.get())
                    on:input:target=move |event| typed.set(event.target().value())
                />
            </Field>
            <MannerFields manner count=copies problem=bad_number />
            <div class="planned" role="status" aria-busy=bound(move || plan.busy.get().to_string())>
                {dynamic(move || plan.data.with(|plan| plan.as_ref().map(|(_, plan)| planned(plan, &FIELDS))))}
            </div>
            <ProblemBox problem=general />
            <div class="buttons">
                <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action.cancel")}</button>
                <button class="btn primary" disabled=bound(move || !ready.get())>{t!("update.button")}</button>
            </div>
        </form>
    }
}
