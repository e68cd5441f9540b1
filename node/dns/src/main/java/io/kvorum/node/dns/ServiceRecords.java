package io.kvorum.node.dns;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Hashtable;
import java.util.List;
import javax.naming.CompositeName;
import javax.naming.Context;
import javax.naming.InvalidNameException;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import javax.naming.OperationNotSupportedException;
import javax.naming.directory.Attribute;
import javax.naming.directory.Attributes;
import javax.naming.directory.InitialDirContext;

/// Asks the name servers of this machine for SRV records, by the DNS client that the JDK has behind
/// its naming interface. It knows resolv.conf's `nameserver`, tries them in turn, and turns to TCP
/// for long answers. The property `java.naming.provider.url` (`dns://address:port`) names another
/// server.
public final class ServiceRecords {

  /// The first try waits so long; each further one twice as long.
  private static final String FIRST_WAIT_MILLIS = "1000";

  private static final String TRIES = "3";

  private final SearchList search;

  ServiceRecords(SearchList search) {
    this.search = search;
  }

  /// With the search list of this machine.
  public static ServiceRecords ofThisMachine() {
    return new ServiceRecords(SearchList.ofThisMachine());
  }

  /// The records of `_service._tcp.domain`.
  public Answer tcp(String service, String domain) {
    String name = "_" + service + "._tcp." + domain;
    Answer last = new Answer.Missing(name);
    for (String whole : search.whole(name)) {
      switch (ask(name, whole)) {
        case Answer.Found found -> {
          return found;
        }
        case Answer.Silent silent -> last = silent;
        case Answer.Missing _ -> {}
      }
    }
    return last;
  }

  /// The name goes to the JDK's DNS client and to no other provider, and a DNS answer holds no
  /// objects that could be deserialised.
  @SuppressWarnings("BanJNDI")
  private static Answer ask(String name, String whole) {
    try {
      var context = new InitialDirContext(environment());
      try {
        Attributes attributes =
            context.getAttributes(new CompositeName().add(whole), new String[] {"SRV"});
        Attribute records = attributes.get("SRV");
        return records == null ? new Answer.Missing(name) : found(records);
      } finally {
        context.close();
      }
    } catch (NameNotFoundException | InvalidNameException | OperationNotSupportedException none) {
      // A server that refuses to speak of a name has answered, too: it will say so each time.
      return new Answer.Missing(name);
    } catch (NamingException | IllegalArgumentException failure) {
      return new Answer.Silent(name, why(failure));
    }
  }

  @SuppressWarnings("JdkObsolete") // The naming interface takes nothing else.
  private static Hashtable<String, String> environment() {
    var environment = new Hashtable<String, String>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put("com.sun.jndi.dns.timeout.initial", FIRST_WAIT_MILLIS);
    environment.put("com.sun.jndi.dns.timeout.retries", TRIES);
    return environment;
  }

  private static Answer found(Attribute records) throws NamingException {
    var targets = new ArrayList<Target>();
    for (Object record : Collections.list(records.getAll())) {
      targets.add(Target.parse(record.toString()));
    }
    targets.sort(null);
    return new Answer.Found(List.copyOf(targets));
  }

  private static String why(Exception failure) {
    Throwable root = failure.getCause() == null ? failure : failure.getCause();
    String message = root.getMessage();
    return message == null || message.isBlank() ? root.getClass().getSimpleName() : message;
  }
}
