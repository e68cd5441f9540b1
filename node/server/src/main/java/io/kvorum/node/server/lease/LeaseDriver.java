package io.kvorum.node.server.lease;

import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.stage.PendingCall;
import java.util.concurrent.TimeUnit;

/// Ticks the lessor on the agreement loop and proposes what is due.
///
/// After a pause of the process clocks look as if they had run out, while clients could not renew:
/// then a quorum is asked first whether this member still leads, which also lets the renewals in
/// that wait at its door.
public final class LeaseDriver {
  private static final long TICK_MILLIS = 500;

  private final AgreementStage agreement;
  private final Lessor lessor;
  private final RequestIds ids;
  private final Backend backend;
  private long lastTickNanos = System.nanoTime();
  private boolean confirming;

  public LeaseDriver(AgreementStage agreement, Lessor lessor, RequestIds ids, Backend backend) {
    this.agreement = agreement;
    this.lessor = lessor;
    this.ids = ids;
    this.backend = backend;
  }

  public void start() {
    var _ =
        agreement
            .loop()
            .scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void tick() {
    long now = System.nanoTime();
    long late = now - lastTickNanos - TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
    lastTickNanos = now;
    if (!lessor.isLeading() || confirming) {
      return;
    }
    if (late > lessor.settings().stallNanos()) {
      confirm();
    } else {
      proposeDue();
    }
  }

  private void confirm() {
    confirming = true;
    agreement.submit(
        new Request.Read(
            new PendingCall() {
              @Override
              protected void answered(Answer answer) {
                confirming = false;
              }
            }));
  }

  private void proposeDue() {
    Lessor.Due due = lessor.tick();
    for (Command command : due.commands()) {
      if (command instanceof Command.LeaseRevoke) {
        backend.counters().leasesExpired.increment();
      }
      long id = ids.next();
      byte[] encoded = CommandCodec.encode(id, proposed(command));
      agreement.submit(new Request.Proposal(id, encoded, due.term(), new Forgotten()));
    }
  }

  /// While auth is enabled, a revocation that is nobody's would be refused.
  private Command proposed(Command command) {
    return command instanceof Command.LeaseRevoke && backend.accounts().enabled()
        ? new Command.OnBehalf(Identity.CLUSTER, command)
        : command;
  }

  /// Nobody waits: what did not come about is due again.
  private static final class Forgotten extends PendingCall {
    @Override
    protected void answered(Answer answer) {}
  }
}
