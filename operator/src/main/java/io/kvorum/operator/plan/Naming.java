package io.kvorum.operator.plan;

import java.util.OptionalInt;

/// The names of a cluster's parts. A member is called `<cluster>-<serial>`; so are its record, its
/// Pod and its volume claim. Serials only grow, so no name is ever used twice.
public record Naming(String cluster, String namespace) {

  public static final int PEER_PORT = 2380;
  public static final int CLIENT_PORT = 2379;

  public String member(int serial) {
    return cluster + "-" + serial;
  }

  public String peerService() {
    return cluster + "-peer";
  }

  public String clientService() {
    return cluster + "-client";
  }

  public String bootstrapState() {
    return cluster + "-bootstrap";
  }

  public String host(String member) {
    return member + "." + peerService() + "." + namespace + ".svc";
  }

  public String peerUrl(String member, Scheme scheme) {
    return scheme.text() + "://" + host(member) + ":" + PEER_PORT;
  }

  public String clientUrl(String member, Scheme scheme) {
    return scheme.text() + "://" + host(member) + ":" + CLIENT_PORT;
  }

  /// Whether the peer URL is one this operator gave to the member, under either scheme.
  public boolean isPeerUrlOf(String member, String url) {
    return url.equals(peerUrl(member, Scheme.HTTP)) || url.equals(peerUrl(member, Scheme.HTTPS));
  }

  /// The serial of a member's name, if it is a name of this cluster's members.
  public OptionalInt serial(String name) {
    if (!name.startsWith(cluster + "-")) {
      return OptionalInt.empty();
    }
    String digits = name.substring(cluster.length() + 1);
    return digits.matches("[1-9][0-9]{0,8}")
        ? OptionalInt.of(Integer.parseInt(digits))
        : OptionalInt.empty();
  }

  /// The member this operator would have given the peer URL to, if it is such a URL.
  public OptionalInt serialOfPeerUrl(String url) {
    int from = url.indexOf("://") + 3;
    int to = url.indexOf('.', from);
    if (from < 3 || to < 0) {
      return OptionalInt.empty();
    }
    String name = url.substring(from, to);
    return isPeerUrlOf(name, url) ? serial(name) : OptionalInt.empty();
  }
}
