#!/bin/sh
# Makes the fresh namespaces of a node ready, once. Everything here is private to them and goes with them.
# Variables: NODE_DIR (the node's part of the run folder), NODE_NAME, HOST_IP, NODE_IP, FIRST_EXTERNAL and LAST_EXTERNAL
# (last numbers of the further addresses), SYSCTLS (lines "path value").
set -eu

# A sysfs that shows the node's own network; of the machine's it keeps the cgroup hierarchies.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/cgroup /run/overlay /run/overlay/upper /run/overlay/work /run/tmp
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -l /run/cgroup
rmdir /run/cgroup

# Folders that the kubelet and the CNI plugins have built in, without making them on the machine.
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/overlay/upper,workdir=/run/overlay/work overlay /var/lib
mkdir -p /var/lib/kubelet /var/lib/cni "$NODE_DIR/kubelet" "$NODE_DIR/var-log" "$NODE_DIR/sysctl"
mount --bind "$NODE_DIR/kubelet" /var/lib/kubelet
mount --bind "$NODE_DIR/var-log" /var/log

# The kubelet wants values of sysctls that are the whole machine's: it reads them here, so it doesn't write them.
echo "$SYSCTLS" | while read -r path value; do
    [ -e "/proc/sys/$path" ] || continue
    file="$NODE_DIR/sysctl/$(echo "$path" | tr / .)"
    echo "$value" > "$file"
    mount --bind "$file" "/proc/sys/$path"
done

# Volumes of pods must be seen in the mount namespaces of their containers.
mount --make-rshared /

hostname "$NODE_NAME"
ip link set lo up
ip address add "$NODE_IP/24" dev eth0
ip link set eth0 up
ip route add default via "$HOST_IP"
prefix="${NODE_IP%.*}"
last="$FIRST_EXTERNAL"
while [ "$last" -le "$LAST_EXTERNAL" ]; do
    echo "address add $prefix.$last/32 dev eth0"
    last=$((last + 1))
done | ip -batch -
for setting in net/ipv4/ip_forward=1 net/ipv4/conf/all/rp_filter=0 net/bridge/bridge-nf-call-iptables=1; do
    echo "${setting#*=}" > "/proc/sys/${setting%=*}"
done

# Last: tells that all of the above is done.
touch /run/perch-prepared
