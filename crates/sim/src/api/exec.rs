//! `/containers/{id}/exec` and `/exec/{id}/…`: a command, whose input and output take the connection over.
use crate::answer::{Answer, Refusal, empty, json, ok, stream, whole};
use crate::chance::Id;
use crate::container::State;
use crate::engine::Engine;
use crate::exec::{Exec, Step, is_shell, steps};
use crate::line::Line;
use crate::serve::Call;
use bytes::Bytes;
use futures_util::stream as streams;
use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, UPGRADE};
use http::{Response, StatusCode};
use hyper::ext::ReasonPhrase;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json as value};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

pub(super) async fn create(call: &mut Call) -> Result<Answer, Refusal> {
    let asked = call.json().await?;
    let on = |key: &str| asked.get(key) == Some(&Value::Bool(true));
    let words: Vec<String> = asked
        .get("Cmd")
        .and_then(|words| serde_json::from_value(words.clone()).ok())
        .unwrap_or_default();
    if words.is_empty() {
        return Err(Refusal::new(400, "No exec command specified"));
    }
    let (tty, stdin) = (on("Tty"), on("AttachStdin"));
    let (stdout, stderr) = (on("AttachStdout"), on("AttachStderr"));
    call.engine.with(|daemon| {
        let place = daemon.find(&call.about)?;
        let container = daemon.by_name(&call.about)?;
        let id = container.id;
        match container.state {
            State::Running => {}
            State::Paused => {
                let message = format!("Container {id} is paused, unpause the container before exec");
                return Err(Refusal::new(409, message));
            }
            State::Created | State::Exited => {
                return Err(Refusal::new(409, format!("Container {id} is not running")));
            }
        }
        let exec = daemon.new_id();
        let action = format!("exec_create: {}", words.join(" "));
        let made = Exec {
            container: id,
            words,
            tty,
            stdin,
            stdout,
            stderr,
            begun: false,
            code: None,
        };
        daemon.execs.insert(exec, made);
        daemon.tell(place, action, None, Some(exec));
        Ok(json(StatusCode::CREATED, &value!({"Id": exec})))
    })
}

fn find(call: &Call) -> Result<(Id, Exec), Refusal> {
    let none = || Refusal::new(404, format!("No such exec instance: {}", call.about));
    let id = Id::parse(&call.about).ok_or_else(none)?;
    let exec = call.engine.with(|daemon| daemon.execs.get(&id).cloned());
    exec.map(|exec| (id, exec)).ok_or_else(none)
}

pub(super) fn inspect(call: &Call) -> Result<Answer, Refusal> {
    let (id, exec) = find(call)?;
    let (entrypoint, arguments) = (exec.words.first(), exec.words.get(1..));
    Ok(ok(&value!({
        "ID": id, "Running": exec.runs(), "ExitCode": exec.code,
        "ProcessConfig": {"tty": exec.tty, "entrypoint": entrypoint, "arguments": arguments, "privileged": false},
        "OpenStdin": exec.stdin, "OpenStderr": exec.stderr, "OpenStdout": exec.stdout, "CanRemove": false,
        "ContainerID": exec.container, "DetachKeys": "", "Pid": if exec.begun { 1148 } else { 0 },
    })))
}

pub(super) fn resize(call: &Call) -> Result<Answer, Refusal> {
    let (_, exec) = find(call)?;
    if !exec.runs() {
        return Err(Refusal::new(404, "no such exec"));
    }
    Ok(empty(StatusCode::OK))
}

/// Where a command's output goes and its input comes from.
struct Terminal<S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    tty: bool,
}

impl<S: AsyncRead + AsyncWrite> Terminal<S> {
    async fn write(&mut self, kind: u8, bytes: &[u8]) -> io::Result<()> {
        if self.tty {
            // A terminal begins its lines at the left.
            let text = String::from_utf8_lossy(bytes)
                .replace("\r\n", "\n")
                .replace(['\n', '\r'], "\r\n");
            self.writer.write_all(text.as_bytes()).await?;
        } else {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
            let mut frame = vec![kind, 0, 0, 0];
            frame.extend_from_slice(&length);
            frame.extend_from_slice(bytes);
            self.writer.write_all(&frame).await?;
        }
        self.writer.flush().await
    }

    /// Writes what it reads; yields the code of an `exit` that was typed.
    async fn copy(&mut self, is_shell: bool) -> io::Result<Option<i32>> {
        const PROMPT: &[u8] = b"/ # ";
        const END_OF_INPUT: u8 = 4;
        if is_shell && self.tty {
            self.write(1, PROMPT).await?;
        }
        let (mut buffer, mut line) = (vec![0; 8192], String::new());
        loop {
            let read = self.reader.read(&mut buffer).await?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() || (self.tty && bytes.contains(&END_OF_INPUT)) {
                return Ok(None);
            }
            self.write(1, bytes).await?;
            line.push_str(&String::from_utf8_lossy(bytes));
            if !line.ends_with(['\n', '\r']) {
                line.truncate(if line.len() > 8192 { 0 } else { line.len() });
                continue;
            }
            let typed = line.trim();
            if is_shell && let Some(code) = typed.strip_prefix("exit") {
                return Ok(Some(code.trim().parse().unwrap_or(0)));
            }
            line.clear();
            if is_shell && self.tty {
                self.write(1, PROMPT).await?;
            }
        }
    }

    async fn perform(&mut self, exec: &Exec) -> io::Result<i32> {
        for step in steps(&exec.words) {
            match step {
                Step::Out(text) => self.write(1, text.as_bytes()).await?,
                Step::Err(text) => self.write(2, text.as_bytes()).await?,
                Step::Sleep(time) => tokio::time::sleep(time).await,
                Step::Yes => {
                    let page = "y\n".repeat(4096);
                    loop {
                        self.write(1, page.as_bytes()).await?;
                    }
                }
                Step::Copy => {
                    let shell = exec.words.first().is_some_and(|word| is_shell(word));
                    if let Some(code) = self.copy(shell).await? {
                        return Ok(code);
                    }
                }
                Step::Exit(code) => return Ok(code),
            }
        }
        Ok(0)
    }
}

/// Waits until a container has no process any more.
async fn ends(engine: &Engine, container: Id) {
    loop {
        let changed = engine.changed.notified();
        let up = engine.with(|daemon| {
            let found = daemon.containers.iter().find(|c| c.id == container);
            found.is_some_and(|c| c.state.is_up())
        });
        if !up {
            return;
        }
        changed.await;
    }
}

async fn run<S: AsyncRead + AsyncWrite>(engine: Arc<Engine>, line: Arc<Line>, id: Id, exec: Exec, socket: S) {
    let (reader, writer) = tokio::io::split(socket);
    let mut terminal = Terminal {
        reader,
        writer,
        tty: exec.tty,
    };
    let code = tokio::select! {
        code = terminal.perform(&exec) => code.unwrap_or(0),
        () = ends(&engine, exec.container) => 137,
        () = line.end.cancelled() => 0,
        () = engine.shared.end.cancelled() => 0,
    };
    engine.with(|daemon| {
        if let Some(exec) = daemon.execs.get_mut(&id) {
            exec.code = Some(code);
        }
        if let Ok(place) = daemon.find(&exec.container.to_string()) {
            daemon.tell(place, "exec_die", Some(("exitCode", code.to_string())), Some(id));
        }
    });
    // Whoever is not there any more does not miss the end.
    let _ = terminal.writer.shutdown().await;
}

const RAW: HeaderValue = HeaderValue::from_static("application/vnd.docker.raw-stream");

pub(super) async fn start(call: &mut Call) -> Result<Answer, Refusal> {
    let asked = call.json().await?;
    let (id, exec) = find(call)?;
    let began = call.engine.with(|daemon| {
        let container = daemon.by_name(&exec.container.to_string())?;
        if !container.state.is_up() {
            return Err(Refusal::new(409, format!("Container {} is not running", container.id)));
        }
        let place = daemon.find(&exec.container.to_string())?;
        let fresh = !exec.begun;
        if let Some(exec) = daemon.execs.get_mut(&id).filter(|_| fresh) {
            exec.begun = true;
            let action = format!("exec_start: {}", exec.words.join(" "));
            daemon.tell(place, action, None, Some(id));
        }
        Ok(fresh)
    })?;
    let (engine, line, framed) = (Arc::clone(&call.engine), Arc::clone(&call.line), !exec.tty);
    let kind = if framed && engine.with(|daemon| daemon.version.at_least(42)) {
        HeaderValue::from_static("application/vnd.docker.multiplexed-stream")
    } else {
        RAW
    };
    if !began {
        let mut answer = Response::new(whole(format!("Error: Exec command {id} has already run\r\n")));
        answer.headers_mut().insert(CONTENT_TYPE, RAW);
        return Ok(answer);
    }
    if asked.get("Detach") == Some(&Value::Bool(true)) {
        let (far, near) = tokio::io::duplex(1024);
        tokio::spawn(async move {
            let mut near = near;
            let swallow = async { tokio::io::copy(&mut near, &mut tokio::io::sink()).await };
            let ((), _) = tokio::join!(run(engine, line, id, exec, far), swallow);
        });
        return Ok(empty(StatusCode::OK));
    }
    if call.request.headers().contains_key(UPGRADE) {
        let upgraded = hyper::upgrade::on(&mut call.request);
        tokio::spawn(async move {
            if let Ok(socket) = upgraded.await {
                run(engine, line, id, exec, TokioIo::new(socket)).await;
            }
        });
        let mut answer = Response::new(whole(Bytes::new()));
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        answer.extensions_mut().insert(ReasonPhrase::from_static(b"UPGRADED"));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, kind);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
        return Ok(answer);
    }
    let (far, near) = tokio::io::duplex(16 * 1024);
    tokio::spawn(run(engine, line, id, exec, far));
    let items = streams::unfold(near, |mut near| async move {
        let mut buffer = vec![0; 8192];
        let read = near.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        buffer.truncate(read);
        Some((Ok(Bytes::from(buffer)), near))
    });
    Ok(stream(Some(kind), items))
}
