//! `top`: the fleet on the whole screen, as it is now.
mod draw;
mod screen;

use crate::api::Api;
use crate::error::{Failure, Outcome};
use crate::http;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use screen::Screen;
use shipyard_model::live::{ContainerWindow, Patch};
use shipyard_model::page::FleetPage;
use shipyard_model::{ContainerRow, ContainerVerb};
use std::io::IsTerminal;
use std::sync::Arc;

/// Help of `top`.
pub const HELP: &str = "\
Keys: ↑ ↓ choose · o other order · i invert it · / filter · s stop · t start · r restart · p pause or go on · K kill ·
D destroy · q quit";

/// `top`.
#[derive(Debug, clap::Args)]
pub struct Top {
    /// Words that the containers must have
    #[arg(default_value = "")]
    filter: Vec<String>,
}

/// Orders, as the server names them.
const SORTS: [&str; 6] = ["cpu", "memory", "name", "engine", "state", "created"];

/// What is shown.
pub(crate) struct State {
    pub(crate) fleet: FleetPage,
    pub(crate) window: ContainerWindow,
    pub(crate) sort: usize,
    pub(crate) descending: bool,
    pub(crate) filter: String,
    pub(crate) typing: bool,
    pub(crate) chosen: usize,
    /// What waits for a yes.
    pub(crate) asked: Option<(ContainerVerb, Arc<ContainerRow>)>,
    pub(crate) told: String,
}

/// What a key leads to.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Draw,
    Ask,
    Act,
    Quit,
}

impl State {
    fn sort_name(&self) -> &'static str {
        SORTS.get(self.sort).copied().unwrap_or("name")
    }

    fn path(&self) -> String {
        let pairs = [
            ("q", self.filter.clone()),
            ("sort", self.sort_name().to_owned()),
            ("descending", self.descending.to_string()),
            ("limit", "500".to_owned()),
        ];
        format!("/api/v1/containers{}", http::query(pairs))
    }

    fn key(&mut self, key: KeyEvent) -> Next {
        if key.modifiers.contains(KeyModifiers::CONTROL) && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return Next::Quit;
        }
        if self.typing {
            return self.type_filter(key.code);
        }
        if self.asked.is_some() {
            if key.code == KeyCode::Char('y') {
                return Next::Act;
            }
            self.asked = None;
            return Next::Draw;
        }
        let last = self.window.rows.len().saturating_sub(1);
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return Next::Quit,
            KeyCode::Down | KeyCode::Char('j') => self.chosen = (self.chosen + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::PageDown => self.chosen = (self.chosen + 20).min(last),
            KeyCode::PageUp => self.chosen = self.chosen.saturating_sub(20),
            KeyCode::Home => self.chosen = 0,
            KeyCode::End => self.chosen = last,
            KeyCode::Char('/') => self.typing = true,
            KeyCode::Char('o') => {
                self.sort = (self.sort + 1) % SORTS.len();
                // The greatest use first, names from the beginning.
                self.descending = self.sort < 2;
                return Next::Ask;
            }
            KeyCode::Char('i') => {
                self.descending = !self.descending;
                return Next::Ask;
            }
            KeyCode::Char(c) => self.ask_for(c),
            _ => {}
        }
        Next::Draw
    }

    fn type_filter(&mut self, code: KeyCode) -> Next {
        match code {
            KeyCode::Enter => {
                self.typing = false;
                return Next::Ask;
            }
            KeyCode::Esc => {
                self.typing = false;
                self.filter.clear();
                return Next::Ask;
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(c) => self.filter.push(c),
            _ => {}
        }
        Next::Draw
    }

    fn ask_for(&mut self, key: char) {
        let Some(row) = self.window.rows.get(self.chosen) else {
            return;
        };
        let verb = match key {
            's' => ContainerVerb::Stop,
            't' => ContainerVerb::Start,
            'r' => ContainerVerb::Restart,
            'p' if ContainerVerb::Unpause.fits(row.state) => ContainerVerb::Unpause,
            'p' => ContainerVerb::Pause,
            'K' => ContainerVerb::Kill,
            'D' => ContainerVerb::Remove,
            _ => return,
        };
        if verb.fits(row.state) {
            self.told.clear();
            self.asked = Some((verb, row.clone()));
        } else {
            self.told = format!("{} cannot be done: {} is {}", verb.word(), row.name, row.state.word());
        }
    }
}

/// Shows the fleet until a person has seen enough.
///
/// # Errors
/// When there is no terminal, or the connection breaks.
pub async fn run(api: &Api, args: &Top) -> Outcome {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Failure::usage("This needs a terminal.").hint("For programs: shipyard containers --watch -o json"));
    }
    let mut state = State {
        fleet: FleetPage::default(),
        window: ContainerWindow::default(),
        sort: 0,
        descending: true,
        filter: args.filter.join(" ").trim().to_owned(),
        typing: false,
        chosen: 0,
        asked: None,
        told: String::new(),
    };
    let mut fleet = api.follow("/api/v1/fleet?group=engine").await?;
    let mut containers = api.follow(&state.path()).await?;
    let mut screen = Screen::open()?;
    loop {
        screen.paint(&draw::lines(&state, screen.size()))?;
        let next = tokio::select! {
            event = fleet.next() => {
                take_fleet(&mut state, event?)?;
                Next::Draw
            }
            event = containers.next() => {
                take_containers(&mut state, event?)?;
                Next::Draw
            }
            event = screen.next() => match event {
                Some(Event::Key(key)) if key.kind != KeyEventKind::Release => state.key(key),
                Some(_) => Next::Draw,
                None => Next::Quit,
            },
        };
        match next {
            Next::Draw => {}
            Next::Ask => {
                state.chosen = 0;
                containers = api.follow(&state.path()).await?;
            }
            Next::Act => act(api, &mut state).await,
            Next::Quit => return Ok(()),
        }
    }
}

fn ended() -> Failure {
    Failure::new(crate::error::Exit::Unreachable, "The server ended the connection.")
}

fn take_fleet(state: &mut State, event: Option<crate::http::sse::Event>) -> Outcome {
    let event = event.ok_or_else(ended)?;
    if event.kind == "whole" {
        state.fleet = http::read(event.data.as_bytes())?;
    }
    Ok(())
}

fn take_containers(state: &mut State, event: Option<crate::http::sse::Event>) -> Outcome {
    let event = event.ok_or_else(ended)?;
    // The same container stays chosen while the list moves.
    let chosen = state.window.rows.get(state.chosen).map(|row| row.at.clone());
    match event.kind.as_str() {
        "whole" => state.window = http::read(event.data.as_bytes())?,
        "patch" => http::read::<Patch>(event.data.as_bytes())?.apply(&mut state.window),
        _ => {}
    }
    let now = chosen.and_then(|at| state.window.rows.iter().position(|row| row.at == at));
    state.chosen = now
        .unwrap_or(state.chosen)
        .min(state.window.rows.len().saturating_sub(1));
    Ok(())
}

async fn act(api: &Api, state: &mut State) {
    let Some((verb, row)) = state.asked.take() else { return };
    state.told = match super::verbs::begin(api, verb, std::slice::from_ref(&row)).await {
        Ok(_) => format!("{} {} on {}", verb.word(), row.name, row.engine),
        Err(failure) => failure.sentence,
    };
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn state() -> State {
        State {
            fleet: FleetPage::default(),
            window: ContainerWindow::default(),
            sort: 0,
            descending: true,
            filter: String::new(),
            typing: false,
            chosen: 0,
            asked: None,
            told: String::new(),
        }
    }

    fn press(state: &mut State, code: KeyCode) -> Next {
        state.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn keys_sort_filter_and_leave() {
        let mut state = state();
        assert_eq!(press(&mut state, KeyCode::Char('o')), Next::Ask);
        assert_eq!((state.sort_name(), state.descending), ("memory", true));
        press(&mut state, KeyCode::Char('/'));
        for c in "qd".chars() {
            assert_eq!(press(&mut state, KeyCode::Char(c)), Next::Draw, "it is typed");
        }
        assert_eq!(press(&mut state, KeyCode::Enter), Next::Ask);
        assert!(
            state.path().contains("q=qd&sort=memory&descending=true"),
            "{}",
            state.path()
        );
        assert_eq!(press(&mut state, KeyCode::Char('q')), Next::Quit);
    }

    #[test]
    fn nothing_is_done_without_a_yes() {
        let mut state = state();
        state.window.rows = vec![crate::find::tests::row("node1", "web", "aa").into()];
        press(&mut state, KeyCode::Char('t'));
        assert!(
            state.asked.is_none() && state.told.contains("web is running"),
            "a running one is not started"
        );
        press(&mut state, KeyCode::Char('s'));
        assert!(state.asked.is_some());
        assert_eq!(press(&mut state, KeyCode::Char('n')), Next::Draw);
        assert!(state.asked.is_none());
        press(&mut state, KeyCode::Char('D'));
        assert_eq!(press(&mut state, KeyCode::Char('y')), Next::Act);
    }
}
