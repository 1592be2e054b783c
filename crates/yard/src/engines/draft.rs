//! Reads the form for an engine: what was typed becomes what is meant, or a problem that names the field.
use shipyard_model::engine::{EngineDraft, EngineProbe, TlsCredentials};
use shipyard_model::{Bytes, Cpus, Engine, EngineAddress, EngineId, EngineName, Labels, Problem};
use shipyard_store::TlsMaterial;

/// Longest text of labels.
const LABELS: usize = 4096;
/// Longest PEM text; a chain of certificates has a few thousand bytes.
const PEM: usize = 64 * 1024;

/// A form that can be read.
pub(super) struct Checked {
    pub(super) name: EngineName,
    pub(super) address: EngineAddress,
    pub(super) labels: Labels,
    pub(super) cpus: Option<Cpus>,
    pub(super) memory: Option<Bytes>,
    /// New credentials; none for an address that needs none.
    pub(super) tls: Option<TlsMaterial>,
}

fn bad(code: &str, field: &str, detail: impl Into<String>) -> Problem {
    Problem::new(422, code, detail).field(field)
}

/// Reads a form.
pub(super) fn read(draft: &EngineDraft) -> Result<Checked, Problem> {
    let name = EngineName::parse(draft.name.trim())
        .map_err(|e| bad("engine.bad-name", "name", sentence(&e)).hint("Choose a name such as node1."))?;
    let address = EngineAddress::parse(&draft.address)
        .map_err(|e| bad("engine.bad-address", "address", "This is no address of an engine.").hint(sentence(&e)))?;
    if draft.labels.len() > LABELS {
        let detail = format!("The labels have more than {LABELS} letters.");
        return Err(bad("engine.too-many-labels", "labels", detail).arg("most", LABELS));
    }
    let labels =
        Labels::parse(&draft.labels).map_err(|e| bad("engine.bad-label", "labels", sentence(&e)).arg("label", &e.0))?;
    let cpus = optional(&draft.cpus, |text| match Cpus::parse(text) {
        Ok(Cpus::ZERO) => Err(bad("engine.bad-cpus", "cpus", "An engine has more than no CPU.")),
        other => other.map_err(|e| bad("engine.bad-cpus", "cpus", "This is no number of CPUs.").hint(sentence(&e))),
    })?;
    let memory = optional(&draft.memory, |text| match Bytes::parse(text) {
        Ok(Bytes::ZERO) => Err(bad("engine.bad-memory", "memory", "An engine has more than no memory.")),
        other => other.map_err(|e| bad("engine.bad-memory", "memory", "This is no size of memory.").hint(sentence(&e))),
    })?;
    let tls = match &draft.tls {
        Some(tls) if address.is_tls() => material(tls)?,
        _ => None,
    };
    Ok(Checked {
        name,
        address,
        labels,
        cpus,
        memory,
        tls,
    })
}

/// An explanation of the model as a sentence.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn optional<T>(text: &str, read: impl FnOnce(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(read).transpose()
}

/// The credentials of the form; `None` when all three are empty, which keeps what is stored.
fn material(tls: &TlsCredentials) -> Result<Option<TlsMaterial>, Problem> {
    let parts = [
        ("certificate", "the client certificate", tls.certificate.as_str()),
        ("key", "the private key", tls.key.reveal()),
        ("authority", "the certificate authority", tls.authority.as_str()),
    ];
    if parts.iter().all(|(.., text)| text.trim().is_empty()) {
        return Ok(None);
    }
    for (field, what, text) in parts {
        if text.trim().is_empty() {
            return Err(missing(field, what));
        }
        if text.len() > PEM {
            let detail = format!("The text for {what} is longer than {} KiB.", PEM / 1024);
            return Err(bad("engine.pem-too-long", field, detail).arg("kib", PEM / 1024));
        }
    }
    Ok(Some(TlsMaterial::new(
        &tls.certificate,
        tls.key.reveal(),
        &tls.authority,
    )))
}

/// An https address without one of the three texts.
pub(super) fn missing(field: &str, what: &str) -> Problem {
    bad(
        &format!("engine.{field}-missing"),
        field,
        format!("An https address needs {what}."),
    )
    .hint("Paste it as PEM, or choose the file.")
}

/// Refuses a name or an address that another engine has. Names are compared without regard to case.
pub(super) fn unlike_others(checked: &Checked, others: &[Engine], itself: Option<&EngineId>) -> Result<(), Problem> {
    for other in others.iter().filter(|other| Some(&other.id) != itself) {
        if other.name.as_str().eq_ignore_ascii_case(checked.name.as_str()) {
            let detail = format!("Another engine is called “{}”.", other.name);
            return Err(Problem::new(409, "engine.name-taken", detail)
                .hint("Choose another name.")
                .arg("name", &other.name)
                .field("name"));
        }
        if other.address == checked.address {
            let detail = format!("The engine “{}” has this address.", other.name);
            return Err(Problem::new(409, "engine.address-taken", detail)
                .hint("Edit that engine instead.")
                .arg("name", &other.name)
                .field("address"));
        }
    }
    Ok(())
}

/// What tells a daemon from others: its id alone does not, for machines cloned from one image share it.
pub(super) fn identity(probe: &EngineProbe) -> String {
    if probe.daemon_id.is_empty() {
        return String::new();
    }
    format!("{}@{}", probe.daemon_id, probe.hostname)
}

/// Refuses a daemon that another engine is, under whatever address.
pub(super) fn new_daemon(identity: &str, others: &[Engine], itself: Option<&EngineId>) -> Result<(), Problem> {
    let same = |other: &&Engine| Some(&other.id) != itself && !identity.is_empty() && other.daemon_id == identity;
    let Some(other) = others.iter().find(same) else {
        return Ok(());
    };
    let detail = format!(
        "This is the daemon of the engine “{}”, at {}.",
        other.name, other.address
    );
    Err(Problem::new(409, "engine.already-added", detail)
        .hint("Edit that engine instead.")
        .arg("name", &other.name)
        .arg("address", &other.address)
        .field("address"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::{Millis, Secret};

    fn draft(name: &str, address: &str) -> EngineDraft {
        EngineDraft {
            name: name.to_owned(),
            address: address.to_owned(),
            ..EngineDraft::default()
        }
    }

    fn at_fault(draft: &EngineDraft) -> (String, Option<String>) {
        let problem = read(draft).err().unwrap();
        (problem.code, problem.field)
    }

    #[test]
    fn each_field_has_its_problem() {
        let good = draft("node1", "https://node1");
        assert!(read(&good).is_ok());
        for (draft, field) in [
            (draft("", "https://node1"), "name"),
            (draft("node 1", "https://node1"), "name"),
            (draft("node1", "node1"), "address"),
            (
                EngineDraft {
                    labels: "=x".to_owned(),
                    ..good.clone()
                },
                "labels",
            ),
            (
                EngineDraft {
                    labels: "x ".repeat(4096),
                    ..good.clone()
                },
                "labels",
            ),
            (
                EngineDraft {
                    cpus: "many".to_owned(),
                    ..good.clone()
                },
                "cpus",
            ),
            (
                EngineDraft {
                    cpus: "0".to_owned(),
                    ..good.clone()
                },
                "cpus",
            ),
            (
                EngineDraft {
                    memory: "1x".to_owned(),
                    ..good.clone()
                },
                "memory",
            ),
        ] {
            let (code, at) = at_fault(&draft);
            assert_eq!(at.as_deref(), Some(field), "{code}");
        }
    }

    #[test]
    fn credentials_are_all_three_or_none() {
        let with = |certificate: &str, key: &str, authority: &str| EngineDraft {
            tls: Some(TlsCredentials {
                certificate: certificate.to_owned(),
                key: Secret::new(key),
                authority: authority.to_owned(),
            }),
            ..draft("node1", "https://node1")
        };
        assert!(read(&with("", " ", "\n")).unwrap().tls.is_none());
        assert!(read(&with("c", "k", "a")).unwrap().tls.is_some());
        assert_eq!(at_fault(&with("", "k", "a")).1.as_deref(), Some("certificate"));
        assert_eq!(at_fault(&with("c", "", "a")).0, "engine.key-missing");
        assert_eq!(at_fault(&with("c", "k", "")).0, "engine.authority-missing");
        assert_eq!(at_fault(&with("c", &"k".repeat(PEM + 1), "a")).0, "engine.pem-too-long");
        let socket = EngineDraft {
            address: "unix:///run/docker.sock".to_owned(),
            ..with("c", "k", "a")
        };
        assert!(read(&socket).unwrap().tls.is_none());
    }

    #[test]
    fn names_addresses_and_daemons_are_of_one_engine_each() {
        let other = Engine {
            id: EngineId::new("1"),
            name: EngineName::parse("Node1").unwrap(),
            address: EngineAddress::parse("https://node1").unwrap(),
            labels: Labels::default(),
            cpus_override: None,
            memory_override: None,
            daemon_id: "D".to_owned(),
            certificate_ends: None,
            added: Millis(0),
            drained: false,
        };
        let others = [other];
        let code = |name, address| {
            let checked = read(&draft(name, address)).unwrap();
            unlike_others(&checked, &others, None).map_err(|p| p.code)
        };
        assert_eq!(code("node1", "https://a"), Err("engine.name-taken".to_owned()));
        assert_eq!(code("a", "tcp://node1:2376/"), Err("engine.address-taken".to_owned()));
        assert_eq!(code("a", "https://a"), Ok(()));
        let itself = read(&draft("NODE1", "https://node1")).unwrap();
        assert!(unlike_others(&itself, &others, Some(&EngineId::new("1"))).is_ok());
        let refused = new_daemon("D", &others, None).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.args["name"].as_str()),
            ("engine.already-added", "Node1")
        );
        assert!(new_daemon("D", &others, Some(&EngineId::new("1"))).is_ok());
        assert!(new_daemon("", &others, None).is_ok());
    }
}
