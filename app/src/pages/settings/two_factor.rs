//! The second factor: set up with a square code for one's app, shown its recovery codes once, turned off.
use super::own::Mine;
use crate::calls::{two_factor_confirm, two_factor_off, two_factor_setup};
use crate::interop::{browser, file};
use crate::lean::prelude::*;
use crate::lean::{dynamic, effect};
use crate::pages::access::account::Buttons;
use crate::parts::ask::{Ask, Question};
use crate::parts::change::{Answer, Change, act};
use crate::parts::copy::CopyButton;
use crate::parts::dialog::{Dialog, open_while};
use crate::parts::field::TextField;
use crate::parts::icon::Icon;
use crate::parts::problem::ProblemBox;
use crate::parts::toast::toasts;
use crate::pure::square;
use shipyard_model::Secret;
use shipyard_model::access::{Proof, TwoFactorSetup};
use std::sync::Arc;
use std::time::Duration;

/// The line in the account's card.
#[component]
pub fn TwoFactor(
    /// The account.
    mine: Mine,
) -> impl IntoView {
    let state = mine.part(|page| (page.two_factor, page.recovery_codes));
    let setup = RwSignal::new(None::<TwoFactorSetup>);
    let asking = RwSignal::new(None::<Question>);
    let toasts = toasts();
    let begin = move |_| {
        let call = || -> Answer<TwoFactorSetup> { Box::pin(two_factor_setup()) };
        act(toasts, call, move |found| {
            setup.try_set(Some(found));
        });
    };
    let ask_off = move |_| {
        asking.set(Some(Question {
            title: t!("two-factor.off-title").to_owned(),
            text: t!("two-factor.off-text").to_owned(),
            button: t!("two-factor.off"),
            done: t!("two-factor.off-done").to_owned(),
            call: Arc::new(|| -> Answer<()> { Box::pin(two_factor_off()) }),
        }));
    };
    let says = move || match state.get() {
        Some((true, left)) => t!("two-factor.on-hint", n = left),
        _ => t!("two-factor.hint").to_owned(),
    };
    view! {
        <div class="setting">
            <div><b>{t!("two-factor.title")}</b><span class="faint">{says}</span></div>
            {dynamic(move || state.get().map(|(on, _)| if on {
                view! { <button type="button" class="btn" on:click=ask_off><Icon name="unlock" />{t!("two-factor.off-ask")}</button> }.into_any()
            } else {
                view! {
                    <button type="button" class="btn" on:click=begin>
                        <Icon name="lock" />{t!("two-factor.set-up")}
                    </button>
                }.into_any()
            }))}
        </div>
        <SetupDialog mine setup />
        <Ask asking after=mine.again() />
    }
}

#[component]
fn SetupDialog(mine: Mine, setup: RwSignal<Option<TwoFactorSetup>>) -> impl IntoView {
    let open = open_while(setup);
    let codes = RwSignal::new(None::<Vec<String>>);
    effect(move || {
        if !open.get() {
            codes.set(None);
        }
    });
    view! {
        <Dialog open title=t!("two-factor.set-up-title").to_owned()>
            {dynamic(move || match (codes.get(), setup.get()) {
                (Some(codes), _) => view! { <Codes codes open /> }.into_any(),
                (None, Some(found)) => view! { <Scan found codes mine open /> }.into_any(),
                (None, None) => ().into_any(),
            })}
        </Dialog>
    }
}

#[component]
fn Scan(
    found: TwoFactorSetup,
    codes: RwSignal<Option<Vec<String>>>,
    mine: Mine,
    open: RwSignal<bool>,
) -> impl IntoView {
    let change = Change::default();
    let problem = change.problem;
    let code = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let text = code.get_untracked();
        let call = move || -> Answer<Vec<String>> { Box::pin(two_factor_confirm(Proof(Secret::new(text.clone())))) };
        change.run(call, move |made| {
            codes.try_set(Some(made));
            mine.refresh();
        });
    };
    change.focus_fault("two-factor");
    let general = Signal::derive(move || problem.get().filter(|p| p.field.is_none()));
    let (path, side) = square::path(&found.code);
    // In fours, as people read and type it.
    let letters: Vec<char> = found.secret.chars().collect();
    let secret: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    view! {
        <form class="form" on:submit=send novalidate>
            <p>{t!("two-factor.scan")}</p>
            <div class="scan">
                <svg class="square-code" role="img" aria-label=t!("two-factor.square") viewBox=format!("0 0 {side} {side}") shape-rendering="crispEdges">
                    <path d=path></path>
                </svg>
                <div>
                    <span class="faint">{t!("two-factor.secret")}</span>
                    <code>{secret.join(" ")}</code>
                    <CopyButton text=Signal::stored(found.secret) />
                </div>
            </div>
            <TextField id="two-factor-code" name="code" label=t!("two-factor.code") hint=t!("two-factor.code-hint") value=code problem />
            <ProblemBox problem=general />
            <Buttons open busy=change.busy text=t!("two-factor.turn-on") />
        </form>
    }
}

/// The codes for the day the app is lost; nobody can show them again.
#[component]
fn Codes(codes: Vec<String>, open: RwSignal<bool>) -> impl IntoView {
    set_timeout(|| browser::focus("once"), Duration::ZERO);
    let text = codes.join("\n");
    let save = text.clone();
    view! {
        <p class="note ok"><Icon name="check" /><span>{t!("two-factor.is-on-now")}</span></p>
        <p>{t!("two-factor.codes-text")}</p>
        <pre class="once codes" id="once" tabindex="0" aria-label=t!("two-factor.codes")><code>{text.clone()}</code></pre>
        <div class="buttons">
            <CopyButton text=Signal::stored(text) />
            <button type="button" class="btn small" on:click=move |_| file::download("shipyard-recovery-codes.txt", &save)>
                <Icon name="download" />{t!("two-factor.download")}
            </button>
            <button type="button" class="btn primary" on:click=move |_| open.set(false)>{t!("two-factor.codes-kept")}</button>
        </div>
    }
}
