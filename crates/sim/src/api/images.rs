//! Images: those that are there, and those that a registry has.
//!
//! There is no registry. It is as if it had every image but those whose name has the word `missing`, and as if those with
//! the word `broken` ended in the middle of a pull.
use crate::answer::{Answer, JSON, Refusal, ok, stream};
use crate::clock;
use crate::event::Actor;
use crate::serve::Call;
use crate::world::{Image, repository, tagged};
use bytes::Bytes;
use futures_util::stream as streams;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Time between two lines of a pull's progress.
const STEP: Duration = Duration::from_millis(20);

pub(super) fn all(call: &Call, in_use: bool) -> Vec<Value> {
    call.engine.with(|daemon| {
        let mut images: Vec<&Image> = daemon.images().collect();
        images.sort_by_key(|image| -image.created);
        let used = |image: &Image| {
            let of = |c: &&crate::container::Container| daemon.spec(c).image_id == image.id;
            daemon.containers.iter().filter(of).count()
        };
        let show = |image: &&Image| {
            let digests = image.digest.as_ref().map(|digest| {
                let names = image.tags.iter().map(|tag| format!("{}@{digest}", repository(tag)));
                names.collect::<Vec<_>>()
            });
            json!({
                "Containers": if in_use { i64::try_from(used(image)).unwrap_or(0) } else { -1 },
                "Created": image.created / clock::SECOND, "Id": image.id, "Labels": null, "ParentId": "",
                "RepoDigests": digests, "RepoTags": image.tags, "SharedSize": if in_use { 0 } else { -1 },
                "Size": image.size, "VirtualSize": image.size,
            })
        };
        images.iter().map(show).collect()
    })
}

pub(super) fn list(call: &Call) -> Answer {
    ok(&all(call, false))
}

pub(super) fn inspect(call: &Call) -> Result<Answer, Refusal> {
    call.engine.with(|daemon| {
        let asked = &call.about;
        let Some(image) = daemon.image(asked) else {
            let message = format!("no such image: {asked}: No such image: {}", tagged(asked));
            return Err(Refusal::new(404, message));
        };
        let list = |words: &[String]| if words.is_empty() { Value::Null } else { json!(words) };
        let config = |command: Value, entrypoint: Value, env: Value, ports: Option<Value>| {
            let mut config = json!({
                "Hostname": "", "Domainname": "", "User": "", "AttachStdin": false, "AttachStdout": false,
                "AttachStderr": false, "Tty": false, "OpenStdin": false, "StdinOnce": false, "Env": env, "Cmd": command,
                "Image": "", "Volumes": null, "WorkingDir": "", "Entrypoint": entrypoint, "OnBuild": null, "Labels": null,
            });
            if let (Some(ports), Some(config)) = (ports, config.as_object_mut()) {
                config.insert("ExposedPorts".to_owned(), ports);
            }
            config
        };
        let ports = image.exposes.map(|port| json!({format!("{port}/tcp"): {}}));
        let layer = image.id.get(7..).unwrap_or_default();
        let folder = format!("/var/lib/docker/overlay2/{layer}");
        let digest = image.digest.as_deref().unwrap_or_default();
        let digests: Vec<String> = image
            .tags
            .iter()
            .map(|tag| format!("{}@{digest}", repository(tag)))
            .collect();
        Ok(ok(&json!({
            "Id": image.id, "RepoTags": image.tags, "RepoDigests": digests, "Parent": "", "Comment": "",
            "Created": clock::moment(image.created), "Container": "",
            "ContainerConfig": config(Value::Null, Value::Null, Value::Null, None),
            "DockerVersion": "20.10.24", "Author": "",
            "Config": config(list(&image.command), list(&image.entrypoint), list(&image.env), ports),
            "Architecture": "amd64", "Os": "linux", "Size": image.size, "VirtualSize": image.size,
            "GraphDriver": {"Data": {"MergedDir": format!("{folder}/merged"), "UpperDir": format!("{folder}/diff"),
                "WorkDir": format!("{folder}/work")}, "Name": "overlay2"},
            "RootFS": {"Type": "layers", "Layers": [format!("sha256:{layer}")]},
            "Metadata": {"LastTagTime": clock::moment(image.created)},
        })))
    })
}

pub(super) fn remove(call: &Call) -> Result<Answer, Refusal> {
    call.engine.with(|daemon| {
        let asked = &call.about;
        let Some(place) = daemon.pulled.iter().position(|image| image.is(asked)) else {
            return Err(match daemon.image(asked) {
                Some(image) => Refusal::new(409, format!("conflict: unable to remove {} (it stays)", image.id)),
                None => Refusal::no_such_image(asked),
            });
        };
        let image = daemon.pulled.remove(place);
        let name = image.id.clone();
        daemon.publish("untag".into(), Actor::Image { name: name.clone() });
        daemon.publish("delete".into(), Actor::Image { name });
        Ok(ok(&json!([{"Untagged": image.tags.first()}, {"Deleted": image.id}])))
    })
}

fn unknown(name: &str) -> String {
    format!("manifest for {name} not found: manifest unknown: manifest unknown")
}

/// Lines of a pull, as dockerd tells them of three layers.
fn progress(name: &str, image: &Image) -> Vec<Value> {
    let tag = name.rsplit_once(':').map_or("latest", |(_, tag)| tag);
    let short = repository(name);
    let layers: Vec<String> = (0..3)
        .filter_map(|n| image.id.get(7 + n * 12..19 + n * 12).map(str::to_owned))
        .collect();
    let about = |status: &str, id: &str| json!({"status": status, "progressDetail": {}, "id": id});
    let total = image.size / 3;
    let part = |status: &str, id: &str, current: i64| {
        json!({"status": status, "progressDetail": {"current": current, "total": total},
            "progress": format!("[=====>      ]  {current}B/{total}B"), "id": id})
    };
    let mut lines = vec![json!({"status": format!("Pulling from {short}"), "id": tag})];
    lines.extend(layers.iter().map(|id| about("Pulling fs layer", id)));
    for id in &layers {
        lines.extend([total / 4, total / 2].map(|current| part("Downloading", id, current)));
        lines.push(about("Verifying Checksum", id));
        lines.push(about("Download complete", id));
    }
    for id in &layers {
        lines.extend([total / 2, total].map(|current| part("Extracting", id, current)));
        lines.push(about("Pull complete", id));
    }
    lines
}

pub(super) fn pull(call: &Call) -> Result<Answer, Refusal> {
    let query = &call.query;
    let from = query.get("fromImage").unwrap_or_default();
    let asked = match query.get("tag").filter(|tag| !tag.is_empty()) {
        Some(digest) if digest.contains(':') => format!("{from}@{digest}"),
        Some(tag) if repository(from) == from => format!("{from}:{tag}"),
        _ => from.to_owned(),
    };
    let name = tagged(&asked);
    if from.is_empty() {
        return Err(Refusal::new(400, "invalid reference format"));
    }
    if name.contains("missing") {
        return Err(Refusal::new(404, unknown(&name)));
    }
    let engine = Arc::clone(&call.engine);
    let (had, image) = engine.with(|daemon| match daemon.image(&name) {
        Some(image) => (true, image.clone()),
        None => (false, Image::pulled(daemon.world.seed, &name, daemon.now())),
    });
    let mut lines = progress(&name, &image);
    if had {
        lines.truncate(1);
    }
    let broken = name.contains("broken");
    if broken {
        let message = "unexpected EOF";
        lines.truncate(8);
        lines.push(json!({"errorDetail": {"message": message}, "error": message}));
    } else {
        let digest = image.digest.clone().unwrap_or_default();
        let word = if had {
            "Image is up to date"
        } else {
            "Downloaded newer image"
        };
        lines.push(json!({"status": format!("Digest: {digest}")}));
        lines.push(json!({"status": format!("Status: {word} for {name}")}));
    }
    let last = lines.len().saturating_sub(1);
    let state = (lines.into_iter().enumerate(), engine, Some((name, image)));
    let items = streams::unfold(state, move |(mut lines, engine, mut arrived)| async move {
        let (at, line) = lines.next()?;
        if at > 0 {
            tokio::time::sleep(STEP).await;
        }
        if at == last
            && !broken
            && let Some((name, image)) = arrived.take()
        {
            engine.with(|daemon| {
                if !had {
                    daemon.pulled.push(image);
                }
                daemon.publish("pull".into(), Actor::Image { name });
            });
        }
        Some((Ok(Bytes::from(format!("{line}\r\n"))), (lines, engine, arrived)))
    });
    Ok(stream(Some(JSON), items))
}

pub(super) fn distribution(call: &Call) -> Result<Answer, Refusal> {
    let name = tagged(&call.about);
    if name.contains("missing") {
        return Err(Refusal::new(404, "manifest unknown: manifest unknown"));
    }
    let kind = "application/vnd.docker.distribution.manifest.v2+json";
    let image = Image::pulled(0, &name, 0);
    Ok(ok(&json!({
        "Descriptor": {"mediaType": kind, "digest": image.digest, "size": 1583},
        "Platforms": [{"architecture": "amd64", "os": "linux"}],
    })))
}
