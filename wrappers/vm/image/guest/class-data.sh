#!/bin/sh
# Run in the guest's tree while the image is built, without a network: starts Tomcat once, asks it a few things, and has
# the JVM write the classes that it used to an archive (JEP 350).
set -e
archive=/usr/lib/attitune/tomcat.jsa
export CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE=/tmp/class-data
mkdir -p "$CATALINA_BASE/webapps/ROOT" "$CATALINA_BASE/logs" "$CATALINA_BASE/work" "$CATALINA_BASE/temp"
cp -r /etc/tomcat10 "$CATALINA_BASE/conf"
echo hello > "$CATALINA_BASE/webapps/ROOT/index.html"
ip link set lo up
jars=$(for jar in "$CATALINA_HOME"/lib/*.jar; do printf '%s:' "$jar"; done)
java -cp "$jars$CATALINA_HOME/bin/bootstrap.jar:$CATALINA_HOME/bin/tomcat-juli.jar" \
  -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ArchiveClassesAtExit="$archive" \
  -Djava.util.logging.config.file="$CATALINA_BASE/conf/logging.properties" \
  -Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager \
  -Dcatalina.home="$CATALINA_HOME" -Dcatalina.base="$CATALINA_BASE" -Djava.io.tmpdir="$CATALINA_BASE/temp" \
  org.apache.catalina.startup.Bootstrap start &
java=$!
bb=/usr/lib/attitune/busybox
tries=0
until $bb wget -q -O /dev/null http://127.0.0.1:8080/; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { kill -9 "$java"; exit 1; }
  sleep 0.5
done
$bb wget -q -O /dev/null http://127.0.0.1:8080/missing || true
kill "$java"
wait "$java" || true
rm -rf "$CATALINA_BASE"
chmod 644 "$archive"
