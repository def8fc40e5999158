#!/bin/busybox sh
# First process of the guest: loads the virtio drivers in their order, mounts the disk, hands over to its init.
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /disk
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox mount -t proc proc /proc
if /bin/busybox grep -qw attitune.probe /proc/cmdline; then
  echo attitune-probe-answer
  /bin/busybox poweroff -f
fi
/bin/busybox umount /proc
while read -r module; do /bin/busybox insmod "/modules/$module"; done < /modules/order
tries=0
until [ -b /dev/vda ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 500 ] || { echo 'attitune: no disk /dev/vda'; /bin/busybox poweroff -f; }
  /bin/busybox usleep 20000
done
/bin/busybox mount -t ext4 -o rw,noatime /dev/vda /disk || /bin/busybox poweroff -f
/bin/busybox mount --move /dev /disk/dev
exec /bin/busybox switch_root /disk /sbin/init
