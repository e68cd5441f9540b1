package io.kvorum.node.core.kv;

/// For whom a request is made: a user, and the auth revision at which that was established.
///
/// @param authRevision 0 for nobody
public record Identity(String user, long authRevision) {

  /// A client without token or certificate.
  public static final Identity NOBODY = new Identity("", 0);

  /// The cluster itself, for what members propose on their own: no user has an empty name.
  public static final Identity CLUSTER = new Identity("", 1);

  boolean isCluster() {
    return equals(CLUSTER);
  }
}
