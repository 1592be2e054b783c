//! The built interface: which files there are, and how they are served.
//!
//! The build writes `manifest.json` (`{"files": {"app.js": "assets/app-1a2b3c4d.js", …}, "chunks": {…}, "build": "…"}`) and the files it
//! names, each with a hash of its content in its name, so that a browser may keep them for a year.
use crate::state::Server;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use shipyard_app::chunks;
use shipyard_app::pure::route;
use std::collections::BTreeMap;
use std::path::Path;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// A file with a hash in its name never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The interface's files.
pub(crate) struct Site {
    /// Address of each file by its plain name; empty when nothing was built.
    files: BTreeMap<String, String>,
    /// Addresses of the files that each chunk of the app is.
    chunks: BTreeMap<String, Vec<String>>,
    /// Hash over all of them.
    build: String,
    folder: ServeDir,
}

#[derive(Deserialize)]
struct Manifest {
    files: BTreeMap<String, String>,
    #[serde(default)]
    chunks: BTreeMap<String, Vec<String>>,
    build: String,
}

impl Site {
    /// Reads the manifest. Without one the server runs all the same, and its pages say what to do.
    pub(crate) fn load(folder: &Path) -> Self {
        let path = folder.join("manifest.json");
        let read = std::fs::read(&path).map_err(|error| error.to_string());
        let manifest =
            read.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).map_err(|error| error.to_string()));
        let manifest = manifest.unwrap_or_else(|why| {
            tracing::warn!(file = %path.display(), why, "the interface is not built: run ./x build, or set --site-dir");
            Manifest {
                files: BTreeMap::new(),
                chunks: BTreeMap::new(),
                build: String::new(),
            }
        });
        let address = |path: String| format!("/{path}");
        Self {
            files: manifest
                .files
                .into_iter()
                .map(|(name, path)| (name, address(path)))
                .collect(),
            chunks: manifest
                .chunks
                .into_iter()
                .map(|(name, paths)| (name, paths.into_iter().map(address).collect()))
                .collect(),
            build: manifest.build,
            folder: ServeDir::new(folder)
                .precompressed_br()
                .precompressed_gzip()
                .append_index_html_on_directories(false),
        }
    }

    /// Address of a file; `None` when the build has none of that name.
    pub(crate) fn url(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }

    /// Addresses of the files that the page at a path needs besides the first load.
    pub(crate) fn of_page(&self, path: &str) -> &[String] {
        chunks::chunk(route::find(path).0)
            .and_then(|chunk| self.chunks.get(chunk))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether there is an interface to show.
    pub(crate) fn is_built(&self) -> bool {
        ["app.js", "app.wasm", "boot.js", "main.css"]
            .iter()
            .all(|name| self.files.contains_key(*name))
    }

    /// Which build this is.
    pub(crate) fn build(&self) -> &str {
        &self.build
    }
}

/// A file of the interface.
pub(crate) async fn serve(State(server): State<Server>, request: Request) -> Response {
    let answered = server.site.folder.clone().oneshot(request).await;
    let mut response = answered
        .unwrap_or_else(|never| match never {})
        .map(axum::body::Body::new);
    let kept = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    if kept {
        response.headers_mut().insert(header::CACHE_CONTROL, FOREVER);
    }
    response
}

/// Browsers ask for this by themselves.
pub(crate) async fn favicon(State(server): State<Server>) -> Response {
    match server.site.url("favicon.svg") {
        Some(url) => Redirect::temporary(url).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
