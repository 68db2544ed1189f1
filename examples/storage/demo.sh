#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What 'make demo' shows: a p-kernel on a free port, the storage service, a client that stores and fetches files, services
# that are started on demand, and objects that two programs edit at a time.
#
#     examples/storage/demo.sh BUILD
#
# Everything happens in a temporary directory and is ended by its process id, also when a step goes wrong.
set -eu
exec 2>&1

build=$1
here=$(dirname "$0")
directory=$(mktemp -d "${TMPDIR:-/tmp}/darq-demo-XXXXXX")
kernel=
service=
caller=
notes=

clean_up() {
        status=$?
        trap - EXIT
        for process in $notes $caller $service $kernel; do
                kill -KILL "$process" 2>/dev/null || true
        done
        if [ "$status" -ne 0 ]; then
                echo "the demonstration failed; the p-kernel said:"
                cat "$directory/pkernel.log" || true
        fi
        rm -rf "$directory"
        exit "$status"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

say() {
        printf '\n== %s\n' "$*"
}

# Shows a client's command, runs it for at most a minute, and wants it to end with the status given.
client() {
        wanted=$1
        shift
        echo "\$ storage-client $*"
        status=0
        (cd "$directory" && timeout 60 "$client" "$@") || status=$?
        if [ "$status" -ne "$wanted" ]; then
                echo "status $status, not $wanted"
                exit 1
        fi
}

control() {
        echo "\$ darqctl $*"
        timeout 60 "$build/bin/darqctl" "$@"
}

# Starts the notes under a name, with commands.
notes() {
        name=$1
        shift
        for command in "$@"; do
                echo "$name\$ $command"
        done
        printf '%s\n' "$@" | timeout 60 "$build/examples/notes" text.plain::shopping text.plain::todo >"$directory/$name" &
        notes="$notes $!"
}

has_stopped() {
        "$build/bin/darqctl" list services | grep "^$1 .* stopped "
}

a_call_waits() {
        "$build/bin/darqctl" status --json | grep '"open_calls": 1\b'
}

# Tries a command every 50 ms, for a minute.
await() {
        tries=0
        until "$@" >/dev/null 2>&1; do
                tries=$((tries + 1))
                if [ "$tries" -gt 1200 ]; then
                        echo "waited in vain for: $*"
                        exit 1
                fi
                sleep 0.05
        done
}

kernel_start() {
        mkdir "$directory/services"
        "$build/bin/pkernel" --listen tcp:127.0.0.1:0 --services "$directory/services" --state "$directory/state" \
                --foreground 2>"$directory/pkernel.log" &
        kernel=$!
        await grep -q 'listening on tcp:' "$directory/pkernel.log"
        DARQ_PKERNEL=tcp:127.0.0.1:$(sed -n 's/.*listening on tcp:127\.0\.0\.1:\([0-9]*\).*/\1/p' \
                "$directory/pkernel.log")
        export DARQ_PKERNEL
        echo "p-kernel, process $kernel, at $DARQ_PKERNEL"
}

service_start() {
        "$build/examples/storage-service" --db "$directory/storage.sqlite" &
        service=$!
        await timeout 10 "$client" list
        echo "storage service, process $service, keeps its values in storage.sqlite"
}

# Ends a process that is ours, and wants it to end well.
end() {
        kill -TERM "$2"
        status=0
        wait "$2" || status=$?
        echo "$1, process $2, was asked to end: status $status"
        [ "$status" -eq 0 ]
}

same() {
        cmp "$directory/$1" "$directory/$2"
        echo "$1 and $2 are the same, $(wc -c <"$directory/$2") bytes"
}

build=$(cd "$build" && pwd)
client=$build/examples/storage-client
cp "$here/../../README.md" "$directory/text"
head -c 5000000 /dev/urandom >"$directory/binary"
: >"$directory/nothing"

say "A p-kernel on a free port, and the storage service, which checks in there"
kernel_start
service_start

say "A client stores a text, five megabytes of noise, and an empty file"
client 0 set notes/text text
client 0 set notes/binary binary
client 0 set nothing nothing
client 0 list

say "Another client fetches them"
client 0 get notes/text text.back
client 0 get notes/binary binary.back
client 0 get nothing nothing.back
same text text.back
same binary binary.back
same nothing nothing.back

say "Errors that the interface declares reach the caller as such (status 3)"
client 3 set notes/text binary
client 3 get no/such/key text.back
client 3 update no/such/key text

say "Replaced, looked for, removed"
client 0 update notes/text binary
client 0 get notes/text text.back
same binary text.back
client 0 update notes/text text
client 0 exists notes/text
client 0 delete nothing
client 3 exists nothing

say "A caller waits while its service is killed: it is told at once that the request may have run"
kill -STOP "$service"
echo '$ storage-client get notes/text text.back    (the service is stopped; the call waits)'
(cd "$directory" && exec timeout 60 "$client" get notes/text text.back) >"$directory/outcome" 2>&1 &
caller=$!
await a_call_waits
kill -KILL "$service"
echo "killed process $service"
status=0
wait "$caller" || status=$?
caller=
wait "$service" 2>/dev/null || true
service=
cat "$directory/outcome"
grep -q PEER_DIED "$directory/outcome" && [ "$status" -eq 1 ]

say "Nobody serves now: a call is told so at once, and that it was not carried out"
client 1 get notes/text text.back

say "Started again, the service has what was stored"
service_start
client 0 list
client 0 get notes/text text.back
client 0 get notes/binary binary.back
same text text.back
same binary binary.back

say "With a manifest the p-kernel starts the service by itself, on the first message"
end "storage service" "$service"
service=
cat >"$directory/manifest" <<END
[Service]
Name=storage
Port=11001
Exec=$build/examples/storage-service --db $directory/storage.sqlite --idle 60000
END
cat "$directory/manifest"
control register "$directory/manifest"
control call storage exists '{"key": "notes/text"}'
control list services
client 0 get notes/binary binary.back
same binary binary.back

say "Killed, it is started again by the next call"
service=$("$build/bin/darqctl" call 1 list_services | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
kill -KILL "$service"
echo "killed process $service"
service=
await has_stopped storage
client 0 get notes/text text.back
same text text.back

say "Objects: known by a name, served by the service of their type, which keeps them in the storage service"
cat >"$directory/manifest" <<END
[Service]
Name=text
Exec=$build/examples/text-service --idle 500
Types=text.plain
END
cat "$directory/manifest"
control register "$directory/manifest"

say "Two programs have the same two notes open; each sees what the other one does"
notes ann 'add shopping milk' 'wait todo call Bob' 'add shopping bread' 'wait shopping tea'
notes bob 'wait shopping milk' 'add todo call Bob' 'wait shopping bread' 'drop shopping milk' 'add shopping tea'
for process in $notes; do
        wait "$process"
done
notes=
for name in ann bob; do
        sed "s/^/$name: /" "$directory/$name"
done
for note in shopping todo; do
        echo "show $note" | timeout 60 "$build/examples/notes" "text.plain::$note"
done
control list services

say "Nobody holds them any more: their service goes, and they stay"
await has_stopped text
control list services
echo "show shopping" | timeout 60 "$build/examples/notes" text.plain::shopping >"$directory/shopping"
cat "$directory/shopping"
grep -qx 'shopping: tea' "$directory/shopping"

say "The end"
end p-kernel "$kernel"
kernel=
echo
echo "done: all files came back as they were"
