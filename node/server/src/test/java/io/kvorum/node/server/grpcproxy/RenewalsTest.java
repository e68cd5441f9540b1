package io.kvorum.node.server.grpcproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.server.grpcproxy.ScriptedMember.LeaseTalk;
import io.kvorum.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Renewals through a proxy while members are slow, lost, or refuse.
@Timeout(60)
final class RenewalsTest {

  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final long LEASE = 7;
  private static final long OTHER = 8;
  private static final int MANY = 100;

  /// As a member does with a lease that is running out, or when it finds no leader.
  @Test
  void leaseThatIsHeldUp_holdsUpNoOther_andItsClientIsTold() {
    var heldUp = new LinkedBlockingQueue<Long>();
    try (var member =
            new ScriptedMember((talk, lease) -> {
              if (lease == LEASE) {
                heldUp.add(lease);
              } else {
                talk.renewed();
              }
            });
        var proxy = new TrialProxy(member)) {
      TrialProxy.Renewing waiting = proxy.new Renewing().ask(LEASE);
      assertThat(ScriptedMember.within(heldUp, "it was not asked")).isEqualTo(LEASE);
      TrialProxy.Renewing other = proxy.new Renewing();
      LongStream.rangeClosed(1_000, 1_000 + MANY).forEach(other::ask);
      Await.until("all others are renewed", BOUND, () -> other.answers.size() == MANY + 1);
      Status told = waiting.awaitEnd();
      assertThat(told.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(told.getDescription()).isEqualTo("no member has answered a renewal in time");
      assertThat(other.hasEnded()).isFalse();
    }
  }

  /// Through a follower each takes a way to the leader and back.
  @Test
  void renewals_areUnderWayTogether() {
    List<LeaseTalk> asked = new ArrayList<>();
    try (var member =
            new ScriptedMember((talk, _) -> {
              List<LeaseTalk> all = List.of();
              synchronized (asked) {
                asked.add(talk);
                if (asked.size() == MANY) {
                  all = List.copyOf(asked);
                }
              }
              all.forEach(LeaseTalk::renewed);
            });
        var proxy = new TrialProxy(member)) {
      TrialProxy.Renewing client = proxy.new Renewing();
      LongStream.range(0, MANY).forEach(lease -> client.ask(1_000 + lease));
      Await.until("all are renewed", BOUND, () -> client.answers.size() == MANY);
      assertThat(client.answers.stream().map(LeaseKeepAliveResponse::getID))
          .containsExactlyInAnyOrderElementsOf(
              LongStream.range(1_000, 1_000 + MANY).boxed().toList());
    }
  }

  @Test
  void memberThatIsLost_costsNobodyAStream() {
    var tries = new AtomicInteger();
    try (var member =
            new ScriptedMember((talk, _) -> {
              if (tries.incrementAndGet() < 3) {
                talk.end(Status.UNAVAILABLE.withDescription("it stops"));
              } else {
                talk.renewed();
              }
            });
        var proxy = new TrialProxy(member)) {
      TrialProxy.Renewing client = proxy.new Renewing().ask(LEASE);
      assertThat(client.next().getID()).isEqualTo(LEASE);
      assertThat(client.hasEnded()).isFalse();
      assertThat(tries).hasValue(3);
    }
  }

  @Test
  void refusal_isForThoseWhoAskedForThatLease() {
    BlockingQueue<LeaseTalk> others = new LinkedBlockingQueue<>();
    try (var member =
            new ScriptedMember((talk, lease) -> {
              if (lease == LEASE) {
                talk.end(Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied"));
              } else {
                others.add(talk);
              }
            });
        var proxy = new TrialProxy(member)) {
      TrialProxy.Renewing other = proxy.new Renewing().ask(OTHER);
      LeaseTalk underWay = ScriptedMember.within(others, "it was not asked");
      Status refused = proxy.new Renewing().ask(LEASE).awaitEnd();
      assertThat(refused.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(refused.getDescription()).isEqualTo("etcdserver: permission denied");
      underWay.renewed();
      assertThat(other.next().getID()).isEqualTo(OTHER);
    }
  }

  @Test
  void thoseThatComeWhileOneIsUnderWay_shareTheNext() {
    BlockingQueue<LeaseTalk> asked = new LinkedBlockingQueue<>();
    try (var member = new ScriptedMember((talk, _) -> asked.add(talk));
        var proxy = new TrialProxy(member)) {
      TrialProxy.Renewing first = proxy.new Renewing().ask(LEASE);
      LeaseTalk underWay = ScriptedMember.within(asked, "it was not asked");
      TrialProxy.Renewing second = proxy.new Renewing();
      for (int i = 0; i < MANY; i++) {
        second.ask(LEASE);
      }
      // What is asked behind them on the same stream has come when they have.
      second.ask(OTHER);
      ScriptedMember.within(asked, "it was not asked").renewed();
      assertThat(second.next().getID()).isEqualTo(OTHER);
      underWay.renewed();
      assertThat(first.next().getID()).isEqualTo(LEASE);
      assertThat(second.answers).isEmpty();
      ScriptedMember.within(asked, "it was not asked again").renewed();
      Await.until("all are answered", BOUND, () -> second.answers.size() == MANY);
      assertThat(member.renewals).hasValue(3);
    }
  }
}
