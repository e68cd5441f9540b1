package io.kvorum.suite.history;

import io.grpc.StatusRuntimeException;
import io.kvorum.suite.history.Operation.Read;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// All operations of some clients, each recorded when it ends. A failure of any kind makes the
/// outcome unknown: the judge allows such a write to have happened or not.
final class History {

  private final Queue<Operation> operations = new ConcurrentLinkedQueue<>();

  List<Operation> operations() {
    return List.copyOf(operations);
  }

  /// Asks, and records what came of it.
  Operation.Result perform(StoreClient client, Operation.Request request) {
    return record(client, request, request);
  }

  /// A lie: asks for what one member has, and records it as a read of what all agree on.
  Operation.Result performFalsified(StoreClient client, String key) {
    return record(client, new Read(Span.of(key), true, 0, 0), Read.of(key));
  }

  private Operation.Result record(
      StoreClient client, Operation.Request asked, Operation.Request recorded) {
    long invoked = System.nanoTime();
    Operation.Result result;
    try {
      result = client.ask(asked);
    } catch (StatusRuntimeException e) {
      result = new Operation.Unknown(String.valueOf(e.getStatus()));
    }
    operations.add(new Operation(recorded, result, invoked, System.nanoTime()));
    return result;
  }
}
