package io.kvorum.node.server.tls;

import io.kvorum.node.server.PeerTls;
import io.kvorum.node.server.config.NodeConfig;
import io.kvorum.node.server.config.TlsFiles;
import io.kvorum.node.server.config.Url;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// TLS of a process: towards clients, and towards peers. Files are read and checked when the
/// process starts, so that a mistake in them is a line at the start and not a failing handshake.
public final class TlsPlanes {

  private final @Nullable AcceptingTls clients;
  private final Optional<PeerTls> peers;

  private TlsPlanes(@Nullable AcceptingTls clients, Optional<PeerTls> peers) {
    this.clients = clients;
    this.peers = peers;
  }

  public static TlsPlanes load(NodeConfig config) {
    TlsFiles client = withOwnPair(config.clientTls(), config, "client", clientHosts(config));
    var clientPlane = new TlsPlane("--", client);
    return new TlsPlanes(
        client.canListen() ? accepting(client, clientPlane, clientPlane::acceptingClients) : null,
        peers(withOwnPair(config.peerTls(), config, "peer", peerHosts(config))));
  }

  /// For the listeners of a process that is no member; null when there is no certificate to show.
  ///
  /// @param folder where it keeps a pair that it makes itself
  /// @param hosts names and addresses of that pair
  public static @Nullable AcceptingTls listening(TlsFiles files, Path folder, List<String> hosts) {
    TlsFiles client = files.isSelfSigned() ? SelfSigned.within(folder, files, hosts) : files;
    var plane = new TlsPlane("--", client);
    return client.canListen() ? accepting(client, plane, plane::acceptingClients) : null;
  }

  /// Certificates that the member makes itself stand where etcd puts them.
  private static TlsFiles withOwnPair(
      TlsFiles files, NodeConfig config, String plane, List<String> hosts) {
    Path folder = config.dataDirectory().resolve("fixtures").resolve(plane);
    return files.isSelfSigned() ? SelfSigned.within(folder, files, hosts) : files;
  }

  private static List<String> clientHosts(NodeConfig config) {
    return hosts(config.listen().clientUrls(), config.cluster().advertiseClientUrls());
  }

  private static List<String> peerHosts(NodeConfig config) {
    return hosts(config.listen().peerUrls(), config.cluster().advertisePeerUrls());
  }

  private static List<String> hosts(List<Url> listened, List<Url> advertised) {
    return Stream.concat(listened.stream(), advertised.stream())
        .map(Url::host)
        .distinct()
        .sorted()
        .toList();
  }

  /// For listeners of clients; null when there is no certificate to show.
  public @Nullable AcceptingTls clients() {
    return clients;
  }

  /// For links between members; empty when no file names a certificate or an authority.
  public Optional<PeerTls> peers() {
    return peers;
  }

  private static Optional<PeerTls> peers(TlsFiles files) {
    if (!files.canListen() && files.authorities().isEmpty()) {
      return Optional.empty();
    }
    var plane = new TlsPlane("--peer-", files);
    AcceptingTls accepting =
        files.canListen() ? accepting(files, plane, plane::acceptingPeers) : null;
    return Optional.of(
        new PeerTls(Optional.ofNullable(accepting), new Renewed(files(files), plane::dialling)));
  }

  private static AcceptingTls accepting(
      TlsFiles files, TlsPlane plane, Supplier<SslContext> contexts) {
    return new AcceptingTls(
        new Renewed(files(files), contexts), plane.rules(), files.requireClientCertificate());
  }

  private static List<String> files(TlsFiles files) {
    return List.of(
        files.certificate(),
        files.key(),
        files.dialCertificate(),
        files.dialKey(),
        files.authorities(),
        files.revocations());
  }
}
