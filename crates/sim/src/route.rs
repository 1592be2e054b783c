//! Which call a request is, by its method and path.
use http::Method;
use std::sync::atomic::{AtomicU32, Ordering};

macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// A call that engines answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Route { $($(#[$doc])* $name),* }

        impl Route {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What it is called where calls are counted.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

routes! {
    /// `GET` or `HEAD /_ping`.
    Ping = "ping",
    /// `GET /version`.
    Version = "version",
    /// `GET /info`.
    Info = "info",
    /// `GET /system/df`.
    DiskUsage = "disk_usage",
    /// `GET /events`.
    Events = "events",
    /// `GET /containers/json` of more than some ids.
    List = "list",
    /// `GET /containers/json` of some ids.
    ListSome = "list_some",
    /// `GET /containers/{id}/json`.
    Inspect = "inspect",
    /// `POST /containers/create`.
    Create = "create",
    /// `POST /containers/{id}/start`.
    Start = "start",
    /// `POST /containers/{id}/stop`.
    Stop = "stop",
    /// `POST /containers/{id}/kill`.
    Kill = "kill",
    /// `POST /containers/{id}/restart`.
    Restart = "restart",
    /// `POST /containers/{id}/pause`.
    Pause = "pause",
    /// `POST /containers/{id}/unpause`.
    Unpause = "unpause",
    /// `POST /containers/{id}/rename`.
    Rename = "rename",
    /// `POST /containers/{id}/update`.
    Update = "update",
    /// `DELETE /containers/{id}`.
    Remove = "remove",
    /// `POST /containers/{id}/wait`.
    Wait = "wait",
    /// `GET /containers/{id}/top`.
    Top = "top",
    /// `GET /containers/{id}/stats`.
    Stats = "stats",
    /// `GET /containers/{id}/logs`.
    Logs = "logs",
    /// `POST /containers/{id}/exec`.
    ExecCreate = "exec_create",
    /// `POST /exec/{id}/start`.
    ExecStart = "exec_start",
    /// `POST /exec/{id}/resize`.
    ExecResize = "exec_resize",
    /// `GET /exec/{id}/json`.
    ExecInspect = "exec_inspect",
    /// `GET /images/json`.
    Images = "images",
    /// `POST /images/create`.
    Pull = "pull",
    /// `GET /images/{name}/json`.
    ImageInspect = "image_inspect",
    /// `DELETE /images/{name}`.
    ImageRemove = "image_remove",
    /// `GET /distribution/{name}/json`.
    Distribution = "distribution",
    /// `GET /networks`.
    Networks = "networks",
    /// `GET /networks/{name}`.
    NetworkInspect = "network_inspect",
    /// `POST /networks/create`.
    NetworkCreate = "network_create",
    /// `POST /networks/{name}/connect`.
    NetworkConnect = "network_connect",
    /// `POST /networks/{name}/disconnect`.
    NetworkDisconnect = "network_disconnect",
    /// `DELETE /networks/{name}`.
    NetworkRemove = "network_remove",
    /// `GET /volumes`.
    Volumes = "volumes",
    /// `GET /volumes/{name}`.
    VolumeInspect = "volume_inspect",
    /// `POST /volumes/create`.
    VolumeCreate = "volume_create",
    /// `DELETE /volumes/{name}`.
    VolumeRemove = "volume_remove",
    /// What only managers of a swarm answer.
    Swarm = "swarm",
    /// Anything else.
    Unknown = "unknown",
}

/// A request's path, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) route: Route,
    /// `1.41` of `/v1.41`.
    pub(crate) version: Option<String>,
    /// The container, image, network, volume or exec that it is about.
    pub(crate) about: String,
}

impl Asked {
    pub(crate) fn parse(method: &Method, path: &str, query: &str) -> Self {
        let (version, rest) = match path.strip_prefix("/v").and_then(|p| p.split_once('/')) {
            Some((version, rest)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
                (Some(version.to_owned()), rest)
            }
            _ => (None, path.strip_prefix('/').unwrap_or(path)),
        };
        let (route, about) = find(method, rest, query);
        Self {
            route,
            version,
            about: decode(about),
        }
    }
}

fn find<'p>(method: &Method, path: &'p str, query: &str) -> (Route, &'p str) {
    let get = method == Method::GET || method == Method::HEAD;
    let post = method == Method::POST;
    let delete = method == Method::DELETE;
    let (kind, rest) = path.split_once('/').unwrap_or((path, ""));
    let (about, verb) = rest.rsplit_once('/').unwrap_or((rest, ""));
    let route = match (kind, about, verb) {
        ("_ping", "", "") if get => Route::Ping,
        ("version", "", "") if get => Route::Version,
        ("info", "", "") if get => Route::Info,
        ("events", "", "") if get => Route::Events,
        ("system", "df", "") if get => Route::DiskUsage,
        ("containers", "json", "") if get && query.contains("%22id%22") => Route::ListSome,
        ("containers", "json", "") if get => Route::List,
        ("containers", "create", "") if post => Route::Create,
        ("containers", _, "") if delete && !about.is_empty() => Route::Remove,
        ("containers", _, "json") if get => Route::Inspect,
        ("containers", _, "top") if get => Route::Top,
        ("containers", _, "stats") if get => Route::Stats,
        ("containers", _, "logs") if get => Route::Logs,
        ("containers", _, verb) if post && !verb.is_empty() => of_container(verb),
        ("exec", _, "start") if post => Route::ExecStart,
        ("exec", _, "resize") if post => Route::ExecResize,
        ("exec", _, "json") if get => Route::ExecInspect,
        ("images", "json", "") if get => Route::Images,
        ("images", "create", "") if post => Route::Pull,
        ("images", _, "json") if get => Route::ImageInspect,
        ("images", _, _) if delete && !rest.is_empty() => return (Route::ImageRemove, rest),
        ("distribution", _, "json") if get => Route::Distribution,
        ("networks", "", "") if get => Route::Networks,
        ("networks", "create", "") if post => Route::NetworkCreate,
        ("networks", _, "") if get => Route::NetworkInspect,
        ("networks", _, "") if delete => Route::NetworkRemove,
        ("networks", _, "connect") if post => Route::NetworkConnect,
        ("networks", _, "disconnect") if post => Route::NetworkDisconnect,
        ("volumes", "", "") if get => Route::Volumes,
        ("volumes", "create", "") if post => Route::VolumeCreate,
        ("volumes", _, "") if get => Route::VolumeInspect,
        ("volumes", _, "") if delete => Route::VolumeRemove,
        ("swarm" | "services" | "nodes" | "tasks" | "secrets" | "configs", ..) => Route::Swarm,
        _ => Route::Unknown,
    };
    (route, about)
}

fn of_container(verb: &str) -> Route {
    match verb {
        "start" => Route::Start,
        "stop" => Route::Stop,
        "kill" => Route::Kill,
        "restart" => Route::Restart,
        "pause" => Route::Pause,
        "unpause" => Route::Unpause,
        "rename" => Route::Rename,
        "update" => Route::Update,
        "wait" => Route::Wait,
        "exec" => Route::ExecCreate,
        _ => Route::Unknown,
    }
}

/// Resolves `%2F` and its like.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let code = hex
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a request asks besides its path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// As Docker reads a switch: on, unless it is missing, empty or one of these words.
    pub(crate) fn is_on(&self, key: &str) -> bool {
        let value = self.get(key).unwrap_or_default().trim().to_lowercase();
        !matches!(value.as_str(), "" | "0" | "no" | "false" | "none")
    }
}

/// How often each call was made.
pub(crate) struct Calls(Box<[AtomicU32]>);

impl Calls {
    pub(crate) fn new() -> Self {
        Self(Route::ALL.iter().map(|_| AtomicU32::new(0)).collect())
    }

    fn places(&self) -> impl Iterator<Item = (Route, &AtomicU32)> {
        Route::ALL.iter().copied().zip(&self.0)
    }

    pub(crate) fn count(&self, route: Route) {
        if let Some((_, place)) = self.places().find(|(r, _)| *r == route) {
            place.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Those that were made at all.
    pub(crate) fn made(&self) -> Vec<(Route, u32)> {
        let all = self
            .places()
            .map(|(route, place)| (route, place.load(Ordering::Relaxed)));
        all.filter(|(_, count)| *count > 0).collect()
    }

    pub(crate) fn reset(&self) {
        for place in &self.0 {
            place.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &Method, path: &str) -> (Route, String) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let asked = Asked::parse(method, path, query);
        (asked.route, asked.about)
    }

    #[test]
    fn paths_are_understood() {
        let get = |path| asked(&Method::GET, path);
        let post = |path| asked(&Method::POST, path);
        assert_eq!(get("/v1.41/containers/json?all=1"), (Route::List, "json".to_owned()));
        assert_eq!(get("/containers/json?all=1&filters=%7B%22id%22%3A").0, Route::ListSome);
        assert_eq!(get("/containers/abc/json"), (Route::Inspect, "abc".to_owned()));
        assert_eq!(
            get("/images/reg:5000/a/b:1/json"),
            (Route::ImageInspect, "reg:5000/a/b:1".to_owned())
        );
        assert_eq!(get("/distribution/a%2Fb/json"), (Route::Distribution, "a/b".to_owned()));
        assert_eq!(
            post("/containers/abc/kill?signal=KILL"),
            (Route::Kill, "abc".to_owned())
        );
        assert_eq!(post("/networks/n/connect").0, Route::NetworkConnect);
        assert_eq!(
            asked(&Method::DELETE, "/containers/abc"),
            (Route::Remove, "abc".to_owned())
        );
        assert_eq!(asked(&Method::HEAD, "/_ping").0, Route::Ping);
        assert_eq!(asked(&Method::PUT, "/containers/json").0, Route::Unknown);
        assert_eq!(get("/v1.41/nodes/x").0, Route::Swarm);
        let versioned = Asked::parse(&Method::GET, "/v1.9/info", "");
        assert_eq!(
            (versioned.route, versioned.version.as_deref()),
            (Route::Info, Some("1.9"))
        );
    }

    #[test]
    fn calls_are_counted() {
        let calls = Calls::new();
        calls.count(Route::List);
        calls.count(Route::List);
        assert_eq!(calls.made(), [(Route::List, 2)]);
        calls.reset();
        assert!(calls.made().is_empty());
    }
}
