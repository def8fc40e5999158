#!/usr/lib/attitune/busybox sh
# Run once by init: file systems, devices that udev would name, a disk that has grown, and what the kernel command line
# asks for:
#   attitune.hostname=NAME
#   attitune.ip=ADDRESS/PREFIX attitune.gateway=ADDRESS, or attitune.ip=dhcp
#   attitune.swap=DEVICE   a swap disk, such as vdb
#   attitune.http=PORT     a web server that answers with the host name, to see that the guest is there
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
own=/usr/lib/attitune
bb=$own/busybox
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
    attitune.swap=*) swap=${word#*=} ;;
    attitune.http=*) http=${word#*=} ;;
  esac
done
$bb hostname "$hostname"
echo "$hostname" > /etc/hostname
$bb ip link set lo up
if [ "$ip" = dhcp ]; then
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$hostname" > /etc/hosts
  $bb ip link set eth0 up
  # goes on renewing the lease, and trying where there is none; what starts next does not wait for it
  $bb udhcpc -f -i eth0 -s $own/dhcp.sh -x "hostname:$hostname" -t 5 -T 1 -A 3 > /dev/null &
elif [ -n "$ip" ]; then
  printf '127.0.0.1 localhost\n%s %s\n' "${ip%/*}" "$hostname" > /etc/hosts
  # tells the network at once who has the address now
  echo 1 > /proc/sys/net/ipv4/conf/all/arp_notify
  $bb ip address add "$ip" broadcast + dev eth0
  $bb ip link set eth0 up
  [ -z "$gateway" ] || $bb ip route add default via "$gateway"
fi

if [ -n "$http" ]; then
  $bb mkdir -p /run/www
  echo "$hostname" > /run/www/index.html
  $bb httpd -p "$http" -h /run/www
fi

# as systemd does in a VM: the same for the VM's life, and another for each
if [ ! -s /etc/machine-id ]; then
  $bb cat /sys/class/dmi/id/product_uuid /proc/sys/kernel/random/uuid 2> /dev/null |
    $bb head -n 1 | $bb tr -d - | $bb tr A-Z a-z > /etc/machine-id
fi

read -r sectors < /sys/class/block/vda/size
read -r known < $own/disk-sectors
if [ "$sectors" != "$known" ]; then
  resize2fs /dev/vda && echo "$sectors" > $own/disk-sectors
fi
[ -z "$swap" ] || $bb swapon "/dev/$swap"
