#!/bin/bash
# Makes a machine ready to build Atelier: system libraries and a check of the Swift toolchain.
# On Debian and its relatives missing packages are installed with apt; elsewhere they are listed.
# Does nothing, quickly, where everything is there.
set -euo pipefail

packages=(
    g++ make pkg-config         # headers of the C++ library and OpenMP, this Makefile
    libdnnl-dev                 # oneDNN: the arithmetic
    libpng-dev                  # PNG
    libturbojpeg0-dev           # JPEG
    libwebp-dev                 # WebP, still and animated
    libzip-dev                  # data sets in ZIP archives
    libopenblas-serial-dev      # linear algebra of the metrics
    libssl-dev                  # SHA-256 of checkpoints and pictures
    zlib1g-dev                  # gzip, checksums
    libsdl2-dev                 # the window
    libimgui-dev                # its widgets
    libstb-dev libfreetype-dev  # what Dear ImGui draws text with
    fonts-dejavu-core           # the window's typeface
    xvfb                        # a display for the tests of the window
)

say() { printf 'setup: %s\n' "$*" >&2; }

check_swift() {
    if ! command -v swift >/dev/null; then
        say "swift is not on the PATH; Atelier needs a Swift 6.2 toolchain or newer."
        say "Install one from https://www.swift.org/install/linux and run this again."
        exit 1
    fi
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
    local major=${version%%.*} minor=${version#*.}
    if [[ -z $version ]] || ((major < 6 || (major == 6 && minor < 2))); then
        say "found Swift ${version:-of an unknown version} at $(command -v swift);" \
            "Atelier needs 6.2 or newer."
        say "Install one from https://www.swift.org/install/linux and run this again."
        exit 1
    fi
}

install_with_apt() {
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' \
            || missing+=("$package")
    done
    ((${#missing[@]} > 0)) || return 0
    local as_root=()
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            say "these packages are missing: ${missing[*]}"
            say "Run as root: apt-get install --no-install-recommends ${missing[*]}"
            exit 1
        fi
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# On a system without apt: what can be found by pkg-config and by headers.
list_missing_libraries() {
    local missing=() name
    if ! command -v pkg-config >/dev/null; then
        say "this system has neither apt nor pkg-config; install pkg-config and run this again."
        exit 1
    fi
    for name in libpng libturbojpeg libwebp libwebpmux libwebpdemux libzip openblas zlib sdl2 \
        freetype2; do
        pkg-config --exists "$name" 2>/dev/null || missing+=("$name")
    done
    [[ -e /usr/include/oneapi/dnnl/dnnl.h || -e /usr/local/include/oneapi/dnnl/dnnl.h ]] \
        || missing+=("oneDNN (oneapi/dnnl/dnnl.h)")
    [[ -e /usr/include/imgui/imgui.h ]] || missing+=("Dear ImGui 1.86 (imgui/imgui.h)")
    ((${#missing[@]} > 0)) || return 0
    say "this system has no apt, so nothing was installed. These development libraries are missing:"
    printf '    %s\n' "${missing[@]}" >&2
    say "Install them with your system's package manager. Atelier is built and tested on Debian 12."
    exit 1
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    install_with_apt
else
    list_missing_libraries
fi
check_swift
