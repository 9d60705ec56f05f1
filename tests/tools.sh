#!/bin/sh
# The programs that the tests need besides Python's: installed when we may, named when we may not.
set -eu
missing=""
need() { missing="$missing $1"; }
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need postgresql
command -v chromium >/dev/null || need chromium
command -v pdftotext >/dev/null || need poppler-utils
command -v systemd-analyze >/dev/null || need systemd
command -v openssl >/dev/null || need openssl
if ! command -v fc-list >/dev/null || [ -z "$(fc-list :lang=ja)" ]; then need fontconfig; need fonts-noto-cjk; fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing$missing …"
    apt-get update -qq
    # shellcheck disable=SC2086  # one argument per package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "The tests need these Debian packages, and only root may install them:$missing" >&2
    exit 1
fi
