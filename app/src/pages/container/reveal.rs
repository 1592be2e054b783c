//! All settings of the container, asked for anew when it changed; secret values only once the person wants them.
use super::Shown;
use crate::boot;
use crate::calls::container_detail;
use crate::lean::prelude::*;
use crate::lean::{Show, bound, dynamic, memo};
use crate::parts::fetch::{Fetched, fetch};
use crate::parts::icon::Icon;
use shipyard_model::Permission;
use shipyard_model::detail::ContainerDetail;
use std::time::Duration;

/// The settings, and whether the environment's values are wanted.
#[derive(Clone, Copy)]
pub struct Detail {
    /// The newest answer.
    pub fetched: Fetched<ContainerDetail>,
    /// Whether values are shown.
    pub reveal: RwSignal<bool>,
}

/// Asks for the settings now and when the container changed.
pub fn detail(shown: Shown) -> Detail {
    let reveal = RwSignal::new(false);
    // Which container, and how: figures and ages are of no concern here.
    let about = memo(move || {
        shown.row.with(|row| {
            let row = row.as_ref()?;
            Some((
                row.at.clone(),
                row.name.clone(),
                row.state,
                row.health,
                row.stale_since.is_some(),
            ))
        })
    });
    let fetched = fetch(
        move || {
            let (_, name, _, _, stale) = about.get()?;
            let reveal = reveal.get();
            (!stale && !shown.gone.get()).then(|| (shown.engine.get_untracked(), name, reveal))
        },
        Duration::ZERO,
        |(engine, name, reveal)| container_detail(engine, name, reveal),
    );
    Detail { fetched, reveal }
}

/// The button that shows or hides values; nothing for those who may not see them.
#[component]
pub fn Reveal(
    /// The settings.
    detail: Detail,
) -> impl IntoView {
    let shown = detail.reveal;
    view! {
        <Show when=|| boot::may(Permission::ContainerSecrets)>
            <button
                type="button"
                class="btn small"
                aria-pressed=bound(move || shown.get().to_string())
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {dynamic(move || match shown.get() {
                    true => view! { <Icon name="eye-off" />{t!("container.hide-values")} }.into_any(),
                    false => view! { <Icon name="eye" />{t!("container.show-values")} }.into_any(),
                })}
            </button>
        </Show>
    }
}
