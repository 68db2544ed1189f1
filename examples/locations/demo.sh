#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What 'make demo-locations' shows: three locations, each with a p-kernel and a link, over a cluster of three NATS servers with
# TLS, as darq-site makes it; an object of one location that is edited from the two others, while a server is killed.
#
#     examples/locations/demo.sh BUILD
#
# All of it is on this machine: each server and each location in a network namespace of its own, all of them on a bridge in another.
# Without the right to make these, which root has, the servers stand on loopback addresses instead. Files are in a temporary
# directory; processes are ended by their ids, and the namespaces, darq-PID-NAME, removed, however this ends.
set -eu
exec 2>&1
umask 022
PATH=$PATH:/usr/sbin

build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
directory=$(mktemp -d "${TMPDIR:-/tmp}/darq-demo-XXXXXX")
processes=
spaces=
PORT=$((20000 + $$ % 20000))
CLUSTER_PORT=$((PORT + 1))
export PORT CLUSTER_PORT

clean_up() {
        status=$?
        trap - EXIT
        for process in $processes; do
                kill "$process" 2>/dev/null || true
        done
        if [ "$status" -ne 0 ]; then
                echo "the demonstration failed; this was said:"
                tail -n 20 "$directory"/*.log || true
        fi
        sleep 0.5
        for process in $processes; do
                kill -KILL "$process" 2>/dev/null || true
        done
        for space in $spaces; do
                ip netns delete "$space" || true
        done
        rm -rf "$directory"
        exit "$status"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

say() {
        printf '\n== %s\n' "$*"
}

# space NAME [ADDRESS]: makes a network namespace; with an address it is on the bridge.
space() {
        ip netns add "darq-$$-$1" 2>/dev/null || return 1
        spaces="darq-$$-$1 $spaces"
        ip -n "darq-$$-$1" link set dev lo up
        [ $# -gt 1 ] || return 0
        ip -n "darq-$$-bridge" link add name "$1" type veth peer name eth0 netns "darq-$$-$1" &&
                ip -n "darq-$$-bridge" link set dev "$1" master bridge up &&
                ip -n "darq-$$-$1" address add "$2/24" dev eth0 &&
                ip -n "darq-$$-$1" link set dev eth0 up
}

# What processes of before left that were killed.
spaces_remove() {
        ip netns list | sed -n 's/^\(darq-\([0-9]*\)-[a-z0-9]*\).*/\2 \1/p' | while read -r process name; do
                [ -e "/proc/$process" ] || ip netns delete "$name"
        done
}

spaces_make() {
        command -v ip >/dev/null && [ "$(id -u)" -eq 0 ] || return 1
        spaces_remove
        space bridge && ip -n "darq-$$-bridge" link add name bridge type bridge &&
                ip -n "darq-$$-bridge" link set dev bridge up &&
                space nats1 10.78.0.1 && space nats2 10.78.0.2 && space nats3 10.78.0.3 &&
                space hall 10.78.0.11 && space kitchen 10.78.0.12 && space attic 10.78.0.13
}

# start WHERE NAME COMMAND...: in the background, its words to NAME.log; its process id is $last.
start() {
        log=$directory/$2.log
        if [ -n "$spaces" ]; then
                where="ip netns exec darq-$$-$1"
        else
                where=
        fi
        shift 2
        $where "$@" >>"$log" 2>&1 </dev/null &
        last=$!
        processes="$last $processes"
}

# Until a command succeeds, for a minute.
until_true() {
        tries=0
        until "$@" >/dev/null 2>&1; do
                tries=$((tries + 1))
                [ "$tries" -lt 600 ] || { echo "waited in vain for: $*"; exit 1; }
                sleep 0.1
        done
}

at() {
        location=$1
        shift
        DARQ_PKERNEL=unix:$directory/$location/socket timeout 60 "$@"
}

# manifest LOCATION NAME LINE...
manifest() {
        file=$directory/$1/$2.service
        printf '[Service]\nName=%s\n' "$2" >"$file"
        shift 2
        printf '%s\n' "$@" >>"$file"
}

all_up() {
        [ "$(at "$1" "$build/bin/darqctl" locations | grep -c ' up ')" -eq 2 ]
}

# notes LOCATION COMMAND...: edits the kitchen's list from there.
notes() {
        location=$1
        shift
        printf '%s\n' "$@" | at "$location" "$build/examples/notes" text.plain:kitchen:shopping | sed "s/^/  $location: /"
}

if spaces_make; then
        say "seven network namespaces: a bridge, three for servers, three for locations"
        hosts="10.78.0.1 10.78.0.2 10.78.0.3"
        ip netns list | grep -- "^darq-$$-" | sed 's/^/  /'
else
        say "no network namespaces can be made: everything is on loopback"
        for name in $spaces; do
                ip netns delete "$name"
        done
        spaces=
        hosts="127.0.0.2 127.0.0.3 127.0.0.4"
fi

say "a site: an authority, three servers, three locations"
# shellcheck disable=SC2086
sh "$top/pkernel/link/darq-site" new "$directory/site" $hosts
sh "$top/pkernel/link/darq-site" add "$directory/site" hall kitchen attic | grep '^  '

say "three NATS servers, a cluster"
number=0
for host in $hosts; do
        number=$((number + 1))
        cd "$directory/site/$host"
        start "nats$number" "nats-$host" nats-server -c nats.conf
        servers="${servers-} $last"
        options="${options-} --server tls://$host:$PORT"
        cd "$directory"
        until_true grep -q "Server is ready" "nats-$host.log"
done
first_server=${servers# }
first_server=${first_server%% *}

say "three p-kernels and their links; storage and text are in the kitchen"
for location in hall kitchen attic; do
        mkdir "$directory/$location"
        manifest "$location" link Activate=never 'Locations=*' 'Allow=any location:*'
        if [ "$location" = kitchen ]; then
                manifest kitchen storage Port=11001 "Exec=$build/examples/storage-service --db %S/storage.sqlite"
                manifest kitchen text "Exec=$build/examples/text-service" Types=text.plain 'Allow=any location:*'
        fi
        start "$location" "pkernel-$location" "$build/bin/pkernel" --listen "unix:$directory/$location/socket" \
                --services "$directory/$location" --state "$directory/$location/state" --location "$location"
        until_true grep -q ": ready" "pkernel-$location.log"
        others=$(for other in hall kitchen attic; do [ $other = $location ] || echo $other; done)
        # shellcheck disable=SC2086
        start "$location" "link-$location" "$build/bin/darq-link" --location "$location" --pkernel "unix:$directory/$location/socket" \
                --user "$location" --password-file "site/locations/$location/password" \
                --ca "site/locations/$location/ca.pem" $options $others
done
for location in hall kitchen attic; do
        until_true all_up "$location"
done
echo "\$ darqctl locations        (in the hall)"
at hall "$build/bin/darqctl" locations
echo "\$ darqctl list --location kitchen        (in the hall: storage isn't for other locations)"
at hall "$build/bin/darqctl" list --location kitchen

say "the kitchen's shopping list, from the hall and from the attic"
notes hall "add shopping milk" "add shopping eggs" "show shopping"
notes attic "add shopping salt" "show shopping"

say "both at a time, while a server is killed"
notes hall "wait shopping bread" "add shopping butter" "wait shopping tea" &
hall=$!
processes="$hall $processes"
notes attic "add shopping bread" "wait shopping butter" "add shopping tea"
wait "$hall"
(
        echo "add shopping jam"
        sleep 1
        kill -KILL "$first_server"
        echo "  the server on ${hosts%% *} is killed" >&2
        for location in hall kitchen attic; do
                until_true all_up "$location"
        done
        echo "add shopping honey"
        echo "show shopping"
) | at attic "$build/examples/notes" text.plain:kitchen:shopping | sed "s/^/  attic: /"
notes hall "wait shopping honey" "drop shopping milk"
at attic "$build/bin/darqctl" locations

say "a new location would need"
at hall "$build/bin/darqctl" location add cellar
