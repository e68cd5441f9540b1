package io.kvorum.node.server.peer;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import io.kvorum.node.server.tls.AcceptingTls;
import javax.net.ssl.SSLSession;

/// Looks at the certificate of each connection to the peer port once more when its handshake is
/// over. A refused connection stays open, and every call on it is turned away.
final class PeerCertificates extends ServerTransportFilter {

  /// Why calls on a connection are turned away.
  static final Attributes.Key<String> REFUSAL = Attributes.Key.create("certificate-refusal");

  private final AcceptingTls tls;

  PeerCertificates(AcceptingTls tls) {
    this.tls = tls;
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    SSLSession session = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    String refusal = session == null ? "no TLS" : tls.refusal(session);
    return refusal == null ? attributes : attributes.toBuilder().set(REFUSAL, refusal).build();
  }
}
