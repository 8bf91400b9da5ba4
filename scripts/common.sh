# Sourced by the other scripts: where the tree is, how to speak, how builds share their cache.
# shellcheck shell=bash
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
jobs=$(nproc)

# With these a fresh clone finds what another clone compiled.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$top}" CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"
export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-time_macros}"

say() {
    printf '== %s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

misused() {
    printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2
    exit 2
}

# configure PRESET: from nothing, or again if a CMake file has changed, so that lists of tests are those of today.
configure() {
    local log=build/$1/configure.log how=(cmake --preset "$1")
    if [[ -f "build/$1/build.ninja" ]]; then how=(cmake --build "build/$1" --target build.ninja); fi
    mkdir -p "build/$1"
    "${how[@]}" >"$log" 2>&1 || {
        cat "$log" >&2
        die "configuring preset $1 failed"
    }
}

# build PRESET TARGET...
build() {
    local preset=$1
    shift
    configure "$preset"
    cmake --build "build/$preset" -j "$jobs" --target "$@"
}
