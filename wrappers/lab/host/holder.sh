#!/bin/sh
# Keeps the mount and UTS namespaces of one lab host alive, after giving it its own folders.
# $1 host name, $2 folder with the host's private folders, $3 "hide-kvm" where hardware virtualisation does not work,
# $4 where it finds its certificates, and where before that those of all hosts are; the rest: folders that all hosts share at one path.
set -e
echo "$1" > /proc/sys/kernel/hostname
# sysfs shows the network of the namespace that mounts it; the cgroups in it are those of the machine
mkdir -p "$2/cgroup"
mount --rbind /sys/fs/cgroup "$2/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$2/cgroup" /sys/fs/cgroup
umount --lazy "$2/cgroup"
# this hides what is in the machine's /run, and with it the certificates of the others
mount --bind "$4/hosts/$1" "$2/pki"
mount --bind "$2/run" /run
mount --bind "$2/etc-libvirt" /etc/libvirt
mount --bind "$2/lib" /var/lib/libvirt
mount --bind "$2/log" /var/log/libvirt
mount --bind "$2/cache" /var/cache/libvirt
for file in hosts nsswitch.conf passwd group; do
  [ ! -e "/etc/$file" ] || [ ! -e "$2/$file" ] || mount --bind "$2/$file" "/etc/$file"
done
# libvirt would otherwise offer what it finds there. A file on a read-only mount is one that not even root can write to:
# so libvirt takes the device as not usable, and does not ask QEMU anew each time
if [ "$3" = hide-kvm ] && [ -e /dev/kvm ]; then
  : > "$2/no-kvm"
  mount --bind "$2/no-kvm" /dev/kvm
  mount -o remount,bind,ro /dev/kvm
fi
# software that the host runs has its folders in one of its own, which goes with the host; mounted last, since it hides
# what else is there
own=/var/lib/attitune
folder=$2
pki=$4
shift 4
for shared in "$@"; do
  case "$shared" in
    "$own"/*)
      mkdir -p "$folder/own/${shared#"$own"/}"
      mount --rbind "$shared" "$folder/own/${shared#"$own"/}"
      ;;
  esac
done
mount --rbind "$folder/own" "$own"
mkdir -p "$pki"
mount --bind "$folder/pki" "$pki"
: > /run/attitune-ready
exec sleep infinity
