package io.kvorum.node.server.api;

import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.kv.Quota;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.server.stage.PendingCall;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a command must pass before it is proposed: its size, and the space it takes.
public final class Admission {
  private final Backend backend;
  private final RequestIds ids;
  private final int maxRequestBytes;
  private final AtomicBoolean raisingAlarm = new AtomicBoolean();

  public Admission(Backend backend, RequestIds ids, int maxRequestBytes) {
    this.backend = backend;
    this.ids = ids;
    this.maxRequestBytes = maxRequestBytes;
  }

  /// Proposes the command for the call that is being handled, or refuses it.
  public void propose(Command command, Unary<?> call) {
    if (backend.accounts().enabled()) {
      propose(command, Caller.Credentials.current(), call);
    } else {
      admit(command, call);
    }
  }

  /// Proposes the command on behalf of a caller, or refuses it. Whether the caller may is decided
  /// where the command is applied.
  public void propose(Command command, Caller.Credentials credentials, Unary<?> call) {
    if (!backend.accounts().enabled()) {
      admit(command, call);
      return;
    }
    switch (credentials.caller()) {
      case Caller.BadToken _ -> call.fail(ApiError.INVALID_AUTH_TOKEN);
      case Caller.Known(Identity identity) -> {
        if (identity.equals(Identity.NOBODY)) {
          call.fail(ApiError.USER_EMPTY);
        } else {
          admit(new Command.OnBehalf(identity, command), call);
        }
      }
    }
  }

  /// Proposes a command that needs no identity.
  public void admit(Command command, Unary<?> call) {
    long cost = Quota.cost(command);
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

  /// Tells the cluster that this member is full; one proposal at a time is enough.
  private void raiseAlarm() {
    boolean raised = backend.alarms().contains(new Alarm(backend.memberId(), Alarm.Type.NO_SPACE));
    if (raised || !raisingAlarm.compareAndSet(false, true)) {
      return;
    }
    var alarm =
        new Command.AlarmRequest(Alarm.Action.ACTIVATE, backend.memberId(), Alarm.Type.NO_SPACE);
    backend.propose(
        alarm,
        new PendingCall() {
          @Override
          protected void answered(Answer answer) {
            raisingAlarm.set(false);
          }
        });
  }
}
