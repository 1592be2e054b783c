//! Specifications as a deployer with ideas would write them: mostly harmless options, among them ways out.
use crate::policy::WHO_AM_I;
use serde_json::{Value, json};

/// Options with values that a deployer may have; together they make containers of many shapes.
const HARMLESS: [(&str, &str); 42] = [
    ("env", r#"[["A", "1"], ["B", "x=y"]]"#),
    ("user", r#""1000:1000""#),
    ("user", r#""65534""#),
    ("group_add", r#"["44", "2000"]"#),
    ("working_dir", r#""/tmp""#),
    ("hostname", r#""inside""#),
    ("domainname", r#""example.org""#),
    ("cpuset_cpus", r#""0""#),
    ("tty", "true"),
    ("open_stdin", "true"),
    ("init", "true"),
    ("stop_signal", r#""SIGINT""#),
    ("stop_timeout", "1"),
    ("healthcheck", r#"{"test": ["CMD", "true"], "interval_ms": 5000}"#),
    ("restart", r#"{"on-failure": 2}"#),
    (
        "ports",
        r#"[{"host_ip": "", "host": null, "container": 80, "protocol": "tcp"}]"#,
    ),
    ("network", r#""none""#),
    ("network", r#""bridge""#),
    ("extra_hosts", r#"[["db", "10.0.0.1"]]"#),
    ("dns", r#"["10.0.0.2"]"#),
    ("dns_search", r#"["example.org"]"#),
    (
        "volumes",
        r#"[{"source": "yardpolicy-data", "target": "/data", "read_only": false}]"#,
    ),
    ("volumes", r#"[{"source": "", "target": "/cache", "read_only": false}]"#),
    (
        "tmpfs",
        r#"[{"target": "/scratch", "size": 1048576, "mode": 448, "exec": true}]"#,
    ),
    ("read_only", "true"),
    ("cpus", "50000000"),
    ("memory", "16777216"),
    ("shm_size", "1048576"),
    ("pids_limit", "50"),
    ("ulimits", r#"[{"name": "nofile", "soft": 256, "hard": 512}]"#),
    ("cap_add", r#"["cap_net_bind_service"]"#),
    ("cap_drop", r#"["ALL"]"#),
    ("security_opt", r#"["no-new-privileges:true"]"#),
    (
        "logging",
        r#"{"driver": "json-file", "options": [["max-size", "1m"], ["labels", "a"]]}"#,
    ),
    ("labels", r#"[["team", "web"]]"#),
    ("expose", r#"[{"port": 9000, "protocol": "udp"}]"#),
    ("dns_options", r#"["ndots:2"]"#),
    ("cpu_shares", "512"),
    ("memory_reservation", "8388608"),
    ("oom_score_adj", "100"),
    ("stdin_once", "true"),
    (
        "volumes",
        r#"[{"source": "yardpolicy-data", "target": "/data", "read_only": true, "mount": true, "no_copy": true}]"#,
    ),
];

/// Ways out, or towards one, each enough alone.
pub(crate) const DANGEROUS: [(&str, &str); 59] = [
    ("privileged", "true"),
    ("cap_add", r#"["SYS_ADMIN"]"#),
    ("cap_add", r#"["cap_sys_module"]"#),
    ("cap_add", r#"["ALL"]"#),
    ("cap_add", r#"["net_admin", "NET_BIND_SERVICE"]"#),
    ("cap_add", r#"["Sys_Ptrace"]"#),
    ("security_opt", r#"["seccomp=unconfined"]"#),
    ("security_opt", r#"["seccomp:unconfined", "no-new-privileges"]"#),
    ("security_opt", r#"["apparmor=unconfined"]"#),
    ("security_opt", r#"["label=disable"]"#),
    ("security_opt", r#"["no-new-privileges:false"]"#),
    ("security_opt", r#"["seccomp={\"defaultAction\": \"SCMP_ACT_ALLOW\"}"]"#),
    ("devices", r#"[{"host": "/dev/null"}]"#),
    (
        "devices",
        r#"[{"host": "/dev/zero", "container": "/dev/other", "permissions": "r"}]"#,
    ),
    ("pid_mode", r#""host""#),
    ("pid_mode", r#""container:yardoracle-other""#),
    ("ipc_mode", r#""host""#),
    ("ipc_mode", r#""shareable""#),
    ("uts_mode", r#""host""#),
    ("userns_mode", r#""host""#),
    ("cgroupns_mode", r#""host""#),
    ("network", r#""host""#),
    ("network", r#""container:yardoracle-other""#),
    ("volumes_from", r#"["yardoracle-other"]"#),
    ("publish_all", "true"),
    ("links", r#"[["yardoracle-other", "other"]]"#),
    ("volumes", r#"[{"source": "/", "target": "/host", "read_only": true}]"#),
    (
        "volumes",
        r#"[{"source": "/etc", "target": "/data", "read_only": true}]"#,
    ),
    (
        "volumes",
        r#"[{"source": "//etc/./", "target": "/data", "read_only": true}]"#,
    ),
    (
        "volumes",
        r#"[{"source": "/tmp/../etc", "target": "/data", "read_only": true}]"#,
    ),
    (
        "volumes",
        r#"[{"source": "/run/docker.sock", "target": "/docker.sock", "read_only": false}]"#,
    ),
    (
        "volumes",
        r#"[{"source": "/var/run", "target": "/r", "read_only": false}]"#,
    ),
    (
        "volumes",
        r#"[{"source": "/tmp", "target": "/tmp", "read_only": true}]"#,
    ),
    (
        "volumes",
        r#"[{"source": "", "target": "/proc/x", "read_only": false}]"#,
    ),
    ("tmpfs", r#"[{"target": "/proc/acpi"}]"#),
    ("sysctls", r#"[["net.ipv4.ip_forward", "1"]]"#),
    ("sysctls", r#"[["kernel.shmmax", "1"]]"#),
    ("runtime", r#""io.containerd.runtime.v1.linux""#),
    ("user", r#""0""#),
    ("user", r#""root:root""#),
    ("user", r#""00""#),
    ("group_add", r#"["0"]"#),
    (
        "ports",
        r#"[{"host_ip": "", "host": 81, "container": 80, "protocol": "tcp"}]"#,
    ),
    ("extra_hosts", r#"[["engine", "host-gateway"]]"#),
    ("memory", "0"),
    ("pids_limit", "1000000"),
    ("ulimits", r#"[{"name": "rtprio", "soft": 50, "hard": 50}]"#),
    (
        "logging",
        r#"{"driver": "syslog", "options": [["syslog-address", "udp://127.0.0.1:9"]]}"#,
    ),
    ("labels", r#"[["traefik.http.routers.x.rule", "Host(`shop.example`)"]]"#),
    ("labels", r#"[["com.docker.compose.project", "shop"]]"#),
    ("labels", r#"[["Ofelia.job-local.x.command", "id"]]"#),
    ("cgroup_parent", r#""/yardoracle""#),
    ("device_cgroup_rules", r#"["c *:* rwm"]"#),
    ("oom_score_adj", "-500"),
    ("oom_kill_disable", "true"),
    ("cpu_shares", "4096"),
    ("cpuset_mems", r#""0""#),
    ("endpoint", r#"{"mac": "02:42:ac:11:00:77"}"#),
    (
        "volumes",
        r#"[{"source": "", "target": "/data", "read_only": false, "driver_options": [["type", "tmpfs"], ["device", "tmpfs"]]}]"#,
    ),
];

/// Docker's own words for ways out, which are none of ours.
const FOREIGN: [(&str, &str); 8] = [
    ("Privileged", "true"),
    ("HostConfig", r#"{"Privileged": true}"#),
    ("hostconfig", r#"{"Binds": ["/:/host"]}"#),
    ("CapAdd", r#"["ALL"]"#),
    ("cgroup", r#""container:x""#),
    ("CgroupParent", r#""/""#),
    ("masked_paths", "[]"),
    ("mounts", r#"[{"Type": "bind", "Source": "/", "Target": "/host"}]"#),
];

/// The same throws each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another.
    fn below(&mut self, sides: usize) -> usize {
        // Knuth's MMIX; the upper bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick(&mut self, spec: &mut Value, from: &[(&str, &str)], times: usize) {
        for _ in 0..times {
            let (option, value) = from[self.below(from.len())];
            spec[option] = serde_json::from_str(value).unwrap();
        }
    }
}

/// What the restricted profile lets a deployer have.
pub(crate) fn base(name: &str) -> Value {
    json!({
        "image": "busybox:lab",
        "name": name,
        "command": ["sh", "-c", WHO_AM_I],
        "user": "1000",
        "memory": 33_554_432,
    })
}

/// A specification with up to six harmless options. In two of three there is a way out as well, up to four; in some an
/// option that is none.
pub(crate) fn generated(dice: &mut Dice, name: &str) -> Value {
    let mut spec = base(name);
    let harmless = dice.below(7);
    dice.pick(&mut spec, &HARMLESS, harmless);
    if dice.below(3) > 0 {
        let ways = 1 + dice.below(4);
        dice.pick(&mut spec, &DANGEROUS, ways);
    }
    if dice.below(20) == 0 {
        dice.pick(&mut spec, &FOREIGN, 1);
    }
    // A harmless value may have come after, in the place of a way out, or before: both are asked for.
    let harmless = dice.below(2);
    dice.pick(&mut spec, &HARMLESS, harmless);
    spec
}
