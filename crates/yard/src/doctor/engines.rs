//! What is weak on engines. Each is asked as Shipyard does and as a stranger would.
use super::{ending, finding};
use futures_util::StreamExt;
use shipyard_engine::{Strangers, answers_in_the_clear, examine, strangers};
use shipyard_model::engine::EngineProbe;
use shipyard_model::node::{Finding, Severity};
use shipyard_model::{Engine, EngineAddress, Millis};
use shipyard_store::{NodeRecord, Store};

/// Engines that are asked at once.
const AT_ONCE: usize = 16;
/// Docker's port in the clear, which the guides of old opened.
const CLEAR: u16 = 2375;
/// A clock that is off by more makes certificates end early or begin late, and logs hard to read.
const CLOCK_MS: i64 = 30_000;
/// The oldest Docker that distributions still mend; the oldest that its makers do.
const OLDEST: u64 = 20;

pub(super) async fn all(store: &Store, engines: Vec<Engine>, nodes: &[NodeRecord], now: Millis) -> Vec<Finding> {
    let asked = engines.into_iter().map(|engine| {
        let ours = nodes.iter().any(|node| node.engine == engine.id);
        one(store, engine, ours, now)
    });
    let found: Vec<Vec<Finding>> = futures_util::stream::iter(asked)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    found.into_iter().flatten().collect()
}

async fn one(store: &Store, engine: Engine, ours: bool, now: Millis) -> Vec<Finding> {
    let subject = format!("engine {}", engine.name);
    let mut found = Vec::new();
    let material = store.engine_credentials(&engine.id).await.ok().flatten();
    let credentials = material
        .as_ref()
        .and_then(|material| crate::engines::credentials(material).ok());
    let authority = material
        .as_ref()
        .map(|material| material.authority.as_str())
        .unwrap_or_default();
    let stranger = async {
        match engine.address {
            EngineAddress::Tls { .. } => Some(strangers(&engine.address, authority).await),
            _ => None,
        }
    };
    let clear = async {
        match &engine.address {
            EngineAddress::Tls { host, .. } => answers_in_the_clear(host, CLEAR).await,
            _ => false,
        }
    };
    let (examined, stranger, clear) = tokio::join!(examine(&engine.address, credentials.as_deref()), stranger, clear);
    if engine.address.is_plain() {
        found.push(finding(
            Severity::Bad,
            "engine-clear",
            &subject,
            format!(
                "Docker listens at {} in the clear: whoever reaches it is root on that machine.",
                engine.address
            ),
            "Prepare it as a node: it gets certificates and a firewall. Remove the engine first.",
        ));
    }
    if clear {
        found.push(finding(
            Severity::Bad,
            "engine-clear-port",
            &subject,
            format!("Docker answers in the clear on port {CLEAR} as well: whoever reaches it is root on that machine."),
            "Take tcp://…:2375 out of hosts in its daemon.json, or of dockerd's flags, and restart Docker there.",
        ));
    }
    if stranger == Some(Strangers::Served) {
        found.push(finding(
            Severity::Bad,
            "engine-open",
            &subject,
            format!("{} serves whoever connects, without a certificate.", engine.address),
            "Set tlsverify and tlscacert in its daemon.json, and restart Docker there.",
        ));
    }
    match examined {
        Ok((probe, ahead)) => found.extend(answered(&subject, &probe, ahead, ours, now)),
        Err(error) => {
            let problem = error.problem();
            found.push(finding(
                Severity::Warn,
                "engine-down",
                &subject,
                problem.detail,
                &problem.hint,
            ));
        }
    }
    found
}

fn answered(subject: &str, probe: &EngineProbe, ahead: Option<i64>, ours: bool, now: Millis) -> Vec<Finding> {
    let mut found = Vec::new();
    let renew = if ours {
        "Renew it: POST /api/v1/nodes/{engine}/renew; on the host: sh /etc/docker/shipyard/node.sh renew."
    } else {
        "Make new ones as these were made, or prepare the host as a node, which renews by itself."
    };
    for (whose, end) in [
        ("client", probe.certificate_ends),
        ("server", probe.server_certificate_ends),
    ] {
        if let Some((severity, when)) = end.and_then(|end| ending(end, now)) {
            let what = format!("The {whose} certificate {when}.");
            found.push(finding(
                severity,
                &format!("engine-{whose}-certificate"),
                subject,
                what,
                renew,
            ));
        }
    }
    if let Some(ahead) = ahead.filter(|ahead| ahead.abs() > CLOCK_MS) {
        let side = if ahead > 0 { "ahead of" } else { "behind" };
        let what = format!("Its clock is {} s {side} Shipyard's.", ahead.abs() / 1000);
        let mend = "Have both machines set their clock by NTP: systemctl enable --now systemd-timesyncd.";
        found.push(finding(Severity::Warn, "engine-clock", subject, what, mend));
    }
    if major(&probe.version).is_some_and(|major| major < OLDEST) {
        let what = format!("Docker {} gets no security fixes any more.", probe.version);
        found.push(finding(
            Severity::Warn,
            "engine-old",
            subject,
            what,
            "Update Docker there.",
        ));
    }
    found
}

/// The first number of a version; Docker's had years before.
fn major(version: &str) -> Option<u64> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(version: &str) -> EngineProbe {
        EngineProbe {
            daemon_id: String::new(),
            hostname: String::new(),
            version: version.to_owned(),
            api_version: String::new(),
            os: String::new(),
            architecture: String::new(),
            capacity: Default::default(),
            containers: 0,
            response_us: 0,
            certificate_ends: Some(Millis(3 * super::super::DAY_MS)),
            server_certificate_ends: None,
        }
    }

    #[test]
    fn an_answer_is_read_for_what_is_weak() {
        let codes = |version: &str, ahead| {
            let found = answered("engine node1", &probe(version), ahead, true, Millis(0));
            found.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(codes("20.10.24", Some(1000)), ["engine-client-certificate"]);
        assert_eq!(codes("19.03.1", None), ["engine-client-certificate", "engine-old"]);
        assert_eq!(
            codes("27.1.1", Some(-60_000)),
            ["engine-client-certificate", "engine-clock"]
        );
    }
}
