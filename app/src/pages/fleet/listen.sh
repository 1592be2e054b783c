# On the Docker host, as root. Write the host's own name or address here:
NAME=node1.example.org      # or an IP address, with SAN=IP:$NAME
SAN=DNS:$NAME

# 1. An authority, a certificate for this host, and one for Shipyard.
mkdir -p /etc/docker/tls && cd /etc/docker/tls && umask 077
new="openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
sign="openssl x509 -req -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 365"
$new -x509 -days 3650 -subj "/CN=Docker on $NAME" -keyout ca-key.pem -out ca.pem
$new -subj "/CN=$NAME" -keyout server-key.pem -out server.csr
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$SAN" > server.ext
$sign -in server.csr -extfile server.ext -out server-cert.pem
$new -subj "/CN=shipyard" -keyout key.pem -out client.csr
printf 'extendedKeyUsage=clientAuth\n' > client.ext
$sign -in client.csr -extfile client.ext -out cert.pem

# 2. The daemon listens on port 2376, and only to who shows a certificate of that authority.
mkdir -p /etc/systemd/system/docker.service.d
cat > /etc/systemd/system/docker.service.d/tls.conf <<'END'
[Service]
ExecStart=
ExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2376 --tlsverify \
  --tlscacert /etc/docker/tls/ca.pem --tlscert /etc/docker/tls/server-cert.pem \
  --tlskey /etc/docker/tls/server-key.pem
END
systemctl daemon-reload && systemctl restart docker

# 3. What the form asks for.
cat cert.pem key.pem ca.pem
