package io.kvorum.suite.faults;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.members.MemberProcess;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/// Members as processes whose every link can be cut, and the operator's moves on them.
final class Cluster implements AutoCloseable {

  static final Duration BOUND = Duration.ofMinutes(3);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String[] FLAGS = {"--snapshot-catchup-entries=50"};

  private final Path folder;
  private final Network network;
  private final List<MemberProcess> members = new CopyOnWriteArrayList<>();

  /// Member → the flags of its first start, with which it is started again.
  private final Map<MemberProcess, List<String>> flags = new ConcurrentHashMap<>();

  private int serial;

  Cluster(Path folder, int size) throws IOException {
    this.folder = folder;
    network = new Network(folder);
    for (int i = 0; i < size; i++) {
      members.add(newMember());
    }
  }

  private MemberProcess newMember() throws IOException {
    String name = "infra" + serial++;
    var member = MemberProcess.named(name, folder, Network.host(name));
    network.join(name, member.address());
    return member;
  }

  Network network() {
    return network;
  }

  int size() {
    return members.size();
  }

  MemberProcess member(int index) {
    return members.get(index % members.size());
  }

  /// The client endpoints of the members of the moment.
  List<String> endpoints() {
    return members.stream().map(MemberProcess::endpoint).toList();
  }

  Cluster start() {
    String all =
        members.stream()
            .map(member -> member.name() + "=" + member.peerUrl())
            .collect(Collectors.joining(","));
    for (MemberProcess member : members) {
      flags.put(member, member.flags("--", true, all, "new"));
      launch(member);
    }
    members.forEach(MemberProcess::awaitHealthy);
    return this;
  }

  /// Starts a member, on the data it has.
  void launch(MemberProcess member) {
    member.start(
        member
            .launch()
            .environment(
                "JDK_JAVA_OPTIONS", "-Djdk.net.hosts.file=" + network.hostsFile(member.name()))
            .with(flags.getOrDefault(member, List.of()).toArray(String[]::new))
            .with(FLAGS));
  }

  /// Everything passes and everybody serves; who does not run is started.
  void heal() {
    network.heal();
    for (MemberProcess member : members) {
      if (member.program().isAlive()) {
        member.program().signal("CONT");
      } else {
        launch(member);
      }
    }
    members.forEach(MemberProcess::awaitHealthy);
  }

  /// The member that says it leads; waits until one does.
  MemberProcess leader() {
    var found = new ArrayList<MemberProcess>();
    Await.until(
        "a leader is known",
        BOUND,
        () -> {
          members.stream()
              .filter(member -> member.program().isAlive() && leads(status(member)))
              .forEach(found::add);
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  private static boolean leads(StatusResponse status) {
    return status.getLeader() != 0 && status.getLeader() == status.getHeader().getMemberId();
  }

  /// One that does not lead.
  MemberProcess follower() {
    MemberProcess leader = leader();
    return members.stream().filter(member -> member != leader).findFirst().orElseThrow();
  }

  StatusResponse status(MemberProcess member) {
    try (var client = new StoreClient(member.endpoint())) {
      return MaintenanceGrpc.newBlockingStub(client.channel())
          .withDeadlineAfter(PATIENCE.toSeconds(), SECONDS)
          .status(StatusRequest.getDefaultInstance());
    }
  }

  long id(MemberProcess member) {
    return status(member).getHeader().getMemberId();
  }

  /// What an operator does with a member whose data is gone or damaged: it is removed for good, and
  /// a new one joins under another name and becomes a voter.
  MemberProcess replace(MemberProcess lost) throws IOException {
    lost.close();
    remove(lost);
    return grow();
  }

  /// Removes a member from the cluster; its process ends.
  void remove(MemberProcess leaving) {
    MemberProcess other =
        members.stream().filter(member -> member != leaving).findFirst().orElseThrow();
    persist(
        leaving.name() + " is removed",
        other,
        cluster -> {
          long id = id(cluster, leaving);
          if (id != 0) {
            var _ = cluster.memberRemove(MemberRemoveRequest.newBuilder().setID(id).build());
          }
          return true;
        });
    members.remove(leaving);
    leaving.close();
  }

  /// A new member joins as a learner and becomes a voter.
  MemberProcess grow() throws IOException {
    MemberProcess other = members.getFirst();
    MemberProcess fresh = newMember();
    var names = new StringBuilder();
    persist(
        fresh.name() + " is added",
        other,
        cluster -> {
          if (id(cluster, fresh) == 0) {
            var _ =
                cluster.memberAdd(
                    MemberAddRequest.newBuilder()
                        .addPeerURLs(fresh.peerUrl())
                        .setIsLearner(true)
                        .build());
          }
          names.setLength(0);
          for (Member member : list(cluster)) {
            String name = member.getName().isEmpty() ? fresh.name() : member.getName();
            names.append(names.isEmpty() ? "" : ",");
            names.append(name).append("=").append(member.getPeerURLs(0));
          }
          return true;
        });
    flags.put(fresh, fresh.flags("--", true, names.toString(), "existing"));
    launch(fresh);
    members.add(fresh);
    persist(
        fresh.name() + " is a voter",
        other,
        cluster -> {
          // Who finds no peer in time ends, and is started again by whoever looks after it.
          if (!fresh.program().isAlive()) {
            launch(fresh);
          }
          if (isLearner(cluster, fresh)) {
            long id = id(cluster, fresh);
            var _ = cluster.memberPromote(MemberPromoteRequest.newBuilder().setID(id).build());
          }
          return true;
        });
    fresh.awaitHealthy();
    return fresh;
  }

  private interface Step {
    boolean isDone(ClusterGrpc.ClusterBlockingStub cluster);
  }

  /// Repeats a step at a member until it is done: each looks first whether it was, so that an
  /// answer that got lost does no harm.
  private static void persist(String what, MemberProcess at, Step step) {
    Callable<Boolean> attempt =
        () -> {
          try (var client = new StoreClient(at.endpoint())) {
            return step.isDone(
                ClusterGrpc.newBlockingStub(client.channel())
                    .withDeadlineAfter(PATIENCE.toSeconds(), SECONDS));
          }
        };
    Await.until(what, BOUND, attempt);
  }

  private static List<Member> list(ClusterGrpc.ClusterBlockingStub cluster) {
    return cluster
        .memberList(MemberListRequest.newBuilder().setLinearizable(true).build())
        .getMembersList();
  }

  private static long id(ClusterGrpc.ClusterBlockingStub cluster, MemberProcess wanted) {
    return list(cluster).stream()
        .filter(member -> member.getPeerURLsList().contains(wanted.peerUrl()))
        .mapToLong(Member::getID)
        .findFirst()
        .orElse(0);
  }

  private static boolean isLearner(ClusterGrpc.ClusterBlockingStub cluster, MemberProcess wanted) {
    return list(cluster).stream()
        .anyMatch(
            member -> member.getIsLearner() && member.getPeerURLsList().contains(wanted.peerUrl()));
  }

  /// All members have the same content at the same revision.
  void assertEqualContent() {
    long revision =
        members.stream()
            .mapToLong(member -> status(member).getHeader().getRevision())
            .min()
            .orElseThrow();
    var hashes = new TreeSet<String>();
    for (MemberProcess member : members) {
      try (var client = new StoreClient(member.endpoint())) {
        var answer =
            MaintenanceGrpc.newBlockingStub(client.channel())
                .hashKV(HashKVRequest.newBuilder().setRevision(revision).build());
        hashes.add(answer.getHash() + " from " + answer.getCompactRevision());
      }
    }
    assertThat(hashes).as("content of all members at revision %d", revision).hasSize(1);
  }

  /// What the members said last.
  String lastWords() {
    return members.stream()
        .map(member -> {
          Program program = member.program();
          String text = program.errors();
          return member.name() + "\n" + text.substring(Math.max(0, text.length() - 6_000));
        })
        .collect(Collectors.joining("\n"));
  }

  @Override
  public void close() {
    members.forEach(MemberProcess::close);
    network.close();
  }
}
