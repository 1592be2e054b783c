//! The list of containers, and what runs in one.
use crate::answer::{Answer, Refusal, of_json, ok};
use crate::clock;
use crate::filters::Filters;
use crate::serve::Call;
use http::StatusCode;
use serde_json::json;

pub(super) fn list(call: &Call) -> Result<Answer, Refusal> {
    let query = &call.query;
    let filters = Filters::parse(query.get("filters"))?.of_containers()?;
    let limit = query
        .get("limit")
        .and_then(|n| n.parse::<usize>().ok())
        .filter(|n| *n > 0);
    let (all, size) = (query.is_on("all"), query.is_on("size"));
    let bytes = call.engine.with(|daemon| daemon.list(all, &filters, limit, size));
    Ok(of_json(StatusCode::OK, bytes))
}

pub(super) fn top(call: &Call) -> Result<Answer, Refusal> {
    call.engine.with(|daemon| {
        let place = daemon.find(&call.about)?;
        let container = daemon.by_name(&call.about)?;
        if !container.state.is_up() {
            let message = format!("Container {} is not running", container.id);
            return Err(Refusal::new(409, message));
        }
        let spec = daemon.spec(container);
        let mut command = vec![spec.path];
        command.extend(spec.args);
        let pid = 1000 + container.id.number() % 30_000;
        let begun = clock::moment(container.started);
        let begun = begun.get(11..16).unwrap_or("00:00");
        let row = [
            "root",
            &pid.to_string(),
            "930",
            "0",
            begun,
            "?",
            "00:00:00",
            &command.join(" "),
        ]
        .map(str::to_owned);
        daemon.tell(place, "top", None, None);
        let titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"];
        Ok(ok(&json!({"Processes": [row], "Titles": titles})))
    })
}
