#!/bin/bash
# Durable SMTP intake beside Postfix on the same disk, in one run: `scripts/bench/smtp.sh [FOLDER]` (default: a temporary folder
# beside the checkout). Postfix runs from a configuration of its own with Debian's defaults and the discard transport; each mail
# is on disk before its 250 in both. Needs root and the Debian package postfix. Prints mails/s: every run, n and the median.
# MAILS (3000), RUNS (3), POSTFIX=no to leave Postfix out, NO_BUILD=1 to take the binary that is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
mails=${MAILS:-3000} runs=${RUNS:-3}
work=$(mktemp -d "${1:-$PWD/target}/bench-smtp.XXXXXX")
chmod 755 "$work"
ours=2625 theirs=2626
intake_pid='' postfix=''

stop() {
    exec 7>&- || true
    [ -z "$intake_pid" ] || wait "$intake_pid" 2>/dev/null || true
    [ -z "$postfix" ] || postfix -c "$work/postfix" stop 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

[ -n "${NO_BUILD:-}" ] || ${CARGO:-cargo} build --release -q -p ingest --example intake
mkfifo "$work/stdin"
target/release/examples/intake "$work/data" "$ours" <"$work/stdin" >/dev/null 2>"$work/intake.log" &
intake_pid=$!
exec 7>"$work/stdin"

if [ "${POSTFIX:-yes}" = yes ]; then
    mkdir -p "$work/postfix" "$work/queue" "$work/lib"
    chown postfix "$work/lib"
    # main.cf as Debian ships it but for where it listens and keeps its queue, and that mail for us is discarded.
    cat >"$work/postfix/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $work/queue
data_directory = $work/lib
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.in.example
mydestination =
virtual_mailbox_domains = in.example
virtual_transport = discard:
maillog_file =
syslog_facility = local7
CF
    sed -E "s/^smtp +inet .*smtpd/127.0.0.1:$theirs inet n - n - - smtpd/; /^(relay|smtp) +unix/d; s/^((\w|-)+ +\w+ +\S+ +\S+ +)y/\1n/" \
        /usr/share/postfix/master.cf.dist >"$work/postfix/master.cf"
    postfix -c "$work/postfix" start 2>"$work/postfix.log" || { cat "$work/postfix.log"; exit 1; }
    postfix=yes
fi

wait_for() { for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done; echo "port $1: nobody" >&2; exit 1; }

one() { # port connections flags: mails per second
    local start end
    start=$(date +%s%N)
    # shellcheck disable=SC2086
    smtp-source $3 -4 -l 10240 -m "$mails" -s "$2" -f anna@mlyn.example -t mlyn@in.example -S '(03/2026) (483920) {FK}' "127.0.0.1:$1"
    end=$(date +%s%N)
    echo $((mails * 1000000000 / (end - start)))
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

wait_for $ours
[ -z "$postfix" ] || wait_for $theirs
echo "mails/s, 10 KB each, $mails a run, $runs runs (interleaved); load $(cut -d' ' -f1 /proc/loadavg)"
printf '%-22s %-30s %-30s %s\n' connections postroom postfix ratio
for flags in '' -d; do
    for connections in 1 10 100; do
        a=() b=()
        for _ in $(seq "$runs"); do
            a+=("$(one $ours $connections "$flags")")
            [ -z "$postfix" ] || b+=("$(one $theirs $connections "$flags")")
        done
        ma=$(median "${a[@]}")
        label="$connections${flags:+ kept open}"
        if [ -n "$postfix" ]; then
            mb=$(median "${b[@]}")
            printf '%-22s %-30s %-30s %s\n' "$label" "$ma (${a[*]})" "$mb (${b[*]})" "$(awk "BEGIN {printf \"%.2f\", $ma / $mb}")"
        else
            printf '%-22s %s\n' "$label" "$ma (${a[*]})"
        fi
    done
done
memory() { awk -v name="$1:" '$1 == name {print int($2 / 1024)}' "/proc/$intake_pid/status"; }
sent=$((mails * runs * 6))
kept=$(python3 -c "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM submission').fetchone()[0])" "$work/data/postroom.db")
echo "postroom: peak RSS $(memory VmHWM) MiB (now $(memory RssAnon) MiB its own, $(memory RssFile) MiB of mapped files); $kept of $sent mails kept"
[ "$kept" = "$sent" ]
