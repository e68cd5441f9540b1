package io.kvorum.node.core.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Sentences of the raft paper and of its author's dissertation, each held by one member alone
/// against messages made by hand. What takes several members is in the interaction scripts.
class PaperTest {
  private static final MemberId SELF = new MemberId(1);
  private static final MemberId SECOND = new MemberId(2);
  private static final MemberId THIRD = new MemberId(3);
  private static final LogPosition FOUNDED = new LogPosition(1, 1);
  private static final int ELECTION_TICKS = 10;

  private final MemoryLog disk = new MemoryLog(FOUNDED);
  private Raft raft = start();

  private Raft start() {
    Membership membership = Membership.of(List.of(SELF, SECOND, THIRD), List.of());
    return new Raft(
        RaftConfig.standard(SELF, ELECTION_TICKS, 1),
        new Restored(disk.hardState(), FOUNDED, membership),
        disk,
        new SplittableRandom(1));
  }

  /// Syncs everything and returns what is sent, first what goes at once.
  private List<Message> run() {
    List<Message> sent = new ArrayList<>();
    while (raft.hasReady()) {
      Ready ready = raft.ready();
      ready.messagesNow().forEach(envelope -> sent.add(envelope.message()));
      disk.write(ready);
      disk.sync(ready.number());
      raft.synced(ready.number());
      ready.messagesAfterSync().forEach(envelope -> sent.add(envelope.message()));
      if (!ready.committed().isEmpty()) {
        raft.applied(ready.committed().getLast().index());
      }
    }
    return sent;
  }

  private List<Message> step(MemberId from, Message message) {
    raft.step(from, message);
    return run();
  }

  private static Entry entry(long term, long index) {
    return new Entry(term, index, EntryType.COMMAND, new byte[] {(byte) term, (byte) index});
  }

  private static Message append(long term, LogPosition previous, long commit, Entry... entries) {
    return new Message.Append(term, previous, List.of(entries), commit);
  }

  private void becomeLeaderOfTerm2() {
    raft.campaign();
    run();
    step(SECOND, new Message.PreVoteReply(2, true, FOUNDED));
    step(SECOND, new Message.VoteReply(2, true));
    assertThat(raft.isLeader()).isTrue();
  }

  private List<LogPosition> log() {
    return disk.entries(2, disk.lastIndex() + 1, Long.MAX_VALUE).stream()
        .map(Entry::position)
        .toList();
  }

  @Test
  void requestWithStaleTerm_isRejected() {
    step(SECOND, append(5, FOUNDED, 1));
    assertThat(step(THIRD, append(4, FOUNDED, 1, entry(4, 2))))
        .containsExactly(new Message.HigherTerm(5));
    assertThat(log()).isEmpty();
  }

  /// Its log was cut at a start because its last record had been damaged.
  @Test
  void memberThatLostWhatItAcknowledged_isStoppedByTheLeaderThatCountsOnIt() {
    step(SECOND, append(2, FOUNDED, 1, entry(2, 2)));
    assertThat(step(SECOND, new Message.Heartbeat(2, 2, 1)))
        .containsExactly(new Message.HeartbeatReply(2, 1));
    assertThatThrownBy(() -> step(SECOND, new Message.Heartbeat(2, 3, 2)))
        .isInstanceOf(LostEntriesException.class)
        .hasMessageContaining("up to entry 3, but has it only up to entry 2");
    assertThatThrownBy(() -> step(SECOND, new Message.Commit(2, 3)))
        .isInstanceOf(LostEntriesException.class);
  }

  @Test
  void vote_isGivenOncePerTerm_firstComeFirstServed() {
    assertThat(step(SECOND, new Message.VoteRequest(3, FOUNDED, false)))
        .containsExactly(new Message.VoteReply(3, true));
    assertThat(step(THIRD, new Message.VoteRequest(3, FOUNDED, false)))
        .containsExactly(new Message.VoteReply(3, false));
    assertThat(step(SECOND, new Message.VoteRequest(3, FOUNDED, false)))
        .containsExactly(new Message.VoteReply(3, true));
  }

  @Test
  void vote_outlivesACrash() {
    step(SECOND, new Message.VoteRequest(3, FOUNDED, false));
    disk.crash(0);
    raft = start();
    assertThat(step(THIRD, new Message.VoteRequest(3, FOUNDED, false)))
        .contains(new Message.VoteReply(3, false));
  }

  @Test
  void vote_isDeniedToALogThatEndsInALowerTermEvenIfLonger() {
    step(SECOND, append(4, FOUNDED, 1, entry(4, 2)));
    raft = start();
    assertThat(step(THIRD, new Message.VoteRequest(6, new LogPosition(3, 9), false)))
        .contains(new Message.VoteReply(6, false));
    assertThat(step(THIRD, new Message.VoteRequest(7, new LogPosition(4, 2), false)))
        .contains(new Message.VoteReply(7, true));
  }

  @Test
  void voteRequest_isIgnoredWithinTheMinimumElectionTimeoutOfHearingALeader() {
    step(SECOND, append(2, FOUNDED, 1));
    assertThat(step(THIRD, new Message.VoteRequest(9, FOUNDED, false))).isEmpty();
    assertThat(raft.status().leadership().term()).isEqualTo(2);
    assertThat(step(THIRD, new Message.VoteRequest(9, FOUNDED, true)))
        .containsExactly(new Message.VoteReply(9, true));
  }

  @Test
  void voteRequest_isIgnoredByALeaderThatHearsAMajority() {
    becomeLeaderOfTerm2();
    assertThat(step(THIRD, new Message.VoteRequest(9, FOUNDED, false))).isEmpty();
    assertThat(raft.isLeader()).isTrue();
  }

  @Test
  void conflictingEntry_isDeletedWithAllThatFollowIt() {
    step(SECOND, append(2, FOUNDED, 1, entry(2, 2), entry(2, 3), entry(2, 4)));
    step(THIRD, append(3, new LogPosition(2, 2), 1, entry(3, 3)));
    assertThat(log()).containsExactly(new LogPosition(2, 2), new LogPosition(3, 3));
  }

  @Test
  void oldAppend_truncatesNothing() {
    step(SECOND, append(2, FOUNDED, 1, entry(2, 2), entry(2, 3)));
    assertThat(step(SECOND, append(2, FOUNDED, 1, entry(2, 2))))
        .containsExactly(new Message.AppendAccepted(2, 2));
    assertThat(log()).containsExactly(new LogPosition(2, 2), new LogPosition(2, 3));
  }

  @Test
  void commitIndex_followsTheLeaderOnlyAsFarAsTheLogIsKnownToMatch() {
    step(SECOND, append(2, FOUNDED, 1, entry(2, 2), entry(2, 3)));
    step(THIRD, append(3, FOUNDED, 3, entry(2, 2)));
    assertThat(raft.status().commit()).isEqualTo(2);
  }

  @Test
  void leader_commitsEarlierTermsOnlyAlongWithItsOwn() {
    step(SECOND, append(2, FOUNDED, 1, entry(2, 2)));
    raft = start();
    raft.campaign();
    run();
    step(SECOND, new Message.PreVoteReply(3, true, FOUNDED));
    step(SECOND, new Message.VoteReply(3, true));
    step(SECOND, new Message.AppendAccepted(3, 2));
    assertThat(raft.status().commit()).isEqualTo(1);
    step(SECOND, new Message.AppendAccepted(3, 3));
    assertThat(raft.status().commit()).isEqualTo(3);
  }

  @Test
  void leaderWithHigherTermSeen_stepsDown() {
    becomeLeaderOfTerm2();
    step(THIRD, new Message.HigherTerm(7));
    assertThat(raft.status().leadership())
        .isEqualTo(new Leadership(7, MemberId.NONE, RoleName.FOLLOWER));
  }

  @Test
  void secondLeaderOfATerm_isABugThatStopsTheMember() {
    becomeLeaderOfTerm2();
    assertThatThrownBy(() -> raft.step(THIRD, append(2, FOUNDED, 1)))
        .isInstanceOf(Invariant.Violation.class);
  }

  @Test
  void committedEntry_isNeverOverwritten() {
    step(SECOND, append(2, FOUNDED, 2, entry(2, 2)));
    assertThat(step(THIRD, append(3, FOUNDED, 1, entry(3, 2))))
        .containsExactly(new Message.AppendAccepted(3, 2));
    assertThat(log()).containsExactly(new LogPosition(2, 2));
  }

  @Test
  void snapshotOfWhatIsCommitted_isNotInstalled() {
    step(SECOND, append(2, FOUNDED, 3, entry(2, 2), entry(2, 3)));
    Snapshot old = new Snapshot(new LogPosition(2, 2), raft.status().membership());
    assertThat(step(SECOND, new Message.InstallSnapshot(2, old)))
        .containsExactly(new Message.AppendAccepted(2, 3));
    assertThat(disk.firstIndex()).isEqualTo(2);
  }

  @Test
  void snapshotWithinTheLog_keepsWhatFollowsIt() {
    step(SECOND, append(2, FOUNDED, 1, entry(2, 2), entry(2, 3)));
    Snapshot inside = new Snapshot(new LogPosition(2, 2), raft.status().membership());
    step(SECOND, new Message.InstallSnapshot(2, inside));
    assertThat(raft.status().commit()).isEqualTo(2);
    assertThat(log()).containsExactly(new LogPosition(2, 2), new LogPosition(2, 3));
  }

  @Test
  void stateAheadOfTheHardState_bringsItsTermAndNoVote() {
    step(SECOND, new Message.VoteRequest(3, FOUNDED, false));
    LogPosition installed = new LogPosition(4, 20);
    disk.restart(installed);
    raft =
        new Raft(
            RaftConfig.standard(SELF, ELECTION_TICKS, 1),
            new Restored(disk.hardState(), installed, raft.status().membership()),
            disk,
            new SplittableRandom(1));
    assertThat(step(THIRD, new Message.VoteRequest(4, installed, false)))
        .contains(new Message.VoteReply(4, true));
  }

  @Test
  void nothingThatPromisesDurability_goesBeforeTheSync() {
    raft.step(SECOND, new Message.VoteRequest(3, FOUNDED, false));
    Ready vote = raft.ready();
    assertThat(vote.messagesNow()).isEmpty();
    assertThat(vote.messagesAfterSync()).hasSize(1);
    raft.step(SECOND, append(3, FOUNDED, 1, entry(3, 2)));
    Ready appended = raft.ready();
    assertThat(appended.messagesNow()).isEmpty();
    assertThat(appended.messagesAfterSync()).hasSize(1);
  }

  @Test
  void lateReadIndexReply_answersNoOtherRequest() {
    step(SECOND, append(2, FOUNDED, 1));
    assertThat(raft.readIndex(7)).isEqualTo(new ReadIndexOutcome.Accepted());
    raft.step(SECOND, new Message.ReadIndexReply(2, 6, 1));
    raft.step(SECOND, new Message.ReadIndexReply(1, 7, 1));
    assertThat(raft.ready().readStates()).isEmpty();
    raft.step(SECOND, new Message.ReadIndexReply(2, 7, 1));
    assertThat(raft.ready().readStates()).containsExactly(new ReadState(7, 1, 2));
  }

  @Test
  void manyProposals_takeOneReady() {
    becomeLeaderOfTerm2();
    step(SECOND, new Message.AppendAccepted(2, 2));
    List<byte[]> commands = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      commands.add(new byte[100]);
    }
    assertThat(raft.propose(commands)).isEqualTo(new ProposeOutcome.Accepted(2, 3, 1_002));
    Ready ready = raft.ready();
    assertThat(ready.entries()).hasSize(1_000);
    assertThat(ready.messagesNow()).hasSize(1); // the third has not answered yet: it is probed
    assertThat(raft.hasReady()).isFalse();
  }
}
