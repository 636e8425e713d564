# Stands between a test process and the program that it runs in the directory $1.
#
# Each line of stdin is a command, answered by a line with its exit status. When stdin ends, the test process is gone,
# however it ended; then the program is told to stop by the signal $2.
#
# Everything started here inherits descriptor 3, which nobody writes to: whoever reads its other end sees it closed
# when the last of them is gone.

exec 3>&2 2>>log
# The kernel sends this to a group of processes whose parent is gone while some of them are stopped, as by a pause.
trap "" HUP
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

if [ -n "$program" ] && [ ! -e exited ]; then
  kill -"$2" "$program"
  kill -CONT "$program" # in case the test had paused it
fi >>log
wait

# PostgreSQL leaves this when it is killed, and shared memory that only its next start would find and remove: so here is
# one, which gives up right after that, because a standby needs more than a single process.
if [ -e data/postmaster.pid ]; then
  : >data/standby.signal
  "$binary" --single -D data </dev/null >>log
fi
