package io.kvorum.node.server.discovery;

import static io.kvorum.node.server.config.StartFailure.configuration;

import io.kvorum.node.dns.ClientServices;
import io.kvorum.node.dns.ClientServices.Service;
import io.kvorum.node.server.config.Endpoint;
import io.kvorum.node.server.config.RelayConfig;
import io.kvorum.node.server.tls.DialledTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where members serve clients: as listed, or as the SRV records of a domain say. Those that DNS
/// lists have to prove by TLS that they belong to the domain, unless nobody asks for it: whoever
/// can forge an answer of DNS could send clients anywhere.
public final class ClientEndpoints {

  private static final Logger LOG = LoggerFactory.getLogger(ClientEndpoints.class);
  private static final int HANDSHAKE_MILLIS = 5_000;

  private ClientEndpoints() {}

  /// An endpoint and how it is preferred.
  ///
  /// @param priority the lowest comes first
  /// @param weight how often it is taken among equals
  public record Preferred(Endpoint endpoint, int priority, int weight) {}

  /// Finds them.
  ///
  /// @param authorities file with those that sign members' certificates; empty: the JVM's
  public static List<Preferred> find(RelayConfig.Members members, String authorities) {
    if (members.domain().isEmpty()) {
      return listed(members.listed());
    }
    List<Preferred> found =
        switch (ClientServices.find(members.domain(), members.suffix(), new SplittableRandom())) {
          case ClientServices.None(String reason) -> throw configuration(reason);
          case ClientServices.Listed(List<Service> services) ->
              members.insecure()
                  ? services.stream().map(ClientEndpoints::preferred).toList()
                  : proven(services, members.domain(), authorities);
        };
    if (found.isEmpty()) {
      throw configuration(
          "no endpoints found: none that "
              + members.domain()
              + " lists has proven that it belongs there; --insecure-discovery takes them all the"
              + " same");
    }
    LOG.atInfo().addKeyValue("domain", members.domain()).log("discovered endpoints {}", found);
    return found;
  }

  private static List<Preferred> listed(List<Endpoint> endpoints) {
    if (endpoints.isEmpty()) {
      throw configuration("no endpoints found");
    }
    return endpoints.stream().map(endpoint -> new Preferred(endpoint, 0, 0)).toList();
  }

  private static Preferred preferred(Service service) {
    return new Preferred(
        Endpoint.parse(service.url()), service.target().priority(), service.target().weight());
  }

  private static List<Preferred> proven(List<Service> services, String domain, String authorities) {
    SSLContext context = DialledTls.context(authorities);
    var proven = new ArrayList<Preferred>();
    for (Service service : services) {
      Preferred endpoint = preferred(service);
      if (!service.secure()) {
        LOG.warn("ignoring discovered insecure endpoint {}", service.url());
      } else if (isProven(endpoint.endpoint(), domain, context)) {
        proven.add(endpoint);
      }
    }
    return proven;
  }

  /// Shakes hands with a member, whose certificate must be the domain's.
  private static boolean isProven(Endpoint endpoint, String domain, SSLContext context) {
    try (var plain = new Socket()) {
      plain.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), HANDSHAKE_MILLIS);
      plain.setSoTimeout(HANDSHAKE_MILLIS);
      try (var socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, domain, endpoint.port(), true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return true;
      }
    } catch (IOException e) {
      LOG.warn("ignoring discovered endpoint {}: {}", endpoint, e.getMessage());
      return false;
    }
  }
}
