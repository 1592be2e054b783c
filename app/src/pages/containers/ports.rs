//! Ports of a container: published ones as links to where they answer, exposed ones as text.
use crate::interop::browser;
use crate::lean::prelude::*;
use crate::lean::sorted;
use shipyard_model::{Port, Protocol};

/// So many are shown; the rest is a count.
const MOST: usize = 3;

/// The ports of a row.
#[component]
pub fn Ports(
    /// The ports.
    ports: Vec<Port>,
    /// The engine's host; empty for a local socket.
    host: String,
    /// All of them, and with their container port.
    #[prop(optional)]
    long: bool,
) -> impl IntoView {
    let ports = once(ports);
    let most = if long { usize::MAX } else { MOST };
    let rest = ports.len().saturating_sub(most);
    let hidden: Vec<_> = ports.iter().skip(most).map(written).collect();
    let shown = ports
        .iter()
        .take(most)
        .map(|port| {
            let text = match (port.host, long) {
                (Some(public), false) => public.to_string(),
                _ => written(port),
            };
            match address(port, &host) {
                Some(address) => {
                    let title = written(port);
                    view! { <a class="port" href=address target="_blank" rel="noopener" title=title>{text}</a> }
                        .into_any()
                }
                None => view! { <span class="faint">{text}</span> }.into_any(),
            }
        })
        .collect_view();
    view! {
        <div class="ports">
            {shown}
            {(rest > 0).then(|| view! { <span class="faint" title=hidden.join(", ")>{format!("+{rest}")}</span> })}
        </div>
    }
}

/// Published ones first; a port that is bound to IPv4 and IPv6 is one port.
fn once(ports: Vec<Port>) -> Vec<Port> {
    let mut ports = sorted(ports, |port| {
        (
            port.host.is_none(),
            port.host,
            port.container,
            port.protocol,
            port.host_ip.contains(':'),
        )
    });
    let same = |a: &mut Port, b: &mut Port| (a.host, a.container, a.protocol) == (b.host, b.container, b.protocol);
    ports.dedup_by(same);
    ports
}

/// `8080 → 80/tcp`, or `80/tcp` for a port that is only exposed.
fn written(port: &Port) -> String {
    let inside = format!("{}/{}", port.container, port.protocol.word());
    match port.host {
        Some(host) => format!("{host} → {inside}"),
        None => inside,
    }
}

/// Where a published TCP port answers.
fn address(port: &Port, host: &str) -> Option<String> {
    let public = port.host.filter(|_| port.protocol == Protocol::Tcp)?;
    let any = matches!(port.host_ip.as_str(), "" | "0.0.0.0" | "::");
    let local = port.host_ip.starts_with("127.") || port.host_ip == "::1";
    // Bound to the engine's loopback: nobody else reaches it.
    if local && !host.is_empty() {
        return None;
    }
    let name = match (any || local, host) {
        (false, _) => port.host_ip.clone(),
        (true, "") => browser::host_name(),
        (true, host) => host.to_owned(),
    };
    let bare = name.trim_matches(['[', ']']);
    let name = if bare.contains(':') {
        format!("[{bare}]")
    } else {
        bare.to_owned()
    };
    let scheme = if port.container == 443 || port.container == 8443 {
        "https"
    } else {
        "http"
    };
    Some(format!("{scheme}://{name}:{public}"))
}
