#!/bin/sh
# The lab: real Docker engines on one Debian machine, for tests. Becomes root with sudo.
#   lab.sh up [N]                      start N engines (3) and a registry; safe to repeat; repairs what a crash left
#   lab.sh down                        stop everything and leave nothing behind
#   lab.sh status                      exit 0 when every engine and the registry answer
#   lab.sh kill|stop|pause|resume NODE SIGKILL, SIGTERM, SIGSTOP, SIGCONT to that node's dockerd, and to it alone
#   lab.sh start NODE [CERT]           start its dockerd again on the same data, showing CERT.pem (NODE.pem) to its clients
#   lab.sh env                         print what a shell needs to reach the engines with the docker command
# Engine I is node$I at https://10.210.0.$((10+I)):2376 (mutual TLS) and unix://$LAB/node$I/docker.sock.
# Images: busybox:lab and web:lab (a page on port 80) on each engine; 10.210.0.1:5000/layers:lab in the registry.
# Certificates, in $LAB/pki: ca, client-cert, client-key, node$I, node$I-key; what must be refused: other-ca,
# other-client-cert, other-client-key, expired-client-cert, node$I-expired, wrong-host, wrong-host-key.
#
# A node is a network, mount, UTS and PID namespace, held open by an init process: its dockerd can be killed and started
# like a service on a machine, and ending the init ends all of the node, surviving containers included.
set -eu

LAB=${SHIPYARD_LAB:-/tmp/shipyard-lab}
NET=10.210.0
BRIDGE=shipyard0
REGISTRY=$NET.1:5000
export DOCKER_CONFIG="$LAB/docker-config"
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH

fail() { echo "lab: $*" >&2; exit 1; }
engine() { n=$1; shift; docker -H "unix://$LAB/$n/docker.sock" "$@"; }
address() { echo "$NET.$((10 + ${1#node}))"; }
nodes() { for d in "$LAB"/node*; do [ ! -d "$d" ] || echo "${d##*/}"; done; }

# The PID of a node's init, if it still is that: a PID file may outlive its process, so the network namespace must match.
init_of() {
  [ -s "$LAB/$1/init.pid" ] || return 1
  pid=$(cat "$LAB/$1/init.pid")
  netns=$(stat -Lc %i "/run/netns/shipyard-$1" 2>/dev/null) || return 1
  [ "$(stat -Lc %i "/proc/$pid/ns/net" 2>/dev/null)" = "$netns" ] && echo "$pid"
}

inside() { # NODE COMMAND…: run in the namespaces of a node
  pid=$(init_of "$1") || fail "$1 is not there"
  shift
  nsenter -t "$pid" -m -u -n -p "$@"
}

registry_pid() {
  [ -s "$LAB/registry.pid" ] || return 1
  pid=$(cat "$LAB/registry.pid")
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$LAB/registry.yml" && echo "$pid"
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

answers() { timeout 5 docker -H "unix://$LAB/$1/docker.sock" version >/dev/null 2>&1; }
gone() { ! kill -0 "$1" 2>/dev/null; }

# --- certificates

request() { # NAME: key and signing request
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
    -keyout "$LAB/pki/$1-key.pem" -out "$LAB/pki/$1.csr" 2>/dev/null
}

extensions() { # subjectAltName or empty, usage
  [ -z "$1" ] || echo "subjectAltName=$1"
  echo "extendedKeyUsage=$2"
}

sign() { # CA REQUEST OUT SAN USAGE
  extensions "$4" "$5" >"$LAB/pki/ext"
  openssl x509 -req -in "$LAB/pki/$2.csr" -CA "$LAB/pki/$1.pem" -CAkey "$LAB/pki/$1-key.pem" -CAcreateserial -days 30 \
    -extfile "$LAB/pki/ext" -out "$LAB/pki/$3.pem" 2>/dev/null
}

# `openssl x509` cannot set dates in the past before OpenSSL 3.4; `openssl ca` always could.
sign_expired() { # REQUEST OUT SAN USAGE
  extensions "$3" "$4" >"$LAB/pki/ext"
  mkdir -p "$LAB/pki/ca-db"
  : >"$LAB/pki/ca-db/index"
  printf '[ca]\ndefault_ca=lab\n[lab]\ndatabase=%s\nnew_certs_dir=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' \
    "$LAB/pki/ca-db/index" "$LAB/pki/ca-db" >"$LAB/pki/ca-db/conf"
  openssl ca -batch -notext -config "$LAB/pki/ca-db/conf" -cert "$LAB/pki/ca.pem" -keyfile "$LAB/pki/ca-key.pem" \
    -in "$LAB/pki/$1.csr" -out "$LAB/pki/$2.pem" -startdate 20200101000000Z -enddate 20200201000000Z \
    -extfile "$LAB/pki/ext" 2>/dev/null
}

authority() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=shipyard-lab $1" \
    -keyout "$LAB/pki/$1-key.pem" -out "$LAB/pki/$1.pem" 2>/dev/null
}

certificates() { # N
  mkdir -p "$LAB/pki"
  authority ca
  authority other-ca
  request client && sign ca client client-cert "" clientAuth && sign_expired client expired-client-cert "" clientAuth
  request other-client && sign other-ca other-client other-client-cert "" clientAuth
  request wrong-host && sign ca wrong-host wrong-host DNS:elsewhere.example serverAuth
  i=1
  while [ "$i" -le "$1" ]; do
    san="IP:$(address "node$i"),DNS:node$i"
    request "node$i" && sign ca "node$i" "node$i" "$san" serverAuth && sign_expired "node$i" "node$i-expired" "$san" serverAuth
    i=$((i + 1))
  done
  # The docker command looks for these two names.
  ln -s client-cert.pem "$LAB/pki/cert.pem"
  ln -s client-key.pem "$LAB/pki/key.pem"
  rm -rf "$LAB/pki/ca-db" "$LAB/pki/ext" "$LAB/pki"/*.csr "$LAB/pki"/*.srl
  [ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID" "$LAB/pki"
}

# --- nodes

network() {
  ip link add $BRIDGE type bridge
  # The alias tells whose bridge it is: addresses are fixed, so one machine has room for one lab.
  ip link set $BRIDGE alias "$LAB"
  ip addr add $NET.1/24 dev $BRIDGE
  ip link set $BRIDGE up
  # A dockerd in the root namespace sets the policy of FORWARD to DROP, and bridged packets may pass there.
  iptables -I FORWARD -i $BRIDGE -o $BRIDGE -j ACCEPT
}

node_up() { # NODE
  ns=shipyard-$1 d=$LAB/$1
  mkdir -p "$d"
  ip netns add "$ns"
  ip link add "sy$1" type veth peer name eth0 netns "$ns"
  ip link set "sy$1" master $BRIDGE up
  ip -n "$ns" addr add "$(address "$1")/24" dev eth0
  ip -n "$ns" link set eth0 up
  ip -n "$ns" link set lo up
  ip -n "$ns" route add default via $NET.1
  # nsenter, not `ip netns exec`: the latter remounts /sys and hides the cgroup mounts. Each dockerd needs its own /run.
  # The PID is read before /proc is mounted anew, so it is the one the root namespace knows.
  # shellcheck disable=SC2016
  setsid nsenter --net="/run/netns/$ns" unshare -m -u -p --fork --kill-child sh -c '
    read -r pid rest </proc/self/stat
    hostname "$1"
    mount --make-rprivate /
    mount -t proc proc /proc
    mount -t tmpfs none /run
    mkdir -p /run/docker
    echo "$pid" >"$2/init.pid"
    exec docker-init -- sleep infinity' init "$1" "$d" >"$d/init.log" 2>&1 </dev/null 9>&- &
  wait_for 10 "$1 did not come up: $d/init.log" init_of "$1"
}

dockerd_start() { # NODE [CERT]
  d=$LAB/$1 cert=${2:-$1} key=$LAB/pki/$1-key.pem
  [ -f "$LAB/pki/$cert.pem" ] || fail "no certificate $cert"
  [ ! -f "$LAB/pki/$cert-key.pem" ] || key=$LAB/pki/$cert-key.pem
  # After SIGKILL both files are stale, and dockerd refuses to start if another process has the number by now.
  rm -f "$d/pid" "$d/docker.sock"
  # shellcheck disable=SC2016
  inside "$1" sh -c 'log=$1; shift; setsid "$@" >>"$log" 2>&1 </dev/null 9>&- &' start "$d/log" \
    dockerd --data-root "$d/data" --exec-root "$d/exec" -p "$d/pid" -H "unix://$d/docker.sock" -H tcp://0.0.0.0:2376 \
    --tlsverify --tlscacert="$LAB/pki/ca.pem" --tlscert="$LAB/pki/$cert.pem" --tlskey="$key" --label "name=$1" \
    ${SUDO_GID:+--group "$SUDO_GID"} --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/shipyard-$1" --insecure-registry $NET.0/24
}

dockerd_alive() { # NODE
  [ -s "$LAB/$1/pid" ] && inside "$1" kill -0 "$(cat "$LAB/$1/pid")" 2>/dev/null
}

signal() { # NODE SIGNAL
  [ -s "$LAB/$1/pid" ] || fail "the dockerd of $1 does not run"
  inside "$1" kill "-$2" "$(cat "$LAB/$1/pid")"
}

# --- images and registry

images() { # NODE
  tar -C "$LAB/rootfs" -c . | engine "$1" import --change 'CMD ["sh"]' - busybox:lab
  tar -C "$LAB/rootfs" -c . | engine "$1" import --change 'EXPOSE 80' \
    --change 'CMD ["httpd","-f","-p","80","-h","/www"]' - web:lab
}

rootfs() {
  mkdir -p "$LAB/rootfs/bin" "$LAB/rootfs/tmp" "$LAB/rootfs/www"
  cp "$(command -v busybox)" "$LAB/rootfs/bin/busybox"
  for a in $(busybox --list); do [ "$a" = busybox ] || ln -s busybox "$LAB/rootfs/bin/$a"; done
  echo '<!doctype html><title>web:lab</title><h1>It works</h1>' >"$LAB/rootfs/www/index.html"
}

registry_up() {
  mkdir -p "$LAB/registry"
  printf 'version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\nhttp: {addr: "%s"}\n' \
    "$LAB/registry" "$REGISTRY" >"$LAB/registry.yml"
  setsid docker-registry serve "$LAB/registry.yml" >"$LAB/registry.log" 2>&1 </dev/null 9>&- &
  echo $! >"$LAB/registry.pid"
  wait_for 10 "the registry does not answer (is port 5000 taken?): $LAB/registry.log" busybox wget -qO /dev/null "http://$REGISTRY/v2/"
}

# An image with layers that compress badly, so that a pull has some progress to report.
registry_fill() { # NODE
  b=$LAB/layers
  mkdir -p "$b"
  echo 'FROM busybox:lab' >"$b/Dockerfile"
  for i in 1 2 3 4 5; do
    head -c 4194304 /dev/urandom >"$b/$i"
    echo "COPY $i /layer$i" >>"$b/Dockerfile"
  done
  DOCKER_BUILDKIT=0 engine "$1" build -q -t "$REGISTRY/layers:lab" "$b" 2>/dev/null
  engine "$1" push -q "$REGISTRY/layers:lab"
  # The engine that built it must have to pull it as well.
  engine "$1" rmi "$REGISTRY/layers:lab"
  rm -rf "$b"
}

# --- commands

status() {
  [ -f "$LAB/complete" ] && registry_pid >/dev/null || return 1
  for n in $(nodes); do init_of "$n" >/dev/null && answers "$n" || return 1; done
}

# A test that broke off leaves a dockerd stopped or paused; the rest of the lab is fine then.
repair() {
  [ -f "$LAB/complete" ] && registry_pid >/dev/null || return 1
  for n in $(nodes); do init_of "$n" >/dev/null || return 1; done
  for n in $(nodes); do
    answers "$n" || {
      if dockerd_alive "$n"; then signal "$n" CONT; else dockerd_start "$n"; fi
      wait_for 30 "$n does not answer: $LAB/$n/log" answers "$n"
    }
  done
}

up() { # N
  if status; then echo "lab: already up in $LAB"; return; fi
  if repair; then echo "lab: repaired in $LAB"; return; fi
  owner=$(cat /sys/class/net/$BRIDGE/ifalias 2>/dev/null || true)
  if [ -n "$owner" ] && [ "$owner" != "$LAB" ] && [ -d "$owner" ]; then fail "another lab is up in $owner"; fi
  clean
  # An existing folder that no lab made is not ours to delete at the end.
  [ ! -e "$LAB" ] || rmdir "$LAB" 2>/dev/null || fail "$LAB exists and is not a lab"
  mkdir -p "$LAB"
  : >"$LAB/lab"
  certificates "$1"
  rootfs
  network
  i=1
  while [ "$i" -le "$1" ]; do node_up "node$i" && dockerd_start "node$i"; i=$((i + 1)); done
  registry_up
  for n in $(nodes); do
    wait_for 30 "$n does not answer: $LAB/$n/log" answers "$n"
    images "$n" >/dev/null
  done
  registry_fill node1 >/dev/null
  : >"$LAB/complete"
  for n in $(nodes); do echo "$n https://$(address "$n"):2376"; done
}

clean() {
  for n in $(nodes); do
    if pid=$(init_of "$n"); then
      kill -KILL "$pid"
      wait_for 20 "$n does not end" gone "$pid"
    fi
    # Removing the namespace removes both ends of the veth pair.
    ip netns del "shipyard-$n" 2>/dev/null || true
  done
  if pid=$(registry_pid); then kill "$pid" && wait_for 20 "the registry does not end" gone "$pid"; fi
  iptables -D FORWARD -i $BRIDGE -o $BRIDGE -j ACCEPT 2>/dev/null || true
  ip link del $BRIDGE 2>/dev/null || true
  for n in $(nodes); do
    find /sys/fs/cgroup -depth -type d -path "*/shipyard-$n*" -exec rmdir {} + 2>/dev/null || true
  done
  [ ! -f "$LAB/lab" ] || rm -rf "$LAB"
}

one() { case ${1:-} in node[1-9]) [ -d "$LAB/$1" ] || fail "no $1" ;; *) fail "which node? node1, node2, …" ;; esac; }

command=${1:-}
case $command in
up | down | status | start | stop | kill | pause | resume)
  # Network namespaces and dockerd need root; whoever asked keeps the right to read the keys and use the sockets.
  [ "$(id -u)" = 0 ] || exec sudo --preserve-env=SHIPYARD_LAB "$0" "$@"
  # One command at a time; the lock goes with the process. Whatever is left running must not inherit it.
  exec 9<"$0"
  flock 9
  ;;
esac
case $command in
up) up "${2:-3}" ;;
down) clean ;;
status) status ;;
kill) one "${2:-}" && signal "$2" KILL && wait_for 10 "$2 does not end" sh -c '! "$0" "$@"' "$0" alive "$2" ;;
stop) one "${2:-}" && signal "$2" TERM && wait_for 60 "$2 does not end" sh -c '! "$0" "$@"' "$0" alive "$2" ;;
alive) one "${2:-}" && dockerd_alive "$2" ;;
pause) one "${2:-}" && signal "$2" STOP ;;
resume) one "${2:-}" && signal "$2" CONT ;;
start)
  one "${2:-}"
  if dockerd_alive "$2"; then fail "the dockerd of $2 runs already"; fi
  dockerd_start "$2" "${3:-}"
  wait_for 30 "$2 does not answer: $LAB/$2/log" answers "$2"
  ;;
env)
  for n in $(nodes); do echo "# $n https://$(address "$n"):2376 or unix://$LAB/$n/docker.sock"; done
  echo "# authority $LAB/pki/ca.pem, client certificate $LAB/pki/client-cert.pem, its key $LAB/pki/client-key.pem"
  echo "export SHIPYARD_LAB=$LAB DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$LAB/pki"
  ;;
*) sed -n '2,11p' "$0" | sed 's/^# //'; exit 2 ;;
esac
