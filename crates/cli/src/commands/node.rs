//! Hosts that become engines, over ssh: the server gives the script and signs, ssh carries both ways, and the host itself needs
//! no way to Shipyard. And the doctor.
use crate::api::Api;
use crate::args::Listing;
use crate::error::{Exit, Failure, Outcome};
use crate::follow;
use crate::http::{self, Ask};
use crate::out::table::{Cell, Column, Tabled, Tone, column};
use crate::out::{self, Out, Output, escape};
use clap::Subcommand;
use hyper::Method;
use serde::Serialize;
use serde_json::json;
use shipyard_model::Engine;
use shipyard_model::node::{Finding, NodePrepared, NodeRemoved, NodeRenewed, Severity};
use std::io::Write;
use std::process::{Command, Stdio};

/// Help of `node`.
pub const HELP: &str = "\
On a Debian or Ubuntu host with Docker: certificates of Shipyard's own authority, a firewall that lets nobody else reach
Docker, and all of it over the next restart. Every step is shown, and undone by `node remove`.

Examples:
  shipyard node add node1 --ssh root@1.1.1.1 --label zone=a
  shipyard node add node1 --addr 1.1.1.1 --print >node1.sh
  shipyard node remove node1 --ssh root@1.1.1.1";

const PROGRAM: &str = "sh /etc/docker/shipyard/node.sh";

/// What is done with a node.
#[derive(Debug, Subcommand)]
pub enum Node {
    /// Make a host an engine
    Add(Add),
    /// Renew the certificates of a node
    Renew(Renew),
    /// Forget a node, and take away what was done on it
    Remove(Remove),
}

/// How a host is reached.
#[derive(Debug, clap::Args)]
struct Over {
    /// The host, as ssh takes it; with another user than root, sudo is used there
    #[arg(long, value_name = "USER@HOST")]
    ssh: Option<String>,
    /// Command that restarts Docker there, where there is no systemd
    #[arg(long, value_name = "COMMAND")]
    docker_restart: Option<String>,
    /// Let containers be stopped where Docker cannot restart without
    #[arg(long)]
    stop_containers: bool,
}

/// `node add`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// What the engine shall be called
    name: String,
    #[command(flatten)]
    over: Over,
    /// Where Shipyard reaches it; the host of --ssh unless given
    #[arg(long, value_name = "HOST[:PORT]")]
    addr: Option<String>,
    /// A label, such as zone=a or ssd; may come again
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// Who may reach Docker there; Shipyard's own address unless given; may come again
    #[arg(long, value_name = "ADDRESS")]
    allow_from: Vec<String>,
    /// Who may reach SSH there; left as it is unless given; may come again
    #[arg(long, value_name = "ADDRESS")]
    ssh_from: Vec<String>,
    /// Where the host reaches Shipyard, for renewals
    #[arg(long, value_name = "URL")]
    shipyard_url: Option<String>,
    /// Print the script instead of running it; it holds a secret for an hour
    #[arg(long)]
    print: bool,
}

/// `node renew`.
#[derive(Debug, clap::Args)]
pub struct Renew {
    /// Name or id of the engine
    engine: String,
    #[command(flatten)]
    over: Over,
}

/// `node remove`.
#[derive(Debug, clap::Args)]
pub struct Remove {
    /// Name or id of the engine
    engine: String,
    #[command(flatten)]
    over: Over,
    /// Print the script that takes all away instead of running it
    #[arg(long)]
    print: bool,
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl Over {
    /// The host of `user@host`.
    fn host(&self) -> Option<&str> {
        self.ssh
            .as_deref()
            .map(|target| target.rsplit('@').next().unwrap_or(target))
    }

    /// Runs a command on the host; what it printed. What it says of its steps is shown as it comes.
    fn run(&self, command: &str, input: &str) -> Outcome<String> {
        let target = self.ssh.as_deref().unwrap_or_default();
        if target.is_empty() || target.starts_with('-') {
            return Err(Failure::usage("Say how the host is reached: --ssh root@HOST"));
        }
        let mut settings = String::new();
        if let Some(restart) = &self.docker_restart {
            settings.push_str(&format!("SHIPYARD_DOCKER_RESTART={} ", quoted(restart)));
        }
        if self.stop_containers {
            settings.push_str("SHIPYARD_STOP_CONTAINERS=1 ");
        }
        let sudo = if target.starts_with("root@") { "" } else { "sudo " };
        // A connection that is shared with an earlier one would not show whether a new one is let in.
        let mut child = Command::new("ssh")
            .args(["-o", "ControlPath=none", "--", target])
            .arg(format!("{sudo}env {settings}{command}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| {
                Failure::failed("ssh cannot be started.")
                    .hint("Install it, or use --print.")
                    .because(&e)
            })?;
        if let Some(mut pipe) = child.stdin.take() {
            // Whoever stops reading has ended, and tells why by its code.
            let _ = pipe.write_all(input.as_bytes());
        }
        let done = child
            .wait_with_output()
            .map_err(|e| Failure::failed("ssh did not end as it should.").because(&e))?;
        if !done.status.success() {
            return Err(Failure::failed(format!("A step on {target} failed.")).hint("What it says above tells why."));
        }
        String::from_utf8(done.stdout).map_err(|e| Failure::failed("What came from the host is no text.").because(&e))
    }
}

/// Asks with a node's secret, as the node itself does.
async fn with_secret(api: &Api, path: &str, secret: &str, body: String) -> Outcome<bytes::Bytes> {
    let mut ask = Ask::new(Method::POST, path).header("x-shipyard-enrol", secret);
    ask.body = Some(body);
    api.ask_as_nobody(ask).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Does what is done with nodes.
///
/// # Errors
/// When the server refuses, or a step on the host fails.
pub async fn run(api: &Api, out: &Out, node: &Node) -> Outcome {
    match node {
        Node::Add(args) => add(api, out, args).await,
        Node::Renew(args) => renew(api, args).await,
        Node::Remove(args) => remove(api, args).await,
    }
}

async fn add(api: &Api, out: &Out, args: &Add) -> Outcome {
    let address = args.addr.as_deref().or_else(|| args.over.host());
    let address = address.ok_or_else(|| Failure::usage("Say where the host is: --ssh root@HOST, or --addr HOST"))?;
    let draft = json!({
        "name": args.name,
        "address": address,
        "labels": args.label.join(" "),
        "allow_from": args.allow_from.join(" "),
        "ssh_from": args.ssh_from.join(" "),
        "shipyard_url": args.shipyard_url.clone().unwrap_or_default(),
    });
    let prepared: NodePrepared = api.make("/api/v1/nodes", &draft).await?;
    if args.print {
        return out::print(&prepared.script);
    }
    let request = args.over.run("sh -s request", &prepared.script)?;
    let engine = match enrol(api, &args.over, &prepared.secret, request).await {
        Ok(engine) => engine,
        Err(failure) => {
            out::note("this failed: taking back what was done on the host");
            if args.over.run(&format!("{PROGRAM} remove"), "").is_err() {
                out::note(&format!("that failed too; run there, as root: {PROGRAM} remove"));
            }
            return Err(failure);
        }
    };
    args.over.run(&format!("{PROGRAM} confirm"), "")?;
    match out.form {
        Some(Output::Json | Output::Yaml) => out.data(&engine),
        Some(Output::Name) => out::print(&format!("{}\n", engine.name)),
        _ => {
            out::note(&format!("{} is an engine now, at {}", engine.name, engine.address));
            Ok(())
        }
    }
}

/// Has the request signed, the host set up, and the engine that it became added.
async fn enrol(api: &Api, over: &Over, secret: &str, request: String) -> Outcome<Engine> {
    const FINISH: &str = "/api/v1/nodes/enrol/finish";
    let signed = with_secret(api, "/api/v1/nodes/enrol", secret, request).await?;
    over.run(&format!("{PROGRAM} install"), &text(&signed))?;
    let added = match with_secret(api, FINISH, secret, String::new()).await {
        // It may have been added all the same; asked again, the server says so.
        Err(failure) if failure.exit == Exit::Unreachable => with_secret(api, FINISH, secret, String::new()).await?,
        told => told?,
    };
    http::read(&added)
}

fn path(engine: &str, what: &str) -> String {
    format!("/api/v1/nodes/{}/{what}", http::piece(engine))
}

async fn renew(api: &Api, args: &Renew) -> Outcome {
    let renewed: NodeRenewed = api.value(Ask::new(Method::POST, path(&args.engine, "renew"))).await?;
    out::note(&format!(
        "Shipyard's certificate for {} is renewed",
        renewed.engine.name
    ));
    if args.over.ssh.is_none() {
        out::note("the host fetches its own when it asks next, once a day; at once with --ssh");
        return Ok(());
    }
    let request = args.over.run(&format!("{PROGRAM} request"), "")?;
    let signed = with_secret(api, "/api/v1/nodes/renew", "", request).await?;
    if !signed.is_empty() {
        args.over.run(&format!("{PROGRAM} renewed"), &text(&signed))?;
    }
    Ok(())
}

async fn remove(api: &Api, args: &Remove) -> Outcome {
    let told = api.value(Ask::new(Method::POST, path(&args.engine, "remove"))).await;
    let removed: NodeRemoved = match told {
        Err(failure) if failure.exit == Exit::NotFound && args.over.ssh.is_some() && !args.print => {
            return never_an_engine(args, failure);
        }
        told => told?,
    };
    if args.print {
        return out::print(&removed.script);
    }
    if args.over.ssh.is_some() {
        return args.over.run("sh -s", &removed.script).map(|_| ());
    }
    out::note("the engine is forgotten; on the host, this takes away what was done:");
    out::note(&removed.command);
    Ok(())
}

/// Takes away what an enrolment did that never came to its end, by what lies on the host; the server knows nothing of it.
fn never_an_engine(args: &Remove, failure: Failure) -> Outcome {
    // The first line that sets it; the values stand above the program.
    let told = args
        .over
        .run("sed -n 's/^ENGINE=//p' /etc/docker/shipyard/node.sh", "")
        .map_err(|_| failure)?;
    let told = told.lines().next().unwrap_or_default();
    if told != quoted(&args.engine) {
        // A name that was mistyped must not take apart a host that serves under another.
        return Err(Failure::usage(format!(
            "This host was prepared as {}, not as {}.",
            escape::line(told),
            escape::line(&args.engine)
        )));
    }
    out::note("the server knows no such engine; what was begun on the host is taken away");
    args.over.run(&format!("{PROGRAM} remove"), "").map(|_| ())
}

/// `doctor`.
#[derive(Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    listing: Listing,
}

/// A finding in a table.
#[derive(Serialize)]
#[serde(transparent)]
struct Shown(Finding);

impl Tabled for Shown {
    const COLUMNS: &'static [Column] = &[column("Severity"), column("Subject"), column("What"), column("Mend")];

    fn cells(&self) -> Vec<Cell> {
        let severity = match self.0.severity {
            Severity::Bad => Cell::toned("bad", Tone::Bad),
            Severity::Warn => Cell::toned("warn", Tone::Warn),
            Severity::Note => "note".into(),
        };
        vec![
            severity,
            self.0.subject.clone().into(),
            self.0.what.clone().into(),
            self.0.mend.clone().into(),
        ]
    }

    fn name(&self) -> String {
        self.0.code.clone()
    }
}

/// What is wrong or weak, and how to mend it.
///
/// # Errors
/// When the server refuses.
pub async fn doctor(api: &Api, out: &Out, args: &Doctor) -> Outcome {
    let quiet = out.is_data() || args.listing.watch || !args.listing.filter.is_empty();
    let make = async || {
        let found: Vec<Finding> = api.get("/api/v1/doctor").await?;
        if found.is_empty() && !quiet {
            out::note("nothing is wrong");
        }
        Ok(found.into_iter().map(Shown).collect())
    };
    follow::made(out, &args.listing, make).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_name_comes_after_the_user() {
        let over = |ssh: &str| Over {
            ssh: Some(ssh.to_owned()),
            docker_restart: None,
            stop_containers: false,
        };
        assert_eq!(over("root@1.1.1.1").host(), Some("1.1.1.1"));
        assert_eq!(over("node1").host(), Some("node1"));
        assert!(over("-oProxyCommand=x").run("true", "").is_err());
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
