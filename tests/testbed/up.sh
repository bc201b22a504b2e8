#!/usr/bin/env bash
# Bring up what the tests marked `docker` need: an engine and the emulator image. Idempotent; says what it does.
#
#   tests/testbed/up.sh            with LSQM_CI=1 it also installs and starts an engine (Debian, root)
#
# The image is pulled where a registry can be reached. Where none can, a stand-in is built from Debian and PyPI packages:
# the real LocalStack 4.14.0 code, with moto behind DynamoDB and Python Lambda functions run in the container itself.
# It carries the label lsqm.standin=1, so that no report can take it for the published image.
#   LSQM_TEST_IMAGE   default localstack/localstack:4.14.0
#   BASE              a Debian-like image with python3 and venv, instead of one made by debootstrap
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
IMAGE=${LSQM_TEST_IMAGE:-localstack/localstack:4.14.0}
BASE=${BASE:-}
STANDIN_BASE=lsqm-testbed/base:trixie
log=${TMPDIR:-/tmp}/lsqm-testbed.log

say() { echo "testbed: $*" >&2; }
have() { docker image inspect "$1" >/dev/null 2>&1; }
install() { apt-get update -q >>"$log" 2>&1 && apt-get install -y -q --no-install-recommends "$@" >>"$log" 2>&1; }

engine() {
  docker info >/dev/null 2>&1 && return
  if [ "${LSQM_CI:-}" != 1 ] || [ "$(id -u)" != 0 ]; then
    say "no Docker engine answers; start one, or run this as root with LSQM_CI=1"
    exit 3
  fi
  command -v dockerd >/dev/null || { say "installing an engine"; install docker.io iptables; }
  say "starting dockerd"
  setsid dockerd >"${log%.log}-dockerd.log" 2>&1 </dev/null &
  for _ in $(seq 120); do docker info >/dev/null 2>&1 && return; sleep 0.5; done
  tail -5 "${log%.log}-dockerd.log" >&2
  say "dockerd did not come up"
  exit 3
}

base() {
  [ -z "$BASE" ] || return 0
  BASE=$STANDIN_BASE
  have "$BASE" && return
  command -v debootstrap >/dev/null || { [ "$(id -u)" = 0 ] && install debootstrap; }
  say "making a base image (debootstrap)"
  debootstrap --variant=minbase --include=ca-certificates,iproute2,python3,python3-venv,nodejs,unzip trixie "$work/root" >>"$log" 2>&1
  rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/* "$work"/root/usr/share/{doc,man,locale}/*
  tar -C "$work/root" -c . | docker import - "$BASE" >>"$log"
}

build() {
  cp -r "$here/localstack" "$work/context"
  # A machine behind a proxy of its own brings its certificate; it does not stay in the image.
  ca=${PIP_CERT:-${SSL_CERT_FILE:-}}
  if [ -n "$ca" ] && [ -f "$ca" ]; then cp "$ca" "$work/context/ca.crt"; else : >"$work/context/ca.crt"; fi
  mkdir -p "$work/context/kinesis"
  if command -v npm >/dev/null && (cd "$work" && npm pack -s kinesis-local@0.5.2 >>"$log" 2>&1); then
    tar -xzf "$work"/kinesis-local-0.5.2.tgz -C "$work/context/kinesis" --strip-components=1
  else
    say "no npm: streams will not work in the stand-in"
  fi
  say "building the stand-in $IMAGE"
  DOCKER_BUILDKIT=0 docker build --network host --build-arg BASE="$BASE" -t "$IMAGE" "$work/context" >>"$log" 2>&1 ||
    { tail -20 "$log" >&2; say "the build failed; all of it is in $log"; exit 1; }
}

engine
if ! have "$IMAGE"; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  : >"$log"
  if timeout 300 docker pull -q "$IMAGE" >>"$log" 2>&1; then
    say "pulled $IMAGE"
  else
    base
    build
  fi
fi
say "ready: $IMAGE"
