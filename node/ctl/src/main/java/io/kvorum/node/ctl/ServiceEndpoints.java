package io.kvorum.node.ctl;

import io.kvorum.node.dns.Answer;
import io.kvorum.node.dns.ServiceRecords;
import io.kvorum.node.dns.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Members that DNS lists for clients: `_etcd-client-ssl._tcp` by `https`, then `_etcd-client._tcp`
/// by `http`, both together.
final class ServiceEndpoints {

  static final List<Flag> FLAGS =
      List.of(
          Flag.text("discovery-srv", "", "domain whose SRV records list the members")
              .withLetter('d'),
          Flag.text("discovery-srv-name", "", "suffix of the names of these records"),
          new Flag(
              "insecure-discovery",
              Flag.NO_LETTER,
              Flag.Kind.SWITCH,
              "true",
              "also take members that DNS lists without TLS"));

  private static final List<String> SCHEMES = List.of("https", "http");

  private ServiceEndpoints() {}

  /// The endpoints as URLs, in the order in which they are to be tried; none when nobody asked for
  /// discovery.
  static List<String> find(Flags flags, Output errors) throws Failure, Output.Closed {
    String domain = flags.text("discovery-srv");
    if (domain.isEmpty()) {
      return List.of();
    }
    boolean insecure = flags.on("insecure-discovery");
    var endpoints = new ArrayList<String>();
    for (String endpoint : listed(domain, flags.text("discovery-srv-name"))) {
      if (insecure || endpoint.startsWith("https://")) {
        endpoints.add(endpoint);
      } else {
        errors.line("ignoring discovered insecure endpoint \"" + endpoint + "\"");
      }
    }
    return endpoints;
  }

  private static List<String> listed(String domain, String suffix) throws Failure {
    ServiceRecords records = ServiceRecords.ofThisMachine();
    var random = new SplittableRandom();
    var endpoints = new ArrayList<String>();
    var failures = new ArrayList<String>();
    for (String scheme : SCHEMES) {
      String service =
          (scheme.equals("https") ? "etcd-client-ssl" : "etcd-client")
              + (suffix.isEmpty() ? "" : "-" + suffix);
      switch (records.tcp(service, domain)) {
        case Answer.Found(List<Target> targets) ->
            Target.shuffled(targets, random).forEach(target -> endpoints.add(url(scheme, target)));
        case Answer.Missing(String name) -> failures.add("lookup " + name + ": no such host");
        case Answer.Silent(String name, String why) -> failures.add("lookup " + name + ": " + why);
      }
    }
    if (endpoints.isEmpty()) {
      throw Failure.error("dns lookup errors: " + String.join(" and ", failures));
    }
    return endpoints;
  }

  private static String url(String scheme, Target target) {
    String host = target.host().indexOf(':') < 0 ? target.host() : "[" + target.host() + "]";
    return scheme + "://" + host + ":" + target.port();
  }

  /// The name that members found by DNS must prove by their certificates; empty: their own.
  static String serverName(Flags flags) {
    return flags.on("insecure-discovery") ? "" : flags.text("discovery-srv");
  }
}
