#!/bin/sh
# Stands for Go in the tests: "builds" programs that print the version they should. FAKE_GO says how it goes.
if [ "$1" = env ]; then
    echo "${FAKE_GO_VERSION:-go1.26.8}"
    exit
fi
echo "$*" >> "$FAKE_GO_LOG"
while [ "$1" != -o ]; do shift; done
output=$2
shift 2
mkdir -p "$GOMODCACHE" "$GOCACHE"
echo compiled > "$GOCACHE/object"
while [ "$FAKE_GO" = gated ] && [ ! -e "$FAKE_GO_LOG.gate" ]; do sleep 0.1; done
for package; do
    program=${package##*/}
    version=1.36.1
    case $package in *etcd*) program=server version=3.6.8 ;; esac
    [ "$FAKE_GO" = wrong ] && version=0.0.1
    printf '#!/bin/sh\necho v%s\n' "$version" > "$GOTMPDIR/$program"
    chmod +x "$GOTMPDIR/$program"
    mv "$GOTMPDIR/$program" "$output$program"
    echo "$package" >&2
    case $FAKE_GO in
        hang) sleep 3600 ;;
        fail) printf '# %s\nmain.go:1:2: undefined: x\n' "$package" >&2; exit 1 ;;
        full) echo "write $GOTMPDIR/a: no space left on device" >&2; exit 1 ;;
    esac
done
