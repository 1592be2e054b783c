//! Options that take a wall between a container and its engine down.
use super::{Judge, Profile, Rule, capability};
use shipyard_model::spec::{DeviceRequestSpec, DeviceSpec};

/// Kernel parameters that belong to the container's own namespaces and harm nobody else: those of Kubernetes' baseline.
/// <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>
const SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];

/// The ways to write that a process gets no new rights.
pub(super) const NO_NEW_PRIVILEGES: [&str; 3] =
    ["no-new-privileges:true", "no-new-privileges=true", "no-new-privileges"];

/// Security options that say what Docker does anyway.
const AS_USUAL: [&str; 3] = ["seccomp=builtin", "apparmor=docker-default", "apparmor:docker-default"];

/// What a graphics card can be asked to do for one container.
const GRAPHICS: [&str; 7] = ["gpu", "nvidia", "compute", "compat32", "graphics", "utility", "video"];

impl Judge<'_> {
    pub(super) fn privileged(&mut self, privileged: bool) {
        if privileged {
            let message = "a privileged container is root on the engine's machine";
            self.refuse("privileged", Rule::NotPrivileged, privileged, message);
        }
    }

    pub(super) fn capabilities(&mut self, add: &[String], drop: &[String]) {
        for written in add {
            let name = capability::normal(written);
            let good = match self.profile {
                Profile::Restricted => capability::is_harmless(&name),
                Profile::Baseline => capability::is_usual(&name, &self.rules.capabilities),
                Profile::Privileged => true,
            };
            if !good {
                let message = format!("the capability {name} is not among those that may be added");
                self.refuse("cap_add", Rule::CapabilityListed, written, message);
            }
        }
        if self.strict() && !drop.iter().any(|name| capability::normal(name) == "ALL") {
            let message = "ALL must be dropped; what is needed is added again";
            self.refuse("cap_drop", Rule::CapabilitiesDropped, drop.join(" "), message);
        }
    }

    pub(super) fn security(&mut self, options: &[String]) {
        for option in options {
            if !self.tightens(option) {
                let message = format!("“{option}” is none of the options that only take rights away");
                self.refuse("security_opt", Rule::SecurityTightens, option, message);
            }
        }
        let has = options
            .iter()
            .any(|option| NO_NEW_PRIVILEGES.contains(&option.as_str()));
        if self.strict() && !has {
            let message = "no-new-privileges:true must be there";
            self.refuse("security_opt", Rule::NoNewPrivileges, options.join(" "), message);
        }
    }

    fn tightens(&self, option: &str) -> bool {
        let apparmor = || {
            let profile = option
                .strip_prefix("apparmor=")
                .filter(|name| *name != "unconfined" && !self.strict());
            profile.is_some_and(|name| self.rules.apparmor.iter().any(|listed| listed == name))
        };
        NO_NEW_PRIVILEGES.contains(&option) || AS_USUAL.contains(&option) || apparmor()
    }

    pub(super) fn devices(&mut self, devices: &[DeviceSpec]) {
        for device in devices {
            let message = "devices belong to the engine's machine";
            self.refuse("devices", Rule::NoDevice, &device.host, message);
        }
    }

    /// Only graphics cards, by the names of Docker and of their maker, where the pool has them to give.
    pub(super) fn device_requests(&mut self, requests: &[DeviceRequestSpec]) {
        for request in requests {
            let DeviceRequestSpec {
                driver,
                count: _,
                ids: _,
                capabilities,
                options,
            } = request;
            let graphics = matches!(driver.as_str(), "" | "nvidia")
                && options.is_empty()
                && !capabilities.is_empty()
                && (capabilities.iter())
                    .all(|all| !all.is_empty() && all.iter().all(|it| GRAPHICS.contains(&it.as_str())));
            if self.strict() || !self.rules.graphics || !graphics {
                let message = "devices belong to the engine's machine";
                self.refuse("device_requests", Rule::NoDevice, driver, message);
            }
        }
    }

    pub(super) fn device_rules(&mut self, rules: &[String]) {
        for rule in rules {
            let message = "devices by number pass any list";
            self.refuse("device_cgroup_rules", Rule::NoDevice, rule, message);
        }
    }

    pub(super) fn cgroup_parent(&mut self, parent: &str) {
        if !parent.is_empty() {
            let message = "it could take its share from any control group of the engine's machine";
            self.refuse("cgroup_parent", Rule::CgroupUsual, parent, message);
        }
    }

    pub(super) fn annotations(&mut self, annotations: &[(String, String)]) {
        for (key, _) in annotations {
            let message = format!("a runtime takes orders from the annotation {key}");
            self.refuse("annotations", Rule::NoAnnotations, key, message);
        }
    }

    pub(super) fn sysctls(&mut self, sysctls: &[(String, String)]) {
        for (name, _) in sysctls {
            if self.strict() || !SYSCTLS.contains(&name.as_str()) {
                let message = format!("the kernel parameter {name} is not among those that may be set");
                self.refuse("sysctls", Rule::SysctlListed, name, message);
            }
        }
    }

    /// A namespace option: empty and the words given are the container's own; anything else is somebody else's, or a word
    /// that a later Docker may understand.
    pub(super) fn namespace(&mut self, option: &'static str, mode: &str, own: &[&str]) {
        if !mode.is_empty() && !own.contains(&mode) {
            let message = format!("“{mode}” shares what the engine or another container has for itself");
            self.refuse(option, Rule::NamespaceOwn, mode, message);
        }
        // Where there is a word for one's own, saying nothing leaves it to the daemon: with control groups of version 1
        // that is the engine's.
        if mode.is_empty() && !own.is_empty() && self.strict() {
            let message = "it must be private; else the daemon's own setting decides";
            self.refuse(option, Rule::NamespaceOwn, mode, message);
        }
    }

    pub(super) fn runtime(&mut self, runtime: &str) {
        let listed = !self.strict() && self.rules.runtimes.iter().any(|listed| listed == runtime);
        if !runtime.is_empty() && !listed {
            let message = format!("the runtime {runtime} is not among those that may be chosen");
            self.refuse("runtime", Rule::RuntimeListed, runtime, message);
        }
    }
}
