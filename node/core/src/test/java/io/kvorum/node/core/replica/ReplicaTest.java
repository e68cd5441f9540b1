package io.kvorum.node.core.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.CommandCodec;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.Leadership;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.LogView;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.raft.Raft;
import io.kvorum.node.core.raft.RaftConfig;
import io.kvorum.node.core.raft.Restored;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What a replica takes on, and what it refuses at once.
final class ReplicaTest {

  private static final int REQUEST_TICKS = 50;
  private static final long MAX_PENDING_BYTES = 10_000;
  private static final MemberId OTHER = new MemberId(2);
  private static final MemberId THIRD = new MemberId(3);

  private final Map<String, Answer> answers = new LinkedHashMap<>();
  private final RequestIds ids = new RequestIds(100);

  private record Named(String name) implements Caller {}

  /// Stages that keep what they are given: the log at once, the rest for ever.
  private static final class Kept implements Stages, LogView, Outbox, ReplicaEvents {
    final List<Entry> log = new ArrayList<>();

    @Override
    public void log(LogWork work) {
      if (work instanceof LogWork.Persist(long number, _, _, List<Entry> entries)) {
        log.addAll(entries);
        synced.add(number);
      }
    }

    final List<Long> synced = new ArrayList<>();

    @Override
    public void apply(ApplyWork work) {}

    @Override
    public void fetch(SnapshotOffer offer) {}

    @Override
    public long firstIndex() {
      return 1;
    }

    @Override
    public long lastIndex() {
      return log.size();
    }

    @Override
    public long term(long index) {
      return index == 0 ? 0 : log.get((int) index - 1).term();
    }

    @Override
    public List<Entry> entries(long from, long until, long maxBytes) {
      return log.subList((int) from - 1, (int) until - 1);
    }

    final List<PeerMessage.Forward> forwarded = new ArrayList<>();

    @Override
    public void send(MemberId to, PeerMessage message) {
      if (message instanceof PeerMessage.Forward forward) {
        forwarded.add(forward);
      }
    }

    @Override
    public boolean transfersSnapshotTo(MemberId peer) {
      return false;
    }

    @Override
    public void leadershipChanged(Leadership leadership) {}

    @Override
    public void clusterChanged(Cluster cluster) {}

    @Override
    public void published() {}

    @Override
    public void removed() {}
  }

  private Replica replica(Kept kept, long... voters) {
    var self = new MemberId(1);
    List<MemberId> all = LongStream.of(voters).mapToObj(MemberId::new).toList();
    var attributes = new MemberRecord.Attributes("m1", List.of(), "3.6.11", 1);
    Cluster cluster =
        Cluster.of(
            all.stream()
                .map(id ->
                    new MemberRecord(
                        id, List.of("http://m" + id), false, MemberRecord.Attributes.UNPUBLISHED))
                .toList());
    var raft =
        new Raft(
            RaftConfig.standard(self, 10, 1),
            new Restored(HardState.EMPTY, LogPosition.ZERO, new Membership(all, List.of())),
            kept,
            new SplittableRandom(1));
    if (all.size() == 1) {
      raft.campaign();
    }
    var config =
        new ReplicaConfig(self, REQUEST_TICKS, 10, 10, 100, MAX_PENDING_BYTES, 100, 1, true, 10);
    var start = new Replica.Start(cluster, 0, 1, attributes);
    Answers told =
        (caller, answer) -> {
          if (caller instanceof Named(String name)) {
            answers.put(name, answer);
          }
        };
    return new Replica(config, raft, ids, start, new Replica.Ports(kept, kept, told, kept));
  }

  private void propose(Replica replica, String name, int valueBytes, long onlyInTerm) {
    long id = ids.next();
    byte[] put =
        CommandCodec.encode(id, Command.Put.of(Bytes.utf8(name), Bytes.wrap(new byte[valueBytes])));
    replica.accept(new Request.Proposal(id, put, onlyInTerm, new Named(name)));
  }

  private static void run(Replica replica, Kept kept) {
    replica.advance();
    while (!kept.synced.isEmpty()) {
      replica.synced(kept.synced.removeFirst());
      replica.advance();
    }
  }

  /// Without a leader requests wait, and what they hold together is bounded.
  @Test
  void waitingRequests_areBoundedInBytes() {
    Replica replica = replica(new Kept(), 1, 2);
    for (int i = 0; i < 12; i++) {
      propose(replica, "p" + i, 1_000, 0);
    }
    assertThat(answers)
        .hasSize(2)
        .containsEntry("p10", new Answer.TooManyRequests())
        .containsEntry("p11", new Answer.TooManyRequests());
    for (int tick = 0; tick <= REQUEST_TICKS; tick++) {
      replica.tick();
    }
    propose(replica, "later", 1_000, 0);
    assertThat(answers).as("who gave up has made room").doesNotContainKey("later");
  }

  /// A doubled refusal would have a command proposed twice: by the one that was refused, and by the
  /// one sent since.
  @Test
  void refusal_countsOnce_forTheMessageThatItAnswers() {
    var kept = new Kept();
    Replica replica = replica(kept, 1, 2, 3);
    replica.connected(OTHER);
    replica.receive(OTHER, heartbeat(2, 1));
    run(replica, kept);
    propose(replica, "p", 1, 0);
    run(replica, kept);
    assertThat(kept.forwarded).hasSize(1);
    PeerMessage.Forward first = kept.forwarded.getFirst();
    var refusal =
        new PeerMessage.NotProposed(
            first.sequence(), List.of(CommandCodec.requestId(first.commands().getFirst())));
    replica.receive(OTHER, refusal);
    run(replica, kept);
    assertThat(kept.forwarded).hasSize(2);
    replica.receive(OTHER, refusal);
    run(replica, kept);
    assertThat(kept.forwarded).hasSize(2);
  }

  /// etcd #15247 and #12528: a leader that was stuck revoked leases, and lived to propose it, when
  /// another had long been leading. What a leader decides belongs to its term.
  @Test
  void issue15247_whatALeaderDecided_isNotProposedInAnotherTerm() {
    var kept = new Kept();
    Replica replica = replica(kept, 1);
    run(replica, kept);
    long term = replica.leadership().term();
    int before = kept.log.size();
    propose(replica, "of another term", 1, term + 1);
    propose(replica, "of this term", 2, term);
    run(replica, kept);
    assertThat(answers).containsOnly(Map.entry("of another term", new Answer.NotLeader()));
    assertThat(kept.log.subList(before, kept.log.size()))
        .extracting(entry -> CommandCodec.decode(entry.data()))
        .contains(Command.Put.of(Bytes.utf8("of this term"), Bytes.wrap(new byte[2])))
        .doesNotContain(Command.Put.of(Bytes.utf8("of another term"), Bytes.wrap(new byte[1])));
  }

  /// What a caller is told when its time is over says what is known of the reason.
  @Test
  void timeouts_sayWhatIsKnown() {
    assertThat(timedOut(false, (_, _) -> {})).isEqualTo(new Answer.NeverProposed());
    assertThat(timedOut(true, (_, _) -> {})).isEqualTo(timedOut(Answer.Cause.UNKNOWN));
    assertThat(
            timedOut(
                true,
                (replica, tick) -> {
                  if (tick == REQUEST_TICKS / 2) {
                    replica.disconnected(OTHER);
                    replica.connected(OTHER);
                  }
                }))
        .isEqualTo(timedOut(Answer.Cause.CONNECTION_LOST));
    assertThat(
            timedOut(
                true,
                (replica, tick) -> {
                  if (tick >= 5) {
                    replica.receive(THIRD, heartbeat(2, tick));
                  }
                }))
        .isEqualTo(timedOut(Answer.Cause.LEADER_FAILED));
  }

  private static Answer timedOut(Answer.Cause cause) {
    return new Answer.TimedOut(cause);
  }

  private static PeerMessage heartbeat(long term, long round) {
    return new PeerMessage.Consensus(new Message.Heartbeat(term, 0, round));
  }

  /// What happens in a tick.
  private interface Happening {
    void in(Replica replica, int tick);
  }

  /// What becomes of a proposal that nobody commits.
  private Answer timedOut(boolean led, Happening happening) {
    answers.clear();
    var kept = new Kept();
    Replica replica = replica(kept, 1, 2, 3);
    replica.connected(OTHER);
    replica.connected(THIRD);
    if (led) {
      replica.receive(OTHER, heartbeat(1, 1));
      run(replica, kept);
    }
    propose(replica, "p", 1, 0);
    run(replica, kept);
    for (int tick = 1; tick <= REQUEST_TICKS + 1; tick++) {
      if (led) {
        replica.receive(OTHER, heartbeat(1, tick));
      }
      happening.in(replica, tick);
      replica.tick();
      run(replica, kept);
    }
    return answers.getOrDefault("p", new Answer.ReadReady());
  }
}
