# Read by catalina.sh, at the end of its setclasspath.sh: lets the JVM take Tomcat's classes from the archive that the
# image brings. The archive holds what the class path names, so Tomcat's libraries stand there too, in the order in
# which it was made. A JVM that cannot use it goes on without.
if [ -r /usr/lib/attitune/tomcat.jsa ] && [ -z "$CLASSPATH" ]; then
  for jar in "$CATALINA_HOME"/lib/*.jar; do CLASSPATH="${CLASSPATH:+$CLASSPATH:}$jar"; done
  CATALINA_OPTS="-XX:SharedArchiveFile=/usr/lib/attitune/tomcat.jsa $CATALINA_OPTS"
fi
