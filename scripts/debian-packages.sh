#!/usr/bin/env bash
# Install the Debian packages that are missing: `scripts/debian-packages.sh build|test|bench|layouts ...`. Needs root or sudo only if
# something is missing.
set -euo pipefail

packages_of() {
    case $1 in
    build) echo build-essential ca-certificates cmake mold pkg-config libtesseract-dev libleptonica-dev python3 python3-pip python3-venv \
        tesseract-ocr-deu tesseract-ocr-eng tesseract-ocr-pol tesseract-ocr-por tesseract-ocr-ron tesseract-ocr-tur ;;
    test) echo chromium chromium-driver dovecot-imapd fonts-dejavu-core openssl postfix postgresql-15 strace swaks ;;
    bench) echo isync ocrmypdf poppler-utils wrk ;;
    layouts) echo fonts-dejavu-extra fonts-liberation python3-venv ;;
    *) echo "debian-packages.sh: no group named $1 (build, test, bench, layouts)" >&2; exit 2 ;;
    esac
}

missing=()
for group in "$@"; do
    for package in $(packages_of "$group"); do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "These Debian packages are missing and need root or sudo: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
echo "installing Debian packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Servers that come with packages are started by the tests themselves, each in its own folder.
"${as_root[@]}" mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
