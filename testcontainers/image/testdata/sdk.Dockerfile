# The suites of the JavaScript and Python SDKs, to be run beside the emulator. The
# context has their folders, that of JavaScript with its packages: npm itself is some
# hundred packages of Debian. The suites run with no way out of their network.
FROM golang:1.26
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs python3 python3-venv >/dev/null \
 && rm -rf /var/lib/apt/lists/*
COPY python/requirements.txt /suites/python/
RUN cd /suites/python && python3 -m venv .venv \
 && .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
COPY . /suites
# Debian's Node.js may be one that does not have these two at hand, as later ones do.
RUN echo 'globalThis.crypto ??= require("node:crypto").webcrypto; globalThis.File ??= require("node:buffer").File' > /suites/globals.cjs
ENV NODE_OPTIONS="--require=/suites/globals.cjs" \
    NODE_EXTRA_CA_CERTS=/suites/ca.pem \
    REQUESTS_CA_BUNDLE=/suites/ca.pem \
    SSL_CERT_FILE=/suites/ca.pem
