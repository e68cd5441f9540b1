package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.mvcc.Event;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Brings changes over as fast as they come: whole revisions are gathered and the last change of
/// each key is written. Nobody reads half a revision, unless one alone is more than a transaction
/// holds; revision numbers are the target's own.
final class MergedChanges implements Applier {

  private final Store target;
  private final LeaseCopies leases;
  private final Batch.Limits limits;
  private final Map<ByteString, Event> gathered = new LinkedHashMap<>();
  private long bytes;

  MergedChanges(Store target, LeaseCopies leases, Batch.Limits limits) {
    this.target = target;
    this.leases = leases;
    this.limits = limits;
  }

  @Override
  public void apply(long revision, List<Event> changes) throws Failure, IOException {
    long more = changes.stream().mapToLong(Event::getSerializedSize).sum();
    if (gathered.size() + changes.size() > limits.operations() || bytes + more > limits.bytes()) {
      flush();
    }
    for (Event change : changes) {
      gathered.put(change.getKv().getKey(), change);
    }
    bytes += more;
  }

  @Override
  public void flush() throws Failure, IOException {
    var batch = new Batch(limits);
    for (Event change : gathered.values()) {
      RequestOp operation = operation(change);
      if (!batch.hasRoomFor(operation)) {
        var _ = target.commit(batch.take());
      }
      batch.add(operation);
    }
    if (!batch.isEmpty()) {
      var _ = target.commit(batch.take());
    }
    gathered.clear();
    bytes = 0;
  }

  private RequestOp operation(Event change) throws Failure, IOException {
    if (change.getType() == Event.EventType.DELETE) {
      return Batch.delete(change.getKv().getKey());
    }
    leases.ensure(change.getKv().getLease());
    return Batch.put(change.getKv());
  }
}
