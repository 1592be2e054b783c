//! A command inside a container, with its input, its output and its exit code.
mod input;
mod terminal;

use crate::api::Api;
use crate::error::{Exit, Failure, Outcome};
use crate::http::socket::Socket;
use crate::{find, http, out};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use input::Input;
use shipyard_model::exec::{ExecRequest, FromExec, ToExec};
use shipyard_model::{ContainerRow, ContainerState};
use std::io::IsTerminal;
use std::time::Duration;
use terminal::Terminal;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Help of `exec`.
pub const HELP: &str = "\
The exit code is the command's own. What stands behind the container's name is the command's, options too.

Examples:
  shipyard exec web-1 ls -l /etc
  shipyard exec -it node1/web-1 sh
  shipyard exec -i db sh -c 'psql shop' < dump.sql
  shipyard exec -u root -w /tmp -e MODE=test -e TOKEN web-1 ./check";

/// `exec`.
#[derive(Debug, clap::Args)]
pub struct Exec {
    /// Give the command what comes on standard input
    #[arg(short, long)]
    interactive: bool,
    /// Give the command a terminal, which is this one
    #[arg(short, long)]
    tty: bool,
    /// Who runs it: a name or number, with a group perhaps [default: the container's own]
    #[arg(short, long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Folder that it runs in [default: the container's own]
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// A variable of its environment; without a value it has the one that it has here
    #[arg(short, long, value_name = "NAME[=VALUE]", value_parser = variable)]
    env: Vec<String>,
    /// The container (name, id or beginning of the id; engine/name where several engines have it), the program, and its
    /// arguments
    #[arg(required = true, num_args = 2.., trailing_var_arg = true, value_names = ["CONTAINER", "COMMAND"])]
    words: Vec<String>,
}

fn variable(text: &str) -> Result<String, String> {
    match text.split('=').next() {
        Some("") | None => Err(format!("“{text}” names no variable: write NAME=VALUE or NAME")),
        Some(_) => Ok(text.to_owned()),
    }
}

impl Exec {
    /// The container and the command.
    fn parts(&self) -> Outcome<(&str, &[String])> {
        match self.words.split_first() {
            // Who has the habit puts two dashes between.
            Some((container, [dashes, command @ ..])) if dashes == "--" && !command.is_empty() => {
                Ok((container, command))
            }
            Some((container, command)) if !command.is_empty() => Ok((container, command)),
            _ => Err(Failure::usage("Name a container and a command.")),
        }
    }

    /// A variable without a value has the one of this process; where it has none, it is not given.
    fn environment(&self, own: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let given = self.env.iter().filter_map(|text| match text.contains('=') {
            true => Some(text.clone()),
            false => own(text).map(|value| format!("{text}={value}")),
        });
        given.collect()
    }

    /// What to run. It is the socket's first frame: addresses are written down on the way, and a variable may be a password.
    fn request(&self, command: &[String], size: Option<(u16, u16)>) -> ExecRequest {
        ExecRequest {
            command: command.to_vec(),
            tty: self.tty,
            stdin: self.interactive,
            user: self.user.clone().unwrap_or_default(),
            working_dir: self.workdir.clone().unwrap_or_default(),
            env: self.environment(|name| std::env::var(name).ok()),
            columns: size.map(|(columns, _)| columns),
            rows: size.map(|(_, rows)| rows),
        }
    }

    /// That there is the terminal that is asked for.
    fn check_terminal(&self) -> Outcome {
        let none = |which: &str| {
            Failure::usage(format!(
                "--tty gives the command this terminal, and standard {which} is none."
            ))
        };
        match (self.tty, self.interactive) {
            (true, true) if !std::io::stdin().is_terminal() => {
                Err(none("input").hint("Leave -t out: what is piped in is then the command's input, as it is."))
            }
            (true, false) if !std::io::stdout().is_terminal() => Err(none("output").hint("Leave -t out.")),
            _ => Ok(()),
        }
    }
}

/// The address of a container's commands.
fn path(row: &ContainerRow) -> String {
    let container = [("engine", row.engine.to_string()), ("name", row.at.id.to_string())];
    format!("/api/v1/exec{}", http::query(container))
}

/// Runs a command inside a container until it ends.
///
/// # Errors
/// When it cannot be run, or its end is not heard of; with its own code when that is not 0.
pub async fn run(api: &Api, args: &Exec) -> Outcome {
    let (container, command) = args.parts()?;
    args.check_terminal()?;
    let row = find::container(api, container).await?;
    runs(&row)?;
    let size = if args.tty { terminal::size() } else { None };
    let mut socket = api.socket(&path(&row)).await?;
    let first = said(&ToExec::Run(args.request(command, size)));
    // A socket that has ended already says why to whoever listens.
    let _ = socket.send(first).await;
    let ended = converse(socket, args).await?;
    match ended.map(u8::try_from) {
        Some(Ok(0)) => Ok(()),
        // The command has said itself what there is to say.
        Some(code) => Err(Failure::new(Exit::Own(code.unwrap_or(u8::MAX)), "")),
        None => Err(Failure::failed(
            "The command ended, and its engine does not say with which code.",
        )),
    }
}

/// That a command can run in it at all.
fn runs(row: &ContainerRow) -> Outcome {
    let verb = match row.state {
        ContainerState::Running | ContainerState::Restarting => return Ok(()),
        ContainerState::Paused => "unpause",
        _ => "start",
    };
    let state = row.state.word();
    let told = format!(
        "“{}” does not run ({state}): a command needs a running container.",
        row.name
    );
    Err(Failure::failed(told).hint(format!("See: shipyard {verb} {}/{}", row.engine, row.name)))
}

/// Lets input and output flow until the command ends. The terminal is given back as it was, however that comes.
async fn converse(socket: Socket, args: &Exec) -> Outcome<Option<i64>> {
    let (sender, receiver) = socket.split();
    let mut terminal = Terminal::take(args.tty, args.interactive)?;
    let input = args.interactive.then(Input::open).transpose()?;
    tokio::select! {
        ended = hear(receiver) => ended,
        failure = tell(sender, input, &mut terminal.resized) => Err(failure),
        failure = terminal.signals.next() => Err(failure),
    }
}

/// Sends input, and the terminal's size when that changes, for as long as it is waited for.
async fn tell(
    mut sender: SplitSink<Socket, Message>,
    mut input: Option<Input>,
    resized: &mut terminal::Resized,
) -> Failure {
    loop {
        let message = tokio::select! {
            piece = next(&mut input) => match piece {
                Some(Ok(bytes)) => Message::Binary(bytes),
                Some(Err(error)) => return Failure::failed("Standard input cannot be read.").because(&error),
                None => {
                    input = None;
                    said(&ToExec::End)
                }
            },
            (columns, rows) = resized.next() => said(&ToExec::Resize { columns, rows }),
        };
        if sender.send(message).await.is_err() {
            // Whoever hears learns why; a command that ended while it was written to has failed in nothing.
            return std::future::pending().await;
        }
    }
}

/// The next piece of input; never where there is none to come.
async fn next(input: &mut Option<Input>) -> Option<std::io::Result<Bytes>> {
    match input {
        Some(input) => input.next().await,
        None => std::future::pending().await,
    }
}

fn said(frame: &ToExec) -> Message {
    // Words and numbers can be written.
    Message::text(serde_json::to_string(frame).unwrap_or_default())
}

/// Writes what the command writes, and gives back with what it ended.
async fn hear(mut receiver: SplitStream<Socket>) -> Outcome<Option<i64>> {
    let broken = || Failure::new(Exit::Unreachable, "The connection to the server broke.").hint(GOES_ON);
    loop {
        match tokio::time::timeout(SILENCE, receiver.next()).await {
            Err(_) => return Err(broken()),
            Ok(Some(Ok(Message::Binary(bytes)))) => match bytes.split_first() {
                Some((1, piece)) => out::bytes(&mut std::io::stdout().lock(), piece)?,
                Some((2, piece)) => out::bytes(&mut std::io::stderr().lock(), piece)?,
                _ => return Err(Failure::failed("The server sent output of an unknown kind.")),
            },
            Ok(Some(Ok(Message::Text(text)))) => match http::read(text.as_bytes())? {
                FromExec::Exit { code } => return Ok(code),
                FromExec::Failed { why } => return Err(why.into()),
            },
            Ok(Some(Ok(Message::Close(frame)))) => return Err(closed(frame.as_ref())),
            // The library answers them.
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
            Ok(Some(Err(error))) => return Err(broken().because(&error)),
            Ok(None) => return Err(broken()),
        }
    }
}

/// Without so much as a ping for so long, the connection is dead: the server sends one each 20 seconds.
const SILENCE: Duration = Duration::from_secs(60);

const GOES_ON: &str = "The command may go on in the container: nobody listens to it any more.";

/// Why the server ended it before the command did.
fn closed(frame: Option<&CloseFrame>) -> Failure {
    let failure = match frame.map(|frame| u16::from(frame.code)) {
        Some(4401) => Failure::new(Exit::SignedOut, "Your session or token ended, and this with it."),
        Some(4403) => Failure::new(
            Exit::Forbidden,
            "What you may do has changed meanwhile, so the server ended this.",
        ),
        Some(1001) => Failure::new(Exit::Unreachable, "The server stops."),
        _ => Failure::new(Exit::Unreachable, "The server ended this and does not say why."),
    };
    failure.hint(GOES_ON)
}

#[cfg(test)]
mod tests;
