package io.kvorum.localkube.control;

import io.kvorum.localkube.api.Api;
import io.kvorum.localkube.store.Key;
import java.time.Duration;
import java.util.List;

/// All controllers, in one loop: each change leads to one look by each of them, which is cheap at
/// the size of one machine.
public final class Controllers implements AutoCloseable {

  private final List<Controller> all;
  private final Loop loop;

  public Controllers(Api api) {
    var objects = new Objects(api);
    this.all =
        List.of(
            new Deployments(objects),
            new ReplicaSets(objects),
            new ServiceEndpoints(objects),
            new GarbageCollector(objects),
            new Namespaces(objects),
            new NodeLife(objects),
            new Housekeeping(objects));
    this.loop = new Loop("controllers", api, Controllers::matters, this::reconcile);
  }

  /// Leases and events change all the time, and no controller acts on them.
  private static boolean matters(Key key) {
    return !key.resource().equals("events") && !key.resource().equals("leases.coordination.k8s.io");
  }

  private Duration reconcile() {
    Duration next = Controller.NO_HURRY;
    for (Controller each : all) {
      Duration wanted = each.reconcile();
      next = wanted.compareTo(next) < 0 ? wanted : next;
    }
    return next;
  }

  @Override
  public void close() {
    loop.close();
  }
}
