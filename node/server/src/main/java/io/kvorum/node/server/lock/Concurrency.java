package io.kvorum.node.server.lock;

import io.grpc.BindableService;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.api.KvService;
import io.kvorum.node.server.api.OpenStreams;
import io.kvorum.node.server.lease.LeaseService;
import io.kvorum.node.server.watch.WatchHub;
import java.util.List;

/// The services that clients agree by on who holds what. They do nothing that a client could not do
/// with keys, leases and watches.
public final class Concurrency {
  private final List<BindableService> services;

  public Concurrency(
      Backend backend, KvService keys, LeaseService leases, WatchHub hub, OpenStreams streams) {
    var parts = new OwnStore.Parts(backend, keys, leases, hub);
    var calls = new WaitingCalls(streams);
    services = List.of(new LockService(parts, calls), new ElectionService(parts, calls));
  }

  public List<BindableService> services() {
    return services;
  }
}
