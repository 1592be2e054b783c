//! Pulling an image, layer by layer.
use crate::call_error::CallError;
use crate::connection::Connection;
use crate::image;
use crate::wire::StreamMeter;
use bollard::Docker;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptions;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use shipyard_model::operation::Layer;
use shipyard_model::{Bytes, EngineAddress};
use std::time::Duration;

/// Unpacking a large layer is silent for a while; this long is a hang.
const SILENCE: Duration = Duration::from_secs(300);

impl Connection {
    /// Pulls an image (`latest` when it has no tag) and tells the progress of its layers. An error that Docker reports
    /// within the stream is an error here, and the last item. Dropping the stream cancels the pull.
    pub fn pull(&self, image: &str) -> impl Stream<Item = Result<Layer, CallError>> + Send + use<> {
        let begun = image::check(image).and_then(|()| self.wire().docker_stream(self.version()));
        let begun = begun.map(|(docker, meter)| progress(docker, meter, image, self.wire().address().clone()));
        stream::once(std::future::ready(begun)).try_flatten()
    }
}

fn progress(
    docker: Docker,
    meter: StreamMeter,
    image: &str,
    address: EngineAddress,
) -> impl Stream<Item = Result<Layer, CallError>> + Send + use<> {
    let options = CreateImageOptions {
        from_image: Some(image.to_owned()),
        tag: image::default_tag(image).map(str::to_owned),
        ..CreateImageOptions::default()
    };
    let items = docker.create_image(Some(options), None, None).boxed();
    let layers = stream::try_unfold((items, meter, address), async |(mut items, meter, address)| {
        loop {
            let next = tokio::time::timeout(SILENCE, items.next()).await;
            meter.refill();
            let item = match next {
                Err(_) => {
                    return Err(CallError::TooSlow {
                        seconds: SILENCE.as_secs(),
                    });
                }
                Ok(None) => return Ok(None),
                Ok(Some(item)) => item.map_err(|e| CallError::from_docker(e, &address, SILENCE.as_secs()))?,
            };
            if let Some(layer) = layer(item) {
                return Ok(Some((layer, (items, meter, address))));
            }
        }
    });
    layers.boxed()
}

/// A line of progress; `None` for lines that are about the image as a whole.
fn layer(line: CreateImageInfo) -> Option<Layer> {
    let status = line.status.unwrap_or_default();
    if status.starts_with("Pulling from") {
        return None;
    }
    let detail = line.progress_detail.unwrap_or_default();
    let bytes = |n: Option<i64>| Bytes::new(n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
    Some(Layer {
        id: line.id?,
        status,
        current: bytes(detail.current),
        total: bytes(detail.total),
    })
}
