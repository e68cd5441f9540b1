package io.kvorum.node.core.raft;

import io.kvorum.node.core.Invariant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Who takes part: voters, whose majority decides, and learners, who only receive.
///
/// Invariant: both lists ascend, and no member stands twice.
public record Membership(List<MemberId> voters, List<MemberId> learners) {
  /// Of a member that joins and knows nobody yet.
  public static final Membership EMPTY = new Membership(List.of(), List.of());

  public Membership {
    voters = List.copyOf(voters);
    learners = List.copyOf(learners);
    checkAscending(voters);
    checkAscending(learners);
    for (MemberId learner : learners) {
      Invariant.check(!voters.contains(learner), "a learner is no voter", learner);
    }
  }

  private static void checkAscending(List<MemberId> members) {
    for (int i = 0; i < members.size(); i++) {
      Invariant.check(!members.get(i).isNone(), "a member has an id");
      Invariant.check(
          i == 0 || members.get(i - 1).compareTo(members.get(i)) < 0, "members ascend", members);
    }
  }

  /// The membership of these members, in any order.
  public static Membership of(Collection<MemberId> voters, Collection<MemberId> learners) {
    return new Membership(voters.stream().sorted().toList(), learners.stream().sorted().toList());
  }

  public boolean contains(MemberId member) {
    return isVoter(member) || isLearner(member);
  }

  public boolean isVoter(MemberId member) {
    return voters.contains(member);
  }

  public boolean isLearner(MemberId member) {
    return learners.contains(member);
  }

  /// How many voters make a majority.
  public int quorum() {
    return voters.size() / 2 + 1;
  }

  /// Why this change does not fit this membership, if it does not.
  public Optional<String> problemWith(MembershipChange change) {
    MemberId member = change.member();
    return switch (change) {
      case MembershipChange.AddVoter _ when contains(member) ->
          Optional.of("member " + member + " exists");
      case MembershipChange.AddLearner _ when contains(member) ->
          Optional.of("member " + member + " exists");
      case MembershipChange.Promote _ when !isLearner(member) ->
          Optional.of("member " + member + " is no learner");
      case MembershipChange.Remove _ when !contains(member) ->
          Optional.of("member " + member + " does not exist");
      case MembershipChange.Remove _ when voters.size() == 1 && isVoter(member) ->
          Optional.of("member " + member + " is the last voter");
      case MembershipChange.Update _ when !contains(member) ->
          Optional.of("member " + member + " does not exist");
      case MembershipChange.AddVoter _,
          MembershipChange.AddLearner _,
          MembershipChange.Promote _,
          MembershipChange.Remove _,
          MembershipChange.Update _ ->
          Optional.empty();
    };
  }

  /// The membership after a change that fits (see [#problemWith]).
  public Membership after(MembershipChange change) {
    Optional<String> problem = problemWith(change);
    Invariant.check(problem.isEmpty(), "a membership change fits", problem);
    MemberId member = change.member();
    return switch (change) {
      case MembershipChange.AddVoter _ -> of(with(voters, member), learners);
      case MembershipChange.AddLearner _ -> of(voters, with(learners, member));
      case MembershipChange.Promote _ -> of(with(voters, member), without(learners, member));
      case MembershipChange.Remove _ -> of(without(voters, member), without(learners, member));
      case MembershipChange.Update _ -> this;
    };
  }

  private static List<MemberId> with(List<MemberId> members, MemberId member) {
    List<MemberId> result = new ArrayList<>(members);
    result.add(member);
    return result;
  }

  private static List<MemberId> without(List<MemberId> members, MemberId member) {
    return members.stream().filter(other -> !other.equals(member)).toList();
  }

  @Override
  public String toString() {
    return "voters=" + voters + " learners=" + learners;
  }
}
