//! Which answers an operation may have besides the one that was hoped for. They follow from its shape: whether it has a body,
//! names something in its address, changes something, asks an engine. A client generator reads them, and what tries the API by
//! its description (`end2end/tests/api.spec.ts`) takes every other answer for a fault.
use http::Method;
use shipyard_model::Problem;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

/// What a status means, wherever it is given.
const MEANINGS: [(u16, &str); 17] = [
    (400, "The request cannot be read, or shows two credentials"),
    (401, "Nobody is signed in, or what was shown opens nothing"),
    (
        403,
        "Not allowed; `step-up` where a fresh proof of who one is is asked for",
    ),
    (404, "There is none, or none that one may see"),
    (409, "It cannot be done as things are"),
    (410, "It has ended, was used, or never was"),
    (412, "It was changed since it was read"),
    (413, "The body is too large"),
    (415, "The body is of another media type than is taken"),
    (421, "The server is not known by this name"),
    (422, "Something in it cannot be; `field` names what"),
    (429, "Too many at once, or too many that failed"),
    (500, "Shipyard failed; its log says why"),
    (502, "Whom Shipyard asked does not answer as it should"),
    (503, "An engine is down, or Shipyard is busy or stopping"),
    (504, "Whom Shipyard asked does not answer in time"),
    (507, "The disk is full, and nothing was changed"),
];

/// Every operation: of the doors before it, and of the server as a whole.
const ALWAYS: [u16; 7] = [400, 401, 403, 421, 429, 500, 503];
/// Groups whose operations ask an engine or another server, or look for something that is there.
const ASKING: [&str; 6] = ["containers", "deploys", "engines", "hooks", "nodes", "operations"];

fn has_header(operation: &Operation, name: &str) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => {
            parameter.parameter_in == ParameterIn::Header && parameter.name.eq_ignore_ascii_case(name)
        }
        RefOr::Ref(_) => false,
    })
}

/// The statuses that follow from an operation's shape.
fn of_shape(method: &Method, path: &str, operation: &Operation) -> Vec<u16> {
    let mut codes = ALWAYS.to_vec();
    let tags = operation.tags.iter().flatten();
    if tags.into_iter().any(|tag| ASKING.contains(&tag.as_str())) {
        codes.extend([404, 409, 502, 504]);
    }
    if path.contains('{') {
        codes.push(404);
    }
    if method != Method::GET {
        codes.extend([409, 422, 507]);
    }
    if operation.request_body.is_some() {
        codes.extend([413, 415]);
    }
    if has_header(operation, "If-Match") {
        codes.push(412);
    }
    if has_header(operation, "X-Shipyard-Enrol") {
        codes.push(410);
    }
    codes
}

fn problem(meaning: &str) -> Response {
    ResponseBuilder::new()
        .description(meaning)
        .content(
            "application/problem+json",
            Content::new(Some(Ref::from_schema_name(Problem::name()))),
        )
        .build()
}

/// The operation's name among all, as OpenAPI wants one (<https://spec.openapis.org/oas/v3.1.0#operation-object>): its method and address.
fn name(method: &Method, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let words: Vec<_> = [method.as_str().to_ascii_lowercase()]
        .into_iter()
        .chain(words.map(str::to_owned))
        .collect();
    words.join("_")
}

/// What a success means that its operation says no more about. OpenAPI asks for a text with every answer
/// (<https://spec.openapis.org/oas/v3.1.0#response-object>).
fn success(code: &str) -> &'static str {
    match code {
        "201" => "Made, and this is it",
        "202" => "Begun, and this is its operation",
        _ => "What was asked for",
    }
}

/// Writes down every answer of a path's operations that they do not name themselves.
pub(super) fn tell(path: &str, item: &mut PathItem) {
    let operations = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::DELETE, &mut item.delete),
    ];
    for (method, operation) in operations {
        let Some(operation) = operation else { continue };
        operation.operation_id = Some(name(&method, path));
        for (code, answer) in &mut operation.responses.responses {
            if let RefOr::T(answer) = answer
                && answer.description.is_empty()
            {
                success(code).clone_into(&mut answer.description);
            }
        }
        let codes = of_shape(&method, path, operation);
        for (code, meaning) in MEANINGS.iter().filter(|(code, _)| codes.contains(code)) {
            let answers = &mut operation.responses.responses;
            answers
                .entry(code.to_string())
                .or_insert_with(|| RefOr::T(problem(meaning)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn codes(path: &str, method: &str) -> BTreeSet<u16> {
        let all = serde_json::to_value(&*super::super::describe::DESCRIPTION).unwrap();
        let answers = &all["paths"][format!("/api/v1{path}")][method]["responses"];
        let answers = answers.as_object().unwrap_or_else(|| panic!("{method} {path}"));
        assert!(!answers.contains_key("default"), "every answer has its status");
        answers.keys().map(|code| code.parse().unwrap()).collect()
    }

    #[test]
    fn each_operation_names_its_answers() {
        let always = BTreeSet::from(ALWAYS);
        let with = |more: &[u16]| always.iter().chain(more).copied().collect::<BTreeSet<_>>();
        assert_eq!(codes("/version", "get"), with(&[200]));
        assert_eq!(codes("/roles/{name}", "get"), with(&[200, 404]));
        assert_eq!(
            codes("/roles/{name}", "put"),
            with(&[204, 404, 409, 412, 413, 415, 422, 507])
        );
        assert_eq!(codes("/nodes/script", "get"), with(&[200, 404, 409, 410, 502, 504]));
        assert_eq!(
            codes("/containers/actions", "post"),
            with(&[202, 404, 409, 413, 415, 422, 502, 504, 507])
        );
    }

    #[test]
    fn each_operation_has_a_name_of_its_own() {
        let all = serde_json::to_value(&*super::super::describe::DESCRIPTION).unwrap();
        let mut names = BTreeSet::new();
        for methods in all["paths"].as_object().unwrap().values() {
            for operation in methods.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name.to_owned()), "{name}");
            }
        }
        assert!(names.contains("get_containers_engine_container"), "{names:?}");
    }

    #[test]
    fn no_operation_is_left_with_its_success_alone() {
        let all = serde_json::to_value(&*super::super::describe::DESCRIPTION).unwrap();
        for (path, methods) in all["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let answers = operation["responses"].as_object().unwrap();
                for code in ALWAYS {
                    assert!(answers.contains_key(&code.to_string()), "{method} {path}: {code}");
                }
                for (code, answer) in answers {
                    assert!(answer["description"].is_string(), "{method} {path}: {code}");
                }
                let successes = answers.keys().filter(|code| code.starts_with(['1', '2'])).count();
                assert!(successes > 0, "{method} {path}");
            }
        }
    }
}
