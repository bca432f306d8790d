#!/bin/sh
# PID 1 of the node's namespaces: reaps what its processes leave behind, and nothing else. The shell's wait collects every
# child, adopted ones too. Its end is the end of the node.
while :; do
    sleep 3600 &
    wait $!
done
