#!/bin/sh
# A Chromium for the browser tests and fonts that can show Chinese, where they are missing: the system's packages where
# that is allowed (root with apt), Playwright's own browser otherwise.   PYTHON=.venv/bin/python sh tools/browser.sh
set -eu

has_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

has_chinese() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn family)" ]
}

if has_browser && has_chinese; then
    exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "== Chromium and Chinese fonts (system packages)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -y -q --no-install-recommends chromium fontconfig fonts-noto-cjk
    exit 0
fi

if ! has_browser; then
    echo "== Chromium (Playwright's own)"
    "${PYTHON:-python3}" -m playwright install chromium
fi
if ! has_chinese; then
    echo "note: no Chinese font is installed; pages work, but screenshots show boxes (Debian: apt install fonts-noto-cjk)" >&2
fi
