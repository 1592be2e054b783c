
# --- who may reach Docker and SSH

ssh_ports() {
  ports=$(setting ssh-port "${SHIPYARD_SSH_PORT:-}" '')
  [ -n "$ports" ] || ! has sshd || ports=$(sshd -T 2>/dev/null | sed -n 's/^port //p' | paste -sd ' ' -)
  printf '%s' "${ports:-22}"
}

# Where the person who runs this comes from, were it through sudo, who hides it: they must not lock themselves out.
session_address() {
  pid=$$
  while [ "$pid" -gt 1 ]; do
    from=$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=\([^ ]*\) .*/\1/p' | head -n 1) || from=
    [ -z "$from" ] || { printf '%s' "$from"; return; }
    pid=$(sed 's/.*) . \([0-9]*\) .*/\1/' "/proc/$pid/stat" 2>/dev/null) || return 0
  done
}

family() { # 4|6 ADDRESSES…
  want=$1
  shift
  for a in "$@"; do
    case $a in *:*) f=6 ;; *) f=4 ;; esac
    [ $f != "$want" ] || printf '%s ' "$a"
  done
}

# One rule a line: port, then who may; everybody else may not. MODE: `all`, or `docker` without SSH.
wanted() { # MODE
  echo "$PORT $ALLOW"
  [ "$1" = all ] && [ -n "$SSH_FROM" ] || return 0
  for port in $(ssh_ports); do echo "$port $SSH_FROM $(cat "$D/session-address" 2>/dev/null || true)"; done
}

with_nft() { has nft && nft list tables >/dev/null 2>&1; }

rules_nft() { # MODE
  {
    echo 'table inet shipyard'
    echo 'delete table inet shipyard'
    echo 'table inet shipyard {'
    echo '  chain input {'
    echo '    type filter hook input priority -5; policy accept;'
    echo '    iif lo accept'
    wanted "$1" | while read -r port from; do
      [ "$port" = "$PORT" ] || echo "    tcp dport $port ct state established,related accept"
      # shellcheck disable=SC2086
      four=$(family 4 $from) six=$(family 6 $from)
      [ -z "$four" ] || echo "    tcp dport $port ip saddr { $(echo $four | sed 's/ /, /g') } accept"
      [ -z "$six" ] || echo "    tcp dport $port ip6 saddr { $(echo $six | sed 's/ /, /g') } accept"
      echo "    tcp dport $port drop"
    done
    echo '  }'
    echo '}'
  } | nft -f -
}

rules_iptables() { # MODE: in a chain of its own, written at once. RETURN and not ACCEPT: other rules may still refuse.
  for f in 4 6; do
    tool=iptables
    [ $f = 4 ] || tool=ip6tables
    has $tool && $tool -w -L INPUT -n >/dev/null 2>&1 || continue
    {
      echo '*filter'
      echo ':SHIPYARD - [0:0]'
      echo '-A SHIPYARD -i lo -j RETURN'
      wanted "$1" | while read -r port from; do
        [ "$port" = "$PORT" ] || echo "-A SHIPYARD -p tcp --dport $port -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"
        # shellcheck disable=SC2086
        for a in $(family $f $from); do echo "-A SHIPYARD -p tcp -s $a --dport $port -j RETURN"; done
        echo "-A SHIPYARD -p tcp --dport $port -j DROP"
      done
      echo COMMIT
    } | $tool-restore -w --noflush
    $tool -w -C INPUT -j SHIPYARD 2>/dev/null || $tool -w -I INPUT 1 -j SHIPYARD
  done
}

load_rules() { # MODE
  if [ "$(setting firewall "${SHIPYARD_FIREWALL:-}" nft)" = nft ] && with_nft; then
    rules_nft "$1"
  else
    rules_iptables "$1"
  fi
}

unload_rules() {
  ! has nft || nft delete table inet shipyard 2>/dev/null || true
  for tool in iptables ip6tables; do
    has $tool && $tool -w -n -L SHIPYARD >/dev/null 2>&1 || continue
    while $tool -w -D INPUT -j SHIPYARD 2>/dev/null; do :; done
    $tool -w -F SHIPYARD 2>/dev/null || true
    $tool -w -X SHIPYARD 2>/dev/null || true
  done
}

# The rules are on trial: unless somebody confirms them, a process of its own takes them away.
try_rules() {
  [ -z "$SSH_FROM" ] || session_address >"$D/session-address"
  seconds=${SHIPYARD_CONFIRM_SECONDS:-120}
  say "firewall: port $PORT for $ALLOW alone${SSH_FROM:+, SSH for $SSH_FROM $(cat "$D/session-address") alone}"
  note "on trial: away again after $seconds s unless confirmed"
  begin_trial
}

begin_trial() {
  stop_trial
  echo all >"$D/unconfirmed"
  setsid sh "$D/node.sh" trial "${SHIPYARD_CONFIRM_SECONDS:-120}" </dev/null >/dev/null 2>&1 &
  load_rules all
}

trial() { # SECONDS: in the background
  echo $$ >"$D/trial.pid"
  sleep "$1"
  # Another trial may have begun meanwhile: then this one is not to judge.
  [ "$(cat "$D/trial.pid" 2>/dev/null)" = $$ ] || exit 0
  rm -f "$D/trial.pid"
  case $(cat "$D/unconfirmed" 2>/dev/null) in
  all) unload_rules ;;
  ssh) load_rules docker && save_rules docker ;;
  esac
  rm -f "$D/unconfirmed"
}

stop_trial() {
  rm -f "$D/unconfirmed"
  [ -s "$D/trial.pid" ] || return 0
  pid=$(cat "$D/trial.pid")
  # The sleep goes with it: both are in the group that setsid made.
  ! tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'node.sh trial' || kill -- "-$pid" 2>/dev/null || true
  rm -f "$D/trial.pid"
}

save_rules() { # MODE
  echo "$1" >"$D/firewall"
  if systemd; then
    printf '%s\n' '[Unit]' 'Description=Shipyard: who may reach Docker and SSH' 'DefaultDependencies=no' \
      'Wants=network-pre.target' 'Before=network-pre.target docker.service shutdown.target' 'Conflicts=shutdown.target' \
      'After=local-fs.target nftables.service netfilter-persistent.service ufw.service' 'PartOf=nftables.service' \
      '[Service]' 'Type=oneshot' 'RemainAfterExit=yes' "ExecStart=/bin/sh $D/node.sh firewall" '[Install]' 'WantedBy=sysinit.target' \
      >"$UNITS/shipyard-firewall.service"
    chmod 0644 "$UNITS/shipyard-firewall.service"
    systemctl daemon-reload
    systemctl enable --quiet shipyard-firewall.service
  else
    note "no systemd here: run sh $D/node.sh firewall at boot"
  fi
}

confirm() {
  if [ ! -s "$D/unconfirmed" ]; then
    [ "$(cat "$D/firewall" 2>/dev/null)" = all ] || fail 'there is nothing to confirm: the rules went away by themselves'
    return 0
  fi
  stop_trial
  save_rules all
  say 'the rules stay'
}

# After Shipyard reached the engine, its own rule is proven; that of SSH is by whoever comes in anew.
confirm_docker() {
  if [ -z "$SSH_FROM" ]; then
    confirm
    return
  fi
  save_rules docker
  [ ! -s "$D/unconfirmed" ] || echo ssh >"$D/unconfirmed"
  say 'open another SSH connection to this host now and run there, as root:'
  note "sh $D/node.sh confirm"
  note 'without it, the rule for SSH goes away by itself; that for Docker stays'
}

# --- renewal, the enrolment as a whole, removal

timer() {
  if ! systemd; then
    note "no systemd here: have sh $D/node.sh renew run once a day"
    return
  fi
  say 'a timer that asks for a new certificate in time'
  printf '%s\n' '[Unit]' 'Description=Shipyard: a new certificate for Docker, when it is time' 'Wants=network-online.target' \
    'After=network-online.target' '[Service]' 'Type=oneshot' "ExecStart=/bin/sh $D/node.sh renew" >"$UNITS/shipyard-renew.service"
  printf '%s\n' '[Unit]' 'Description=Shipyard: a new certificate for Docker, when it is time' '[Timer]' 'OnCalendar=daily' \
    'RandomizedDelaySec=6h' 'Persistent=true' '[Install]' 'WantedBy=timers.target' >"$UNITS/shipyard-renew.timer"
  chmod 0644 "$UNITS/shipyard-renew.service" "$UNITS/shipyard-renew.timer"
  systemctl daemon-reload
  systemctl enable --quiet --now shipyard-renew.timer
}

install() { # FILE with the certificates
  check
  answers 5 || fail "Docker does not answer at $SOCKET: start it, or say where with SHIPYARD_DOCKER_SOCKET"
  folder
  keep_setting restart "${SHIPYARD_DOCKER_RESTART:-}"
  keep_setting socket "${SHIPYARD_DOCKER_SOCKET:-}"
  keep_setting firewall "${SHIPYARD_FIREWALL:-}"
  keep_setting ssh-port "${SHIPYARD_SSH_PORT:-}"
  if [ -n "${CURL_CA_BUNDLE:-}" ] && [ "$CURL_CA_BUNDLE" != "$D/shipyard-trust.pem" ]; then cp "$CURL_CA_BUNDLE" "$D/shipyard-trust.pem"; fi
  say "certificate, key and authority under $D, for root alone"
  take_certificates "$1"
  note "holds until $(certificate_end)"
  backup
  undo_on_failure
  try_rules
  keep_containers
  configure
  say 'restarting Docker'
  restart_docker || fail 'Docker does not answer with the new settings'
  say "checking port $PORT: our certificate, and nobody without one"
  check_port || fail "port $PORT does not answer as it should"
  timer
  # All of the time is for whoever confirms, however long Docker took.
  begin_trial
  trap - EXIT HUP INT TERM
}

# From here on whatever fails, or is interrupted, takes all back.
undo_on_failure() {
  trap 'status=$?; trap - EXIT; [ $status = 0 ] || undo; exit $status' EXIT
  trap 'exit 129' HUP INT TERM
}

# Key and certificates stay, so that the same script can be run again.
undo() {
  say 'this failed: taking everything back'
  stop_trial
  remove_units
  (restore_config) || true
  unload_rules
  rm -f "$D/firewall"
}

remove_units() {
  systemd || return 0
  for unit in shipyard-renew.timer shipyard-renew.service shipyard-firewall.service; do
    [ ! -e "$UNITS/$unit" ] || { systemctl disable --quiet --now "$unit" 2>/dev/null || true; rm -f "$UNITS/$unit"; }
  done
  systemctl daemon-reload || true
}

sign() {
  mark=$(printf '%s' "$SECRET" | openssl dgst -sha256 -r | cut -c 1-64)
  # An earlier run came this far; the secret signs only once.
  [ "$(cat "$D/signed-by" 2>/dev/null)" != "$mark" ] || [ ! -s "$D/signed.pem" ] || return 0
  request >"$D/request.pem"
  say "asking $URL for the certificate"
  status=$(ask /api/v1/nodes/enrol "$D/request.pem" "$D/signed.pem")
  rm -f "$D/request.pem"
  if [ "$status" != 200 ]; then
    why=$(told "$D/signed.pem")
    rm -f "$D/signed.pem"
    fail "Shipyard gave no certificate ($status): $why"
  fi
  printf '%s' "$mark" >"$D/signed-by"
}

finish() {
  say 'Shipyard tries this engine, with and without its certificate'
  : >"$D/nothing"
  status=$(ask /api/v1/nodes/enrol/finish "$D/nothing" "$D/answer")
  # Without an answer it may have been added all the same; asked again, Shipyard says so.
  for pause in 1 5; do
    case $status in *none | 000*) sleep $pause; status=$(ask /api/v1/nodes/enrol/finish "$D/nothing" "$D/answer") ;; esac
  done
  why=$(told "$D/answer")
  rm -f "$D/nothing" "$D/answer"
  [ "$status" = 201 ] || fail "Shipyard did not add this engine ($status): $why"
}

enrol() {
  [ -n "${SECRET:-}" ] || fail 'there is no secret to enrol with: run the script that Shipyard gave'
  check curl:curl
  sign
  install "$D/signed.pem"
  undo_on_failure
  finish
  trap - EXIT HUP INT TERM
  rm -f "$D/signed.pem" "$D/signed-by"
  confirm_docker
  say "this host is the engine $ENGINE now"
}

renew() {
  has curl || fail 'curl is missing: apt-get install curl'
  request >"$D/request.pem"
  status=$(ask /api/v1/nodes/renew "$D/request.pem" "$D/renewed.pem")
  case $status in
  200) renewed "$D/renewed.pem" ;;
  204) say "it is not time for a new certificate: this one holds until $(certificate_end)" ;;
  *) why=$(told "$D/renewed.pem"); rm -f "$D/request.pem" "$D/renewed.pem"; fail "Shipyard gave no certificate ($status): $why" ;;
  esac
  rm -f "$D/request.pem" "$D/renewed.pem"
}

renewed() { # FILE
  cp -p "$D/server-cert.pem" "$D/server-cert.old"
  cp -p "$D/ca.pem" "$D/ca.old"
  take_certificates "$1"
  say "a new certificate, until $(certificate_end)"
  if running && ! live && [ "${SHIPYARD_STOP_CONTAINERS:-}" != 1 ]; then
    note 'Docker takes it when it restarts next: now, its containers would be stopped'
  else
    say 'restarting Docker, which reads certificates at its start alone'
    if ! restart_docker || ! check_port; then
      mv "$D/server-cert.old" "$D/server-cert.pem"
      mv "$D/ca.old" "$D/ca.pem"
      restart_docker || true
      fail 'Docker does not work with the new certificate: it has the old one again'
    fi
  fi
  rm -f "$D/server-cert.old" "$D/ca.old"
}

remove() {
  [ "$(id -u)" = 0 ] || fail 'only root can do this: put sudo before the command'
  remove_units
  if [ -d "$D" ]; then
    stop_trial
    restore_config
  fi
  say 'firewall: the rules go'
  unload_rules
  gone_etc_docker=
  [ ! -e "$D/before/no-etc-docker" ] || gone_etc_docker=yes
  say "certificates, keys and all else under $D go"
  rm -rf "$D"
  [ -z "$gone_etc_docker" ] || rmdir /etc/docker 2>/dev/null || true
  say 'nothing of Shipyard is left here'
}

from_input() { cat >"$D/input.pem"; "$1" "$D/input.pem"; rm -f "$D/input.pem"; }

case ${1:-help} in
enrol) enrol ;;
request) check && request ;;
install) check && folder && from_input install ;;
finish) finish ;;
confirm) confirm ;;
confirm-docker) confirm_docker ;;
trial) trial "$2" ;;
renew) renew ;;
renewed) from_input renewed ;;
firewall) [ ! -s "$D/firewall" ] || load_rules "$(cat "$D/firewall")" ;;
rules) wanted "$(cat "$D/firewall" 2>/dev/null || echo all)" ;;
remove) remove ;;
*) fail "what? enrol, request, install, finish, confirm, renew, renewed, firewall, rules, remove" ;;
esac
