package io.kvorum.operator.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The replicated part of a store as far as an operator sees it: the member list and the rules of
/// its changes.
///
/// It is whatever the processes make of it: `World` says which of them run.
final class FakeStore {

  /// Why the store refused a call.
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /// A member by the committed list. `started`: a process has taken this identity.
  record Entry(String id, String url, boolean learner, boolean started) {

    Entry start() {
      return new Entry(id, url, learner, true);
    }
  }

  private final TreeMap<Integer, Entry> list = new TreeMap<>();
  private final List<String> removed = new ArrayList<>();
  private int ids;
  private boolean formed;
  private @Nullable String leader;

  boolean formed() {
    return formed;
  }

  void form(String url) {
    if (formed) {
      throw new AssertionError("a second cluster was formed by " + url);
    }
    formed = true;
    ids++;
    list.put(ids, new Entry("id" + ids, url, false, true));
  }

  List<Entry> entries() {
    return List.copyOf(list.values());
  }

  List<Entry> voters() {
    return list.values().stream().filter(e -> !e.learner()).toList();
  }

  Optional<Entry> byId(String id) {
    return list.values().stream().filter(e -> e.id().equals(id)).findFirst();
  }

  Optional<Entry> byUrl(String url) {
    return list.values().stream().filter(e -> e.url().equals(url)).findFirst();
  }

  boolean wasRemoved(String id) {
    return removed.contains(id);
  }

  @Nullable String leader() {
    return leader;
  }

  /// A leader that runs stays; if none runs, one of the running voters follows, given a quorum.
  void elect(List<String> runningVoters) {
    if (runningVoters.size() < Situation.quorum(voters().size())) {
      leader = null;
    } else if (leader == null || !runningVoters.contains(leader)) {
      leader = runningVoters.getFirst();
    }
  }

  void started(String id) {
    list.replaceAll((_, e) -> e.id().equals(id) ? e.start() : e);
  }

  void addLearner(String url, List<String> connectedVoters, boolean oldRule) {
    requireLeader();
    if (byUrl(url).isPresent()) {
      throw new Refused("etcdserver: Peer URLs already exists");
    }
    if (list.values().stream().anyMatch(Entry::learner)) {
      throw new Refused("etcdserver: too many learner members in cluster");
    }
    int n = voters().size();
    int needed = oldRule ? n : n == 1 ? 1 : Situation.quorum(n + 1);
    if (connectedVoters.size() < needed) {
      throw new Refused("etcdserver: unhealthy cluster");
    }
    ids++;
    list.put(ids, new Entry("id" + ids, url, true, false));
  }

  void promote(String id, boolean caughtUp) {
    requireLeader();
    Entry entry = byId(id).orElseThrow(() -> new Refused("etcdserver: member not found"));
    if (!entry.learner()) {
      throw new Refused("etcdserver: can only promote a learner member");
    }
    if (!caughtUp) {
      throw new Refused("etcdserver: can only promote a learner member which is in sync");
    }
    list.replaceAll(
        (_, e) -> e.id().equals(id) ? new Entry(e.id(), e.url(), false, e.started()) : e);
  }

  void remove(String id, List<String> runningVoters) {
    requireLeader();
    Entry entry = byId(id).orElseThrow(() -> new Refused("etcdserver: member not found"));
    int n = voters().size();
    boolean active = runningVoters.contains(id);
    if (!entry.learner() && active && runningVoters.size() - 1 < 1 + (n - 1) / 2) {
      throw new Refused("etcdserver: re-configuration failed due to not enough started members");
    }
    list.values().removeIf(e -> e.id().equals(id));
    removed.add(id);
    if (id.equals(leader)) {
      leader = null;
    }
  }

  void update(String id, String url) {
    requireLeader();
    Entry entry = byId(id).orElseThrow(() -> new Refused("etcdserver: member not found"));
    if (entry.learner()) {
      throw new AssertionError("MemberUpdate of a learner, which early servers promote by it");
    }
    list.replaceAll((_, e) -> e.id().equals(id) ? new Entry(id, url, e.learner(), e.started()) : e);
  }

  void moveLeader(String to) {
    requireLeader();
    leader = to;
  }

  private void requireLeader() {
    if (leader == null) {
      throw new Refused("etcdserver: no leader");
    }
  }
}
