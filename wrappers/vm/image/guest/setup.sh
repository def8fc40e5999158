#!/usr/lib/attitune/busybox sh
# Run once by init: file systems, devices that udev would name, and the network that the kernel command line asks for:
#   attitune.ip=ADDRESS/PREFIX attitune.gateway=ADDRESS attitune.hostname=NAME
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
bb=/usr/lib/attitune/busybox
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
$bb mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /run
$bb mkdir -p /dev/pts /dev/shm /dev/virtio-ports /run/lock
$bb mount -t devpts devpts /dev/pts
$bb mount -t tmpfs -o mode=1777 tmpfs /dev/shm
$bb ln -sf /proc/self/fd /dev/fd

for port in /sys/class/virtio-ports/*; do
  [ -r "$port/name" ] && $bb ln -sf "../${port##*/}" "/dev/virtio-ports/$($bb cat "$port/name")"
done

hostname=guest
for word in $($bb cat /proc/cmdline); do
  case "$word" in
    attitune.ip=*) ip=${word#*=} ;;
    attitune.gateway=*) gateway=${word#*=} ;;
    attitune.hostname=*) hostname=${word#*=} ;;
  esac
done
$bb hostname "$hostname"
printf '127.0.0.1 localhost\n%s %s\n' "${ip%/*}" "$hostname" > /etc/hosts
$bb ip link set lo up
if [ -n "$ip" ]; then
  $bb ip address add "$ip" broadcast + dev eth0
  $bb ip link set eth0 up
  [ -z "$gateway" ] || $bb ip route add default via "$gateway"
fi
