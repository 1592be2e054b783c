//! Links to what makes another container of one, or more of them: the page or dialog that asks is at an address of its own.
use super::icon::Icon;
use crate::lean::prelude::*;

/// The links of a menu, for the container whose page is at `path`.
pub fn links(path: &str) -> AnyView {
    view! {
        <a href=format!("{path}/edit")><Icon name="pencil" />{t!("change.edit")}</a>
        <a href=format!("{path}?do=update")><Icon name="refresh-cw" />{t!("change.update")}</a>
        <a href=format!("{path}?do=scale")><Icon name="layers" />{t!("change.scale")}</a>
    }
    .into_any()
}
