//! What a container shall be, as the texts that people have of it: a `docker run` line, a Compose file with one service, a
//! link. Each is read into a request and written of one; form, line and file on the deploy page are views of the same.
//!
//! Pure, and of the model alone. What one side has no word for is told as a note, never dropped without a word; what cannot be
//! read is a problem that names the option, or the line and column. Whether a container may be so is not judged here.
#![forbid(unsafe_code)]

mod compose;
mod keep;
mod link;
mod mount;
mod run;
mod shell;
pub mod template;
mod told;
mod value;

#[cfg(test)]
mod tests;

use shipyard_model::Problem;
use shipyard_model::deploy::DeployRequest;
use shipyard_model::text::{TextForm, TextRead, TextToRead, TextToWrite, TextWritten};

/// Most bytes of a text.
const MOST: usize = 256 * 1024;

/// What a text says by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) request: DeployRequest,
    pub(crate) notes: Vec<Problem>,
}

/// A request as text.
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) notes: Vec<Problem>,
}

/// What a text is, by its beginning.
pub fn form_of(text: &str) -> TextForm {
    if run::is_line(text) {
        TextForm::DockerRun
    } else if link::is_link(text) {
        TextForm::Link
    } else {
        TextForm::Compose
    }
}

/// Whether a text is a Compose file, and not something else in YAML.
pub fn is_compose(text: &str) -> bool {
    compose::is_file(text)
}

/// Whether a text is a `docker run` line.
pub fn is_docker_run(text: &str) -> bool {
    run::is_line(text)
}

/// Reads a text.
///
/// # Errors
/// Why it cannot be read: the name of the option, or the line and column.
pub fn read(asked: &TextToRead) -> Result<TextRead, Problem> {
    if asked.text.len() > MOST {
        let detail = format!("The text is too long; at most {} KiB are read.", MOST / 1024);
        return Err(told::fault("text.too-long", detail).arg("most", MOST / 1024));
    }
    let form = asked.form.unwrap_or_else(|| form_of(&asked.text));
    let by_form = |text: &str| match form {
        TextForm::DockerRun => run::read(text),
        TextForm::Compose => compose::read(text),
        TextForm::Link => link::read(text),
    };
    let mut read = by_form(&asked.text)?;
    if let (Some(base), TextForm::DockerRun | TextForm::Compose) = (&asked.base, form) {
        let before = by_form(&written(form, base).text).map(|read| read.request);
        read.request = keep::unchanged(read.request, before.ok(), base);
    }
    Ok(TextRead {
        form,
        request: read.request,
        notes: read.notes,
    })
}

/// Writes a request.
pub fn write(asked: &TextToWrite) -> TextWritten {
    let Written { text, notes } = written(asked.form, &asked.request);
    TextWritten { text, notes }
}

fn written(form: TextForm, request: &DeployRequest) -> Written {
    match form {
        TextForm::DockerRun => run::write(request),
        TextForm::Compose => compose::write(request),
        TextForm::Link => link::write(request),
    }
}
