//! A Compose file with one service.
mod map;
mod nodes;
mod read;
mod service;
mod write;
mod yaml;

pub(crate) use read::{is_file, read};
pub(crate) use write::write;

/// The name that a service has when it has none of its own: the last part of its image's.
fn from_image(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name: String = last.split([':', '@']).next().unwrap_or(last).to_owned();
    if is_key(&name) { name } else { "app".to_owned() }
}

/// Whether a text can name a service.
fn is_key(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
        && !name.starts_with("x-")
}
