//! What `top` shows, as lines of text; knows no terminal but its size.
use super::State;
use crate::commands::containers;
use crate::out::escape;
use crate::out::table::Tone;
use crate::out::{colours_wanted, time};
use shipyard_model::page::{Bay, BayEngine};
use shipyard_model::{ContainerRow, EngineHealth, Millis};
use unicode_width::UnicodeWidthChar;

/// Most lines of engines, as a part of the screen: a third.
const ENGINES: usize = 3;

/// All lines of the screen.
pub(super) fn lines(state: &State, (width, height): (usize, usize)) -> Vec<String> {
    let mut lines = vec![paint(&fit(&figures(state), width), "1")];
    let engines: Vec<&Bay> = state.fleet.bays.iter().filter(|bay| bay.engine.is_some()).collect();
    let room = (height / ENGINES).max(1);
    for bay in engines.iter().take(room) {
        if let Some(engine) = &bay.engine {
            lines.push(engine_line(bay, engine, width));
        }
    }
    if engines.len() > room {
        lines.push(fit(&format!("… and {} more engines", engines.len() - room), width));
    }
    lines.push(String::new());
    lines.push(paint(&fit(&head(state), width), "7"));
    let rows = height.saturating_sub(lines.len() + 1);
    // The chosen one is always to be seen.
    let first = (state.chosen + 1).saturating_sub(rows);
    for (at, row) in state.window.rows.iter().enumerate().skip(first).take(rows) {
        lines.push(container_line(row, width, at == state.chosen));
    }
    while lines.len() + 1 < height {
        lines.push(String::new());
    }
    lines.push(fit(&foot(state), width));
    lines.truncate(height);
    lines
}

fn paint(text: &str, code: &str) -> String {
    if code.is_empty() || !colours_wanted() {
        text.to_owned()
    } else {
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The text, cut or filled to a width in columns.
fn fit(text: &str, width: usize) -> String {
    let text = escape::line(text);
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or_default();
        if used + wide > width {
            break;
        }
        used += wide;
        out.push(c);
    }
    out.push_str(&" ".repeat(width - used));
    out
}

fn figures(state: &State) -> String {
    let f = &state.fleet.figures;
    let cpus = f
        .cpus_used
        .map_or_else(|| "-".to_owned(), |used| format!("{:.1}", used.as_f64()));
    let memory = f.memory_used.map_or_else(|| "-".to_owned(), |used| used.to_string());
    format!(
        "Engines {} of {}   Containers {} running, {} stopped, {} unhealthy   CPU {cpus} of {}   Memory {memory} of {}",
        f.engines_up, f.engines, f.running, f.stopped, f.unhealthy, f.cpus, f.memory
    )
}

/// A bar of ten for a share in percent.
fn bar(percent: Option<f32>) -> String {
    let Some(percent) = percent else {
        return format!("{:10}     -", "");
    };
    // A share is between nothing and all, whatever was measured.
    let filled = (percent.clamp(0.0, 100.0) / 10.0).round() as usize;
    format!("{}{} {percent:4.0}%", "█".repeat(filled), "░".repeat(10 - filled))
}

fn engine_line(bay: &Bay, engine: &BayEngine, width: usize) -> String {
    let (word, tone) = match engine.health {
        EngineHealth::Up => ("up", Tone::Good),
        EngineHealth::Connecting => ("pending", Tone::Warn),
        EngineHealth::Down { .. } => ("down", Tone::Bad),
    };
    let text = format!(
        "{} {} CPU {}  Mem {}  {:>4} ctr  {}",
        fit(&bay.title, 18),
        fit(word, 8),
        bar(engine.cpu_percent),
        bar(engine.memory_percent),
        bay.boxes.len(),
        engine.labels.join(" ")
    );
    paint(&fit(&text, width), if tone == Tone::Good { "" } else { tone.code() })
}

/// Widths of the columns; the name has what is left.
const COLUMNS: [(&str, usize); 6] = [
    ("ENGINE", 14),
    ("STATE", 11),
    ("CPU", 8),
    ("MEMORY", 10),
    ("AGE", 6),
    ("IMAGE", 30),
];

fn columns(cells: [&str; 7], width: usize) -> String {
    let [name, rest @ ..] = cells;
    let others: usize = COLUMNS.iter().map(|(_, width)| width + 1).sum();
    let mut text = fit(name, width.saturating_sub(others).max(16));
    for (cell, (_, width)) in rest.iter().zip(COLUMNS) {
        text.push(' ');
        text.push_str(&fit(cell, width));
    }
    text
}

fn head(state: &State) -> String {
    let [engine, status, cpu, memory, age, image] = COLUMNS.map(|(title, _)| title);
    let order = format!(
        "NAME  (by {} {})",
        state.sort_name(),
        if state.descending { "↓" } else { "↑" }
    );
    columns([&order, engine, status, cpu, memory, age, image], 120)
}

fn container_line(row: &ContainerRow, width: usize, chosen: bool) -> String {
    let state = containers::state(row);
    let cpu = row
        .usage
        .map_or_else(|| "-".to_owned(), |usage| format!("{:.1}%", usage.cpu_percent));
    let memory = row
        .usage
        .map_or_else(|| "-".to_owned(), |usage| usage.memory.to_string());
    let age = time::ago(row.created, Millis::now());
    let cells = [
        row.name.as_str(),
        row.engine.as_str(),
        &state.text,
        &cpu,
        &memory,
        &age,
        &row.image,
    ];
    // Cut to the screen after the columns, so that they stand where the head says.
    let text = fit(&columns(cells, 120), width);
    match (chosen, state.tone) {
        (true, _) => paint(&text, "7"),
        (false, Tone::Good | Tone::Plain) => text,
        (false, tone) => paint(&text, tone.code()),
    }
}

fn foot(state: &State) -> String {
    if state.typing {
        return format!("filter: {}▏  enter to apply, esc for all", state.filter);
    }
    if let Some((verb, row)) = &state.asked {
        return format!(
            "{} {} on {}?  y: yes, any other key: no",
            verb.word(),
            row.name,
            row.engine
        );
    }
    if !state.told.is_empty() {
        return state.told.clone();
    }
    let filter = if state.filter.is_empty() {
        String::new()
    } else {
        format!("“{}”  ", state.filter)
    };
    format!(
        "{filter}{} containers   o order  i invert  / filter  s stop  t start  r restart  p pause  K kill  D destroy  q quit",
        state.window.matching
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::top::tests::state;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    /// What is seen of a line.
    fn seen(line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        while let Some((before, code)) = rest.split_once("\x1b[") {
            out.push_str(before);
            rest = code.split_once('m').unwrap().1;
        }
        out + rest
    }

    proptest! {
        #[test]
        fn every_line_fits_whatever_the_names(
            names in proptest::collection::vec(".*", 0..40),
            width in 1_usize..200,
            height in 1_usize..60,
            chosen in 0_usize..40,
        ) {
            let mut state = state();
            state.window.rows = names.iter().map(|name| crate::find::tests::row("node1", name, "aa").into()).collect();
            state.chosen = chosen.min(names.len().saturating_sub(1));
            let lines = lines(&state, (width, height));
            prop_assert_eq!(lines.len(), height);
            for line in &lines {
                prop_assert!(seen(line).width() <= width, "{}", line);
            }
        }
    }

    #[test]
    fn the_chosen_one_is_seen() {
        let mut state = state();
        state.window.rows = (0..100)
            .map(|n| crate::find::tests::row("node1", &format!("web-{n}."), "aa").into())
            .collect();
        for chosen in [0, 50, 99] {
            state.chosen = chosen;
            let text = lines(&state, (100, 20)).join("\n");
            assert!(text.contains(&format!("web-{chosen}.")), "{text}");
        }
    }
}
