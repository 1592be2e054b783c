# Makes this host an engine of Shipyard, keeps its certificate, and undoes all of it. Values above are of this node.
#   enrol         everything: asks Shipyard for the certificate, and has itself added
#   request       make the key, print a signing request (nothing else on standard output)
#   install       read the signed certificate and the authority from standard input, and set all up
#   finish        ask Shipyard to try this engine and add it
#   confirm       keep the firewall's rules, which go away by themselves otherwise
#   renew         fetch a new certificate if Shipyard has one to give
#   renewed       read a new certificate from standard input and use it
#   firewall      load the rules (at boot)
#   rules         print port by port who is let through
#   remove        leave no trace
# Settings, from the environment:
#   SHIPYARD_DOCKER_RESTART   command that restarts dockerd where there is no systemd
#   SHIPYARD_DOCKER_SOCKET    dockerd's own socket (/var/run/docker.sock)
#   SHIPYARD_STOP_CONTAINERS  set to 1 where Docker cannot be restarted without stopping containers
#   SHIPYARD_SSH_PORT         port of SSH, where sshd does not tell
#   SHIPYARD_CONFIRM_SECONDS  time to confirm the firewall's rules (120)
#   CURL_CA_BUNDLE            authority of Shipyard's own certificate (PEM), where this host does not know it
set -eu
umask 077
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

D=/etc/docker/shipyard
CONFIG=/etc/docker/daemon.json
DROPIN=/etc/systemd/system/docker.service.d
UNITS=/etc/systemd/system
KEYS='tlsverify tlscacert tlscert tlskey hosts labels live-restore'

say() { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
fail() { printf 'shipyard: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
systemd() { [ -d /run/systemd/system ] && has systemctl; }

# A setting lives on from the enrolment to renewals and the removal.
setting() { # NAME VALUE-FROM-ENVIRONMENT DEFAULT
  if [ -n "$2" ]; then printf '%s' "$2"; elif [ -s "$D/setting-$1" ]; then cat "$D/setting-$1"; else printf '%s' "$3"; fi
}
keep_setting() { [ -z "$2" ] || printf '%s' "$2" >"$D/setting-$1"; }

RESTART=$(setting restart "${SHIPYARD_DOCKER_RESTART:-}" '')
SOCKET=$(setting socket "${SHIPYARD_DOCKER_SOCKET:-}" /var/run/docker.sock)
TRUST=${CURL_CA_BUNDLE:-}
if [ -z "$TRUST" ] && [ -s "$D/shipyard-trust.pem" ]; then TRUST=$D/shipyard-trust.pem; fi
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
engine() { docker -H "unix://$SOCKET" "$@"; }

# --- JSON without tools that a plain host lacks. merge A B: the members of B over those of A. drop A NAMES, pick A NAMES:
# without them, them alone. get A NAME: a value. labels A B: two arrays of labels, B's keys win. items A: one a line.
json() {
  mode=$1 first=$2 names=
  shift 2
  case $mode in drop | pick | get) names=$1; shift ;; esac
  awk -v mode="$mode" -v names="$names" '
    function bad() { print "shipyard: this is no JSON that can be changed: " what > "/dev/stderr"; exit 3 }
    function space() { while (at <= n && index(" \t\r\n", substr(s, at, 1))) at++ }
    function string(  c) {
      at++
      while (at <= n) {
        c = substr(s, at, 1)
        if (c == "\\") at += 2
        else { at++; if (c == "\"") return }
      }
      bad()
    }
    function value(  c, depth) {
      depth = 0
      while (at <= n) {
        c = substr(s, at, 1)
        if (c == "\"") { string(); if (!depth) return; continue }
        if (c == "{" || c == "[") depth++
        else if (c == "}" || c == "]") { if (!depth) return; if (!--depth) { at++; return } }
        else if (c == "," && !depth) return
        at++
      }
    }
    function read(text, first, last,  b, key, v, c) {
      s = text; n = length(s); at = 1
      space()
      if (substr(s, at++, 1) != first) bad()
      space()
      while (substr(s, at, 1) != last) {
        key = ""
        if (first == "{") {
          if (substr(s, at, 1) != "\"") bad()
          b = at; string(); key = substr(s, b + 1, at - b - 2)
          space()
          if (substr(s, at++, 1) != ":") bad()
          space()
        }
        b = at; value(); v = substr(s, b, at - b)
        sub(/[ \t\r\n]+$/, "", v)
        if (v == "") bad()
        if (first == "[") { key = v; sub(/^"/, "", key); sub(/[="].*$/, "", key) }
        for (i = 1; i <= count; i++) if (k[i] == key && (first == "{" || second)) break
        if (first == "[" && !second) i = count + 1
        if (i > count) count = i
        k[i] = key; x[i] = v
        space()
        c = substr(s, at, 1)
        if (c == ",") { at++; space(); if (substr(s, at, 1) == last) bad() }
        else if (c != last) bad()
      }
      at++
      space()
      if (at <= n) bad()
      second = 1
    }
    FNR == 1 { file++ }
    { text[file] = text[file] $0 "\n" }
    END {
      what = FILENAME
      if (!file) bad()
      array = mode == "labels" || mode == "items"
      for (f = 1; f <= file; f++) read(text[f], array ? "[" : "{", array ? "]" : "}")
      total = split(names, list, " ")
      for (j = 1; j <= total; j++) named[list[j]] = 1
      if (mode == "items") { for (i = 1; i <= count; i++) print x[i]; exit }
      if (mode == "labels") {
        for (i = 1; i <= count; i++) out = out (i > 1 ? ", " : "") x[i]
        print "[" out "]"; exit
      }
      for (i = 1; i <= count; i++) {
        if (mode == "get") { if (k[i] == names) print x[i]; continue }
        if ((mode == "drop" && k[i] in named) || (mode == "pick" && !(k[i] in named))) continue
        out = out (out == "" ? "" : ",") "\n  \"" k[i] "\": " x[i]
      }
      if (mode != "get") print "{" out (out == "" ? "" : "\n") "}"
    }' "$first" "$@"
}

# --- what must be there

check() {
  [ "$(id -u)" = 0 ] || fail 'only root can do this: put sudo before the command'
  missing=
  for need in docker:docker.io dockerd:docker.io openssl:openssl awk:mawk "$@"; do
    has "${need%%:*}" || case " $missing " in *" ${need#*:} "*) ;; *) missing="$missing ${need#*:}" ;; esac
  done
  [ -z "$missing" ] || fail "this is missing here: apt-get install$missing"
  has nft || has iptables || fail 'neither nft nor iptables is here: apt-get install nftables'
  [ ! -d /var/snap/docker ] || fail 'this Docker is a snap, which keeps its settings elsewhere: install the package docker.io or docker-ce'
  systemd || [ -n "$RESTART" ] || fail 'there is no systemd here: say with SHIPYARD_DOCKER_RESTART=… how dockerd is restarted'
}

folder() {
  [ -d /etc/docker ] || { mkdir -m 0755 /etc/docker && made_etc_docker=yes; }
  [ -d "$D" ] || mkdir -m 0700 "$D"
  mkdir -p "$D/before"
  [ -z "${made_etc_docker:-}" ] || : >"$D/before/no-etc-docker"
}

# --- key and certificates

request() {
  folder
  if [ ! -s "$D/server-key.pem" ]; then
    say "making a key, which never leaves this host"
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$D/server-key.new" 2>/dev/null
    chmod 0400 "$D/server-key.new"
    mv "$D/server-key.new" "$D/server-key.pem"
  fi
  printf '[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=node\n' >"$D/request.conf"
  openssl req -new -sha256 -config "$D/request.conf" -key "$D/server-key.pem"
  rm -f "$D/request.conf"
}

certificate_end() { openssl x509 -noout -enddate -in "$D/server-cert.pem" 2>/dev/null | sed 's/^notAfter=//'; }

# The first certificate is ours, the others are whom we trust.
take_certificates() { # FILE
  awk -v leaf="$D/server-cert.new" -v authority="$D/ca.new" '
    /^-----BEGIN CERTIFICATE-----/ { count++ }
    count { print > (count == 1 ? leaf : authority) }' "$1"
  [ -s "$D/server-cert.new" ] && [ -s "$D/ca.new" ] || fail 'what came is no certificate with its authority'
  openssl verify -purpose sslserver -CAfile "$D/ca.new" "$D/server-cert.new" >/dev/null 2>&1 ||
    fail 'the certificate that came is not by the authority that came with it, or this clock is wrong'
  [ "$(openssl x509 -noout -pubkey -in "$D/server-cert.new")" = "$(openssl pkey -pubout -in "$D/server-key.pem")" ] ||
    fail 'the certificate that came is for another key'
  chmod 0400 "$D/server-cert.new" "$D/ca.new"
  mv "$D/server-cert.new" "$D/server-cert.pem"
  mv "$D/ca.new" "$D/ca.pem"
}

# --- talking to Shipyard

ask() { # PATH BODY OUT: prints the status. The secret goes by a pipe, as every user sees a program's arguments.
  {
    [ -z "${SECRET:-}" ] || printf 'header = "X-Shipyard-Enrol: %s"\n' "$SECRET"
  } | curl -sS -K - -X POST -H 'Content-Type: application/x-pem-file' -H 'Accept: application/problem+json' \
    ${TRUST:+--cacert "$TRUST"} --max-time 60 --data-binary "@$2" -o "$3" -w '%{http_code}' "$URL$1" || printf 'none'
}

told() { # FILE: what Shipyard says of a failure
  sed -n 's/.*"detail":"\(\([^"\\]\|\\.\)*\)".*/\1/p' "$1" 2>/dev/null | head -n 1
}

# --- Docker

running() { engine ps -q 2>/dev/null | grep -q .; }
live() { [ "$(engine info -f '{{.LiveRestoreEnabled}}' 2>/dev/null)" = true ]; }
swarm() { [ "$(engine info -f '{{.Swarm.LocalNodeState}}' 2>/dev/null)" = active ]; }

answers() { # SECONDS
  tries=$(($1 * 5))
  until engine version >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.2
  done
}

restart_docker() {
  if [ -n "$RESTART" ]; then
    sh -c "$RESTART" >&2 || return 1
  else
    systemctl daemon-reload
    systemctl reset-failed docker.service 2>/dev/null || true
    systemctl restart docker.service >&2 || return 1
  fi
  answers 60
}

reload_docker() {
  if [ -z "$RESTART" ]; then
    systemctl reload docker.service >&2 || true
  else
    for pid in $(pidof dockerd); do kill -HUP "$pid"; done
  fi
  sleep 1
}

write_config() { # FILE
  if has dockerd && dockerd --help 2>&1 | grep -q -- '--validate'; then
    dockerd --validate --config-file "$1" >/dev/null 2>&1 || fail 'Docker refuses the settings that would be written'
  fi
  chmod 0644 "$1"
  [ ! -e "$CONFIG" ] || chmod --reference="$CONFIG" "$1"
  cp -p "$1" "$CONFIG.shipyard"
  mv "$CONFIG.shipyard" "$CONFIG"
}

# Containers go on running over a restart where live-restore is on; it can be turned on without one.
keep_containers() {
  running || return 0
  live && return 0
  if ! swarm; then
    say 'turning live-restore on, so that containers go on running while Docker restarts'
    printf '{"live-restore": true}\n' >"$D/live.json"
    if [ -s "$CONFIG" ]; then json merge "$CONFIG" "$D/live.json" >"$D/next.json"; else cp "$D/live.json" "$D/next.json"; fi
    write_config "$D/next.json"
    rm -f "$D/live.json" "$D/next.json"
    reload_docker
    live && return 0
  fi
  [ "${SHIPYARD_STOP_CONTAINERS:-}" = 1 ] ||
    fail 'containers run here, and they would be stopped by a restart of Docker: run this again with SHIPYARD_STOP_CONTAINERS=1 when that may be'
  say 'containers on this host are stopped and started again'
}

backup() {
  [ ! -e "$D/before/done" ] || return 0
  if [ -e "$CONFIG" ]; then cp -p "$CONFIG" "$D/before/daemon.json"; fi
  [ -d "$DROPIN" ] || : >"$D/before/no-dropin"
  : >"$D/before/done"
}

# daemon.json as it would be without Shipyard, in a file: what was there before, and what was changed since.
without_us() { # FILE
  rm -f "$1"
  if [ -e "$D/daemon.sum" ] && [ -e "$CONFIG" ] && [ "$(cksum <"$CONFIG")" != "$(cat "$D/daemon.sum")" ]; then
    json drop "$CONFIG" "$KEYS" >"$1.ours"
    if [ -s "$D/before/daemon.json" ]; then
      json pick "$D/before/daemon.json" "$KEYS" >"$1.before"
      json merge "$1.ours" "$1.before" >"$1"
    else
      mv "$1.ours" "$1"
    fi
    rm -f "$1.ours" "$1.before"
  elif [ -s "$D/before/daemon.json" ]; then
    cp -p "$D/before/daemon.json" "$1"
  fi
}

# How systemd starts dockerd, without what is ours.
exec_start() {
  systemctl cat docker.service 2>/dev/null | awk -v ours="# $DROPIN/shipyard.conf" '
    /^# \// { skip = ($0 == ours) }
    !skip && /^ExecStart=/ { start = substr($0, 11) }
    END { print start }'
}

configure() {
  say "writing $CONFIG: TLS with certificates on both sides, port $PORT, labels"
  local_host='"unix:///var/run/docker.sock"'
  [ "$SOCKET" = /var/run/docker.sock ] || local_host="\"unix://$SOCKET\""
  start=
  if systemd && [ -z "$RESTART" ]; then
    start=$(exec_start)
    case $start in
    '' | *\\) fail 'systemd knows no docker.service with a plain ExecStart' ;;
    *fd://*) local_host='"fd://"' ;;
    esac
  fi
  without_us "$D/base.json"
  : >"$D/hosts"
  : >"$D/labels"
  if [ -s "$D/base.json" ]; then
    json get "$D/base.json" hosts >"$D/hosts"
    json get "$D/base.json" labels >"$D/labels"
  fi
  if [ -s "$D/hosts" ]; then
    # What listened on the network before, in the clear perhaps, listens no more.
    kept=$(json items "$D/hosts" | grep -v '^"tcp://' | paste -sd , -)
    [ -z "$kept" ] || local_host=$kept
  fi
  printf '%s\n' "$LABELS" >"$D/labels.ours"
  if [ -s "$D/labels" ]; then json labels "$D/labels" "$D/labels.ours" >"$D/labels.all"; else cp "$D/labels.ours" "$D/labels.all"; fi
  {
    printf '{"hosts": [%s, "tcp://%s:%s"],\n' "$local_host" "$LISTEN" "$PORT"
    printf '"tlsverify": true, "tlscacert": "%s/ca.pem", "tlscert": "%s/server-cert.pem", "tlskey": "%s/server-key.pem",\n' "$D" "$D" "$D"
    swarm || printf '"live-restore": true,\n'
    printf '"labels": %s}\n' "$(cat "$D/labels.all")"
  } >"$D/ours.json"
  if [ -s "$D/base.json" ]; then
    json merge "$D/base.json" "$D/ours.json" >"$D/next.json"
  else
    json merge "$D/ours.json" "$D/ours.json" >"$D/next.json"
  fi
  write_config "$D/next.json"
  cksum <"$CONFIG" >"$D/daemon.sum"
  rm -f "$D/hosts" "$D/labels" "$D/labels.ours" "$D/labels.all" "$D/base.json" "$D/ours.json" "$D/next.json"
  if [ -n "$start" ]; then
    say 'a systemd drop-in, so that where Docker listens is said in one place'
    start=$(printf '%s' "$start" | sed 's/ \(-H\|--host\)[= ]*[^ ]*//g')
    mkdir -p "$DROPIN"
    chmod 0755 "$DROPIN"
    printf '[Service]\nExecStart=\nExecStart=%s\n' "$start" >"$DROPIN/shipyard.conf"
    chmod 0644 "$DROPIN/shipyard.conf"
  fi
}

restore_config() {
  [ -e "$D/before/done" ] || return 0
  say "restoring $CONFIG"
  without_us "$D/final.json"
  rm -f "$DROPIN/shipyard.conf"
  [ ! -e "$D/before/no-dropin" ] || rmdir "$DROPIN" 2>/dev/null || true
  on=
  if has docker && live && running; then on=yes; fi
  if [ -n "$on" ]; then
    # Restarted with live-restore still on, which is then turned off without a restart: containers go on running.
    printf '{"live-restore": true}\n' >"$D/live.json"
    if [ -s "$D/final.json" ]; then json merge "$D/final.json" "$D/live.json" >"$CONFIG"; else cp "$D/live.json" "$CONFIG"; fi
  else
    final_config
  fi
  restart_docker || fail 'Docker does not answer after its settings were restored: see its log'
  if [ -n "$on" ]; then
    was=false
    if [ -s "$D/final.json" ]; then was=$(json get "$D/final.json" live-restore); fi
    if [ "$was" != true ]; then
      sed 's/"live-restore": true/"live-restore": false/' "$CONFIG" >"$D/next.json"
      cat "$D/next.json" >"$CONFIG"
      reload_docker
    fi
    final_config
  fi
  rm -f "$D/final.json" "$D/live.json" "$D/next.json" "$D/daemon.sum" "$D/before/done" "$D/before/daemon.json" "$D/before/no-dropin"
}

final_config() {
  if [ -e "$D/final.json" ]; then cp -p "$D/final.json" "$CONFIG"; else rm -f "$CONFIG"; fi
}

# Whether the port shows our certificate and serves nobody who has none.
check_port() {
  near=127.0.0.1
  case $LISTEN in *:*) near='[::1]' ;; esac
  tries=50
  until shown=$(openssl s_client -connect "$near:$PORT" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null); do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.2
  done
  [ "$shown" = "$(openssl x509 -noout -fingerprint -sha256 -in "$D/server-cert.pem")" ] || return 1
  ! has curl || ! curl -sk --max-time 5 -o /dev/null "https://$near:$PORT/_ping" 2>/dev/null
}
