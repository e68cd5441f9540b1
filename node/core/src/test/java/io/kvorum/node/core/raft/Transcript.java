package io.kvorum.node.core.raft;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// How values look in interaction scripts.
final class Transcript {
  private Transcript() {}

  static String of(Message message) {
    String name = message.getClass().getSimpleName();
    String rest =
        switch (message) {
          case Message.PreVoteRequest m -> "last=" + m.last();
          case Message.PreVoteReply m -> granted(m.granted()) + " committed=" + m.committed();
          case Message.VoteRequest m -> "last=" + m.last() + (m.transfer() ? " transfer" : "");
          case Message.VoteReply m -> granted(m.granted());
          case Message.Append m ->
              "after=" + m.previous() + " commit=" + m.commit() + entries(m.entries());
          case Message.AppendAccepted m -> "match=" + m.match();
          case Message.AppendRejected m -> "rejected=" + m.rejected() + " hint=" + m.hint();
          case Message.Heartbeat m -> "commit=" + m.commit() + " round=" + m.round();
          case Message.HeartbeatReply m -> "round=" + m.round();
          case Message.Commit m -> "commit=" + m.commit();
          case Message.InstallSnapshot m ->
              "at=" + m.snapshot().position() + " " + of(m.snapshot().membership());
          case Message.TimeoutNow m -> "commit=" + m.commit();
          case Message.ReadIndexRequest m -> "context=" + m.contextId();
          case Message.ReadIndexReply m -> "context=" + m.contextId() + " index=" + m.index();
          case Message.HigherTerm _ -> "";
        };
    return (name + " term=" + message.term() + " " + rest).stripTrailing();
  }

  private static String granted(boolean granted) {
    return granted ? "granted" : "refused";
  }

  private static String entries(List<Entry> entries) {
    return entries.isEmpty() ? "" : " [" + of(entries) + "]";
  }

  static String of(List<Entry> entries) {
    return entries.stream().map(Transcript::of).collect(Collectors.joining(", "));
  }

  static String of(Entry entry) {
    String content =
        switch (entry.type()) {
          case EMPTY -> "";
          case COMMAND -> " " + text(entry);
          case MEMBERSHIP -> " " + of(MembershipChange.decode(entry.data()));
        };
    return entry.position() + content;
  }

  private static String text(Entry entry) {
    return entry.data().length > 20
        ? entry.data().length + "B"
        : new String(entry.data(), StandardCharsets.UTF_8);
  }

  private static String of(MembershipChange change) {
    return change.getClass().getSimpleName() + "(" + change.member() + ")";
  }

  static String of(Membership membership) {
    String learners = membership.learners().isEmpty() ? "" : " learners=" + membership.learners();
    return "voters=" + membership.voters() + learners;
  }

  static String of(HardState state) {
    return "term=" + state.term() + " vote=" + state.vote() + " commit=" + state.commit();
  }

  static String of(Leadership leadership) {
    String leader = leadership.leader().isNone() ? "nobody" : leadership.leader().toString();
    return leadership.role() + " term=" + leadership.term() + " leader=" + leader;
  }

  /// Outcomes are records without empty parts; their own text is clear.
  static String ofOutcome(Object outcome) {
    return outcome.toString().replace("[]", "");
  }
}
