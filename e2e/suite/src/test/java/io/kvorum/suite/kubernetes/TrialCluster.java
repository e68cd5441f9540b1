package io.kvorum.suite.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.ClusterGrpc;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.StatusRequest;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.suite.history.StoreClient;
import io.kvorum.suite.history.Workload;
import io.kvorum.testkit.Await;
import io.kvorum.testkit.Program;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A StoreCluster that is applied, scaled, hurt and watched with kubectl, while clients write
/// through all its members.
///
/// After each act the cluster must settle, what `kubectl get kvc` says must be what the members
/// themselves say, and the clients must have gone on. The time each act took is told at the end.
final class TrialCluster implements AutoCloseable {

  private static final int CLIENTS = 16;
  private static final int WRITES_BETWEEN_ACTS = 100;
  private static final Duration BETWEEN_OPERATIONS = Duration.ofMillis(20);
  private static final long CALL_SECONDS = 5;

  /// How long an act may take on a machine that does much else.
  static final Duration SETTLES = Duration.ofMinutes(4);

  /// What an act does.
  interface Act {
    void run() throws Exception;
  }

  private final LocalKubernetes kubernetes;
  private final String name;
  private final AtomicReference<List<String>> endpoints;
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final StatusRows rows;
  private final Workload workload;
  private final List<String> timeline = new ArrayList<>();

  /// Applies the manifest, waits until its members serve, and starts the clients.
  TrialCluster(LocalKubernetes kubernetes, String name, int replicas, String manifest) {
    this.kubernetes = kubernetes;
    this.name = name;
    long start = System.nanoTime();
    kubernetes.apply(manifest);
    kubernetes.kubectl(
        "wait",
        "kvc/" + name,
        "--for=condition=Available",
        "--timeout=" + SETTLES.toSeconds() + "s");
    kubernetes.awaitSettled(name, replicas, SETTLES);
    tell("form " + replicas, start);
    this.rows = StatusRows.watch(kubernetes, name);
    Await.until("all Pods are ready", SETTLES, () -> kubernetes.endpoints(name).size() == replicas);
    this.endpoints = new AtomicReference<>(kubernetes.endpoints(name));
    var _ =
        clock.scheduleWithFixedDelay(
            () -> endpoints.set(kubernetes.endpoints(name)), 2, 2, TimeUnit.SECONDS);
    this.workload = Workload.start(CLIENTS, "work/", BETWEEN_OPERATIONS, endpoints::get);
  }

  private void tell(String what, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    timeline.add(String.format(Locale.ROOT, "%7.1f s  %s", seconds, what));
  }

  /// Does something to it, which must end with so many members that are all well.
  void act(String what, int replicas, Act act) throws Exception {
    long start = System.nanoTime();
    act.run();
    kubernetes.awaitSettled(name, replicas, SETTLES);
    tell(what, start);
    awaitTruth(replicas);
    long wanted = workload.acknowledged() + WRITES_BETWEEN_ACTS;
    Await.until("clients write on", SETTLES, () -> workload.acknowledged() >= wanted);
  }

  /// The status names the members that the store's own list names, and the leader of their word.
  private void awaitTruth(int replicas) {
    Await.until(
        "the status says what the members say",
        SETTLES,
        () -> {
          JsonNode status = kubernetes.get("kvc", name).path("status");
          SortedMap<String, String> ready = kubernetes.endpointsByName(name);
          String leader = ready.get(status.path("leader").asText());
          return ready.size() == replicas
              && leader != null
              && listed(leader).equals(kubernetes.members(name))
              && leads(leader);
        });
  }

  private interface Call<T> {
    T on(ManagedChannel channel);
  }

  private static <T> T call(String endpoint, Call<T> call) {
    try (var client = new StoreClient(endpoint)) {
      return call.on(client.channel());
    }
  }

  private static List<String> listed(String endpoint) {
    try {
      return call(
          endpoint,
          channel ->
              ClusterGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                  .memberList(MemberListRequest.getDefaultInstance())
                  .getMembersList()
                  .stream()
                  .map(Member::getName)
                  .sorted()
                  .toList());
    } catch (StatusRuntimeException e) {
      return List.of();
    }
  }

  private static boolean leads(String endpoint) {
    try {
      StatusResponse status =
          call(
              endpoint,
              channel ->
                  MaintenanceGrpc.newBlockingStub(channel)
                      .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                      .status(StatusRequest.getDefaultInstance()));
      return status.getLeader() == status.getHeader().getMemberId();
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  void scale(int replicas) {
    kubernetes.kubectl("scale", "kvc/" + name, "--replicas=" + replicas);
  }

  /// Scales, and waits until the first member of the change is being added.
  void beginToScale(int replicas) {
    scale(replicas);
    Await.until(
        name + " adds a member",
        SETTLES,
        () -> field("{.status.operation.kind}").equals("AddMember"));
  }

  /// One field of it, by a JSONPath.
  String field(String path) {
    return kubernetes.kubectl("get", "kvc", name, "-o", "jsonpath=" + path);
  }

  String leader() {
    return field("{.status.leader}");
  }

  /// A member that does not lead.
  String follower() {
    String leader = leader();
    return members().stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
  }

  List<String> members() {
    return kubernetes.members(name);
  }

  private String podField(String pod, String path) {
    return kubernetes.kubectl("get", "pod", pod, "-o", "jsonpath=" + path);
  }

  String nodeOf(String pod) {
    return podField(pod, "{.spec.nodeName}");
  }

  /// Deletes a Pod, and waits for the next one of its name.
  void deletePod(String pod) {
    String uid = podField(pod, "{.metadata.uid}");
    kubernetes.kubectl("delete", "pod", pod);
    Await.until(
        pod + " is made anew",
        SETTLES,
        () -> {
          Program.Result now =
              kubernetes.tryKubectl("", "get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
          return now.exitCode() == 0 && !now.output().equals(uid);
        });
  }

  /// Ends the process of a Pod's container by SIGKILL, and waits for its restart.
  void killProcess(String pod) {
    String restarts = "{.status.containerStatuses[0].restartCount}";
    String before = podField(pod, restarts);
    String container = podField(pod, "{.status.containerStatuses[0].containerID}");
    String pid = container.substring(container.lastIndexOf('/') + 1);
    Program.command("kill", "-9", pid).run(Duration.ofSeconds(5));
    Await.until(pod + " is restarted", SETTLES, () -> !podField(pod, restarts).equals(before));
  }

  /// Deletes a Pod with its volume claim; another member must take its place, under a new name.
  void deletePodAndVolume(String pod) {
    String claim =
        podField(
            pod, "{.spec.volumes[?(@.persistentVolumeClaim)].persistentVolumeClaim.claimName}");
    kubernetes.kubectl("delete", "pod/" + pod, "pvc/" + claim);
    awaitReplaced(pod);
  }

  /// From now on a member that may come back is waited for a moment only, and losses may follow
  /// each other at once.
  void replaceSoon() {
    kubernetes.kubectl(
        "patch",
        "kvc",
        name,
        "--type=merge",
        "-p",
        "{\"spec\":{\"failurePolicy\":"
            + "{\"replaceAfter\":\"1s\",\"minTimeBetweenReplacements\":\"1s\"}}}");
  }

  /// Deletes the node of a Pod, as a cloud does with a machine that is gone.
  void deleteNodeOf(String pod) {
    kubernetes.kubectl("delete", "node", nodeOf(pod));
    awaitReplaced(pod);
  }

  private void awaitReplaced(String pod) {
    var before = new TreeSet<>(members());
    Await.until(
        pod + " is replaced",
        SETTLES,
        () -> {
          List<String> now = members();
          return !now.contains(pod) && now.stream().anyMatch(each -> !before.contains(each));
        });
    assertThat(rows.stream().anyMatch(StatusRows.Row::tellsOfALoss))
        .as("the loss of %s shows in kubectl get kvc -w: %s", pod, rows)
        .isTrue();
  }

  /// Ends the clients and judges all they saw; what they were told is what every member has.
  void judge() throws Exception {
    workload.stop();
    List<String> last = kubernetes.endpoints(name);
    assertThat(workload.violations(last)).as(workload.summary()).isEmpty();
    assertThat(rows.lies()).as("rows of kubectl get kvc -w that cannot be true").isEmpty();
    System.out.println(name + ": " + workload.summary());
    timeline.forEach(System.out::println);
  }

  @Override
  public void close() {
    clock.shutdownNow();
    rows.close();
    try {
      workload.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
