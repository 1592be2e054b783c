#!/bin/sh
# A host as people have it: plain dockerd, no TLS, to be made an engine of Shipyard by its enrolment script. For tests.
#   node.sh up NAME LAST           NAME at 10.213.0.LAST: dockerd in the clear on port 2375, with settings and a container
#   node.sh up NAME LAST systemd   the same, started as Debian's docker.service does (-H fd://), by what acts as systemd
#   node.sh in NAME COMMAND…       run in it (as nsenter does)
#   node.sh sshd NAME KEY.pub      a real OpenSSH server in it, for that key
#   node.sh trace NAME             what of it a person could find: files under /etc, rules of the firewall
#   node.sh down NAME              end it and leave nothing behind
# The host that tests run on is 10.213.0.1 to it, and 10.213.0.2, which stands for a stranger.
#
# As in lab.sh a node is a network, mount, UTS and PID namespace. Its /etc is an overlay, so that what a script writes there
# stays there, and its /run is its own, so that it has no systemd.
set -eu

LAB=${SHIPYARD_NODES:-/tmp/shipyard-nodes}
NET=10.213.0
BRIDGE=shipnode0

fail() { echo "node: $*" >&2; exit 1; }

inside() { # NAME COMMAND…
  d=$LAB/$1
  [ -s "$d/init.pid" ] && kill -0 "$(cat "$d/init.pid")" 2>/dev/null || fail "$1 is not there"
  shift
  nsenter -t "$(cat "$d/init.pid")" -m -u -n -p "$@"
}

wait_for() { # SECONDS WHAT COMMAND…
  tries=$(($1 * 5)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "$what"
    sleep 0.2
  done
}

bridge() {
  ip link show $BRIDGE >/dev/null 2>&1 && return
  ip link add $BRIDGE type bridge
  ip addr add $NET.1/24 dev $BRIDGE
  ip addr add $NET.2/24 dev $BRIDGE
  ip link set $BRIDGE up
}

up() { # NAME LAST
  n=$1 d=$LAB/$1 ns=shipnode-$1
  down "$n"
  mkdir -p "$d/etc" "$d/work" "$d/data" "$d/empty"
  bridge
  ip netns add "$ns"
  ip link add "sn$n" type veth peer name eth0 netns "$ns"
  ip link set "sn$n" master $BRIDGE up
  ip -n "$ns" addr add "$NET.$2/24" dev eth0
  ip -n "$ns" link set eth0 up
  ip -n "$ns" link set lo up
  # The PID is read before /proc is mounted anew, so it is the one the root namespace knows.
  # shellcheck disable=SC2016
  setsid nsenter --net="/run/netns/$ns" unshare -m -u -p --fork --kill-child sh -c '
    read -r pid rest </proc/self/stat
    hostname "$1"
    mount --make-rprivate /
    mount -t proc proc /proc
    mount -t tmpfs none /run
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$2/etc,workdir=$2/work" /etc
    rm -rf /etc/docker
    mkdir -p /etc/docker /var/lib/docker
    mount --bind "$2/data" /var/lib/docker
    # Tools of the test machine that a plain host would not have are not seen there.
    for tool in python3 jq; do
      path=$(command -v $tool) && mount --bind /bin/false "$(readlink -f "$path")" || true
    done
    echo "$pid" >"$2/init.pid"
    exec docker-init -- sleep infinity' init "$n" "$d" >"$d/init.log" 2>&1 </dev/null 9>&- &
  wait_for 10 "$n did not come up: $d/init.log" test -s "$d/init.pid"
  hosts='"hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"],'
  [ -z "${3:-}" ] || hosts=
  cat >"$d/daemon.json" <<JSON
{
  $hosts
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "cgroup-parent": "/shipnode-$n",
  "labels": ["rack=7", "zone=old"],
  "log-opts": {"max-size": "10m"}
}
JSON
  inside "$n" cp "$d/daemon.json" /etc/docker/daemon.json
  # What restarts dockerd where there is no systemd.
  cat >"$d/restart" <<SH
#!/bin/sh
pid=\$(cat /var/run/docker.pid 2>/dev/null) || pid=
if [ -n "\$pid" ] && kill "\$pid" 2>/dev/null; then
  while kill -0 "\$pid" 2>/dev/null; do sleep 0.1; done
fi
[ \$# -gt 0 ] || set -- dockerd
setsid "\$@" >>$d/log 2>&1 </dev/null 9>&- &
SH
  # One that does not manage with certificates, as on a host where something is in their way.
  printf '#!/bin/sh\n! grep -q tlsverify /etc/docker/daemon.json && exec %s/restart\n' "$d" >"$d/restart-refusing"
  chmod +x "$d/restart" "$d/restart-refusing"
  if [ -n "${3:-}" ]; then
    systemd "$n"
    inside "$n" "$d/bin/systemctl" restart docker.service
  else
    inside "$n" "$d/restart"
  fi
  # Where much else is started too, a daemon takes its time; what it said is all that is left of it when a test has failed.
  (wait_for 90 "$n does not answer" inside "$n" docker version) || { tail -n 20 "$d/log" >&2; exit 1; }
  mkdir -p "$d/rootfs/bin"
  cp "$(command -v busybox)" "$d/rootfs/bin/busybox"
  ln -sf busybox "$d/rootfs/bin/sh"
  ln -sf busybox "$d/rootfs/bin/sleep"
  tar -C "$d/rootfs" -c . | inside "$n" docker import - busybox:node >/dev/null
  inside "$n" docker run -d --name "here-$n" busybox:node sleep 3600 >/dev/null
}

# What of systemd the script uses: units and drop-ins are files, and dockerd is handed its socket (sd_listen_fds).
systemd() { # NAME
  d=$LAB/$1
  # The folder is in the overlay from the beginning, so that it is no trace.
  inside "$1" sh -c "mkdir -p /run/systemd/system /etc/systemd/system; : >/etc/systemd/system/x; rm /etc/systemd/system/x"
  mkdir -p "$d/bin"
  # shellcheck disable=SC2016
  printf '%s\n' '[Unit]' 'Requires=docker.socket' '[Service]' "ExecStart=$(command -v dockerd) -H fd:// \$DOCKER_OPTS" 'ExecReload=/bin/kill -s HUP $MAINPID' >"$d/docker.service"
  cat >"$d/activate" <<'PERL'
#!/usr/bin/perl
use strict; use warnings; use Socket;
$^F = 10;
unlink '/var/run/docker.sock';
my $s;
socket($s, PF_UNIX, SOCK_STREAM, 0) && bind($s, sockaddr_un('/var/run/docker.sock')) && listen($s, 128) or die $!;
fileno($s) == 3 or die 'not descriptor 3';
@ENV{'LISTEN_FDS', 'LISTEN_PID'} = (1, $$);
exec @ARGV;
PERL
  cat >"$d/bin/systemctl" <<SH
#!/bin/sh
echo "\$*" >>$d/systemctl.log
unit() {
  echo "# /lib/systemd/system/docker.service"
  cat $d/docker.service
  for f in /etc/systemd/system/docker.service.d/*.conf; do [ ! -e "\$f" ] || { echo; echo "# \$f"; cat "\$f"; }; done
}
case \$1 in
cat) unit ;;
reload) kill -HUP "\$(cat /var/run/docker.pid)" ;;
restart)
  eval "set -- \$(unit | sed -n 's/^ExecStart=//p' | tail -n 1)"
  exec $d/restart $d/activate "\$@"
  ;;
esac
SH
  chmod +x "$d/activate" "$d/bin/systemctl"
}

down() { # NAME
  d=$LAB/$1
  if [ -s "$d/init.pid" ]; then
    pid=$(cat "$d/init.pid")
    ! tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q docker-init || kill -KILL "$pid"
    wait_for 20 "$1 does not end" sh -c '! kill -0 "$0"' "$pid"
  fi
  ip netns del "shipnode-$1" 2>/dev/null || true
  find /sys/fs/cgroup -depth -type d -path "*/shipnode-$1*" -exec rmdir {} + 2>/dev/null || true
  rm -rf "$d"
  # The last one takes the bridge along.
  if ! ip netns list | grep -q '^shipnode-'; then
    ip link del $BRIDGE 2>/dev/null || true
    rmdir "$LAB" 2>/dev/null || true
  fi
}

sshd() { # NAME KEY.pub
  d=$LAB/$1
  cp "$2" "$d/authorized"
  [ -s "$d/host_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$d/host_key"
  printf '%s\n' 'Port 22' "HostKey $d/host_key" "AuthorizedKeysFile $d/authorized" 'StrictModes no' 'UsePAM no' \
    'PermitRootLogin prohibit-password' 'PasswordAuthentication no' "PidFile $d/sshd.pid" \
    "SetEnv PATH=$d/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" >"$d/sshd_config"
  inside "$1" sh -c 'mkdir -p /run/sshd; setsid "$(command -v sshd || echo /usr/sbin/sshd)" -f "$0" >"$1" 2>&1 </dev/null 9>&-' "$d/sshd_config" "$d/sshd.log"
}

trace() { # NAME
  d=$LAB/$1
  (cd "$d/etc" && find . \( -name key.json -o -name mtab \) -prune -o -printf '%y %m %u %p %l\n' | sort)
  (cd "$d/etc" && find . -type f ! -name key.json -exec cksum {} + | sort)
  # Handles and counters change by themselves; what dockerd writes at each start comes in any order.
  { inside "$1" iptables-save; inside "$1" ip6tables-save; } | sed '/^#/d; s/ \[[0-9:]*\]$//' | sort
  ! inside "$1" sh -c 'command -v nft' >/dev/null || inside "$1" nft -s list tables | sort
}

[ "$(id -u)" = 0 ] || exec sudo --preserve-env=SHIPYARD_NODES "$0" "$@"
command=${1:-}
[ $# -eq 0 ] || shift
case $command in
up | down)
  # One at a time: they share a bridge. Whatever is left running must not inherit the lock.
  exec 9<"$0"
  flock 9
  "$command" "$@"
  ;;
in) inside "$@" ;;
sshd | trace) "$command" "$@" ;;
*) sed -n '2,8p' "$0" | sed 's/^# //'; exit 2 ;;
esac
