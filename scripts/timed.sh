#!/usr/bin/env bash
# Run a part of the build and note how long it took: `timed.sh NAME COMMAND ...`; `timed.sh --table` prints all parts.
set -uo pipefail
log=target/part-times
mkdir -p target
if [ "$1" = --table ]; then
    printf '\npart                      seconds\n'
    awk '{ seconds[$1] = $2; if (!($1 in order)) { order[$1] = ++n; name[n] = $1 } total += $2 }
         END { for (i = 1; i <= n; i++) printf "%-24s %8d\n", name[i], seconds[name[i]]; printf "%-24s %8d\n", "all", total }' "$log"
    exit 0
fi
if [ "$1" = --reset ]; then : >"$log"; exit 0; fi
part=$1
shift
printf '\n== %s\n' "$part"
start=$SECONDS
"$@"
status=$?
echo "$part $((SECONDS - start))" >>"$log"
exit $status
