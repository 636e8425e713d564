# Stands between a test process and the program that it runs in the directory $1.
#
# Each line of stdin is a command, answered by a line with its exit status. When stdin ends, the test process is gone,
# however it ended; then the program is told to stop by the signal $2.
#
# Everything started here inherits descriptor 3, which nobody writes to: whoever reads its other end sees it closed
# when the last of them is gone.

exec 3>&2 2>>log
# The first is sent by the kernel to a group of processes whose parent is gone while some of them are stopped, as by a
# pause; the second is the end of a shell that answers when nobody listens any more.
trap "" HUP PIPE
mkfifo started
program=

# Runs a program in the background. Its process id is in the file `pid`; the file `exited` appears when it has ended.
start() {
  wait # for the one before it to be all gone
  binary=$1
  rm -f exited
  { "$@" & echo "$!" >started; wait "$!"; echo "$?" >exited; } &
  read -r program <started
  echo "$program" >pid
}

while IFS= read -r line; do
  eval "$line" </dev/null >>log 2>&1
  echo "$?"
done

# Again and again, since a program that has just begun does not hear it. It may also be paused.
while [ -n "$program" ] && [ ! -e exited ]; do
  kill -s "$2" "$program"
  kill -s CONT "$program"
  sleep 0.1
done
wait

# PostgreSQL leaves its lock file when it is killed, and shared memory that only its next start would find and remove: so
# here is one, which gives up right after that, because a standby needs more than a single process. It cannot do it while
# another of the killed processes is not quite gone.
tries=100
while [ -e data/postmaster.pid ] && [ "$tries" -gt 0 ]; do
  : >data/standby.signal
  "$binary" --single -D data </dev/null >>log
  tries=$((tries - 1))
  [ -e data/postmaster.pid ] && sleep 0.1
done
