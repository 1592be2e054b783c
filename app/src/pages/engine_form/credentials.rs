//! Certificate, key and authority: pasted, chosen as files or dropped.
use super::form::Form;
use crate::interop::browser;
use crate::lean::bound;
use crate::lean::prelude::*;
use crate::parts::field::{Field, forgive, is_at_fault};
use crate::parts::icon::Icon;
use crate::parts::toast::{Toasts, toasts};
use crate::pure::pem;
use leptos::task::spawn_local;
use web_sys::{DragEvent, File};

/// No certificate chain or key is larger, in bytes; a file that is was chosen by mistake.
const MOST_BYTES: f64 = 262_144.0;

/// The three.
#[component]
pub fn Credentials(
    /// The form.
    form: Form,
) -> impl IntoView {
    let stored = form.has_stored();
    view! {
        <section class="card" aria-labelledby="tls-title">
            <header><Icon name="lock" /><h2 id="tls-title">{t!("form.tls")}</h2></header>
            <div class="in form">
                <p class="muted">{if stored { t!("form.tls-stored") } else { t!("form.tls-text") }}</p>
                <Pem form id="engine-certificate" name="certificate" label=t!("form.certificate") value=form.certificate stored />
                <Pem form id="engine-key" name="key" label=t!("form.key") value=form.key stored />
                <Pem form id="engine-authority" name="authority" label=t!("form.authority") hint=t!("form.authority-hint") value=form.authority stored />
            </div>
        </section>
    }
}

/// Takes a text for a field; three texts at once go where they belong.
fn take(form: Form, name: &'static str, value: RwSignal<String>, text: String) {
    forgive(name, form.problem);
    match pem::split(&text) {
        Some(parts) => {
            form.certificate.set(parts.certificate);
            form.key.set(parts.key);
            form.authority.set(parts.authority);
        }
        None => value.set(text),
    }
}

/// Reads a file into a field.
fn read(form: Form, name: &'static str, value: RwSignal<String>, file: File, toasts: Toasts) {
    if file.size() > MOST_BYTES {
        return toasts.warn(t!("form.too-large"));
    }
    spawn_local(async move {
        match browser::read_file(&file).await {
            Ok(text) => take(form, name, value, text),
            // Such as a folder, which browsers hand over like a file.
            Err(_) => toasts.warn(t!("form.not-read")),
        }
    });
}

/// One PEM text.
#[component]
fn Pem(
    form: Form,
    id: &'static str,
    name: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    value: RwSignal<String>,
    stored: bool,
) -> impl IntoView {
    let toasts = toasts();
    let over = RwSignal::new(false);
    let invalid = is_at_fault(name, form.problem);
    let placeholder = if stored { t!("form.stored") } else { placeholder(name) };
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        let Some(files) = event.data_transfer().and_then(|data| data.files()) else {
            return;
        };
        // Which of several belongs here, and which elsewhere, their texts alone do not tell.
        if files.length() > 1 {
            return toasts.warn(t!("form.one-file"));
        }
        if let Some(file) = files.get(0) {
            read(form, name, value, file, toasts);
        }
    };
    view! {
        <div
            class="paste"
            class:over=bound(move || over.get())
            on:dragover=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <Field id label=label.to_owned() hint name problem=form.problem>
                <textarea
                    id=id
                    rows="5"
                    spellcheck="false"
                    autocomplete="off"
                    placeholder=placeholder
                    aria-describedby=format!("{id}-hint")
                    aria-invalid=bound(move || invalid.get().then_some("true"))
                    prop:value=bound(move || value.get())
                    on:input=move |event| take(form, name, value, event_target_value(&event))
                ></textarea>
                <ChooseFile label read=Callback::new(move |file: send_wrapper::SendWrapper<File>| read(form, name, value, file.take(), toasts)) />
            </Field>
        </div>
    }
}

/// A button that is the browser's own file input in other clothes.
#[component]
fn ChooseFile(label: &'static str, read: Callback<send_wrapper::SendWrapper<File>>) -> impl IntoView {
    view! {
        <span class="btn small file">
            <Icon name="file-text" />
            {t!("form.choose-file")}
            <input
                type="file"
                aria-label=t!("form.choose-file-for", what = label)
                accept=".pem,.crt,.cer,.key,.txt"
                on:change:target=move |event| {
                    let input = event.target();
                    if let Some(file) = input.files().and_then(|files| files.get(0)) {
                        read.run(send_wrapper::SendWrapper::new(file));
                    }
                    // The same file can be chosen again after it was changed.
                    input.set_value("");
                }
            />
        </span>
    }
}

/// What such a text looks like.
fn placeholder(name: &str) -> &'static str {
    match name {
        "key" => "-----BEGIN PRIVATE KEY-----",
        _ => "-----BEGIN CERTIFICATE-----",
    }
}
