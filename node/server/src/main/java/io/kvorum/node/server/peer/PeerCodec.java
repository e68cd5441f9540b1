package io.kvorum.node.server.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.node.core.raft.Entry;
import io.kvorum.node.core.raft.EntryType;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Membership;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.raft.Snapshot;
import io.kvorum.node.core.replica.MembershipRefusal;
import io.kvorum.node.core.replica.PeerMessage;
import io.kvorum.node.proto.peer.Append;
import io.kvorum.node.proto.peer.AppendAccepted;
import io.kvorum.node.proto.peer.AppendRejected;
import io.kvorum.node.proto.peer.ChangeRefused;
import io.kvorum.node.proto.peer.Commit;
import io.kvorum.node.proto.peer.Forward;
import io.kvorum.node.proto.peer.ForwardMembership;
import io.kvorum.node.proto.peer.Heartbeat;
import io.kvorum.node.proto.peer.HeartbeatReply;
import io.kvorum.node.proto.peer.HigherTerm;
import io.kvorum.node.proto.peer.InstallSnapshot;
import io.kvorum.node.proto.peer.Letter;
import io.kvorum.node.proto.peer.NotProposed;
import io.kvorum.node.proto.peer.Position;
import io.kvorum.node.proto.peer.PreVoteReply;
import io.kvorum.node.proto.peer.PreVoteRequest;
import io.kvorum.node.proto.peer.ReadIndexReply;
import io.kvorum.node.proto.peer.ReadIndexRequest;
import io.kvorum.node.proto.peer.SnapshotFailed;
import io.kvorum.node.proto.peer.TimeoutNow;
import io.kvorum.node.proto.peer.VoteReply;
import io.kvorum.node.proto.peer.VoteRequest;
import java.util.ArrayList;
import java.util.List;

/// Messages between members as they go on the wire. Entries and commands are shared with it, not
/// copied, on the way out.
final class PeerCodec {
  private PeerCodec() {}

  static Letter write(PeerMessage message) {
    var letter = Letter.newBuilder();
    switch (message) {
      case PeerMessage.Consensus(Message consensus) -> write(letter, consensus);
      case PeerMessage.Forward(long session, long sequence, List<byte[]> commands) -> {
        var forward = Forward.newBuilder().setSession(session).setSequence(sequence);
        commands.forEach(command -> forward.addCommands(shared(command)));
        letter.setForward(forward);
      }
      case PeerMessage.ForwardMembership(long session, long sequence, byte[] change) ->
          letter.setForwardMembership(
              ForwardMembership.newBuilder()
                  .setSession(session)
                  .setSequence(sequence)
                  .setChange(shared(change)));
      case PeerMessage.NotProposed(long sequence, List<Long> ids) ->
          letter.setNotProposed(
              NotProposed.newBuilder().setSequence(sequence).addAllRequestIds(ids));
      case PeerMessage.ChangeRefused(long requestId, MembershipRefusal reason) ->
          letter.setChangeRefused(
              ChangeRefused.newBuilder().setRequestId(requestId).setReason(reason.name()));
      case PeerMessage.SnapshotFailed _ ->
          letter.setSnapshotFailed(SnapshotFailed.getDefaultInstance());
    }
    return letter.build();
  }

  private static void write(Letter.Builder letter, Message message) {
    long term = message.term();
    switch (message) {
      case Message.PreVoteRequest(_, LogPosition last) ->
          letter.setPreVoteRequest(
              PreVoteRequest.newBuilder().setTerm(term).setLast(position(last)));
      case Message.PreVoteReply(_, boolean granted, LogPosition committed) ->
          letter.setPreVoteReply(
              PreVoteReply.newBuilder()
                  .setTerm(term)
                  .setGranted(granted)
                  .setCommitted(position(committed)));
      case Message.VoteRequest(_, LogPosition last, boolean transfer) ->
          letter.setVoteRequest(
              VoteRequest.newBuilder().setTerm(term).setLast(position(last)).setTransfer(transfer));
      case Message.VoteReply(_, boolean granted) ->
          letter.setVoteReply(VoteReply.newBuilder().setTerm(term).setGranted(granted));
      case Message.Append append -> letter.setAppend(append(append));
      case Message.AppendAccepted(_, long match) ->
          letter.setAppendAccepted(AppendAccepted.newBuilder().setTerm(term).setMatch(match));
      case Message.AppendRejected(_, long rejected, LogPosition hint) ->
          letter.setAppendRejected(
              AppendRejected.newBuilder()
                  .setTerm(term)
                  .setRejected(rejected)
                  .setHint(position(hint)));
      case Message.Heartbeat(_, long commit, long round) ->
          letter.setHeartbeat(
              Heartbeat.newBuilder().setTerm(term).setCommit(commit).setRound(round));
      case Message.HeartbeatReply(_, long round) ->
          letter.setHeartbeatReply(HeartbeatReply.newBuilder().setTerm(term).setRound(round));
      case Message.Commit(_, long commit) ->
          letter.setCommit(Commit.newBuilder().setTerm(term).setCommit(commit));
      case Message.InstallSnapshot(_, Snapshot snapshot) ->
          letter.setInstallSnapshot(
              InstallSnapshot.newBuilder()
                  .setTerm(term)
                  .setPosition(position(snapshot.position()))
                  .addAllVoters(ids(snapshot.membership().voters()))
                  .addAllLearners(ids(snapshot.membership().learners())));
      case Message.TimeoutNow(_, long commit) ->
          letter.setTimeoutNow(TimeoutNow.newBuilder().setTerm(term).setCommit(commit));
      case Message.ReadIndexRequest(_, long contextId) ->
          letter.setReadIndexRequest(
              ReadIndexRequest.newBuilder().setTerm(term).setContextId(contextId));
      case Message.ReadIndexReply(_, long contextId, long index) ->
          letter.setReadIndexReply(
              ReadIndexReply.newBuilder().setTerm(term).setContextId(contextId).setIndex(index));
      case Message.HigherTerm _ -> letter.setHigherTerm(HigherTerm.newBuilder().setTerm(term));
    }
  }

  private static Append append(Message.Append append) {
    var written =
        Append.newBuilder()
            .setTerm(append.term())
            .setPrevious(position(append.previous()))
            .setCommit(append.commit());
    for (Entry entry : append.entries()) {
      written.addEntries(
          io.kvorum.node.proto.peer.Entry.newBuilder()
              .setTerm(entry.term())
              .setIndex(entry.index())
              .setType(entry.type().code())
              .setData(shared(entry.data())));
    }
    return written.build();
  }

  private static ByteString shared(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  static Position position(LogPosition position) {
    return Position.newBuilder().setTerm(position.term()).setIndex(position.index()).build();
  }

  static List<Long> ids(List<MemberId> members) {
    return members.stream().map(MemberId::value).toList();
  }

  /// Reads a letter.
  ///
  /// @throws IllegalArgumentException if it holds nothing this version knows
  static PeerMessage read(Letter letter) {
    return switch (letter.getBodyCase()) {
      case FORWARD -> read(letter.getForward());
      case FORWARD_MEMBERSHIP -> {
        ForwardMembership forward = letter.getForwardMembership();
        yield new PeerMessage.ForwardMembership(
            forward.getSession(), forward.getSequence(), forward.getChange().toByteArray());
      }
      case NOT_PROPOSED ->
          new PeerMessage.NotProposed(
              letter.getNotProposed().getSequence(),
              List.copyOf(letter.getNotProposed().getRequestIdsList()));
      case CHANGE_REFUSED ->
          new PeerMessage.ChangeRefused(
              letter.getChangeRefused().getRequestId(),
              MembershipRefusal.valueOf(letter.getChangeRefused().getReason()));
      case SNAPSHOT_FAILED -> new PeerMessage.SnapshotFailed();
      case PRE_VOTE_REQUEST,
          PRE_VOTE_REPLY,
          VOTE_REQUEST,
          VOTE_REPLY,
          APPEND,
          APPEND_ACCEPTED,
          APPEND_REJECTED,
          HEARTBEAT,
          HEARTBEAT_REPLY,
          COMMIT,
          INSTALL_SNAPSHOT,
          TIMEOUT_NOW,
          READ_INDEX_REQUEST,
          READ_INDEX_REPLY,
          HIGHER_TERM,
          BODY_NOT_SET ->
          new PeerMessage.Consensus(readConsensus(letter));
    };
  }

  private static Message readConsensus(Letter letter) {
    return switch (letter.getBodyCase()) {
      case PRE_VOTE_REQUEST -> {
        PreVoteRequest request = letter.getPreVoteRequest();
        yield new Message.PreVoteRequest(request.getTerm(), position(request.getLast()));
      }
      case PRE_VOTE_REPLY -> {
        PreVoteReply reply = letter.getPreVoteReply();
        yield new Message.PreVoteReply(
            reply.getTerm(), reply.getGranted(), position(reply.getCommitted()));
      }
      case VOTE_REQUEST -> {
        VoteRequest request = letter.getVoteRequest();
        yield new Message.VoteRequest(
            request.getTerm(), position(request.getLast()), request.getTransfer());
      }
      case VOTE_REPLY -> {
        VoteReply reply = letter.getVoteReply();
        yield new Message.VoteReply(reply.getTerm(), reply.getGranted());
      }
      case APPEND -> read(letter.getAppend());
      case APPEND_ACCEPTED -> {
        AppendAccepted accepted = letter.getAppendAccepted();
        yield new Message.AppendAccepted(accepted.getTerm(), accepted.getMatch());
      }
      case APPEND_REJECTED -> {
        AppendRejected rejected = letter.getAppendRejected();
        yield new Message.AppendRejected(
            rejected.getTerm(), rejected.getRejected(), position(rejected.getHint()));
      }
      case HEARTBEAT -> {
        Heartbeat heartbeat = letter.getHeartbeat();
        yield new Message.Heartbeat(
            heartbeat.getTerm(), heartbeat.getCommit(), heartbeat.getRound());
      }
      case HEARTBEAT_REPLY -> {
        HeartbeatReply reply = letter.getHeartbeatReply();
        yield new Message.HeartbeatReply(reply.getTerm(), reply.getRound());
      }
      case COMMIT ->
          new Message.Commit(letter.getCommit().getTerm(), letter.getCommit().getCommit());
      case INSTALL_SNAPSHOT -> {
        InstallSnapshot install = letter.getInstallSnapshot();
        yield new Message.InstallSnapshot(
            install.getTerm(),
            new Snapshot(
                position(install.getPosition()),
                membership(install.getVotersList(), install.getLearnersList())));
      }
      case TIMEOUT_NOW ->
          new Message.TimeoutNow(
              letter.getTimeoutNow().getTerm(), letter.getTimeoutNow().getCommit());
      case READ_INDEX_REQUEST -> {
        ReadIndexRequest request = letter.getReadIndexRequest();
        yield new Message.ReadIndexRequest(request.getTerm(), request.getContextId());
      }
      case READ_INDEX_REPLY -> {
        ReadIndexReply reply = letter.getReadIndexReply();
        yield new Message.ReadIndexReply(reply.getTerm(), reply.getContextId(), reply.getIndex());
      }
      case HIGHER_TERM -> new Message.HigherTerm(letter.getHigherTerm().getTerm());
      case FORWARD,
          FORWARD_MEMBERSHIP,
          NOT_PROPOSED,
          CHANGE_REFUSED,
          SNAPSHOT_FAILED,
          BODY_NOT_SET ->
          throw new IllegalArgumentException("a letter of an unknown kind");
    };
  }

  private static PeerMessage.Forward read(Forward forward) {
    var commands = new ArrayList<byte[]>(forward.getCommandsCount());
    forward.getCommandsList().forEach(command -> commands.add(command.toByteArray()));
    return new PeerMessage.Forward(forward.getSession(), forward.getSequence(), commands);
  }

  private static Message.Append read(Append append) {
    var entries = new ArrayList<Entry>(append.getEntriesCount());
    for (var entry : append.getEntriesList()) {
      entries.add(
          new Entry(
              entry.getTerm(),
              entry.getIndex(),
              EntryType.ofCode(entry.getType()),
              entry.getData().toByteArray()));
    }
    return new Message.Append(
        append.getTerm(), position(append.getPrevious()), entries, append.getCommit());
  }

  static LogPosition position(Position position) {
    return new LogPosition(position.getTerm(), position.getIndex());
  }

  static Membership membership(List<Long> voters, List<Long> learners) {
    return Membership.of(
        voters.stream().map(MemberId::new).toList(), learners.stream().map(MemberId::new).toList());
  }
}
