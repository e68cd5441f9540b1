package io.kvorum.node.ctl;

import io.kvorum.node.dns.ClientServices;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Members that DNS lists for clients.
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
    for (ClientServices.Service service : listed(domain, flags.text("discovery-srv-name"))) {
      if (insecure || service.secure()) {
        endpoints.add(service.url());
      } else {
        errors.line("ignoring discovered insecure endpoint \"" + service.url() + "\"");
      }
    }
    return endpoints;
  }

  private static List<ClientServices.Service> listed(String domain, String suffix) throws Failure {
    return switch (ClientServices.find(domain, suffix, new SplittableRandom())) {
      case ClientServices.Listed(List<ClientServices.Service> endpoints) -> endpoints;
      case ClientServices.None(String reason) -> throw Failure.error(reason);
    };
  }

  /// The name that members found by DNS must prove by their certificates; empty: their own.
  static String serverName(Flags flags) {
    return flags.on("insecure-discovery") ? "" : flags.text("discovery-srv");
  }
}
