# Sourced by the scripts beside it: where things are, and the one time that everything packed has.
# shellcheck shell=bash
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
if [[ -z "${SOURCE_DATE_EPOCH:-}" ]]; then
    SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)"
fi
export SOURCE_DATE_EPOCH
export LC_ALL=C TZ=UTC
umask 022
[[ -z "${RELEASE_TOOLS:-}" ]] || PATH="$RELEASE_TOOLS/bin:$PATH"

# shellcheck disable=SC2034 # of the scripts that source this
version="$(cargo pkgid --locked -p secretfetch-cli | sed 's/.*[#@]//')"

# Usage: fail MESSAGE
fail() {
    echo "${0##*/}: $1" >&2
    exit 1
}

# Usage: need_arguments COUNT GIVEN USAGE
need_arguments() {
    (($1 == $2)) || { echo "usage: release/${0##*/} $3" >&2; exit 2; }
}
