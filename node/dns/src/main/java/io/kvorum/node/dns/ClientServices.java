package io.kvorum.node.dns;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Where DNS says that clients are served: `_etcd-client-ssl._tcp` by `https`, then
/// `_etcd-client._tcp` by `http`, both together.
public sealed interface ClientServices {

  /// Who serves.
  ///
  /// @param endpoints those by TLS first, and each kind in the order in which it is to be tried
  record Listed(List<Service> endpoints) implements ClientServices {
    public Listed {
      endpoints = List.copyOf(endpoints);
    }
  }

  /// Nobody is listed, or no name server says so.
  record None(String reason) implements ClientServices {}

  /// One place where clients are served.
  record Service(boolean secure, Target target) {
    /// As a URL.
    public String url() {
      String host = target.host().indexOf(':') < 0 ? target.host() : "[" + target.host() + "]";
      return (secure ? "https://" : "http://") + host + ":" + target.port();
    }
  }

  /// Asks the name servers of this machine.
  ///
  /// @param suffix behind the usual names of the services, if any
  static ClientServices find(String domain, String suffix, RandomGenerator random) {
    ServiceRecords records = ServiceRecords.ofThisMachine();
    var endpoints = new ArrayList<Service>();
    var failures = new ArrayList<String>();
    for (boolean secure : new boolean[] {true, false}) {
      String service =
          (secure ? "etcd-client-ssl" : "etcd-client") + (suffix.isEmpty() ? "" : "-" + suffix);
      switch (records.tcp(service, domain)) {
        case Answer.Found(List<Target> targets) ->
            Target.shuffled(targets, random)
                .forEach(target -> endpoints.add(new Service(secure, target)));
        case Answer.Missing(String name) -> failures.add("lookup " + name + ": no such host");
        case Answer.Silent(String name, String why) -> failures.add("lookup " + name + ": " + why);
      }
    }
    return endpoints.isEmpty()
        ? new None("dns lookup errors: " + String.join(" and ", failures))
        : new Listed(endpoints);
  }
}
