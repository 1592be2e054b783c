//! `GET /events`: what is kept, and what happens from now on.
use crate::answer::{Answer, JSON, Refusal, stream};
use crate::clock;
use crate::filters::Filters;
use crate::serve::Call;
use futures_util::stream as streams;

pub(super) fn events(call: &Call) -> Result<Answer, Refusal> {
    let moment = |key: &str| match call.query.get(key).filter(|text| !text.is_empty() && *text != "0") {
        None => Ok(None),
        Some(text) => clock::asked(text)
            .map(Some)
            .ok_or_else(|| Refusal::new(400, format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))),
    };
    let (since, until) = (moment("since")?, moment("until")?);
    let filters = Filters::parse(call.query.get("filters"))?;
    let now = call.engine.with(|daemon| daemon.now());
    if let Some(until) = until.filter(|until| *until <= now) {
        let past = call.engine.with(|daemon| {
            let (world, engine) = (&daemon.world, daemon.engine);
            daemon.feed.past(&filters, since, Some(until), world, engine)
        });
        return Ok(stream(Some(JSON), streams::iter(past.into_iter().map(Ok))));
    }
    let queue = call.engine.with(|daemon| {
        let (world, engine) = (std::sync::Arc::clone(&daemon.world), daemon.engine);
        daemon.feed.listen(filters, since, &world, engine)
    });
    let left = until.map(|until| std::time::Duration::from_nanos(u64::try_from(until - now).unwrap_or(0)));
    let end = left.map(|left| tokio::time::Instant::now() + left);
    let items = streams::unfold(queue, move |queue| async move {
        let next = async { queue.next().await };
        let next = match end {
            Some(end) => tokio::time::timeout_at(end, next).await.ok()?,
            None => next.await,
        };
        next.map(|bytes| (Ok(bytes), queue))
    });
    Ok(stream(Some(JSON), items))
}
