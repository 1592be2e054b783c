//! The folded groups: ports, environment, volumes, network, labels.
use super::Deploy;
use super::form::{Lines, Pair, PortLine, VolumeLine, pair, push};
use super::group::{AddLine, Cell, Group, RemoveLine};
use super::more::{More, Rows, names, said};
use super::options::Part;
use crate::interop::paste;
use crate::lean::prelude::*;
use crate::lean::{For, bound};
use crate::pure::dotenv;

/// All folded groups.
#[component]
pub fn Lists(
    /// The page's state.
    deploy: Deploy,
) -> impl IntoView {
    let form = deploy.form;
    let network = Signal::derive(move || {
        let network = form.network.get();
        let first = if network.trim().is_empty() {
            t!("deploy.network-default").to_owned()
        } else {
            network
        };
        short(std::iter::once(first).chain(said(deploy, Part::Network)).collect())
    });
    view! {
        <Ports deploy />
        <Group deploy names=vec!["env"] title=t!("container.environment") short=named(form.env)>
            <Pairs lines=form.env value=t!("deploy.value") add=t!("deploy.add-variable") variables=true />
        </Group>
        <Volumes deploy />
        <Group deploy names=with("network", Part::Network) title=t!("deploy.network") short=network>
            <div class="f">
                <label for="d-network">{t!("deploy.network")}</label>
                <input
                    id="d-network"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    list="d-networks"
                    prop:value=bound(move || form.network.get())
                    on:input:target=move |event| form.network.set(event.target().value())
                />
                <datalist id="d-networks"><option value="bridge"></option><option value="host"></option><option value="none"></option></datalist>
                <p class="faint">{t!("deploy.network-hint")}</p>
            </div>
            <Rows deploy part=Part::Network />
        </Group>
        <More deploy part=Part::Resources title=t!("deploy.resources") />
        <More deploy part=Part::Health title=t!("deploy.health") />
        <More deploy part=Part::Security title=t!("deploy.security") />
        <More deploy part=Part::Logging title=t!("deploy.logging") />
        <More deploy part=Part::Process title=t!("deploy.process") />
        <Group deploy names=vec!["labels"] title=t!("deploy.labels") short=named(form.labels)>
            <Pairs lines=form.labels value=t!("deploy.value") add=t!("deploy.add-label") variables=false />
        </Group>
    }
}

/// The names of a list, for its head.
fn named(lines: Lines<Pair>) -> Signal<String> {
    Signal::derive(move || {
        let names: Vec<String> = lines.with(|lines| lines.iter().map(|(_, pair)| pair.name.get()).collect());
        short(names)
    })
}

/// A field of its own and those of the table.
fn with(first: &'static str, part: Part) -> Vec<&'static str> {
    std::iter::once(first).chain(names(part)).collect()
}

/// `a, b +2`, or that there are none.
pub fn short(mut all: Vec<String>) -> String {
    all.retain(|one| !one.trim().is_empty());
    let rest = all.len().saturating_sub(3);
    all.truncate(3);
    match (all.is_empty(), rest) {
        (true, _) => t!("deploy.none").to_owned(),
        (false, 0) => all.join(", "),
        (false, rest) => format!("{} +{rest}", all.join(", ")),
    }
}

fn remover<T: Send + Sync + 'static>(lines: Lines<T>, number: u32) -> Callback<()> {
    Callback::new(move |()| lines.update(|lines| lines.retain(|(one, _)| *one != number)))
}

/// Names with values. A list of variables that is pasted into a field fills lines.
#[component]
fn Pairs(lines: Lines<Pair>, value: &'static str, add: &'static str, variables: bool) -> impl IntoView {
    let fill = move |event: web_sys::Event| {
        let Some(text) = paste::text(&event).filter(|text| variables && dotenv::is_list(text)) else {
            return;
        };
        event.prevent_default();
        lines.update(|lines| lines.retain(|(_, pair)| !pair.name.with_untracked(String::is_empty)));
        for (name, value) in dotenv::read(&text) {
            push(lines, pair(&name, &value));
        }
    };
    view! {
        <For each=move || lines.get() key=|(number, _)| *number let((number, line))>
            <div class="line pair" on:paste=fill>
                <Cell label=t!("deploy.variable") value=line.name />
                <Cell label=value value=line.value />
                <RemoveLine act=remover(lines, number) />
            </div>
        </For>
        <div class="buttons">
            <AddLine text=add act=Callback::new(move |()| push(lines, pair("", ""))) />
            {variables.then(|| view! { <span class="faint">{t!("deploy.paste-hint")}</span> })}
        </div>
    }
}

#[component]
fn Ports(deploy: Deploy) -> impl IntoView {
    let lines = deploy.form.ports;
    let written = |line: &PortLine| {
        let (host, container, protocol) = (line.host.get(), line.container.get(), line.protocol.get());
        match (container.is_empty(), host.is_empty()) {
            (true, _) => String::new(),
            (_, true) => t!("deploy.any-port", container = container, protocol = protocol),
            (_, false) => format!("{host} → {container}/{protocol}"),
        }
    };
    let head = Signal::derive(move || {
        let all: Vec<String> = lines.with(|lines| lines.iter().map(|(_, line)| written(line)).collect());
        short(all.into_iter().chain(said(deploy, Part::Ports)).collect())
    });
    view! {
        <Group deploy names=with("ports", Part::Ports) title=t!("containers.ports") short=head>
            <For each=move || lines.get() key=|(number, _)| *number let((number, line))>
                <div class="line port-line">
                    <Cell label=t!("deploy.host-ip") example="0.0.0.0" value=line.host_ip />
                    <Cell label=t!("deploy.host-port") value=line.host />
                    <Cell label=t!("deploy.container-port") value=line.container />
                    <select aria-label=t!("deploy.protocol") on:change:target=move |event| line.protocol.set(event.target().value())>
                        {["tcp", "udp", "sctp"]
                            .map(|word| view! { <option value=word selected=bound(move || line.protocol.with(|it| it == word))>{word}</option> })
                            .collect_view()}
                    </select>
                    <RemoveLine act=remover(lines, number) />
                </div>
            </For>
            <div class="buttons">
                <AddLine text=t!("deploy.add-port") act=Callback::new(move |()| push(lines, PortLine::new())) />
                <span class="faint">{t!("deploy.port-hint")}</span>
            </div>
            <Rows deploy part=Part::Ports />
        </Group>
    }
}

#[component]
fn Volumes(deploy: Deploy) -> impl IntoView {
    let lines = deploy.form.volumes;
    let head = Signal::derive(move || {
        let all: Vec<String> = lines.with(|lines| lines.iter().map(|(_, line)| line.target.get()).collect());
        short(all.into_iter().chain(said(deploy, Part::Volumes)).collect())
    });
    view! {
        <Group deploy names=with("volumes", Part::Volumes) title=t!("deploy.volumes") short=head>
            <For each=move || lines.get() key=|(number, _)| *number let((number, line))>
                <div class="line volume-line">
                    <Cell label=t!("deploy.volume-source") value=line.source />
                    <Cell label=t!("deploy.volume-target") example="/data" value=line.target />
                    <label class="check">
                        <input
                            type="checkbox"
                            prop:checked=line.read_only
                            on:change:target=move |event| line.read_only.set(event.target().checked())
                        />
                        {t!("deploy.read-only")}
                    </label>
                    <RemoveLine act=remover(lines, number) />
                </div>
            </For>
            <div class="buttons">
                <AddLine text=t!("deploy.add-volume") act=Callback::new(move |()| push(lines, VolumeLine::new())) />
            </div>
            <Rows deploy part=Part::Volumes />
        </Group>
    }
}
