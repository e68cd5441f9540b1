package io.kvorum.node.server.lease;

import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.kv.Identity;
import io.kvorum.node.core.lease.Lessor;
import io.kvorum.node.core.replica.Answer;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.core.replica.RequestIds;
import io.kvorum.node.server.api.Backend;
import io.kvorum.node.server.stage.AgreementStage;
import io.kvorum.node.server.stage.PendingCall;
import java.util.concurrent.TimeUnit;

/// Ticks the lessor on the agreement loop and proposes what is due.
///
/// Where it is not sure that it leads a quorum is asked, which also lets the renewals in that wait
/// at the door.
public final class LeaseDriver {
  private final AgreementStage agreement;
  private final Lessor lessor;
  private final RequestIds ids;
  private final Backend backend;

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
            .scheduleWithFixedDelay(
                this::tick, Lessor.TICK_NANOS, Lessor.TICK_NANOS, TimeUnit.NANOSECONDS);
  }

  private void tick() {
    switch (lessor.tick(System.nanoTime())) {
      case Lessor.Tick.Rest _ -> {}
      case Lessor.Tick.Unsure _ -> confirm();
      case Lessor.Tick.Due due -> propose(due);
    }
  }

  private void confirm() {
    agreement.submit(
        new Request.Read(
            new PendingCall() {
              @Override
              protected void answered(Answer answer) {
                lessor.sure();
              }
            }));
  }

  private void propose(Lessor.Tick.Due due) {
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
