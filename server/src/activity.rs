//! The time line as a file to keep: streamed, so that a year of it needs no memory, and never shown in the browser.
use crate::api::file;
use crate::guards::SignedIn;
use crate::problem::Answer;
use crate::state::Server;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use http::header;
use shipyard_model::activity::ActivityQuery;
use shipyard_model::{Millis, Problem};
use shipyard_yard::ExportFormat;

/// What the address asks for, by the names of the page's own address; moments are in milliseconds.
fn read(pairs: &[(String, String)]) -> (ActivityQuery, Option<ExportFormat>) {
    let mut query = ActivityQuery::default();
    let mut format = None;
    for (key, value) in pairs {
        let moment = || value.parse().ok().map(Millis);
        match key.as_str() {
            "q" => query.text.clone_from(value),
            "account" => query.account.clone_from(value),
            "action" => query.action.clone_from(value),
            "engine" => query.engine.clone_from(value),
            "from" => query.from = moment(),
            "to" => query.to = moment(),
            "refused" => query.refused = value == "1",
            "format" => format = ExportFormat::named(value),
            _ => {}
        }
    }
    (query, format)
}

/// All that the address asks for, newest first.
pub(crate) async fn export(
    State(server): State<Server>,
    SignedIn(known): SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let (query, format) = read(&pairs);
    let Some(format) = format else {
        return Answer(
            Problem::new(400, "activity.format", "There is no such format to export to.")
                .hint("Ask for format=jsonl or format=csv."),
        )
        .into_response();
    };
    let pieces = match server.yard.activity_export(&known.actor, query, format).await {
        Ok(pieces) => pieces,
        Err(problem) => return Answer(problem).into_response(),
    };
    let (media, disposition) = match format {
        ExportFormat::JsonLines => (
            "application/x-ndjson",
            "attachment; filename=\"shipyard-activity.jsonl\"",
        ),
        ExportFormat::Csv => (
            "text/csv; charset=utf-8",
            "attachment; filename=\"shipyard-activity.csv\"",
        ),
    };
    // A failure in the middle cuts the connection: a file that ends early must not pass for a whole one.
    let pieces = pieces.map_err(|problem| {
        tracing::error!(%problem, "an export of activity ended early");
        std::io::Error::other(problem.code)
    });
    let body = match file(&server, &known, pieces) {
        Ok(body) => body,
        Err(problem) => return Answer(problem).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_and_how() {
        let pairs = [
            ("q", "web"),
            ("from", "5"),
            ("to", "x"),
            ("refused", "1"),
            ("format", "csv"),
            ("odd", "1"),
        ];
        let (query, format) = read(&pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(format, Some(ExportFormat::Csv));
        assert_eq!(
            (query.text.as_str(), query.from, query.to),
            ("web", Some(Millis(5)), None)
        );
        assert!(query.refused);
    }
}
