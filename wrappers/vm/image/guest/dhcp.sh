#!/usr/lib/attitune/busybox sh
# Called by udhcpc with what became of the lease in $1, and the lease in the environment.
bb=/usr/lib/attitune/busybox
case "$1" in
  deconfig)
    $bb ip address flush dev "$interface"
    $bb ip link set "$interface" up
    ;;
  bound | renew)
    $bb ip address show dev "$interface" | $bb grep -qF " $ip/$mask " || {
      $bb ip address flush dev "$interface"
      $bb ip address add "$ip/$mask" broadcast + dev "$interface"
    }
    for gateway in $router; do
      $bb ip route replace default via "$gateway" dev "$interface"
      break
    done
    name=$($bb hostname)
    printf '127.0.0.1 localhost\n%s %s\n' "$ip" "$name" > /etc/hosts
    if [ -n "$dns" ]; then
      {
        [ -z "$domain" ] || echo "search $domain"
        for server in $dns; do echo "nameserver $server"; done
      } > /etc/resolv.conf
      $bb sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf
    fi
    ;;
esac
