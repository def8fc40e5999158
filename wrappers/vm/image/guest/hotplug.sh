#!/usr/lib/attitune/busybox sh
# Called by `uevent` for each device that comes or goes: a processor that is added while the guest runs is to be used.
[ "$ACTION:$SUBSYSTEM" = add:cpu ] && echo 1 > "/sys$DEVPATH/online"
exit 0
