#!/bin/sh
# A PostgreSQL of its own: postgres.sh FOLDER HOST PORT. Everything is in FOLDER; the user is postgres, without a password.
# PostgreSQL refuses to run as root, so root becomes the user postgres, or nobody where there is none.
set -eu
folder=$1 host=$2 port=$3

programs=$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)")
[ "$programs" != . ] || { echo "PostgreSQL is not installed: apt-get install postgresql" >&2; exit 1; }

become=""
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  chown "$user" "$folder"
  become="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups --"
fi

cd "$folder"
# What makes a database safe from a power cut is of no use to tests.
$become "$programs/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --no-sync --no-locale --encoding=UTF8 >/dev/null
exec $become "$programs/postgres" -D "$folder/data" -h "$host" -p "$port" -k "" \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off
