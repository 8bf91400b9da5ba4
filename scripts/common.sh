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

# configure PRESET: once; afterwards the build itself sees changed CMake files.
configure() {
    if [[ ! -f "build/$1/build.ninja" ]]; then
        mkdir -p "build/$1"
        cmake --preset "$1" >"build/$1/configure.log" 2>&1 || {
            cat "build/$1/configure.log" >&2
            die "cmake --preset $1 failed"
        }
    fi
}

# build PRESET TARGET...
build() {
    local preset=$1
    shift
    configure "$preset"
    cmake --build "build/$preset" -j "$jobs" --target "$@"
}
