#!/bin/sh
# Name the system packages that are missing and install them where we may (root, apt-get); started by the Makefile.
#   system_packages.sh python PYTHON   what makes a virtual environment
#   system_packages.sh qt PYTHON       what Qt's window needs; PYTHON has PySide6
#   system_packages.sh tests           what the tests need beside that
set -eu

need() {
    [ $# -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "Missing on this system: $*" >&2
    elif [ "$(id -u)" -ne 0 ]; then
        echo "Missing on this system; install with: sudo apt-get install $*" >&2
    else
        echo "Installing: $*" >&2
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >/dev/null
    fi
}

[ "$(uname)" = Linux ] || exit 0

case "$1" in
python)
    "$2" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "PairLens needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3" >&2
        exit 1
    }
    "$2" -c 'import ensurepip' 2>/dev/null || need python3-venv
    ;;
qt)
    # shellcheck disable=SC2046  # one package a word
    need $("$2" -m engine.system_libraries)
    ;;
tests)
    command -v Xvfb >/dev/null && command -v xvfb-run >/dev/null || need xvfb xauth
    command -v fc-list >/dev/null && [ -n "$(fc-list)" ] || need fontconfig fonts-dejavu-core
    ;;
esac
