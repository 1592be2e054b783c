#!/usr/bin/env python3
"""The oracle: does a container that exists reach further than a container should?

An independent second opinion on Shipyard's policy, so that the policy does not mark its own homework. It knows nothing of
Shipyard's specification, rules or profiles: it reads what a Docker daemon itself says of a container that it has made
(`docker inspect`), and, where the container ran, what the kernel said to it (/proc/self/status and the links of
/proc/self/ns). It was written from these sources alone:

  https://docs.docker.com/engine/containers/run/        (privilege and capabilities, namespaces, security configuration)
  https://docs.docker.com/reference/cli/docker/container/run/
  https://docs.docker.com/engine/security/              (seccomp, AppArmor, user namespaces, protecting the socket)
  https://docs.docker.com/reference/api/engine/         (ContainerInspect, HostConfig)
  man 7 capabilities, man 7 namespaces, man 5 proc

Usage:  docker inspect NAME... | oracle.py
        oracle.py <JSON, {"inspect": [...], "status": {NAME: TEXT}, "engine": TEXT}
where each text is what `cat /proc/self/status; ls -l /proc/self/ns` printed in that container, and `ls -l` of those links that
a process in the namespaces of the engine itself sees.

Prints one JSON object a line for each container: {"name": ..., "privileged": true or false, "reasons": [...]}.
Exit status 0 when it could judge all of them, whatever it found; else 2. Standard library only.
"""
import json
import re
import sys

# "The following table lists the Linux capability options which are allowed by default and can be dropped."
DEFAULT_CAPABILITIES = {
    "AUDIT_WRITE": 29, "CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "FSETID": 4, "KILL": 5, "MKNOD": 27,
    "NET_BIND_SERVICE": 10, "NET_RAW": 13, "SETFCAP": 31, "SETGID": 6, "SETPCAP": 8, "SETUID": 7, "SYS_CHROOT": 18,
}
DEFAULT_MASK = sum(1 << bit for bit in DEFAULT_CAPABILITIES.values())

# Masked or read-only in every container that was not asked otherwise; those that every daemon since 17.06 has.
MASKED = {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"}
READ_ONLY = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}

# Drivers whose output stays with the daemon; all others make the daemon's machine open connections for the container.
LOCAL_LOGS = {"json-file", "local", "none", "journald", ""}

# A line of `ls -l /proc/self/ns`.
NAMESPACE = re.compile(r"(\w+) -> (\w+:\[\d+\])")

# Of the network namespace or of IPC, and without effect on what routes, forwards or limits on the machine.
HARMLESS_SYSCTL = re.compile(r"net\.ipv4\.(tcp_(syncookies|fin_timeout|keepalive_\w+)|ip_local_(port_range|reserved_ports)"
                             r"|ip_unprivileged_port_start|ping_group_range)|kernel\.shm_rmid_forced")

# The kernel's usual number of processes: a limit above it is none.
PID_MAX = 32768

# Other programs on the machine act on these labels.
ORDERS = re.compile(r"(traefik|caddy|ofelia|com\.centurylinklabs\.watchtower|diun|wud)\b", re.I)
FOREIGN = re.compile(r"com\.docker\.", re.I)


class Container:
    """What is wrong with one container."""

    def __init__(self, inspect, status, engine):
        self.inspect = inspect
        self.host = inspect.get("HostConfig") or {}
        self.config = inspect.get("Config") or {}
        self.status = status
        self.engine = dict(NAMESPACE.findall(engine))
        self.reasons = []

    def bad(self, reason):
        self.reasons.append(reason)

    def get(self, name):
        return self.host.get(name)

    def judge(self):
        self.rights()
        self.namespaces()
        self.files()
        self.machine()
        self.outside()
        if self.status:
            self.kernel()
        return self.reasons

    def rights(self):
        if self.get("Privileged"):
            self.bad("Privileged: all capabilities, all devices, no seccomp, no AppArmor")
        dropped = {capability(name) for name in self.get("CapDrop") or []}
        for name in map(capability, self.get("CapAdd") or []):
            if name not in DEFAULT_CAPABILITIES and name not in dropped:
                self.bad(f"CapAdd {name}: not one that Docker gives by default")
        for option in self.get("SecurityOpt") or []:
            key, _, value = option.replace(":", "=", 1).partition("=")
            if value in ("unconfined", "disable", "disabled") or option == "disable":
                self.bad(f"SecurityOpt {option}: a guard is switched off")
            elif key == "no-new-privileges" and value not in ("", "true"):
                self.bad(f"SecurityOpt {option}: set-uid programs gain rights")
            elif key == "label" or key == "systempaths":
                self.bad(f"SecurityOpt {option}: another domain than a container's")
            elif key == "seccomp" and value != "builtin":
                self.bad("SecurityOpt seccomp: another filter than Docker's own")
        for field, least in (("MaskedPaths", MASKED), ("ReadonlyPaths", READ_ONLY)):
            missing = least - set(self.get(field) or [])
            if missing:
                self.bad(f"{field} lacks {sorted(missing)}")
        user = self.config.get("User") or ""
        if "0" in user.split(":") or "root" in user.split(":"):
            self.bad(f"User {user}: root")
        for group in self.get("GroupAdd") or []:
            if group in ("0", "root", "docker", "disk", "shadow"):
                self.bad(f"GroupAdd {group}")

    def namespaces(self):
        for field in ("NetworkMode", "PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode"):
            mode = self.get(field) or ""
            if mode == "host":
                self.bad(f"{field} host: the machine's own namespace")
            elif mode.startswith(("container:", "ns:")):
                self.bad(f"{field} {mode}: another container's namespace")
            elif mode == "shareable":
                self.bad(f"{field} shareable: others may join")
        if self.get("Cgroup"):
            self.bad("Cgroup: another container's control group")
        if self.config.get("MacAddress"):
            self.bad(f"MacAddress {self.config.get('MacAddress')}: it may pass for another on the network")
        networks = (self.inspect.get("NetworkSettings") or {}).get("Networks") or {}
        for name, endpoint in networks.items():
            for field in ("IPAMConfig", "DriverOpts"):
                if any(((endpoint or {}).get(field) or {}).values()):
                    self.bad(f"{field} in the network {name}: chosen by its maker, not by the engine")

    def files(self):
        for bind in self.get("Binds") or []:
            source = bind.split(":", 1)[0]
            if source.startswith(("/", "~", ".")) or "\\" in source:
                self.bad(f"Binds {bind}: the machine's file system")
        for mount in self.inspect.get("Mounts") or []:
            kind, source, target = mount.get("Type"), mount.get("Source") or "", mount.get("Destination") or ""
            if kind not in ("volume", "tmpfs"):
                self.bad(f"a mount of type {kind} from {source}")
            elif kind == "volume" and not source.endswith(f"/volumes/{mount.get('Name')}/_data"):
                self.bad(f"a volume that is kept at {source}")
            if mount.get("Driver") not in (None, "", "local"):
                self.bad(f"a volume of driver {mount.get('Driver')}")
            if mount.get("Propagation") not in (None, "", "rprivate", "private"):
                self.bad(f"Propagation {mount.get('Propagation')}: mounts pass through")
            if target == "/" or re.match(r"/+(proc|sys)(/|$)", target):
                self.bad(f"a mount over {target}")
        for mount in self.get("Mounts") or []:
            if (mount.get("VolumeOptions") or {}).get("DriverConfig"):
                self.bad("a volume with a driver's options, which may name any path")
            if mount.get("Type") not in ("volume", "tmpfs"):
                self.bad(f"Mounts of type {mount.get('Type')}")
        for target, options in (self.get("Tmpfs") or {}).items():
            words = set(options.split(","))
            if words & {"suid", "dev"} or re.match(r"/+(proc|sys)(/|$)", target):
                self.bad(f"Tmpfs {target} {options}")
        if self.get("VolumesFrom"):
            self.bad(f"VolumesFrom {self.get('VolumesFrom')}")
        if self.get("VolumeDriver") not in (None, "", "local"):
            self.bad(f"VolumeDriver {self.get('VolumeDriver')}")
        if self.get("StorageOpt"):
            self.bad("StorageOpt")

    def machine(self):
        for field in ("Devices", "DeviceCgroupRules", "DeviceRequests", "BlkioDeviceReadBps", "BlkioDeviceWriteBps",
                      "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps", "BlkioWeightDevice", "Annotations"):
            if self.get(field):
                self.bad(f"{field} {self.get(field)}")
        for field in ("CgroupParent", "CpusetMems", "Isolation"):
            if self.get(field):
                self.bad(f"{field} {self.get(field)}")
        for field in ("CpuRealtimePeriod", "CpuRealtimeRuntime"):
            if (self.get(field) or 0) > 0:
                self.bad(f"{field}: ahead of the machine's own processes")
        for field, usual in (("CpuShares", 1024), ("BlkioWeight", 500), ("MemorySwap", 2 * (self.get("Memory") or 0))):
            if (self.get(field) or 0) > usual:
                self.bad(f"{field} {self.get(field)}: more than its share")
        if self.get("OomKillDisable") or (self.get("OomScoreAdj") or 0) < 0:
            self.bad("others are killed first when memory is short")
        for name in self.get("Sysctls") or {}:
            if not HARMLESS_SYSCTL.fullmatch(name):
                self.bad(f"Sysctls {name}")
        if self.get("Runtime") not in (None, "", "runc", "io.containerd.runc.v2"):
            self.bad(f"Runtime {self.get('Runtime')}")
        for limit in self.get("Ulimits") or []:
            if limit.get("Name") in ("rtprio", "nice"):
                self.bad(f"Ulimits {limit.get('Name')}: ahead of the machine's own processes")
        if not 0 < (self.get("PidsLimit") or 0) <= PID_MAX:
            self.bad("PidsLimit: none, so it can fill the machine with processes")
        if (self.get("Memory") or 0) <= 0:
            self.bad("Memory: no limit, so it can take the machine's")

    def outside(self):
        for port, bindings in (self.get("PortBindings") or {}).items():
            for binding in bindings or []:
                number = binding.get("HostPort") or "0"
                if 0 < int(number.split("-")[0]) < 1024:
                    self.bad(f"port {number} of the machine for {port}: a well-known service's")
        if self.get("PublishAllPorts"):
            self.bad("PublishAllPorts")
        for line in self.get("ExtraHosts") or []:
            if "host-gateway" in line:
                self.bad(f"ExtraHosts {line}: leads to the machine")
        if self.get("Links"):
            self.bad(f"Links {self.get('Links')}")
        log = self.get("LogConfig") or {}
        if log.get("Type", "") not in LOCAL_LOGS:
            self.bad(f"LogConfig {log.get('Type')}: the daemon connects to where the container's maker says")
        for key in log.get("Config") or {}:
            if key.endswith(("-address", "-url", "-endpoint", "-token")):
                self.bad(f"LogConfig {key}")
        for label in self.config.get("Labels") or {}:
            if ORDERS.match(label.strip()) or FOREIGN.match(label.strip()):
                self.bad(f"label {label}: another program acts on it")

    def kernel(self):
        """What the kernel said to a process inside, whatever the daemon believes."""
        fields = dict(re.findall(r"^(\w+):\s*(.*?)\s*$", self.status, re.M))
        for field in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"):
            mask = int(fields.get(field, "-1"), 16)
            if mask < 0 or mask & ~DEFAULT_MASK:
                self.bad(f"the kernel gives it {field} {fields.get(field)}")
        if fields.get("Seccomp") != "2":
            self.bad("the kernel filters no system calls")
        if "0" in fields.get("Uid", "0").split():
            self.bad("the kernel runs it as user 0")
        here = dict(NAMESPACE.findall(self.status))
        for name in ("cgroup", "ipc", "mnt", "net", "pid", "uts"):
            if name not in here:
                self.bad(f"the kernel did not name its {name} namespace")
            elif here[name] == self.engine.get(name):
                self.bad(f"the kernel gives it the engine's {name} namespace")


def capability(name):
    return re.sub(r"^CAP_", "", name.strip().upper())


def main():
    given = json.load(sys.stdin)
    given = {"inspect": given} if isinstance(given, list) else given
    for inspect in given["inspect"]:
        name = inspect["Name"].lstrip("/")
        status = (given.get("status") or {}).get(name)
        reasons = Container(inspect, status, given.get("engine") or "").judge()
        print(json.dumps({"name": name, "privileged": bool(reasons), "reasons": reasons}))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"oracle: cannot judge this: {error!r}", file=sys.stderr)
        sys.exit(2)
