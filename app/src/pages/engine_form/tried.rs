//! What a trial connection found.
use super::form::Form;
use crate::format;
use crate::lean::dynamic;
use crate::lean::prelude::*;
use crate::pages::engines::cells::CertificateEnd;
use crate::parts::icon::Icon;
use shipyard_model::engine::EngineProbe;

/// The findings, once there are any.
#[component]
pub fn Found(
    /// The form.
    form: Form,
) -> impl IntoView {
    view! {
        <div role="status">
            {dynamic(move || form.found.get().map(|probe| view! { <Findings probe /> }))}
        </div>
    }
}

#[component]
fn Findings(probe: EngineProbe) -> impl IntoView {
    let system = format!("{} · {}", probe.os, probe.architecture);
    view! {
        <section class="card">
            <p class="note ok found"><Icon name="check" /><b>{t!("form.works")}</b></p>
            <dl class="facts">
                <Fact name=t!("engines.docker")>{format!("{} (API {})", probe.version, probe.api_version)}</Fact>
                <Fact name=t!("engine.system")>{system}</Fact>
                <Fact name=t!("form.cpus")>{format::cpus(probe.capacity.cpus)}</Fact>
                <Fact name=t!("form.memory")>{format::bytes(probe.capacity.memory)}</Fact>
                <Fact name=t!("nav.containers")>{probe.containers}</Fact>
                <Fact name=t!("engines.response")>{format::response(probe.response_us)}</Fact>
                {probe.certificate_ends.map(|ends| view! { <Fact name=t!("engine.certificate-client")><CertificateEnd ends /></Fact> })}
                {probe.server_certificate_ends.map(|ends| view! { <Fact name=t!("engine.certificate-server")><CertificateEnd ends /></Fact> })}
            </dl>
        </section>
    }
}

#[component]
fn Fact(name: &'static str, children: Children) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{children.view()}</dd></div> }
}
