//! A terminal that a test holds the other end of.
use crate::support::Person;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{InputModes, LocalModes, OutputModes, Winsize, tcgetattr, tcsetwinsize};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// Both ends of a terminal, and the command on it.
pub(crate) struct Pty {
    /// Where a person would sit.
    person: OwnedFd,
    /// Where the command sits.
    command: OwnedFd,
    child: Option<Child>,
    seen: String,
}

impl Pty {
    pub(crate) fn new(columns: u16, rows: u16) -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let command = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let pty = Self {
            person,
            command,
            child: None,
            seen: String::new(),
        };
        pty.resize(columns, rows);
        pty
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&self.command, size).unwrap();
    }

    /// Starts the command with this as its terminal.
    pub(crate) fn start(&mut self, person: &Person, arguments: &[&str]) {
        let end = || self.command.try_clone().unwrap();
        let child = person
            .at_home(Path::new("setsid"))
            .args(["--ctty", env!("CARGO_BIN_EXE_shipyard")])
            .args(arguments)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        self.child = Some(child);
        self.seen.clear();
    }

    /// How the terminal treats what is typed and shown.
    pub(crate) fn modes(&self) -> (InputModes, OutputModes, LocalModes) {
        let now = tcgetattr(&self.command).unwrap();
        (now.input_modes, now.output_modes, now.local_modes)
    }

    /// Waits until the command has taken the terminal.
    pub(crate) fn until_raw(&self) {
        let began = Instant::now();
        while self.modes().2.contains(LocalModes::ICANON) {
            assert!(began.elapsed() < Duration::from_secs(20), "the terminal was not taken");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until what is typed is not shown.
    pub(crate) fn until_hidden(&self) {
        let began = Instant::now();
        while self.modes().2.contains(LocalModes::ECHO) {
            assert!(began.elapsed() < Duration::from_secs(20), "what is typed is shown");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What was on the screen until now is not looked at any more.
    pub(crate) fn forget(&mut self) {
        self.seen.clear();
    }

    pub(crate) fn write(&self, text: &str) {
        assert_eq!(rustix::io::write(&self.person, text.as_bytes()), Ok(text.len()));
    }

    /// Waits until this is on the screen.
    pub(crate) fn until(&mut self, text: &str) {
        let began = Instant::now();
        while !self.seen.contains(text) {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "no {text:?} in {:?}",
                self.seen
            );
            self.look();
        }
    }

    fn look(&mut self) {
        let mut waits = [PollFd::new(&self.person, PollFlags::IN)];
        let wait = Timespec {
            tv_sec: 0,
            tv_nsec: 100_000_000,
        };
        if poll(&mut waits, Some(&wait)).unwrap() > 0 {
            let mut piece = [0; 4096];
            let length = rustix::io::read(&self.person, &mut piece).unwrap();
            self.seen
                .push_str(&String::from_utf8_lossy(piece.get(..length).unwrap()));
        }
    }

    pub(crate) fn kill(&self, signal: Signal) {
        let child = self.child.as_ref().unwrap();
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    /// Waits for the command's end; its exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                self.child = None;
                return status.code();
            }
            assert!(began.elapsed() < Duration::from_secs(20), "it goes on: {:?}", self.seen);
            // A terminal that nobody looks at stops who writes to it.
            self.look();
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
