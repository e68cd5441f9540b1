package io.kvorum.node.server.api;

import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Operation;
import io.kvorum.node.core.kv.RangeQuery;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.server.stage.PendingCall;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a command must pass before it is proposed: its size, and the space it takes.
public final class Admission {
  /// What a put costs beside key and value, as etcd counts.
  private static final long PUT_OVERHEAD_BYTES = 256;

  private static final long LEASE_BYTES = 64;

  private final Backend backend;
  private final RequestIds ids;
  private final int maxRequestBytes;
  private final AtomicBoolean raisingAlarm = new AtomicBoolean();

  public Admission(Backend backend, RequestIds ids, int maxRequestBytes) {
    this.backend = backend;
    this.ids = ids;
    this.maxRequestBytes = maxRequestBytes;
  }

  /// Proposes the command for the call, or refuses it.
  public void propose(Command command, Unary<?> call) {
    long cost = cost(command);
    if (cost > 0 && isOverQuota(cost)) {
      raiseAlarm();
      call.fail(ApiError.NO_SPACE);
      return;
    }
    long id = ids.next();
    byte[] encoded = CommandCodec.encode(id, command);
    if (encoded.length > maxRequestBytes) {
      call.fail(ApiError.REQUEST_TOO_LARGE);
    } else {
      backend.submit(Request.Proposal.of(id, encoded, call));
    }
  }

  private boolean isOverQuota(long cost) {
    return backend.bytesInUse() > backend.quotaBytes() - cost;
  }

  private static long cost(Command command) {
    return switch (command) {
      case Command.Put put -> operationCost(put);
      case Command.Txn txn -> operationCost(txn);
      case Command.LeaseGrant _ -> LEASE_BYTES;
      case Command.DeleteRange _,
          Command.Compact _,
          Command.LeaseRevoke _,
          Command.LeaseCheckpoint _,
          Command.AlarmRequest _,
          Command.MemberAttributes _,
          Command.ClusterVersion _,
          Command.FeatureLevel _,
          Command.ChangeRecords _ ->
          0;
    };
  }

  private static long operationCost(Operation operation) {
    return switch (operation) {
      case Command.Put put -> PUT_OVERHEAD_BYTES + put.key().length() + put.value().length();
      case Command.Txn txn -> Math.max(branchCost(txn.success()), branchCost(txn.failure()));
      case Command.DeleteRange _, RangeQuery _ -> 0;
    };
  }

  private static long branchCost(List<Operation> operations) {
    return operations.stream().mapToLong(Admission::operationCost).sum();
  }

  /// Tells the cluster that this member is full; one proposal at a time is enough.
  private void raiseAlarm() {
    boolean raised = backend.alarms().contains(new Alarm(backend.memberId(), Alarm.Type.NO_SPACE));
    if (raised || !raisingAlarm.compareAndSet(false, true)) {
      return;
    }
    backend.propose(
        new Command.AlarmRequest(Alarm.Action.ACTIVATE, backend.memberId(), Alarm.Type.NO_SPACE),
        new PendingCall() {
          @Override
          protected void answered(Answer answer) {
            raisingAlarm.set(false);
          }
        });
  }
}
