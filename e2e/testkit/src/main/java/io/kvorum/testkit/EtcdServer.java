package io.kvorum.testkit;

import java.nio.file.Path;
import java.time.Duration;

/// A one-member cluster of the machine's own `etcd`: the reference that others are compared with.
public final class EtcdServer implements AutoCloseable {

  private static final int CLIENT_PORT = 2379;
  private static final int PEER_PORT = 2380;
  private static final Duration START_BOUND = Duration.ofSeconds(60);

  private final String endpoint;
  private final Program program;

  /// Starts it with its data below the folder; it is ready when this returns.
  public EtcdServer(Path folder, String... flags) {
    String address = Loopback.next(CLIENT_PORT, PEER_PORT);
    String client = "http://" + address + ":" + CLIENT_PORT;
    String peer = "http://" + address + ":" + PEER_PORT;
    this.endpoint = address + ":" + CLIENT_PORT;
    this.program =
        Program.command("etcd", "--name=reference", "--data-dir=" + folder.resolve("data"))
            .with("--listen-client-urls=" + client, "--advertise-client-urls=" + client)
            .with("--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer)
            .with("--initial-cluster=reference=" + peer)
            .with(flags)
            .in(folder)
            .start();
    Http.awaitOk(program, client + "/health", START_BOUND);
  }

  /// `host:port` for clients.
  public String endpoint() {
    return endpoint;
  }

  /// The process, to be signalled.
  public Program program() {
    return program;
  }

  @Override
  public void close() {
    program.close();
  }
}
